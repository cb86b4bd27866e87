package people

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"clickbridge"
)

// sessionJSON is who is signed in, as the console sees it.
type sessionJSON struct {
	User        userJSON   `json:"user"`
	ID          string     `json:"id"`
	Method      string     `json:"method"`
	CreatedAt   *time.Time `json:"created_at"`
	ExpiresAt   *time.Time `json:"expires_at"`
	IdleSeconds int        `json:"idle_seconds"`
	CSRF        string     `json:"csrf_token"` // for X-CSRF-Token
}

func (s *Service) sessionOf(p Person) sessionJSON {
	return sessionJSON{
		User: userOf(p.User, true), ID: p.Session.ID, Method: string(p.Session.Method), CreatedAt: stamp(p.Session.CreatedAt),
		ExpiresAt: stamp(p.Session.ExpiresAt), IdleSeconds: int(s.cfg.Idle.Seconds()), CSRF: p.CSRF,
	}
}

// postSession signs in.
func (s *Service) postSession(w http.ResponseWriter, r *http.Request) error {
	secure, err := s.transport(r)
	if err != nil {
		return err
	}
	if s.origin.Check(r) != nil {
		return errForged
	}
	var in struct {
		Email    string `json:"email"`
		Password string `json:"password"`
		Code     string `json:"code"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	signed, err := s.SignIn(r.Context(), SignIn{
		Email: in.Email, Password: in.Password, Code: in.Code, RemoteAddr: s.cfg.RemoteAddr(r), Agent: r.UserAgent(),
	})
	if err != nil {
		return err
	}
	return s.welcomed(w, secure, signed)
}

// welcomed gives the browser its cookie.
func (s *Service) welcomed(w http.ResponseWriter, secure bool, signed Signed) error {
	http.SetCookie(w, cookie(cookieName(secure), signed.Token, secure, s.cfg.Life))
	return writeJSON(w, http.StatusOK, s.sessionOf(signed.Person))
}

func (s *Service) getSession(w http.ResponseWriter, _ *http.Request, p Person) error {
	return writeJSON(w, http.StatusOK, s.sessionOf(p))
}

func (s *Service) deleteSession(w http.ResponseWriter, r *http.Request, p Person) error {
	if err := s.SignOut(r.Context(), p); err != nil {
		return err
	}
	secure, _ := s.transport(r)
	http.SetCookie(w, cookie(cookieName(secure), "", secure, 0))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// oneSession is a session in a list.
type oneSession struct {
	ID         string     `json:"id"`
	This       bool       `json:"this"`
	Method     string     `json:"method"`
	CreatedAt  *time.Time `json:"created_at"`
	SeenAt     *time.Time `json:"seen_at"`
	ExpiresAt  *time.Time `json:"expires_at"`
	RemoteAddr string     `json:"remote_addr"`
	Agent      string     `json:"agent"`
}

func (s *Service) getSessions(w http.ResponseWriter, r *http.Request, p Person) error {
	all, err := s.Sessions(r.Context(), p)
	if err != nil {
		return err
	}
	out := make([]oneSession, len(all))
	for i, v := range all {
		out[i] = oneSession{
			ID: v.ID, This: v.ID == p.Session.ID, Method: string(v.Method), CreatedAt: stamp(v.CreatedAt), SeenAt: stamp(v.SeenAt),
			ExpiresAt: stamp(v.ExpiresAt), RemoteAddr: v.RemoteAddr, Agent: v.Agent,
		}
	}
	return writeJSON(w, http.StatusOK, map[string]any{"sessions": out})
}

func (s *Service) deleteOneSession(w http.ResponseWriter, r *http.Request, p Person) error {
	if err := s.EndSession(r.Context(), p, r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Service) postPassword(w http.ResponseWriter, r *http.Request, p Person) error {
	var in struct {
		Old string `json:"old"`
		New string `json:"new"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	signed, err := s.ChangePassword(r.Context(), p, in.Old, in.New)
	if err != nil {
		return err
	}
	secure, _ := s.transport(r)
	return s.welcomed(w, secure, signed)
}

func (s *Service) postTOTP(w http.ResponseWriter, r *http.Request, p Person) error {
	var in struct {
		Password string `json:"password"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	e, err := s.EnrolTOTP(r.Context(), p, in.Password)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]string{"secret": e.Secret, "uri": e.URI})
}

func (s *Service) putTOTP(w http.ResponseWriter, r *http.Request, p Person) error {
	var in struct {
		Code string `json:"code"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	codes, err := s.ConfirmTOTP(r.Context(), p, in.Code)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]any{"recovery_codes": codes})
}

func (s *Service) deleteTOTP(w http.ResponseWriter, r *http.Request, p Person) error {
	var in struct {
		Password string `json:"password"`
		Code     string `json:"code"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := s.DisableTOTP(r.Context(), p, in.Password, in.Code); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// tripCookie is the name of what a browser carries to the provider and back.
func tripCookie(secure bool) string { return cookieName(secure) + "-oidc" }

var errNoOIDC = &clickbridge.Error{Code: clickbridge.ENOTFOUND, Message: "No sign-in provider is configured"}

// getOIDC sends the browser to the provider. ?return= is where to go after.
func (s *Service) getOIDC(w http.ResponseWriter, r *http.Request) error {
	if s.oidc == nil {
		return errNoOIDC
	}
	secure, err := s.transport(r)
	if err != nil {
		return err
	}
	to, carry, err := s.leave(r.Context(), s.callback(r, secure), ownPath(r.URL.Query().Get("return")))
	if err != nil {
		return err
	}
	http.SetCookie(w, cookie(tripCookie(secure), base64.RawURLEncoding.EncodeToString(carry), secure, roundTrip))
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// callback is the address the provider sends the browser back to.
func (s *Service) callback(r *http.Request, secure bool) string {
	base := strings.TrimSuffix(s.cfg.PublicURL, "/")
	if base == "" && secure {
		base = "https://" + r.Host
	} else if base == "" {
		base = "http://" + r.Host
	}
	return base + "/v1/session/oidc/callback"
}

// ownPath is a path of this server; "/" for anything that leads elsewhere.
func ownPath(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || !strings.HasPrefix(s, "/") ||
		strings.HasPrefix(s, "//") || strings.ContainsAny(s, "\\\r\n\t") {
		return "/"
	}
	return s
}

// getCallback ends the trip to the provider.
func (s *Service) getCallback(w http.ResponseWriter, r *http.Request) error {
	if s.oidc == nil {
		return errNoOIDC
	}
	secure, err := s.transport(r)
	if err != nil {
		return err
	}
	c, err := r.Cookie(tripCookie(secure))
	if err != nil {
		return errTrip
	}
	http.SetCookie(w, cookie(tripCookie(secure), "", secure, 0))
	carry, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return errTrip
	}
	t, err := s.openTrip(carry, r.URL.Query().Get("state"))
	if err != nil {
		return err
	}
	said, err := s.arrive(r.Context(), t, r.URL.Query().Get("code"))
	if err != nil {
		return err
	}
	signed, err := s.admit(r.Context(), said, s.cfg.RemoteAddr(r), r.UserAgent())
	if err != nil {
		return err
	}
	http.SetCookie(w, cookie(cookieName(secure), signed.Token, secure, s.cfg.Life))
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, t.Return, http.StatusSeeOther)
	return nil
}
