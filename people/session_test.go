package people

import (
	"testing"
	"time"

	"clickbridge"
)

func TestSessionEnds(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		u := b.add(t, "a@example.com", clickbridge.RoleAdmin, "")
		goes := func(what string, s Signed, want bool) {
			t.Helper()
			_, err := b.Session(ctx, s.Token, "192.0.2.1")
			if want != (err == nil) {
				t.Errorf("%s: %v", what, err)
			}
		}
		idle := b.in(t, "a@example.com")
		pass(time.Hour - time.Second)
		goes("used in time", idle, true)
		must(t, b.st.Ping(ctx))
		pass(time.Hour - time.Second)
		goes("used in time again", idle, true)
		must(t, b.st.Ping(ctx))
		pass(time.Hour)
		goes("not used", idle, false)

		busy := b.in(t, "a@example.com")
		for range 23 {
			pass(30 * time.Minute)
			goes("busy", busy, true)
			must(t, b.st.Ping(ctx))
		}
		pass(30 * time.Minute)
		goes("at its end, however busy", busy, false)

		one, two := b.in(t, "a@example.com"), b.in(t, "a@example.com")
		if vs, err := b.Sessions(ctx, one.Person); err != nil || len(vs) != 2 {
			t.Errorf("%+v, %v", vs, err)
		}
		other := b.add(t, "b@example.com", clickbridge.RoleOwner, "")
		theirs := b.in(t, other.Email)
		coded(t, "another's session", b.EndSession(ctx, theirs.Person, one.Session.ID), clickbridge.ENOTFOUND)
		must(t, b.EndSession(ctx, one.Person, two.Session.ID))
		goes("revoked", two, false)
		must(t, b.SignOut(ctx, one.Person))
		goes("signed out", one, false)

		three := b.in(t, "a@example.com")
		_, err := b.ChangePassword(ctx, three.Person, "wrong", "another 9 good words")
		coded(t, "the old one is wrong", err, clickbridge.EFORBIDDEN)
		_, err = b.ChangePassword(ctx, three.Person, good, "short")
		coded(t, "the new one is short", err, clickbridge.EINVALID)
		goes("still", three, true)
		fresh, err := b.ChangePassword(ctx, three.Person, good, "another 9 good words")
		must(t, err)
		goes("another password", three, false)
		goes("the session after", fresh, true)
		_, err = b.SignIn(ctx, SignIn{Email: "a@example.com", Password: good, RemoteAddr: "192.0.2.1"})
		coded(t, "the old password", err, clickbridge.EUNAUTHORIZED)

		must(t, b.SetPassword(ctx, b.root, u.ID, good))
		goes("a password was set", fresh, false)
		four := b.in(t, "a@example.com")
		_, err = b.ChangeUser(ctx, b.root, u.ID, func(u *clickbridge.User) error { u.Disabled = true; return nil })
		must(t, err)
		goes("disabled", four, false)
		for _, token := range []string{"", "x", draw(), four.Session.Hash, four.Token + "="} {
			goes("no token", Signed{Token: token}, false)
		}
		goes("theirs", theirs, true)
	})
}

func TestForget(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		b.add(t, "a@example.com", clickbridge.RoleAdmin, "")
		v := b.in(t, "a@example.com").Session
		must(t, b.forget(t.Context(), time.Now().Add(91*24*time.Hour)))
		if _, err := b.st.SessionByHash(t.Context(), v.Hash); err == nil {
			t.Error("an old session is kept")
		}
		if len(b.log(t)) != 2 {
			t.Errorf("log: %v", b.log(t))
		}
		must(t, b.forget(t.Context(), time.Now().Add(401*24*time.Hour)))
		if len(b.log(t)) != 0 {
			t.Errorf("old entries are kept: %v", b.log(t))
		}
	})
}
