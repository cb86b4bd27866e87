package ibp_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
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
			b := setup(t).withRecordings()
			before := b.dir
			w := httptest.NewRecorder()
			b.handler.ServeHTTP(w, readRequest(t, file))
			got := steady(show(b, before, w))
			want := "testdata/" + name + ".want"
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			b.checkLog(t)
			wellFormed(t, w)
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

// wellFormed fails on what PHP's simplexml would stumble over.
func wellFormed(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/xml") {
		return
	}
	for d := xml.NewDecoder(bytes.NewReader(w.Body.Bytes())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v\n%s", err, w.Body)
		}
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

// steady replaces what is drawn anew each time.
func steady(s string) string {
	s = regexp.MustCompile(`<findme_id>\d{9}</findme_id>`).ReplaceAllString(s, "<findme_id>NEW</findme_id>")
	s = regexp.MustCompile(`findme \d{9}`).ReplaceAllString(s, "findme NEW")
	return regexp.MustCompile(`<msg_id>[0-9a-f-]{36}</msg_id>`).ReplaceAllString(s, "<msg_id>NEW</msg_id>")
}

// show writes what a request led to.
func show(world *world, before *clickbridge.Directory, w *httptest.ResponseRecorder) string {
	var b bytes.Buffer
	showChanges(&b, world, before)
	for _, c := range world.made() {
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

// showChanges writes what a request changed, owed, deleted, and which lists it
// brought.
func showChanges(b *bytes.Buffer, w *world, before *clickbridge.Directory) {
	for _, f := range w.lists {
		fmt.Fprintf(b, "list: %s\n", asJSON(f))
	}
	for _, f := range w.dir.FindMes {
		was := slices.IndexFunc(before.FindMes, func(o clickbridge.FindMe) bool { return o.ID == f.ID })
		if was < 0 || asJSON(before.FindMes[was]) != asJSON(f) {
			id := f.ID
			f.ID = 0
			fmt.Fprintf(b, "findme %d: %s\n", id, asJSON(f))
		}
	}
	for _, f := range before.FindMes {
		if !slices.ContainsFunc(w.dir.FindMes, func(o clickbridge.FindMe) bool { return o.ID == f.ID }) {
			fmt.Fprintf(b, "findme %d: deleted\n", f.ID)
		}
	}
	if now := asJSON(w.dir.Accounts[0].Numbers); now != asJSON(before.Accounts[0].Numbers) {
		fmt.Fprintf(b, "numbers: %s\n", now)
	}
	for _, n := range w.owed {
		fmt.Fprintf(b, "owed: %s from %s to %s: %q\n", n.Kind, n.From, n.To, n.Body)
	}
	for _, r := range w.recordings {
		if r.State == clickbridge.RecordingDeleted {
			fmt.Fprintf(b, "deleted: %s\n", r.CallID)
		}
	}
}

// asJSON shows what is set of a value.
func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		panic(err)
	}
	tree, _ = pruned(tree)
	if text, err = json.Marshal(tree); err != nil {
		panic(err)
	}
	return string(text)
}

// pruned drops what is zero.
func pruned(v any) (left any, set bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			if left, set := pruned(field); set {
				v[name] = left
			} else {
				delete(v, name)
			}
		}
		return v, len(v) > 0
	case []any:
		for i := range v {
			v[i], _ = pruned(v[i])
		}
		return v, len(v) > 0
	}
	return v, v != nil && v != "" && v != 0.0 && v != false
}
