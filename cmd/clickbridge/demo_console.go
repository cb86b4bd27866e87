package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"net/http"
	"strings"

	"clickbridge"
	"clickbridge/config"
	"clickbridge/people"
	"clickbridge/store"
)

// Who signs in to the demo's console. The demo answers on this machine alone,
// keeps nothing, and prints both.
const (
	demoEmail    = "demo@example.com"
	demoPassword = "ding dong 7401 rings"
	demoKey      = "d3307a9e00000000000000000000000000000001" // public: what the sample page clicks with
	demoFindMe   = "98834"
)

//go:embed demo_page.html
var demoPage string

// makeUser has somebody who may sign in.
func (d *demo) makeUser(ctx context.Context, cfg *config.Config) error {
	return openStore(ctx, cfg, func(s store.Store) error {
		secret, err := secretKey(ctx, s, cfg)
		if err != nil {
			return err
		}
		p, err := newPeople(cfg, s, secret, commandLog())
		if err != nil {
			return err
		}
		_, err = p.CreateUser(ctx, people.AtMachine(login()), clickbridge.User{Email: demoEmail, Name: "Demo", Operator: true}, demoPassword)
		return err
	})
}

// pages adds what only the demo has: a sample page with a button, and the live
// board beside it, where whoever opens it is signed in.
func (d *demo) pages(rest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/demo-page" || r.Method != http.MethodGet {
			rest.ServeHTTP(w, r)
			return
		}
		d.signIn(w, r)
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		_, _ = strings.NewReplacer("DEMO_KEY", demoKey, "DEMO_FINDME", demoFindMe).WriteString(w, demoPage)
	})
}

// signIn gives a browser that has no session of this server one, as if its user
// had typed the password.
func (d *demo) signIn(w http.ResponseWriter, r *http.Request) {
	p := d.server.people
	if _, err := p.Who(r); err == nil {
		return
	}
	body, _ := json.Marshal(map[string]string{"email": demoEmail, "password": demoPassword}) // two strings
	in, err := http.NewRequestWithContext(r.Context(), http.MethodPost, "/v1/session", bytes.NewReader(body))
	if err != nil {
		return
	}
	in.Host, in.RemoteAddr, in.Header = r.Host, r.RemoteAddr, http.Header{
		"Content-Type": {"application/json"}, "User-Agent": {r.UserAgent()},
	}
	out := headersOnly{}
	p.Handler().ServeHTTP(out, in)
	for _, c := range out["Set-Cookie"] {
		w.Header().Add("Set-Cookie", c)
	}
}

// headersOnly keeps the headers of an answer.
type headersOnly http.Header

// Header implements http.ResponseWriter.
func (h headersOnly) Header() http.Header { return http.Header(h) }

// Write implements http.ResponseWriter.
func (headersOnly) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (headersOnly) WriteHeader(int) {}
