package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/admin"
	"clickbridge/api"
	"clickbridge/button"
	"clickbridge/ibp"
	"clickbridge/report"
)

func (s *Server) openHTTP(ctx context.Context, o options) error {
	old := ibp.New(ibp.Config{
		Clicks: s.intake, Reports: report.New(s.store), Admin: s.admin(), RemoteAddr: ibp.ClientAddr(s.cfg.HTTP.TrustedProxies), Log: s.log,
	})
	h := s.withPeopleAt(routes(s.health(), s.json, button.Handler(), s.withConsole(old)))
	if o.pages != nil {
		h = o.pages(h)
	}
	var err error
	s.web, err = listenWeb(ctx, s.cfg.HTTP, h, s.log)
	return err
}

// admin changes what the store has of accounts; this node's clicks go by it at
// once, other nodes' within a second.
func (s *Server) admin() *admin.Admin {
	return admin.New(admin.Config{Store: s.store, Directory: s.directory, Files: s.box, Secret: s.secret, Log: s.log})
}

// routes sends health, the JSON API and the pages' button to their rooms and everything else to the old API's. It is
// no ServeMux, because one redirects //ibp_api.php, and an old client's POST
// would come back as a GET.
func routes(health, json, script, old http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/healthz", "/readyz":
			health.ServeHTTP(w, r)
			return
		case button.Path:
			script.ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			json.ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "//") {
			r.URL.Path = "/" + strings.TrimLeft(r.URL.Path, "/")
		}
		old.ServeHTTP(w, r)
	})
}

// takesClicks says why no click can be taken now.
func (s *Server) takesClicks() error {
	switch {
	case s.draining.Load():
		return &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, Message: "Service unavailable: the server is draining", RetryAfter: retryAfter}
	case s.trunks.Full():
		return &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, Message: "Service unavailable: every trunk is at its max_calls", RetryAfter: 5 * time.Second}
	}
	return nil
}

func (s *Server) health() http.Handler {
	return api.Health([]api.Check{
		{Name: "server", Ready: func(context.Context) error {
			if s.draining.Load() {
				return errors.New("draining")
			}
			return nil
		}},
		{Name: "store", Ready: s.store.Ping},
		{Name: "store", Ready: func(context.Context) error {
			if s.unwritable.Load() {
				return errors.New("does not take facts; the log says why")
			}
			return nil
		}},
	})
}

// retryAfter is what a client is told to wait when the server cannot take a
// click now.
const retryAfter = 30 * time.Second
