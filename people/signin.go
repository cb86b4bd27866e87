package people

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"

	"clickbridge"
	"clickbridge/store"
)

// SignIn is what somebody says to be let in.
type SignIn struct {
	Email, Password string
	Code            string // of the authenticator app, or for recovery; "" = none
	RemoteAddr      string
	Agent           string
}

// Signed is a session that has begun, and its token, which nobody else has.
type Signed struct {
	Person
	Token string
}

// signInTries is how often a sign-in begins anew because its user was changed
// meanwhile.
const signInTries = 3

// SignIn checks a password and begins a session. EUNAUTHORIZED tells nothing of
// what was wrong, unless only the code is missing; ELIMIT when there were too
// many wrong ones, EUNAVAILABLE when too many sign in, with the time to wait.
func (s *Service) SignIn(ctx context.Context, in SignIn) (Signed, error) {
	in.Email = plainEmail(in.Email)
	if len(in.Email) > maxEmail || len(in.Password) > 4*MaxPassword || len(in.Code) > 64 {
		return Signed{}, errCredentials
	}
	var signed Signed
	err := error(store.ErrStale)
	for range signInTries {
		if signed, err = s.signIn(ctx, in); !errors.Is(err, store.ErrStale) {
			break
		}
	}
	return signed, away(err)
}

// signIn does the same work for users that are there and users that are not.
func (s *Service) signIn(ctx context.Context, in SignIn) (Signed, error) {
	u, c, t, err := s.look(ctx, in)
	if err != nil {
		return Signed{}, err
	}
	if wait := s.locks.wait(t, time.Now()); wait > 0 {
		return Signed{}, tooMany(wait)
	}
	leave, err := s.gate.enter(ctx, t.addr)
	if err != nil {
		return Signed{}, err
	}
	now := time.Now()
	if wait := s.locks.wait(t, now); wait > 0 { // while this one queued
		leave()
		return Signed{}, tooMany(wait)
	}
	begins := s.locks.charge(t, now)
	right, changed := s.checkPassword(&c, in.Password)
	leave()
	if !right || u.Disabled {
		s.refused(ctx, u, in, begins)
		return Signed{}, errCredentials
	}
	if c.TOTPOn && in.Code == "" {
		return Signed{}, errCodeNeeded
	}
	if c.TOTPOn {
		if err := s.takeCode(&c, in.Code, now); err != nil {
			s.refused(ctx, u, in, begins)
			return Signed{}, err
		}
		changed = true
	}
	if changed {
		if err := s.cfg.Store.PutCredentials(ctx, c, time.Time{}, nil); err != nil {
			return Signed{}, err
		}
		u.Version++
	}
	signed, err := s.begin(ctx, u, clickbridge.ByPassword, in.RemoteAddr, in.Agent)
	if err == nil {
		s.locks.right(t)
	}
	return signed, err
}

// look finds the user, with the same questions to the store when there is none.
func (s *Service) look(ctx context.Context, in SignIn) (u clickbridge.User, c clickbridge.Credentials, t try, err error) {
	t = try{email: in.Email, addr: netOf(in.RemoteAddr)}
	if u, err = s.cfg.Store.UserByEmail(ctx, in.Email); err != nil && !errors.Is(err, store.ErrNotFound) {
		return u, c, t, err
	}
	if c, err = s.cfg.Store.Credentials(ctx, u.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return u, c, t, err
	}
	if u.ID != 0 && c.Version != u.Version { // changed between the two questions
		return u, c, t, store.ErrStale
	}
	t.known, err = s.cfg.Store.KnowsAddr(ctx, u.ID, in.RemoteAddr)
	return u, c, t, err
}

// checkPassword verifies, and renews a hash of an older cost.
func (s *Service) checkPassword(c *clickbridge.Credentials, password string) (right, changed bool) {
	kept := c.Password
	if kept == "" {
		kept = s.dummy
	}
	right, outdated := verify(kept, password)
	right = right && c.Password != ""
	if right && outdated {
		c.Password = hashPassword(password)
	}
	return right, right && outdated
}

// refused logs a wrong sign-in, without what was typed, and notes in the audit
// log when it was one too many.
func (s *Service) refused(ctx context.Context, u clickbridge.User, in SignIn, begins bool) {
	s.cfg.Log.Warn("sign-in refused", "user", u.ID, "remote_addr", in.RemoteAddr)
	if !begins || u.ID == 0 {
		return
	}
	e := clickbridge.AuditEntry{
		At: time.Now(), Actor: clickbridge.Actor{Kind: clickbridge.ActorNobody, RemoteAddr: in.RemoteAddr},
		Action: "session.refused", Object: "user " + u.Email,
		Changes: []string{fmt.Sprintf("wrong %d times; this address has to wait", ofPair.free+1)},
	}
	if err := s.cfg.Store.Audit(ctx, []clickbridge.AuditEntry{e}); err != nil {
		s.cfg.Log.Warn("audit log", "err", err)
	}
}

// begin begins a session of a user as they were checked. [store.ErrStale].
func (s *Service) begin(ctx context.Context, u clickbridge.User, how clickbridge.SignInMethod, addr, agent string) (Signed, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Signed{}, err
	}
	now, token := time.Now(), draw()
	v := clickbridge.Session{
		ID: id.String(), UserID: u.ID, Hash: tokenHash(token), Method: how, CreatedAt: now, SeenAt: now,
		ExpiresAt: now.Add(s.cfg.Life), RemoteAddr: addr, Agent: agent,
	}
	p := person(u, v, token, addr)
	e := p.entry("session.created", "user "+u.Email, "by "+string(how))
	if err := s.cfg.Store.CreateSession(ctx, v, u.Version, []clickbridge.AuditEntry{e}); err != nil {
		return Signed{}, err
	}
	s.cfg.Log.Info("signed in", "user", u.ID, "by", how, "remote_addr", addr)
	return Signed{Person: p, Token: token}, nil
}

func tooMany(wait time.Duration) error {
	wait = time.Duration(math.Ceil(wait.Seconds())) * time.Second
	return &clickbridge.Error{Code: clickbridge.ELIMIT, RetryAfter: wait,
		Message: fmt.Sprintf("Too many wrong sign-ins from here; try again in %s", wait)}
}

// entry is a line of the audit log about what the person does now.
func (p Person) entry(action, object string, changes ...string) clickbridge.AuditEntry {
	return clickbridge.AuditEntry{At: time.Now(), Actor: p.Actor, Action: action, Object: object, Changes: changes}
}
