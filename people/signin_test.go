package people

import (
	"slices"
	"strings"
	"testing"
	"time"

	"clickbridge"
)

func TestSignIn(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		u := b.add(t, "a@example.com", clickbridge.RoleAdmin, "")
		b.add(t, "gone@example.com", clickbridge.RoleAdmin, "")
		gone, err := b.st.UserByEmail(ctx, "gone@example.com")
		must(t, err)
		_, err = b.ChangeUser(ctx, b.root, gone.ID, func(u *clickbridge.User) error { u.Disabled = true; return nil })
		must(t, err)
		signed, err := b.SignIn(ctx, SignIn{Email: " A@Example.com ", Password: good, RemoteAddr: "192.0.2.1"})
		must(t, err)
		if signed.User.ID != u.ID || !signed.May(clickbridge.KeysWrite, b.one) || signed.May(clickbridge.CallsRead, b.two) || signed.RequireOperator() == nil {
			t.Errorf("%+v", signed)
		}
		for _, in := range []SignIn{
			{Email: "a@example.com", Password: good + "x"}, {Email: "a@example.com"}, {Email: "nobody@example.com", Password: good},
			{Email: "gone@example.com", Password: good}, {}, {Email: "a@example.com", Password: strings.Repeat("x", 10_000)}, {Email: "\x00", Password: "\xff"},
		} {
			in.RemoteAddr = "192.0.2.9"
			if e := coded(t, in.Email, func() error { _, err := b.SignIn(ctx, in); return err }(), clickbridge.EUNAUTHORIZED); e.Message != errCredentials.Message {
				t.Errorf("%q tells more: %q", in.Email, e.Message)
			}
		}
		if got := b.log(t); got[0] != "session.created" {
			t.Errorf("log: %v", got)
		}
	})
}

func TestBackOff(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		b.add(t, "a@example.com", clickbridge.RoleAdmin, "")
		try := func(email, addr, password string) error {
			_, err := b.SignIn(ctx, SignIn{Email: email, Password: password, RemoteAddr: addr})
			return err
		}
		for range ofPair.free + 1 {
			coded(t, "wrong", try("a@example.com", "192.0.2.9", "wrong"), clickbridge.EUNAUTHORIZED)
		}
		e := coded(t, "one too many, though right", try("a@example.com", "192.0.2.9", good), clickbridge.ELIMIT)
		if e.RetryAfter != time.Second {
			t.Errorf("wait %v", e.RetryAfter)
		}
		must(t, try("a@example.com", "192.0.2.1", good)) // from elsewhere
		if !slices.Contains(b.log(t), "session.refused") {
			t.Error("the audit log does not tell")
		}
		waits := []time.Duration{}
		for range 14 {
			e := coded(t, "waits", try("a@example.com", "192.0.2.9", good), clickbridge.ELIMIT)
			waits = append(waits, e.RetryAfter)
			pass(e.RetryAfter)
			coded(t, "wrong again", try("a@example.com", "192.0.2.9", "wrong"), clickbridge.EUNAUTHORIZED)
		}
		if waits[1] != 2*time.Second || waits[4] != 16*time.Second || waits[13] != ofPair.most {
			t.Errorf("waits: %v", waits)
		}
		pass(ofPair.most)
		must(t, try("a@example.com", "192.0.2.9", good))
		coded(t, "begins anew", try("a@example.com", "192.0.2.9", "wrong"), clickbridge.EUNAUTHORIZED)
		must(t, try("a@example.com", "192.0.2.9", good))
		for range ofPair.free + 1 { // the same for nobody
			coded(t, "nobody", try("x@example.com", "192.0.2.9", "wrong"), clickbridge.EUNAUTHORIZED)
		}
		coded(t, "nobody waits", try("x@example.com", "192.0.2.9", "wrong"), clickbridge.ELIMIT)
	})
}

// Many addresses slow a user down, not where the user has been before.
func TestBackOffOfUser(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		b.add(t, "a@example.com", clickbridge.RoleAdmin, "")
		try := func(addr, password string) error {
			_, err := b.SignIn(ctx, SignIn{Email: "a@example.com", Password: password, RemoteAddr: addr})
			return err
		}
		must(t, try("192.0.2.1", good))
		for i := range ofUser.free + 1 {
			coded(t, "wrong", try("198.51.100."+string(rune('0'+i%10))+string(rune('0'+i/10)), "wrong"), clickbridge.EUNAUTHORIZED)
		}
		coded(t, "a new address", try("203.0.113.1", good), clickbridge.ELIMIT)
		must(t, try("192.0.2.1", good))
	})
}

// One address tries many users.
func TestBackOffOfAddress(t *testing.T) {
	l := newLocks()
	now := time.Unix(1_000_000, 0)
	for i := range ofAddr.free + 1 {
		l.charge(try{email: string(rune('a' + i)), addr: netOf("2001:db8::1")}, now)
	}
	if l.wait(try{email: "new", addr: netOf("2001:db8::ffff")}, now) == 0 {
		t.Error("the same network does not wait")
	}
	if l.wait(try{email: "new", addr: netOf("2001:db8:0:1::1")}, now) != 0 {
		t.Error("another network waits")
	}
	if l.wait(try{email: "new", addr: netOf("2001:db8::1")}, now.Add(2*forgiven)) != 0 {
		t.Error("it is not forgiven")
	}
	for i := range 3 * locksKept {
		l.charge(try{email: time.Duration(i).String(), addr: "x"}, now)
	}
	if n := len(l.pairs.names); n != locksKept || l.pairs.recent.Len() != n {
		t.Errorf("%d names are kept", n)
	}
}

// A flood gets so many places, and each address two of them.
func TestGate(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		g := newGate()
		leave, err := g.enter(ctx, "a")
		must(t, err)
		results := make(chan error, 100)
		for i := range 30 {
			go func() {
				leave, err := g.enter(ctx, string(rune('a'+i/3)))
				if err == nil {
					pass(time.Second)
					leave()
				}
				results <- err
			}()
		}
		pass(time.Second)
		if n := len(results); n != 30-queueMost {
			t.Errorf("%d were turned away at once", n)
		}
		leave()
		for range 30 {
			<-results
		}
		if g.total != 0 || len(g.waiting) != 0 {
			t.Errorf("left: %+v", g.waiting)
		}
		pass(time.Minute)
		_, err = g.enter(ctx, "z")
		must(t, err)
		began := time.Now()
		_, err = g.enter(ctx, "z")
		if coded(t, "waits too long", err, clickbridge.EUNAVAILABLE).RetryAfter == 0 || time.Since(began) != queueTime {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func TestOutdatedHashIsRenewed(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		u := b.add(t, "a@example.com", clickbridge.RoleAdmin, "")
		c, err := b.st.Credentials(t.Context(), u.ID)
		must(t, err)
		old, salt := cost{32, 1, 1}, []byte("12345678")
		c.Password = phc(old, salt, old.hash(good, salt))
		must(t, b.st.PutCredentials(t.Context(), c, time.Time{}, nil))
		b.in(t, "a@example.com")
		c, err = b.st.Credentials(t.Context(), u.ID)
		must(t, err)
		if got, _, _, err := parsePHC(c.Password); err != nil || got != current {
			t.Errorf("%s: %v", c.Password, err)
		}
		b.in(t, "a@example.com")
	})
}
