package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
)

func entry(action string) clickbridge.AuditEntry {
	return clickbridge.AuditEntry{
		At: start, Action: action, Object: "user a@example.com",
		Actor: clickbridge.Actor{Kind: clickbridge.ActorUser, ID: 7, Name: "owner@example.com", RemoteAddr: "192.0.2.1"},
	}
}

func entries(actions ...string) (es []clickbridge.AuditEntry) {
	for _, a := range actions {
		es = append(es, entry(a))
	}
	return es
}

// actions checks the whole log, newest first.
func actions(t *testing.T, what string, s store.Store, want ...string) {
	t.Helper()
	es, err := s.AuditLog(context.Background(), store.AuditFilter{})
	ok(t, err)
	var got []string
	for _, e := range es {
		got = append(got, e.Action)
	}
	same(t, what, got, want)
}

func fails(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// staff makes two accounts and returns their ids and a user of both.
func staff(t *testing.T, s store.Store) (a, b int64, u clickbridge.User) {
	t.Helper()
	one, two := example(), example()
	two.Name = "Other"
	apply(t, s, putAccount(one), putAccount(two))
	d := directory(t, s)
	a, b = d.Accounts[0].ID, d.Accounts[1].ID
	return a, b, clickbridge.User{
		Email: "a@example.com", Name: "A \x00☎\xff", CreatedAt: start,
		Roles: []clickbridge.AccountRole{{AccountID: a, Role: clickbridge.RoleOwner}, {AccountID: b, Role: clickbridge.RoleReadOnly}},
	}
}

func createUser(t *testing.T, s store.Store, u clickbridge.User) clickbridge.User {
	t.Helper()
	id, err := s.CreateUser(context.Background(), u, clickbridge.Credentials{Password: "hash"}, entries("user.created"))
	ok(t, err)
	return user(t, s, id)
}

func user(t *testing.T, s store.Store, id int64) clickbridge.User {
	t.Helper()
	u, err := s.User(context.Background(), id)
	ok(t, err)
	return u
}

func testUsers(t *testing.T, s Subject) {
	ctx := context.Background()
	a, _, u := staff(t, s)
	made := createUser(t, s, u)
	u.ID, u.Version, u.Name = made.ID, 1, "A ☎\uFFFD"
	same(t, "created", made, u)
	u.Name, u.Operator, u.Roles = "B", true, []clickbridge.AccountRole{{AccountID: a, Role: clickbridge.RoleSupervisor}}
	ok(t, s.PutUser(ctx, u, entries("user.changed")))
	u.Version = 2
	same(t, "changed", user(t, s, u.ID), u)
	got, err := s.UserByEmail(ctx, u.Email)
	ok(t, err)
	same(t, "by e-mail", got, u)
	second := createUser(t, s, clickbridge.User{Email: "0@example.com", CreatedAt: start})
	us, err := s.Users(ctx)
	ok(t, err)
	same(t, "all", us, []clickbridge.User{second, u})
	_, err = s.User(ctx, 4711)
	fails(t, "no such id", err, store.ErrNotFound)
	_, err = s.UserByEmail(ctx, "A@example.com")
	fails(t, "no such e-mail", err, store.ErrNotFound)
	_, err = s.UserByIdentity(ctx, "", "")
	fails(t, "nobody's identity", err, store.ErrNotFound)
	_, err = s.Credentials(ctx, 4711)
	fails(t, "no such credentials", err, store.ErrNotFound)
	actions(t, "log", s, "user.created", "user.changed", "user.created")
}

func testUserConflicts(t *testing.T, s Subject) {
	ctx := context.Background()
	a, _, u := staff(t, s)
	errs := together(8, func(int) error {
		_, err := s.CreateUser(ctx, u, clickbridge.Credentials{}, entries("user.created"))
		return err
	})
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else if !errors.Is(err, store.ErrConflict) {
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("made %d times", made)
	}
	other := u
	other.Email, other.Roles = "b@example.com", []clickbridge.AccountRole{{AccountID: a, Role: clickbridge.RoleAdmin}, {AccountID: 4711, Role: clickbridge.RoleAdmin}}
	_, err := s.CreateUser(ctx, other, clickbridge.Credentials{}, entries("user.created"))
	fails(t, "a role nowhere", err, store.ErrNotFound)
	_, err = s.UserByEmail(ctx, other.Email)
	fails(t, "what failed left", err, store.ErrNotFound)
	kept, err := s.UserByEmail(ctx, u.Email)
	ok(t, err)
	wrong := kept
	wrong.Roles = other.Roles
	fails(t, "a role nowhere", s.PutUser(ctx, wrong, entries("user.changed")), store.ErrNotFound)
	same(t, "what failed changed", user(t, s, kept.ID), kept)
	actions(t, "log", s, "user.created")
}

func testUserVersions(t *testing.T, s Subject) {
	ctx := context.Background()
	_, _, u := staff(t, s)
	u = createUser(t, s, u)
	ok(t, errors.Join(together(8, func(int) error {
		for {
			u, err := s.User(ctx, u.ID)
			if err != nil {
				return err
			}
			u.Name += "+"
			if err := s.PutUser(ctx, u, nil); !errors.Is(err, store.ErrStale) {
				return err
			}
		}
	})...))
	if got := user(t, s, u.ID); got.Name != u.Name+"++++++++" || got.Version != 9 {
		t.Errorf("%+v", got)
	}
	fails(t, "nobody", s.PutUser(ctx, clickbridge.User{ID: 4711}, nil), store.ErrStale)
}

func testCredentials(t *testing.T, s Subject) {
	ctx := context.Background()
	_, _, u := staff(t, s)
	u = createUser(t, s, u)
	c, err := s.Credentials(ctx, u.ID)
	ok(t, err)
	same(t, "new", c, clickbridge.Credentials{UserID: u.ID, Version: 1, Password: "hash"})
	c.TOTP, c.TOTPOn, c.TOTPStep, c.Recovery, c.Issuer, c.Subject = []byte{0, 255}, true, 58_000_000, []string{"x", "y"}, "https://id.example.com", "s"
	errs := together(8, func(i int) error {
		c := c
		c.Password = fmt.Sprint(i)
		return s.PutCredentials(ctx, c, time.Time{}, entries("totp"))
	})
	done := -1
	for i, err := range errs {
		switch {
		case err == nil && done < 0:
			done = i
		case err == nil:
			t.Error("changed twice")
		default:
			fails(t, "too late", err, store.ErrStale)
		}
	}
	c.Password, c.Version = fmt.Sprint(done), 2
	got, err := s.Credentials(ctx, u.ID)
	ok(t, err)
	same(t, "changed", got, c)
	by, err := s.UserByIdentity(ctx, c.Issuer, c.Subject)
	ok(t, err)
	if by.ID != u.ID || !by.TOTP || by.Version != 2 {
		t.Errorf("by identity: %+v", by)
	}
	actions(t, "log", s, "totp", "user.created")
}

func sessionOf(u clickbridge.User, id string, at time.Time) clickbridge.Session {
	return clickbridge.Session{
		ID: id, UserID: u.ID, Hash: "hash of " + id, Method: clickbridge.ByPassword, CreatedAt: at, SeenAt: at,
		ExpiresAt: at.Add(12 * time.Hour), RemoteAddr: "192.0.2.1", Agent: "Browser",
	}
}

func createSession(t *testing.T, s store.Store, v clickbridge.Session) {
	t.Helper()
	ok(t, s.CreateSession(context.Background(), v, user(t, s, v.UserID).Version, entries("session.created")))
}

func sessions(t *testing.T, what string, s store.Store, u clickbridge.User, now time.Time, want ...clickbridge.Session) {
	t.Helper()
	got, err := s.Sessions(context.Background(), u.ID, now)
	ok(t, err)
	same(t, what, got, want)
}

func testSessions(t *testing.T, s Subject) {
	ctx := context.Background()
	_, _, u := staff(t, s)
	u = createUser(t, s, u)
	first, second := sessionOf(u, "1", start), sessionOf(u, "2", start.Add(time.Hour))
	createSession(t, s, first)
	createSession(t, s, second)
	if got := user(t, s, u.ID); !got.SignedIn.Equal(second.CreatedAt) || got.Version != u.Version {
		t.Errorf("signed in: %+v", got)
	}
	sessions(t, "both", s, u, start, second, first)
	sessions(t, "one expires", s, u, first.ExpiresAt, second)
	s.SessionSeen("1", start.Add(time.Minute))
	s.SessionSeen("1", start.Add(time.Second)) // news that come late
	first.SeenAt = start.Add(time.Minute)
	ok(t, s.Ping(ctx))
	waitFor(t, func() bool { got, err := s.SessionByHash(ctx, first.Hash); return err == nil && got == first })
	_, err := s.SessionByHash(ctx, "another")
	fails(t, "no session", err, store.ErrNotFound)
	for _, test := range []struct {
		addr string
		user int64
		want bool
	}{{"192.0.2.1", u.ID, true}, {"192.0.2.2", u.ID, false}, {"192.0.2.1", 4711, false}} {
		if got, err := s.KnowsAddr(ctx, test.user, test.addr); got != test.want || err != nil {
			t.Errorf("%s of %d: %v, %v", test.addr, test.user, got, err)
		}
	}
	fails(t, "another's session", s.EndSession(ctx, 4711, "1", start, entries("session.ended")), store.ErrNotFound)
	ended := start.Add(2 * time.Hour)
	ok(t, s.EndSession(ctx, u.ID, "1", ended, entries("session.ended")))
	fails(t, "ended twice", s.EndSession(ctx, u.ID, "1", ended.Add(1), entries("session.ended")), store.ErrNotFound)
	first.EndedAt = ended
	got, err := s.SessionByHash(ctx, first.Hash)
	ok(t, err)
	same(t, "ended", got, first)
	sessions(t, "one ended", s, u, start, second)
	actions(t, "log", s, "session.ended", "session.created", "session.created", "user.created")
	ok(t, s.ForgetSessions(ctx, ended))
	_, err = s.SessionByHash(ctx, first.Hash)
	ok(t, err)
	ok(t, s.ForgetSessions(ctx, ended.Add(time.Second)))
	_, err = s.SessionByHash(ctx, first.Hash)
	fails(t, "forgotten", err, store.ErrNotFound)
	_, err = s.SessionByHash(ctx, second.Hash)
	ok(t, err)
}

// waitFor waits for what was only enqueued.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !holds(); <-time.After(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("what was enqueued is not there")
		}
	}
}

func testSessionVersion(t *testing.T, s Subject) {
	ctx := context.Background()
	_, _, u := staff(t, s)
	u = createUser(t, s, u)
	ok(t, s.PutCredentials(ctx, clickbridge.Credentials{UserID: u.ID, Version: 1, Password: "new"}, time.Time{}, nil))
	fails(t, "another password by now", s.CreateSession(ctx, sessionOf(u, "1", start), 1, entries("session.created")), store.ErrStale)
	u = user(t, s, u.ID)
	u.Disabled = true
	ok(t, s.PutUser(ctx, u, nil))
	fails(t, "disabled", s.CreateSession(ctx, sessionOf(u, "1", start), 3, entries("session.created")), store.ErrStale)
	sessions(t, "none", s, u, start)
	actions(t, "log", s, "user.created")
}

func testSessionsEnd(t *testing.T, s Subject) {
	ctx := context.Background()
	_, _, u := staff(t, s)
	u = createUser(t, s, u)
	other := createUser(t, s, clickbridge.User{Email: "b@example.com", CreatedAt: start})
	stays := sessionOf(other, "9", start)
	createSession(t, s, stays)
	createSession(t, s, sessionOf(u, "1", start))
	createSession(t, s, sessionOf(u, "2", start))
	ok(t, s.PutCredentials(ctx, clickbridge.Credentials{UserID: u.ID, Version: 1, Password: "new"}, start.Add(time.Minute), nil))
	sessions(t, "after a new password", s, u, start)
	createSession(t, s, sessionOf(u, "3", start))
	u = user(t, s, u.ID)
	u.Disabled = true
	ok(t, s.PutUser(ctx, u, entries("user.disabled")))
	sessions(t, "disabled", s, u, start)
	if got, err := s.SessionByHash(ctx, "hash of 3"); err != nil || !got.EndedAt.Equal(start) {
		t.Errorf("%+v, %v", got, err)
	}
	sessions(t, "another's", s, other, start, stays)
}

func testRolesGo(t *testing.T, s Subject) {
	a, b, u := staff(t, s)
	u = createUser(t, s, u)
	apply(t, s, clickbridge.Change{Op: clickbridge.OpDelete, Account: &clickbridge.Account{ID: a}})
	same(t, "roles", user(t, s, u.ID).Roles, []clickbridge.AccountRole{{AccountID: b, Role: clickbridge.RoleReadOnly}})
}
