package console_test

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"clickbridge/console"
)

func get(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	console.Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestOwns(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/report": true, "/findmes/98765": true, "/assets/x.js": true, "/icon.svg": true,
		"/ibp_api.php": false, "/click_to_xyz.php": false, "//report": false, "//": false, "": false,
		"/healthz": false, "/v1/calls": false, "/reports": false, "/Report": false, "/button.js": false,
	} {
		if got := console.Owns(path); got != want {
			t.Errorf("Owns(%q) = %v", path, got)
		}
	}
}

// assets returns the paths that the page loads.
func assets(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("dist/index.html")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllSubmatch(page, -1) {
		out = append(out, string(m[1]))
	}
	if len(out) < 3 { // a script, a style, an icon
		t.Fatalf("the page loads %q", out)
	}
	return out
}

func TestWhatThePageLoadsIsThere(t *testing.T) {
	for _, path := range assets(t) {
		res := get(t, "GET", path)
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(path, "/") {
			t.Errorf("%s: %s", path, res.Status)
		}
		want := "no-cache"
		if strings.HasPrefix(path, "/assets/") {
			want = "public, max-age=31536000, immutable"
		}
		if got := res.Header.Get("Cache-Control"); got != want {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
	}
}

func TestEveryPageIsTheOnePage(t *testing.T) {
	for _, path := range []string{"/", "/report?from=2026-11-01", "/findmes/98765"} {
		res := get(t, "GET", path)
		csp := res.Header.Get("Content-Security-Policy")
		if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %s %q", path, res.Status, res.Header.Get("Content-Type"))
		}
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		tag := res.Header.Get("ETag")
		if again := get(t, "GET", path, "If-None-Match", tag); tag == "" || again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %s", path, again.Status)
		}
	}
}

func TestRefuses(t *testing.T) {
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"POST", "/", http.StatusMethodNotAllowed},
		{"GET", "/assets/gone.js", http.StatusNotFound},
		{"GET", "/assets/", http.StatusNotFound},
		{"GET", "/nothing", http.StatusNotFound},
	} {
		if res := get(t, c.method, c.path); res.StatusCode != c.want {
			t.Errorf("%s %s: %s", c.method, c.path, res.Status)
		}
	}
}

// TestNothingFromElsewhere: the policy would forbid it, and people without a way
// to the Internet use the console.
func TestNothingFromElsewhere(t *testing.T) {
	each(t, func(name string, body []byte) {
		for _, m := range regexp.MustCompile(`(?:src|href)=["']?(https?:)?//|url\(["']?(https?:)?//|@import`).FindAll(body, -1) {
			t.Errorf("%s: %s", name, m)
		}
	})
}

// TestSmall: 150 KB, as a server would compress it.
func TestSmall(t *testing.T) {
	var all bytes.Buffer
	z := gzip.NewWriter(&all)
	each(t, func(_ string, body []byte) { _, _ = z.Write(body) })
	_ = z.Close()
	if all.Len() > 150<<10 {
		t.Errorf("dist is %d bytes compressed", all.Len())
	}
}

func each(t *testing.T, f func(name string, body []byte)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS("dist"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile("dist/" + name)
		f(name, body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
