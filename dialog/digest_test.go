package dialog

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/icholy/digest"

	"clickbridge"
	"clickbridge/leg"
)

// authorised checks the credentials of a request as a carrier would.
func authorised(t *testing.T, m *wire, header, method, password string) *digest.Credentials {
	t.Helper()
	cred, err := digest.ParseCredentials(m.get(header))
	if err != nil {
		t.Fatalf("%s has no %s: %v\n%s", m.start, header, err, m.raw)
	}
	c := &digest.Challenge{Realm: cred.Realm, Nonce: cred.Nonce, Algorithm: cred.Algorithm}
	if cred.QOP != "" {
		c.QOP = []string{cred.QOP}
	}
	want, err := digest.Digest(c, digest.Options{Method: method, URI: m.uri(), Count: cred.Nc, Username: "acct", Password: password, Cnonce: cred.Cnonce})
	if err != nil {
		t.Fatal(err)
	}
	if cred.Response != want.Response {
		t.Errorf("%s: wrong digest in %s", m.start, m.get(header))
	}
	return cred
}

func TestChallengedInvite(t *testing.T) {
	tests := []struct{ name, status, challenge, header, algorithm, realm string }{
		{"MD5 by a proxy", "407 Proxy Authentication Required", `Proxy-Authenticate: Digest realm="carrier",nonce="n1",qop="auth",algorithm=MD5`, "Proxy-Authorization", "MD5", "carrier"},
		{"no qop, no algorithm", "401 Unauthorized", `WWW-Authenticate: Digest realm="carrier",nonce="n1"`, "Authorization", "", "carrier"},
		{"SHA-256 preferred by the carrier", "407 Proxy Authentication Required", "Proxy-Authenticate: Digest realm=\"carrier\",nonce=\"n1\",qop=\"auth\",algorithm=SHA-256\r\nProxy-Authenticate: Digest realm=\"carrier\",nonce=\"n1\",qop=\"auth\",algorithm=MD5", "Proxy-Authorization", "SHA-256", "carrier"},
		{"one we cannot do first", "407 Proxy Authentication Required", "Proxy-Authenticate: Digest realm=\"carrier\",nonce=\"n1\",algorithm=AKAv1-MD5\r\nProxy-Authenticate: Digest realm=\"carrier\",nonce=\"n2\",qop=\"auth-int, auth\",algorithm=MD5", "Proxy-Authorization", "MD5", "carrier"},
		{"two in one header", "407 Proxy Authentication Required", `Proxy-Authenticate: Digest realm="carrier, inc",nonce="n1",algorithm=AKAv1-MD5, Digest realm="carrier, inc",nonce="n2",qop="auth"`, "Proxy-Authorization", "", "carrier, inc"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			b := setup(t)
			b.invite.Username, b.invite.Password = "acct", "secret"
			out := b.dial(context.Background())
			first := b.carrier.expect("INVITE")
			b.carrier.reply(first, tc.status, "proxy", "", tc.challenge)
			if ack := b.carrier.expect("ACK"); ack.branch() != first.branch() {
				t.Errorf("ACK of the challenge:\n%s", ack.raw)
			}
			second := b.carrier.expect("INVITE")
			if second.branch() == first.branch() || second.get("CSeq") != "2 INVITE" || second.get("Call-ID") != first.get("Call-ID") || second.get("From") != first.get("From") || second.get("To") != first.get("To") {
				t.Errorf("second INVITE:\n%s", second.raw)
			}
			if len(second.raw) >= 1300 {
				t.Errorf("INVITE of %d bytes will not fit a datagram", len(second.raw))
			}
			cred := authorised(t, second, tc.header, "INVITE", "secret")
			if cred.Algorithm != tc.algorithm || cred.Realm != tc.realm {
				t.Errorf("answered %s of %s", cred.Algorithm, cred.Realm)
			}
			b.carrier.ok(second, "far")
			if ack := b.carrier.expect("ACK"); ack.get(tc.header) != second.get(tc.header) {
				t.Errorf("ACK does not repeat the INVITE's credentials (RFC 3261 22.1):\n%s", ack.raw)
			}
			o := b.wait(out)
			if o.err != nil {
				t.Fatal(o.err)
			}
			if diff := cmp.Diff([]string{"dialing", "dialing", "answered"}, b.journal.list()); diff != "" {
				t.Error(diff)
			}
			if b.journal.recs[0].ID != b.journal.recs[1].ID || b.journal.recs[1].CSeq != 2 || b.journal.recs[1].Branch != second.branch() {
				t.Errorf("records %+v", b.journal.recs)
			}
			// The BYE is challenged anew: its nonce was too old.
			o.session.Hangup(nil)
			bye := b.carrier.expect("BYE")
			if cred := authorised(t, bye, tc.header, "BYE", "secret"); cred.QOP != "" && cred.Nc != 2 {
				t.Errorf("nc %d of a nonce used twice", cred.Nc)
			}
			b.carrier.reply(bye, tc.status, "", "", strings.NewReplacer("n1", "m1", "n2", "m2").Replace(tc.challenge))
			again := b.carrier.expect("BYE")
			if authorised(t, again, tc.header, "BYE", "secret").Nonce[0] != 'm' || again.get("CSeq") != "4 BYE" {
				t.Errorf("second BYE:\n%s", again.raw)
			}
			b.carrier.reply(again, "200 OK", "", "")
			b.waitGone()
		})
	}
}

func TestWrongPasswordIsNotRepeated(t *testing.T) {
	b := setup(t)
	b.invite.Username, b.invite.Password = "acct", "wrong"
	out := b.dial(context.Background())
	for i := range 2 {
		inv := b.carrier.expect("INVITE")
		b.carrier.reply(inv, "407 Auth", "proxy", "", fmt.Sprintf(`Proxy-Authenticate: Digest realm="c",nonce="n%d"`, i))
		b.carrier.expect("ACK")
	}
	if c := b.class(b.wait(out).err, clickbridge.CauseFailed); c.SIPCode != 407 {
		t.Errorf("cause %v", c)
	}
	b.waitGone()
}

func TestStaleNonceIsAnsweredOnceMore(t *testing.T) {
	b := setup(t)
	b.invite.Username, b.invite.Password = "acct", "secret"
	out := b.dial(context.Background())
	for i := range maxRounds {
		inv := b.carrier.expect("INVITE")
		b.carrier.reply(inv, "401 Auth", "ua", "", fmt.Sprintf(`WWW-Authenticate: Digest realm="c",nonce="n%d",stale=true`, i))
		b.carrier.expect("ACK")
	}
	b.class(b.wait(out).err, clickbridge.CauseFailed)
	b.carrier.silent(50 * time.Millisecond)
}

func TestTwoRealms(t *testing.T) {
	b := setup(t)
	b.invite.Username, b.invite.Password = "acct", "secret"
	b.dial(context.Background())
	inv := b.carrier.expect("INVITE")
	b.carrier.reply(inv, "407 Auth", "p", "", `Proxy-Authenticate: Digest realm="proxy",nonce="n1"`)
	b.carrier.expect("ACK")
	inv = b.carrier.expect("INVITE")
	b.carrier.reply(inv, "401 Auth", "u", "", `WWW-Authenticate: Digest realm="ua",nonce="n2"`)
	b.carrier.expect("ACK")
	inv = b.carrier.expect("INVITE")
	authorised(t, inv, "Proxy-Authorization", "INVITE", "secret")
	authorised(t, inv, "Authorization", "INVITE", "secret")
	b.carrier.reply(inv, "486 Busy", "u", "")
	b.waitGone()
}

func TestRegister(t *testing.T) {
	b := setup(t)
	peer := leg.Peer{Host: b.carrier.addr.String(), NextHop: b.carrier.addr, Transport: "udp", Username: "acct", Password: "secret"}
	type result struct {
		granted int
		err     error
	}
	done := make(chan result, 1)
	register := func(expires int) {
		d, err := b.agent.Register(context.Background(), peer, seconds64(expires))
		done <- result{int(d.Seconds()), err}
	}
	go register(60)
	first := b.carrier.expect("REGISTER")
	b.carrier.reply(first, "401 Unauthorized", "r", "", `WWW-Authenticate: Digest realm="carrier",nonce="n1",qop="auth"`)
	second := b.carrier.expect("REGISTER")
	authorised(t, second, "Authorization", "REGISTER", "secret")
	if second.get("Call-ID") != first.get("Call-ID") || second.get("Expires") != "60" || second.uri() != "sip:"+b.carrier.addr.String() {
		t.Errorf("REGISTER:\n%s", second.raw)
	}
	b.carrier.reply(second, "423 Interval Too Brief", "r", "", "Min-Expires: 120")
	third := b.carrier.expect("REGISTER")
	if third.get("Expires") != "120" {
		t.Errorf("REGISTER after 423:\n%s", third.raw)
	}
	b.carrier.reply(third, "200 OK", "r", "", "Contact: <sip:else@192.0.2.1>;expires=5, "+third.get("Contact")+";expires=90")
	if r := <-done; r.err != nil || r.granted != 90 {
		t.Errorf("registered for %+v", r)
	}
	go register(0)
	last := b.carrier.expect("REGISTER")
	if last.get("Call-ID") != first.get("Call-ID") || cseqOf(last) <= cseqOf(third) || last.get("Expires") != "0" {
		t.Errorf("unregister:\n%s", last.raw)
	}
	b.carrier.reply(last, "403 Forbidden", "r", "")
	if r := <-done; r.err == nil {
		t.Error("a 403 is not a registration")
	}
}

func TestOptions(t *testing.T) {
	b := setup(t)
	status := make(chan int, 1)
	go func() {
		s, err := b.agent.Options(context.Background(), leg.Peer{Host: b.carrier.addr.String(), NextHop: b.carrier.addr, Transport: "udp"})
		if err != nil {
			t.Error(err)
		}
		status <- s
	}()
	b.carrier.reply(b.carrier.expect("OPTIONS"), "404 Not Found", "x", "")
	if s := <-status; s != 404 {
		t.Errorf("status %d", s)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := b.agent.Options(ctx, leg.Peer{Host: "x", NextHop: b.carrier.addr}); err == nil {
		t.Error("no answer is an error")
	}
}

func TestSplitChallenges(t *testing.T) {
	for in, want := range map[string][]string{
		`Digest realm="a"`:                           {`Digest realm="a"`},
		`Digest realm="a, Digest b", nonce="c"`:      {`Digest realm="a, Digest b", nonce="c"`},
		`Digest realm="a\", Digest x", Digest r="b"`: {`Digest realm="a\", Digest x"`, `Digest r="b"`},
		"": {""},
	} {
		if diff := cmp.Diff(want, splitChallenges(in)); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
}

func FuzzChallenge(f *testing.F) {
	f.Add(`Digest realm="a",nonce="b", Digest realm="c"`)
	f.Add(`Digest "`)
	f.Fuzz(func(t *testing.T, v string) {
		res := &message{status: 401, head: "WWW-Authenticate: " + v + "\r\n"}
		d := &auth{username: "u", password: "p"}
		if d.accept(res, false) != (len(d.asked) > 0) {
			t.Errorf("%q: accepted and kept disagree", v)
		}
		d.headers(mINVITE, "sip:a@b")
	})
}

func seconds64(n int) time.Duration { return time.Duration(n) * time.Second }

func cseqOf(w *wire) (n int) {
	fmt.Sscanf(w.get("CSeq"), "%d", &n)
	return n
}
