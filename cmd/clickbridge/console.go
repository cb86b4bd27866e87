package main

import (
	"net/http"

	"clickbridge/console"
)

// withConsole shows people who come by browser the console, where people may
// sign in at all; every other request stays the old API's.
func (s *Server) withConsole(old http.Handler) http.Handler {
	if s.people == nil {
		return old
	}
	pages := console.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if (r.Method == http.MethodGet || r.Method == http.MethodHead) && console.Owns(r.URL.Path) {
			pages.ServeHTTP(w, r)
			return
		}
		old.ServeHTTP(w, r)
	})
}
