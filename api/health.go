// Package api is our own HTTP interface. Today it is health: whether the
// process lives and whether it takes clicks. It knows nothing of how either is
// found out; cmd gives it the checks.
package api

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// Check is one condition of readiness.
type Check struct {
	Name  string
	Ready func(context.Context) error // nil = ready; the error's text is shown
}

// checkTime bounds one check: a balancer does not wait long.
const checkTime = 2 * time.Second

// Health answers GET /healthz with 200 while the process lives, and GET
// /readyz with 200 when every check passes, else 503 with the first reason.
func Health(checks []Check) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		text(w, http.StatusOK, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), checkTime)
		defer cancel()
		for _, c := range checks {
			if err := c.Ready(ctx); err != nil {
				text(w, http.StatusServiceUnavailable, c.Name+": "+oneLine(err.Error()))
				return
			}
		}
		text(w, http.StatusOK, "ready")
	})
	return mux
}

func text(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body + "\n"))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
