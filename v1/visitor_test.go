package v1_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/throttle"
	"clickbridge/v1"
)

const (
	shop  = "https://shop.example.com"
	other = "https://other.example.com"
	click = `{"findme_id":98765,"phone":"5551112222"}`
)

// Only a page that its key names may read what the key is answered; a secret key
// is refused in any.
func TestPagesOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.get(202, "POST", "/v1/calls", click, "As", "page", "Origin", shop)["id"].(string)
	for _, tt := range []struct {
		name, method, path, as, origin string
		status                         int
		reads                          bool
	}{
		{"its page", "POST", "/v1/calls", "page", shop, 202, true},
		{"its page reads", "GET", "/v1/calls/" + made, "page", shop, 200, true},
		{"another page", "POST", "/v1/calls", "page", other, 403, false},
		{"another page reads", "GET", "/v1/calls/" + made, "page", other, 403, false},
		{"a sandboxed page", "POST", "/v1/calls", "page", "null", 403, false},
		{"no page at all", "POST", "/v1/calls", "page", "", 403, false},
		{"no page reads", "GET", "/v1/calls/" + made, "page", "", 403, false},
		{"a key for any page", "POST", "/v1/calls", "anywhere", other, 202, true},
		{"a key for any page, from a server", "POST", "/v1/calls", "anywhere", "", 202, false},
		{"a key that is none", "POST", "/v1/calls", "wrong", other, 401, true},
		{"a secret key in a page", "POST", "/v1/calls", "pair", shop, 403, false},
		{"a secret key in a page reads", "GET", "/v1/calls/" + made, "pair", shop, 403, false},
		{"a secret key in a page, elsewhere", "GET", "/v1/keys", "pair", shop, 403, false},
		{"a secret key at our own page", "GET", "/v1/calls/" + made, "pair", "http://example.com", 200, false},
		{"a secret key at a server", "GET", "/v1/calls/" + made, "pair", "", 200, false},
		{"what is not for pages", "GET", "/v1/keys", "page", shop, 403, false},
		{"the list of calls", "GET", "/v1/calls", "page", shop, 403, false},
		{"ending a call", "DELETE", "/v1/calls/" + made, "page", shop, 403, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body, header := "", []string{"As", tt.as}
			if tt.method == "POST" {
				body = click
			}
			if tt.origin != "" {
				header = append(header, "Origin", tt.origin)
			}
			rec := w.do(tt.method, tt.path, body, header...)
			want := ""
			if tt.reads {
				want = tt.origin
			}
			if got := rec.Header().Get("Access-Control-Allow-Origin"); rec.Code != tt.status || got != want {
				t.Errorf("%d, read by %q: %s", rec.Code, got, rec.Body)
			}
			if rec.Header().Get("Access-Control-Allow-Credentials") != "" {
				t.Error("cookies are let through")
			}
		})
	}
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(path, method string) *httptest.ResponseRecorder {
		return w.do("OPTIONS", path, "", "As", "wrong", "Origin", shop, "Access-Control-Request-Method", method, "Access-Control-Request-Headers", "authorization,content-type,idempotency-key")
	}
	for path, method := range map[string]string{"/v1/calls": "POST", "/v1/calls/x": "GET"} {
		h := ask(path, method).Header()
		if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Methods") != method ||
			h.Get("Access-Control-Allow-Headers") != "Authorization, Content-Type, Idempotency-Key" || h.Get("Access-Control-Max-Age") != "7200" {
			t.Errorf("%s: %v", path, h)
		}
	}
	for _, path := range []string{"/v1/keys", "/v1/calls/x/y", "/v1/findmes/98765", "/v1/events"} {
		if rec := ask(path, "GET"); rec.Header().Get("Access-Control-Allow-Origin") != "" || rec.Code < 400 {
			t.Errorf("%s: %d %v", path, rec.Code, rec.Header())
		}
	}
	if len(w.begun) != 0 {
		t.Error("a preflight made a call")
	}
}

// A visitor reads how far the call of their page has come, and nothing of who was
// rung; of another key's call there is nothing to read.
func TestVisitorsCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from := []string{"As", "page", "Origin", shop}
	id := w.get(202, "POST", "/v1/calls", click, from...)["id"].(string)
	theirs := w.get(202, "POST", "/v1/calls", click)["id"].(string)
	w.get(404, "GET", "/v1/calls/"+theirs, "", from...)
	w.get(404, "GET", "/v1/calls/"+id, "", "As", "anywhere", "Origin", shop)
	w.get(404, "GET", "/v1/calls/unheard-of", "", from...)

	c := w.begun[0]
	reads := func(state, result, cause string) {
		t.Helper()
		rec := w.do("GET", "/v1/calls/"+id, "", from...)
		for _, hidden := range []string{"Ann", "8688950", "9998887777", "Sales", "page"} {
			if strings.Contains(rec.Body.String(), hidden) {
				t.Errorf("a visitor reads %q: %s", hidden, rec.Body)
			}
		}
		got := w.get(200, "GET", "/v1/calls/"+id, "", from...)
		if r, _ := got["result"].(string); got["state"] != state || r != result {
			t.Errorf("state %v, result %v; want %s %s", got["state"], r, state, result)
		}
		if why, _ := got["cause"].(string); why != cause {
			t.Errorf("cause %q, want %q", why, cause)
		}
	}
	reads("queued", "", "")
	off := clickbridge.Attempt{
		ID: clickbridge.NewAttemptID(), CallID: c.ID, Seq: 1, Party: clickbridge.PartyFindMe, Number: "+15558688950", Name: "Ann",
		Result: clickbridge.AttemptNotOnShift, StartedAt: time.Now(), EndedAt: time.Now(),
	}
	c.State = clickbridge.CallHunting
	ok(t, w.store.Save(t.Context(), c, []clickbridge.Attempt{off}, nil))
	reads("hunting", "", "")
	c.State, c.Result, c.Cause, c.EndedAt = clickbridge.CallEnded, clickbridge.ResultNoAnswer, "nobody accepted", time.Now()
	ok(t, w.store.Save(t.Context(), c, nil, nil))
	reads("ended", "No Answer", "outside hours")
	replay := w.do("POST", "/v1/calls", click, append(from, "Idempotency-Key", "k")...)
	if again := w.do("POST", "/v1/calls", click, append(from, "Idempotency-Key", "k")...); again.Code != 202 || again.Body.String() != replay.Body.String() {
		t.Errorf("a repeat: %d %s", again.Code, again.Body)
	}
}

// Who opens a page cannot take the keys of requests that the account's server
// uses.
func TestVisitorsKeysOfRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.get(202, "POST", "/v1/calls", `{"findme_id":98765,"phone":"5551113333"}`, "As", "page", "Origin", shop, "Idempotency-Key", "order-1")
	w.get(202, "POST", "/v1/calls", click, "Idempotency-Key", "order-1")
	if rec := w.do("POST", "/v1/calls", click, "As", "anywhere", "Idempotency-Key", "order-1"); rec.Header().Get("Idempotency-Replayed") != "" || rec.Code != 202 {
		t.Errorf("another key's: %d %s", rec.Code, rec.Body)
	}
}

// One visitor does not use up what the others have.
func TestVisitorsRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *v1.Config) { c.Visitors = throttle.Rate{Count: 3, Per: time.Hour} })
	ask := func(addr string) *httptest.ResponseRecorder {
		return w.do("GET", "/v1/calls/x", "", "As", "page", "Origin", shop, "From-Address", addr)
	}
	for range 3 {
		if rec := ask("2001:db8::1"); rec.Code != 404 {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
	}
	rec := ask("2001:db8::2")
	if rec.Code != 429 || rec.Header().Get("Retry-After") == "" || rec.Header().Get("Access-Control-Allow-Origin") != shop {
		t.Errorf("one too many: %d %v", rec.Code, rec.Header())
	}
	if rec := ask("2001:db8:0:1::1"); rec.Code != 404 {
		t.Errorf("somebody else: %d", rec.Code)
	}
}

// Clicks have the limits that those of the old API have.
func TestVisitorsClicks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var last *httptest.ResponseRecorder
	for i := range 5 {
		last = w.do("POST", "/v1/calls", click, "As", "page", "Origin", shop, "From-Address", fmt.Sprintf("192.0.2.%d", i))
	}
	if last.Code != 429 || last.Header().Get("Retry-After") == "" || !strings.Contains(last.Body.String(), "called too often") {
		t.Errorf("the fifth call of a number: %d %s", last.Code, last.Body)
	}
}
