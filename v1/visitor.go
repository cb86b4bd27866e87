package v1

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"clickbridge"
	"clickbridge/intake"
	"clickbridge/throttle"
)

// Web pages of others ask with a public key: they make a call, and read how far
// it has come. Nothing else is open to them, and no answer depends on a cookie.

// pages marks, in an operation's metadata, what public keys may ask.
const pages = "pages"

// forPages opens an operation to public keys.
func forPages(o *huma.Operation) { o.Metadata[pages] = true }

func isForPages(o *huma.Operation) bool { return o.Metadata[pages] == true }

// DefaultVisitors is how many requests one visitor's address may make with an
// account's public keys, so that nobody uses up the others' share. Calls have
// limits of their own: intake.Visitors.
var DefaultVisitors = throttle.Rate{Count: 600, Per: time.Minute}

const rememberedVisitors = 1 << 16

// visitorReads is for how long after its end a call is told to the page that
// made it.
const visitorReads = 10 * time.Minute

// preflight answers what a browser asks before a page's request (Fetch standard,
// 3.2.2). It does not know the key yet: whether this page may use it is told by
// the answer to the request itself, and decided there.
func preflight(method string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Allow", method+", OPTIONS")
		if r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Origin", "*") // which never lets cookies through
			h.Set("Access-Control-Allow-Methods", method)
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key")
			h.Set("Access-Control-Max-Age", "7200")
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

// letRead says to a browser whether the page may read the answer: that a key is
// wrong any page may, what a public key is answered the key's own pages.
func letRead(h http.Header, r *http.Request, who *Identity) {
	h.Add("Vary", "Origin")
	h.Set("Cache-Control", "no-store")
	origin := r.Header.Get("Origin")
	if origin == "" || r.Header.Get("Authorization") == "" || who != nil && !who.MayRead(origin) {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "Retry-After")
}

// secretInPage refuses a secret key that a page of another site shows: whoever
// opens the page has it.
func (s *service) secretInPage(r *http.Request, who *Identity) error {
	origin := r.Header.Get("Origin")
	if origin == "" || r.Header.Get("Authorization") == "" || who.Public() {
		return nil
	}
	if u, err := url.Parse(origin); err == nil && strings.EqualFold(u.Host, r.Host) {
		return nil
	}
	s.cfg.Log.Warn("a web page holds a secret key: delete that key", "account", who.Account.Name, "key", who.Key.Name, "origin", origin)
	return &clickbridge.Error{Code: clickbridge.EFORBIDDEN, Message: "Access denied: this key is secret and must not be in a web page; make a public key for pages"}
}

// bucket returns what counts somebody's requests, and under what name.
func (s *service) bucket(who *Identity) (t *throttle.Throttle, r throttle.Rate, name string) {
	if who.Public() {
		return s.visitors, s.cfg.Visitors, fmt.Sprint(who.Account.ID, " ", intake.Household(who.Actor.RemoteAddr))
	}
	return s.limit, s.cfg.Limit, fmt.Sprint(who.Actor.Kind, who.Actor.ID, who.Account.ID)
}

// visitorsCall reads a call for the page that made it: its key, and nobody
// guesses its id.
func (s *service) visitorsCall(ctx context.Context, who *Identity, id clickbridge.CallID) (*body[Call], error) {
	if err := who.From(who.Origin, who.Referer); err != nil {
		return nil, err
	}
	r, _, err := s.find(ctx, who.Account.ID, id)
	if err != nil {
		return nil, err
	}
	if r == nil || r.Call.KeyName != who.Key.Name || !r.Call.InFlight() && time.Since(r.Call.EndedAt) > visitorReads {
		return nil, notFound("Call " + string(id))
	}
	return &body[Call]{forVisitor(callOf(r))}, nil
}

// outsideHours is the cause that a visitor is told where nobody was on shift.
const outsideHours = "outside hours"

// forVisitor is what a visitor may know of their call: not who was rung, nor why
// somebody did not take it.
func forVisitor(c Call) Call {
	out := Call{
		ID: c.ID, State: c.State, Result: c.Result, Order: c.Order, Phone: c.Phone, CreatedAt: c.CreatedAt, EndedAt: c.EndedAt,
		Attempts: []Attempt{}, Notices: []Notice{},
	}
	switch clickbridge.CallState(c.State) {
	case clickbridge.CallScreening, clickbridge.CallTransferring:
		out.State = string(clickbridge.CallHunting)
	}
	off, rung := 0, 0
	for i := range c.Attempts {
		switch {
		case c.Attempts[i].Result == string(clickbridge.AttemptNotOnShift):
			off++
		case c.Attempts[i].Party == clickbridge.PartyFindMe:
			rung++
		}
	}
	if off > 0 && rung == 0 && c.Result == clickbridge.ResultNoAnswer {
		out.Cause = outsideHours
	}
	return out
}

// promiseKey is an Idempotency-Key as it is kept: those of a page are no server's, for
// whoever opens the page may choose them. What parts them is in no header.
func promiseKey(who *Identity, key string) string {
	if who.Public() {
		return "\x01" + who.Key.Name + "\x01" + key
	}
	return key
}
