package people

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"clickbridge"
)

// browser keeps cookies and the token against forgery.
type browser struct {
	t       *testing.T
	h       http.Handler
	cookies map[string]*http.Cookie
	csrf    string
	tweak   func(*http.Request)
}

func browse(t *testing.T, b *bench) *browser {
	return &browser{t: t, h: b.Handler(), cookies: map[string]*http.Cookie{}}
}

// do sends a request as our own page does over http on this machine; what
// answers as JSON is put into out.
func (b *browser) do(method, path, body string, out ...any) (status int, problem string) {
	b.t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:40000"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set(csrfHeader, b.csrf)
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	if b.tweak != nil {
		b.tweak(r)
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookies[c.Name] = c
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	raw, err := io.ReadAll(w.Result().Body)
	must(b.t, err)
	if w.Code >= 400 {
		if w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Cache-Control") != "no-store" {
			b.t.Errorf("%s %s: %v", method, path, w.Header())
		}
		return w.Code, string(raw)
	}
	for _, o := range out {
		must(b.t, json.Unmarshal(raw, o))
	}
	return w.Code, ""
}

// status does it and compares.
func (b *browser) status(want int, method, path, body string, out ...any) {
	b.t.Helper()
	if got, problem := b.do(method, path, body, out...); got != want {
		b.t.Errorf("%s %s: %d %s, want %d", method, path, got, problem, want)
	}
}

func (b *browser) signIn(email, password string) (s sessionJSON) {
	b.t.Helper()
	b.status(200, "POST", "/v1/session", `{"email":"`+email+`","password":"`+password+`"}`, &s)
	b.csrf = s.CSRF
	return s
}

func TestWebSession(t *testing.T) {
	b := serve(t, bed(t))
	b.add(t, "a@example.com", owner, "")
	w := browse(t, b)
	w.status(401, "GET", "/v1/session", "")
	w.status(401, "POST", "/v1/session", `{"email":"a@example.com","password":"wrong"}`)
	for body, want := range map[string]int{"{": 422, `{"mail":1}`: 422, `{"email":1}`: 422, `{} {}`: 422, `{"email":"` + strings.Repeat("x", maxBody) + `"}`: 422} {
		w.status(want, "POST", "/v1/session", body)
	}
	s := w.signIn("a@example.com", good)
	if s.User.Email != "a@example.com" || len(s.User.Roles) != 1 || len(s.User.Roles[0].Permissions) != len(owner.Permissions()) || s.IdleSeconds != 3600 {
		t.Errorf("%+v", s)
	}
	c := w.cookies[plainCookie]
	if c == nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
		t.Errorf("cookie %+v", c)
	}
	w.status(200, "GET", "/v1/session", "", &s)
	var all struct{ Sessions []oneSession }
	w.status(200, "GET", "/v1/session/all", "", &all)
	if len(all.Sessions) != 1 || !all.Sessions[0].This {
		t.Errorf("%+v", all)
	}
	w.status(405, "PUT", "/v1/session", "")
	w.status(404, "GET", "/v1/session/nowhere", "")
	w.status(404, "GET", "/v1/session/oidc", "")
	w.status(403, "POST", "/v1/session/password", `{"old":"wrong","new":"another 9 good words"}`)
	w.status(200, "POST", "/v1/session/password", `{"old":"`+good+`","new":"another 9 good words"}`, &s)
	w.status(403, "DELETE", "/v1/session", "") // the token of the session before
	w.csrf = s.CSRF
	w.status(404, "DELETE", "/v1/session/all/x", "")
	w.status(204, "DELETE", "/v1/session", "")
	w.status(401, "GET", "/v1/session", "")
}

func TestForgery(t *testing.T) {
	b := serve(t, bed(t))
	b.add(t, "a@example.com", owner, "")
	w := browse(t, b)
	w.signIn("a@example.com", good)
	token := w.csrf
	const body = `{"email":"b@example.com","roles":[{"account_id":1,"role":"read_only"}],"password":"another 9 good words"}`
	for name, tweak := range map[string]func(*http.Request){
		"no token":            func(r *http.Request) { r.Header.Del(csrfHeader) },
		"another token":       func(r *http.Request) { r.Header.Set(csrfHeader, strings.Repeat("0", len(token))) },
		"another site":        func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a sister site":       func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"another origin":      func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
		"a form that lies":    func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		"a name leading here": func(r *http.Request) { r.Host = "evil.example" },
	} {
		w.tweak = tweak
		if got, _ := w.do("POST", "/v1/users", body); got != 403 && got != 401 && got != 422 {
			t.Errorf("%s: %d", name, got)
		}
	}
	w.tweak = func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }
	w.status(403, "POST", "/v1/session", `{"email":"a@example.com","password":"`+good+`"}`)
	w.tweak = nil
	w.status(200, "POST", "/v1/users", body)
}

// Passwords cross no net in the clear.
func TestTransport(t *testing.T) {
	b := serve(t, bed(t), func(c *Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	for _, test := range []struct {
		name         string
		tweak        func(*http.Request)
		secure, fail bool
	}{
		{"this machine", func(*http.Request) {}, false, false},
		{"localhost", func(r *http.Request) { r.Host = "localhost:8080" }, false, false},
		{"a name that leads here", func(r *http.Request) { r.Host = "rebound.example" }, false, true},
		{"another machine", func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1" }, false, true},
		{"https", func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1"; r.TLS = &tls.ConnectionState{} }, true, false},
		{"a proxy with https", func(r *http.Request) { r.RemoteAddr = "10.1.1.1:1"; r.Header.Set("X-Forwarded-Proto", "https") }, true, false},
		{"a proxy with http", func(r *http.Request) { r.RemoteAddr = "10.1.1.1:1"; r.Header.Set("X-Forwarded-Proto", "http") }, false, true},
		{"a proxy that says nothing", func(r *http.Request) { r.RemoteAddr = "10.1.1.1:1" }, false, true},
		{"somebody who says https", func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1"; r.Header.Set("X-Forwarded-Proto", "https") }, false, true},
		{"an unknown proxy on this machine", func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") }, false, true},
		{"no address", func(r *http.Request) { r.RemoteAddr = "@" }, false, true},
	} {
		r := httptest.NewRequest("GET", "http://127.0.0.1:8080/", http.NoBody)
		r.RemoteAddr = "127.0.0.1:40000"
		test.tweak(r)
		if secure, err := b.transport(r); secure != test.secure || (err != nil) != test.fail {
			t.Errorf("%s: %v, %v", test.name, secure, err)
		}
	}
	if c := cookie(cookieName(true), "x", true, 60e9); c.String() != "__Host-clickbridge=x; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax" {
		t.Error(c)
	}
}

func TestWebUsers(t *testing.T) {
	b := serve(t, bed(t))
	b.add(t, "a@example.com", admin, "")
	far := b.add(t, "far@example.com", "", owner)
	w := browse(t, b)
	w.signIn("a@example.com", good)
	var u userJSON
	w.status(200, "POST", "/v1/users", `{"email":"b@example.com","name":"B","password":"another 9 good words","roles":[{"account_id":1,"role":"supervisor"}]}`, &u)
	at := "/v1/users/" + itoa(u.ID)
	w.status(403, "POST", "/v1/users", `{"email":"c@example.com","password":"another 9 good words","roles":[{"account_id":1,"role":"owner"}]}`)
	w.status(422, "POST", "/v1/users", `{"email":"c@example.com","password":"short","roles":[{"account_id":1,"role":"admin"}]}`)
	w.status(200, "PATCH", at, `{"name":"New"}`, &u)
	w.status(403, "PATCH", at, `{"operator":true}`)
	w.status(200, "PUT", at+"/roles/1", `{"role":"admin"}`, &u)
	w.status(403, "PUT", at+"/roles/2", `{"role":"admin"}`)
	w.status(422, "PUT", at+"/roles/1", `{"role":"root"}`)
	if u.Name != "New" || u.Roles[0].Role != admin || u.Roles[0].Permissions != nil {
		t.Errorf("%+v", u)
	}
	w.status(204, "PUT", at+"/password", `{"password":"yet 8 other words"}`)
	w.status(204, "DELETE", at+"/totp", "")
	other := browse(t, b)
	other.signIn("b@example.com", "yet 8 other words")
	w.status(200, "PATCH", at, `{"disabled":true}`)
	other.status(401, "GET", "/v1/session", "")
	w.status(204, "DELETE", at+"/roles/1", "")
	for _, path := range []string{at, "/v1/users/" + itoa(far.ID), "/v1/users/0", "/v1/users/x", "/v1/users/99999999999999999999"} {
		w.status(404, "GET", path, "")
	}
	w.status(404, "PUT", "/v1/users/"+itoa(far.ID)+"/password", `{"password":"yet 8 other words"}`)
	var all struct{ Users []userJSON }
	w.status(200, "GET", "/v1/users", "", &all)
	if len(all.Users) != 1 {
		t.Errorf("%+v", all)
	}
}

func itoa(n int64) string { b, _ := json.Marshal(n); return string(b) }

// A form shows what is wrong at its field.
func TestFieldProblems(t *testing.T) {
	b := serve(t, bed(t))
	b.add(t, "a@example.com", admin, "")
	w := browse(t, b)
	w.signIn("a@example.com", good)
	for body, want := range map[string]string{
		`{"email":"x"}`: `"errors":[{"field":"email","message":"must be`,
		`{"email":"c@example.com","password":"short","roles":[{"account_id":1,"role":"admin"}]}`: `"errors":[{"field":"password","message":"must have`,
		`{"email":"c@example.com","roles":[{"account_id":1,"role":"root"}]}`:                     `"errors":[{"field":"role","message":"must be`,
		`{"email":1}`: `"errors":[{"field":"email","message":"must be of type`,
	} {
		if got, problem := w.do("POST", "/v1/users", body); got != 422 || !strings.Contains(problem, want) {
			t.Errorf("%s: %d %s", body, got, problem)
		}
	}
}

// A flood of sign-ins is told when to come again.
func TestRetryAfter(t *testing.T) {
	b := serve(t, bed(t))
	b.gate.turn <- struct{}{}
	for range queueOfAddr {
		b.gate.queue(netOf("127.0.0.1:40000"))
	}
	w := browse(t, b)
	got, problem := w.do("POST", "/v1/session", `{"email":"a@example.com","password":"x"}`)
	if got != 503 || !strings.Contains(problem, `"retry_after":2`) || !strings.Contains(problem, string(clickbridge.EUNAVAILABLE)) {
		t.Errorf("%d %s", got, problem)
	}
}
