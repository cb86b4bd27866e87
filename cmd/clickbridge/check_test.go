package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"clickbridge/config"
)

// The address that clients use is a fault when it leads elsewhere.
func TestCheckPublicURL(t *testing.T) {
	t.Parallel()
	far := func(status int, body string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/healthz" {
				status = http.StatusNotFound
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, tt := range []struct {
		name, url  string
		served     bool
		text, what string
	}{
		{"NotSet", "", true, "not set", ""},
		{"NoServer", gone.URL, false, "only while a server runs", ""},
		{"Here", far(200, "ok\n"), true, "leads here", ""},
		{"HereWithSlash", far(200, "ok\n") + "/", true, "leads here", ""},
		{"Elsewhere", far(502, "<html>Bad Gateway</html>"), true, "", "Bad Gateway"},
		{"Nobody", gone.URL, true, "", "refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := &checker{cfg: &config.Config{HTTP: config.HTTP{PublicURL: tt.url}}, served: tt.served}
			text, err := k.publicURL(t.Context())
			if tt.what == "" {
				if err != nil || !strings.Contains(text, tt.text) {
					t.Errorf("%q, %v", text, err)
				}
				return
			}
			var f *finding
			if !errors.As(err, &f) || !strings.Contains(f.what, tt.what) || !strings.Contains(f.change, "http.public_url") {
				t.Errorf("%q, %v", text, err)
			}
		})
	}
}
