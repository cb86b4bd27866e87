package people

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// seenEvery is how exactly the store knows when a session was used last.
const seenEvery = time.Minute

func tokenHash(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

// csrfOf is bound to the session: who has not the cookie cannot make it.
func csrfOf(token string) string { return mac([]byte(token), "csrf") }

func person(u clickbridge.User, v clickbridge.Session, token, addr string) Person {
	return Person{User: u, Session: v, CSRF: csrfOf(token), Actor: clickbridge.Actor{
		Kind: clickbridge.ActorUser, ID: u.ID, Name: u.Email, RemoteAddr: addr,
	}}
}

// Session returns whose session a token is of. EUNAUTHORIZED when it is none, is
// over, was not used for too long, or its user may not sign in any more.
func (s *Service) Session(ctx context.Context, token, remoteAddr string) (Person, error) {
	if b, err := base64.RawURLEncoding.Strict().DecodeString(token); err != nil || len(b) != secretBytes {
		return Person{}, errSignedOut
	}
	v, err := s.cfg.Store.SessionByHash(ctx, tokenHash(token))
	if errors.Is(err, store.ErrNotFound) {
		return Person{}, errSignedOut
	}
	if err != nil {
		return Person{}, away(err)
	}
	now := time.Now()
	if !v.EndedAt.IsZero() || !now.Before(v.ExpiresAt) || now.Sub(v.SeenAt) >= s.cfg.Idle {
		return Person{}, errSignedOut
	}
	u, err := s.cfg.Store.User(ctx, v.UserID)
	if errors.Is(err, store.ErrNotFound) || err == nil && u.Disabled {
		return Person{}, errSignedOut
	}
	if err != nil {
		return Person{}, away(err)
	}
	if now.Sub(v.SeenAt) >= min(seenEvery, s.cfg.Idle/2) {
		s.cfg.Store.SessionSeen(v.ID, now)
		v.SeenAt = now
	}
	return person(u, v, token, remoteAddr), nil
}

// SignOut ends a person's own session.
func (s *Service) SignOut(ctx context.Context, p Person) error {
	return s.EndSession(ctx, p, p.Session.ID)
}

// Sessions returns the person's own sessions that go on, newest first.
func (s *Service) Sessions(ctx context.Context, p Person) ([]clickbridge.Session, error) {
	now := time.Now()
	all, err := s.cfg.Store.Sessions(ctx, p.User.ID, now)
	if err != nil {
		return nil, away(err)
	}
	var out []clickbridge.Session
	for _, v := range all {
		if now.Sub(v.SeenAt) < s.cfg.Idle {
			out = append(out, v)
		}
	}
	return out, nil
}

// EndSession ends one of the person's own sessions. ENOTFOUND.
func (s *Service) EndSession(ctx context.Context, p Person, id string) error {
	e := p.entry("session.ended", "session "+id)
	return away(s.cfg.Store.EndSession(ctx, p.User.ID, id, time.Now(), []clickbridge.AuditEntry{e}))
}

// csrfHeader is where a page says the token it was given.
const csrfHeader = "X-CSRF-Token"

// Who returns whose request this is, of the cookie it has. What changes
// something must come from our own page and name the session's token in
// X-CSRF-Token. EUNAUTHORIZED, EFORBIDDEN.
func (s *Service) Who(r *http.Request) (Person, error) {
	secure, err := s.transport(r)
	if err != nil {
		return Person{}, errSignedOut
	}
	c, err := r.Cookie(cookieName(secure))
	if err != nil {
		return Person{}, errSignedOut
	}
	p, err := s.Session(r.Context(), c.Value, s.cfg.RemoteAddr(r))
	if err != nil {
		return Person{}, err
	}
	return p, s.notForged(r, p)
}

// notForged reports whether a request that changes something is our own page's.
// errForged.
func (s *Service) notForged(r *http.Request, p Person) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if s.origin.Check(r) != nil || subtle.ConstantTimeCompare([]byte(r.Header.Get(csrfHeader)), []byte(p.CSRF)) != 1 {
		return errForged
	}
	return nil
}
