package button_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"clickbridge/button"
)

func get(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	button.Handler().ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestSmall: 2 KB on the wire in every language, and what comes out of it is the
// script.
func TestSmall(t *testing.T) {
	for _, tt := range []struct{ query, sentence string }{
		{"", "Call me"}, {"?lang=es", "Llámenme"}, {"?lang=de-AT", "Rufen Sie mich an"}, {"?lang=FR", "Rappelez-moi"}, {"?lang=tlh", "Call me"},
	} {
		res := get(t, "GET", "/button.js"+tt.query, "Accept-Encoding", "br;q=1.0, gzip;q=0.8")
		packed := text(t, res.Body)
		z, err := gzip.NewReader(strings.NewReader(packed))
		if err != nil || res.Header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: %v %v", tt.query, err, res.Header)
		}
		script := text(t, z)
		if len(packed) > 2048 {
			t.Errorf("%s: %d bytes compressed, %d plain", tt.query, len(packed), len(script))
		}
		if plain := get(t, "GET", "/button.js"+tt.query); text(t, plain.Body) != script || plain.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: plain and compressed differ", tt.query)
		}
		if !strings.Contains(script, `"`+tt.sentence+`"`) {
			t.Errorf("%s: %q is not in it", tt.query, tt.sentence)
		}
	}
}

// TestStripped: only what is meant to goes; what would run into the next line
// were it stripped wrongly is not in the source.
func TestStripped(t *testing.T) {
	script := string(button.Script(button.English))
	for line := range strings.Lines(script) {
		if line = strings.TrimSuffix(line, "\n"); line != strings.TrimSpace(line) || strings.HasPrefix(line, "//") || line == "" {
			t.Errorf("left in: %q", line)
		}
		if strings.Count(line, "`")%2 != 0 {
			t.Errorf("a string goes over the end of %q", line)
		}
	}
	for _, word := range []string{"WORDS", "LANGUAGE", "eval(", "innerHTML", "cssText", "/*"} {
		if strings.Contains(script, word) {
			t.Errorf("%s is in it", word)
		}
	}
}

func TestServed(t *testing.T) {
	res := get(t, "GET", "/button.js")
	for name, want := range map[string]string{
		"Content-Type":                 "text/javascript; charset=utf-8",
		"Cache-Control":                "public, max-age=3600, stale-while-revalidate=604800",
		"Cross-Origin-Resource-Policy": "cross-origin",
		"Access-Control-Allow-Origin":  "*",
		"X-Content-Type-Options":       "nosniff",
		"Vary":                         "Accept-Encoding",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	tag := res.Header.Get("ETag")
	packed := get(t, "GET", "/button.js", "Accept-Encoding", "gzip").Header.Get("ETag")
	german := get(t, "GET", "/button.js?lang=de").Header.Get("ETag")
	if !regexp.MustCompile(`^"[\w-]+"$`).MatchString(tag) || tag == packed || tag == german {
		t.Errorf("ETags %s, %s, %s", tag, packed, german)
	}
	for _, tt := range []struct {
		method string
		header []string
		want   int
	}{
		{"GET", []string{"If-None-Match", tag}, http.StatusNotModified},
		{"GET", []string{"If-None-Match", packed}, http.StatusOK},
		{"GET", []string{"If-None-Match", packed, "Accept-Encoding", "gzip"}, http.StatusNotModified},
		{"HEAD", nil, http.StatusOK},
		{"POST", nil, http.StatusMethodNotAllowed},
		{"OPTIONS", nil, http.StatusMethodNotAllowed},
	} {
		if res := get(t, tt.method, "/button.js", tt.header...); res.StatusCode != tt.want {
			t.Errorf("%s %v: %s", tt.method, tt.header, res.Status)
		}
	}
	if res := get(t, "GET", "/button.js", "Accept-Encoding", "gzip;q=0, br"); res.Header.Get("Content-Encoding") != "" {
		t.Error("compressed for one who cannot read that")
	}
}
