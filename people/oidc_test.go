package people

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"clickbridge"
)

// idp is an OpenID Connect provider on loopback.
type idp struct {
	*httptest.Server
	key    *ecdsa.PrivateKey
	says   map[string]any // claims; nil values are left out
	tweak  func(token string) string
	asked  url.Values // the last authorization
	secret string
}

func newIDP(t *testing.T) *idp {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	p := &idp{key: key, secret: "idp-client-secret", tweak: func(s string) string { return s }}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = writeJSON(w, 200, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"response_types_supported": []string{"code"}, "id_token_signing_alg_values_supported": []string{"ES256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = writeJSON(w, 200, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// token exchanges the code, for who has the verifier (RFC 7636).
func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	sum := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
	id, secret, _ := r.BasicAuth()
	if id != "cb" || secret != p.secret || r.Form.Get("code") != "the-code" || r.Form.Get("redirect_uri") != p.asked.Get("redirect_uri") ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != p.asked.Get("code_challenge") {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	claims := map[string]any{
		"iss": p.URL, "aud": "cb", "sub": "subject 1", "nonce": p.asked.Get("nonce"), "email": "a@example.com", "email_verified": true,
		"exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(), "name": "A Person",
	}
	maps.Copy(claims, p.says)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	_ = writeJSON(w, 200, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.tweak(p.sign(claims))})
}

func (p *idp) sign(claims map[string]any) string {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.key, KeyID: "1"}}, nil)
	if err != nil {
		panic(err)
	}
	payload, _ := json.Marshal(claims)
	signed, err := s.Sign(payload)
	if err != nil {
		panic(err)
	}
	out, _ := signed.CompactSerialize()
	return out
}

// through sends a browser to the provider and back.
func (p *idp) through(w *browser) (status int, problem string) {
	w.t.Helper()
	got := p.begin(w)
	return w.do("GET", "/v1/session/oidc/callback?code=the-code&state="+url.QueryEscape(got), "")
}

// begin sends a browser there, and returns the state to come back with.
func (p *idp) begin(w *browser) string {
	w.t.Helper()
	r := httptest.NewRequest("GET", "http://127.0.0.1:8080/v1/session/oidc?return=/calls", http.NoBody)
	r.RemoteAddr = "127.0.0.1:40000"
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, r)
	if rec.Code != http.StatusSeeOther {
		w.t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	for _, c := range rec.Result().Cookies() {
		w.cookies[c.Name] = c
	}
	to, err := url.Parse(rec.Header().Get("Location"))
	must(w.t, err)
	p.asked = to.Query()
	if !strings.HasPrefix(to.String(), p.URL+"/authorize?") || p.asked.Get("code_challenge_method") != "S256" || p.asked.Get("response_type") != "code" {
		w.t.Errorf("sent to %s", to)
	}
	return p.asked.Get("state")
}

func trusting(p *idp) func(*Config) {
	return func(c *Config) {
		c.OIDC = OIDC{Issuer: p.URL, ClientID: "cb", ClientSecret: p.secret, AllowedDomains: []string{"example.org"}, Account: "One", Role: plain}
	}
}

func TestOIDC(t *testing.T) {
	p := newIDP(t)
	b := serve(t, bed(t), trusting(p))
	u := b.add(t, "a@example.com", admin, "")
	w := browse(t, b)
	if status, problem := p.through(w); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, problem)
	}
	if w.cookies[tripCookie(false)] != nil {
		t.Error("the trip's cookie is left")
	}
	var s sessionJSON
	w.status(200, "GET", "/v1/session", "", &s)
	if s.User.ID != u.ID || s.Method != string(clickbridge.ByOIDC) {
		t.Errorf("%+v", s)
	}
	// Linked: the e-mail may change there, and is not needed any more.
	p.says = map[string]any{"email": "changed@example.com", "email_verified": false}
	if status, problem := p.through(browse(t, b)); status != http.StatusSeeOther {
		t.Errorf("%d %s", status, problem)
	}
	// Somebody of an allowed domain becomes a user.
	p.says = map[string]any{"sub": "2", "email": "New@Example.org", "email_verified": "true"}
	w = browse(t, b)
	if status, problem := p.through(w); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, problem)
	}
	w.status(200, "GET", "/v1/session", "", &s)
	if s.User.Email != "new@example.org" || s.User.Name != "A Person" || s.User.Operator || len(s.User.Roles) != 1 || s.User.Roles[0].Role != plain {
		t.Errorf("%+v", s.User)
	}
	if _, err := b.SignIn(t.Context(), SignIn{Email: "new@example.org", Password: "", RemoteAddr: "x"}); err == nil {
		t.Error("signed in without a password")
	}
}

func TestOIDCRefuses(t *testing.T) {
	p := newIDP(t)
	b := serve(t, bed(t), trusting(p))
	u := b.add(t, "a@example.com", admin, "")
	b.add(t, "b@example.com", admin, "")
	gone := b.add(t, "gone@example.com", admin, "")
	_, err := b.ChangeUser(t.Context(), b.root, gone.ID, func(u *clickbridge.User) error { u.Disabled = true; return nil })
	must(t, err)
	refused := func(name string, says map[string]any) {
		t.Helper()
		p.says = says
		w := browse(t, b)
		if status, problem := p.through(w); status != 403 || w.cookies[plainCookie] != nil {
			t.Errorf("%s: %d %s", name, status, problem)
		}
	}
	refused("an e-mail nobody verified", map[string]any{"email_verified": false})
	refused("an e-mail nobody spoke of verifying", map[string]any{"email_verified": nil})
	refused("no e-mail", map[string]any{"email": nil})
	refused("a stranger", map[string]any{"email": "x@example.com"})
	refused("a domain that ends like ours", map[string]any{"email": "x@evil-example.org"})
	refused("a domain with ours in it", map[string]any{"email": "x@example.org@evil.example"})
	refused("who is disabled", map[string]any{"email": "gone@example.com"})
	refused("another nonce", map[string]any{"nonce": "x"})
	refused("another audience", map[string]any{"aud": "other"})
	refused("another issuer", map[string]any{"iss": "https://evil.example"})
	refused("a token of yesterday", map[string]any{"exp": time.Now().Add(-24 * time.Hour).Unix()})
	p.tweak = func(s string) string { return s[:len(s)-8] + "AAAAAAAA" }
	refused("another signature", nil)
	p.tweak = func(s string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + s[strings.Index(s, "."):strings.LastIndex(s, ".")+1]
	}
	refused("no signature", nil)
	p.tweak = func(s string) string { return s }

	w := browse(t, b)
	state := p.begin(w)
	w.status(403, "GET", "/v1/session/oidc/callback?code=the-code&state=x"+state, "")
	w.status(403, "GET", "/v1/session/oidc/callback?code=the-code&state="+state, "") // its cookie is used up
	state = p.begin(w)
	w.status(403, "GET", "/v1/session/oidc/callback?code=stolen&state="+state, "")
	state = p.begin(w)
	delete(w.cookies, tripCookie(false)) // begun in another browser
	w.status(403, "GET", "/v1/session/oidc/callback?code=the-code&state="+state, "")

	// An e-mail that was given to somebody else does not take the user along.
	p.says = nil
	if status, problem := p.through(browse(t, b)); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, problem)
	}
	refused("another person with the e-mail", map[string]any{"sub": "somebody else"})
	_, err = b.ChangeUser(t.Context(), b.root, u.ID, func(u *clickbridge.User) error { u.Disabled = true; return nil })
	must(t, err)
	refused("who was linked and is disabled", nil)
}

func TestOIDCIsAway(t *testing.T) {
	p := newIDP(t)
	b := serve(t, bed(t), trusting(p))
	p.Close()
	w := browse(t, b)
	w.status(503, "GET", "/v1/session/oidc", "")
	w.status(401, "POST", "/v1/session", `{"email":"a@example.com","password":"x"}`)
}

func FuzzTrip(f *testing.F) {
	ks, err := deriveKeys([]byte("server"))
	must(f, err)
	s := &Service{keys: ks}
	f.Add([]byte("x"), "state")
	f.Fuzz(func(t *testing.T, carry []byte, state string) {
		if _, err := s.openTrip(carry, state); err == nil {
			t.Error("a trip that never began")
		}
	})
}
