package ibp_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"clickbridge"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what is answered to testdata")

// Each testdata/NAME.req is a request as it is on the wire (with plain line
// feeds); NAME.want is the call it made, and the answer with the headers that
// clients go by. The last two digits of phone_to_call choose how the call goes.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.req")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d requests, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".req")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			w := httptest.NewRecorder()
			b.handler.ServeHTTP(w, readRequest(t, file))
			got := show(b.made(), w)
			want := "testdata/" + name + ".want"
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			b.checkLog(t)
			if w.Code != http.StatusOK && strings.Contains(strings.ToLower(w.Body.String()), "connected") {
				t.Errorf("a refusal reads as success: %s", w.Body)
			}
			expected, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(expected), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// readRequest reads a request file: carriage returns and the length are put in
// here.
func readRequest(t *testing.T, file string) *http.Request {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(raw), "\n\n")
	body = strings.TrimSuffix(body, "\n")
	if strings.Contains(head, "multipart/") {
		body = strings.ReplaceAll(body, "\n", "\r\n") + "\r\n"
	}
	lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
	if body != "" {
		lines = append(lines, "Content-Length: "+strconv.Itoa(len(body)))
	}
	r, err := http.ReadRequest(newReader(strings.Join(lines, "\r\n") + "\r\n\r\n" + body))
	if err != nil {
		t.Fatal(err)
	}
	r.RemoteAddr = "192.0.2.7:40000"
	return r
}

// show writes what a request led to.
func show(calls []clickbridge.Call, w *httptest.ResponseRecorder) string {
	var b bytes.Buffer
	for _, c := range calls {
		fmt.Fprintf(&b, "call: type %d, findme %d, phone %s, first %s, second %s, page %q, ref %q, key %q\n",
			c.Order, c.FindMeID, c.Phone, c.FirstCallerID, c.SecondCallerID, c.Page, c.Ref, c.KeyName)
		if c.NoAnswer != (clickbridge.NoAnswer{}) {
			fmt.Fprintf(&b, "no answer: email %q, sms %s, url %q, phone %s\n", c.NoAnswer.Email, c.NoAnswer.SMS, c.NoAnswer.URL, c.NoAnswer.Phone)
		}
		for _, n := range c.Notes {
			fmt.Fprintf(&b, "note: %s\n", n)
		}
	}
	fmt.Fprintf(&b, "%d %s\n", w.Code, http.StatusText(w.Code))
	names := make([]string, 0, len(w.Header()))
	for name := range w.Header() {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(w.Header()[name], ", "))
	}
	return b.String() + "\n" + w.Body.String()
}
