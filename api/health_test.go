package api_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"clickbridge/api"
)

func TestHealth(t *testing.T) {
	ok := api.Check{Name: "store", Ready: func(context.Context) error { return nil }}
	bad := api.Check{Name: "sip", Ready: func(context.Context) error { return errors.New("no\nsocket") }}
	for _, tc := range []struct {
		name, method, path string
		checks             []api.Check
		status             int
		body               string
	}{
		{"alive", "GET", "/healthz", []api.Check{bad}, 200, "ok\n"},
		{"ready", "GET", "/readyz", []api.Check{ok}, 200, "ready\n"},
		{"not ready says why, on one line", "GET", "/readyz", []api.Check{ok, bad}, 503, "sip: no socket\n"},
		{"only GET", "POST", "/healthz", nil, 405, "Method Not Allowed\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			api.Health(tc.checks).ServeHTTP(w, httptest.NewRequest(tc.method, tc.path, http.NoBody))
			if w.Code != tc.status || w.Body.String() != tc.body {
				t.Errorf("%d %q, want %d %q", w.Code, w.Body, tc.status, tc.body)
			}
		})
	}
}
