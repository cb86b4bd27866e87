package dialog

import (
	"context"
	"strings"
	"testing"
	"time"

	"clickbridge"
)

// repetitions counts how often the same datagram comes in d.
func (c *carrier) repetitions(first *wire, d time.Duration) int {
	c.t.Helper()
	n := 0
	for end := time.Now().Add(d); ; {
		w := c.read(time.Until(end))
		if w == nil {
			return n
		}
		if w.raw == first.raw {
			n++
		}
	}
}

// Over 64*T1 an INVITE is repeated after T1, 2*T1, 4*T1 … (RFC 3261 17.1.1.2),
// any other request no less often than every T2 (17.1.2.2); then it is given up.
func TestRepetitions(t *testing.T) {
	t.Run("INVITE", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		out := b.dial(context.Background())
		inv := b.carrier.expect("INVITE")
		if n := b.carrier.repetitions(inv, 2*time.Second); n < 5 || n > 6 {
			t.Errorf("repeated %d times, want 6", n)
		}
		b.class(b.wait(out).err, clickbridge.CauseTrunkFault)
		b.waitGone()
	})
	t.Run("BYE", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		_, session := b.answer()
		session.Hangup(nil)
		bye := b.carrier.expect("BYE")
		if n := b.carrier.repetitions(bye, 2*time.Second); n < 9 || n > 17 {
			t.Errorf("repeated %d times, want 17", n)
		}
		b.waitGone()
	})
	t.Run("not once something came", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		b.dial(ctx)
		inv := b.carrier.expect("INVITE")
		b.carrier.reply(inv, "100 Trying", "", "")
		if n := b.carrier.repetitions(inv, 2*time.Second); n > 1 { // which crossed it
			t.Errorf("repeated %d times after a 100", n)
		}
		b.carrier.reply(inv, "486 Busy", "x", "") // after 64*T1: a phone may ring for longer
		b.carrier.expect("ACK")
	})
}

// invitation is a carrier's INVITE to us, with a Via of its own.
func (c *carrier) invitation(via string) string {
	r := "INVITE sip:us@127.0.0.1 SIP/2.0\r\nVia: " + via + "\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKsecond\r\n" +
		"Max-Forwards: 70\r\nFrom: <sip:far@127.0.0.1>;tag=f\r\nTo: <sip:us@127.0.0.1>\r\nCall-ID: " + newID() + "\r\nCSeq: 5 INVITE\r\n"
	return r + "Content-Length: 0\r\n\r\n"
}

// A refusal of an INVITE is repeated until its ACK comes (RFC 3261 17.2.1), the
// INVITE's repetitions are answered from memory.
func TestRefusedInvite(t *testing.T) {
	b := setup(t)
	b.carrier.peer = b.agent.LocalAddr("udp")
	invite := b.carrier.invitation("SIP/2.0/UDP " + b.carrier.addr.String() + ";branch=z9hG4bKa")
	no := b.ask(invite)
	b.status(no, "403")
	b.carrier.write(invite)
	for range 3 {
		if again := b.carrier.read(time.Second); again == nil || again.raw != no.raw {
			t.Fatalf("repeated: %+v, want %s", again, no.raw)
		}
	}
	as := func(method string) string { return strings.ReplaceAll(invite, "INVITE", method) }
	b.carrier.write(as("CANCEL"))
	for {
		w := b.carrier.read(time.Second)
		if w == nil {
			t.Fatal("CANCEL was not answered")
		}
		if w.get("CSeq") == "5 CANCEL" {
			b.status(w, "200") // it came too late, but what it is for is known
			break
		}
	}
	b.carrier.write(as("ACK"))
	if n := b.carrier.repetitions(no, 500*time.Millisecond); n > 1 { // which crossed it
		t.Errorf("repeated %d times after the ACK", n)
	}
}

// Answers go where the Via says (RFC 3261 18.2.2, RFC 3581 4).
func TestWhereAnswersGo(t *testing.T) {
	b := setup(t)
	other := newCarrier(t)
	other.peer, b.carrier.peer = b.agent.LocalAddr("udp"), b.agent.LocalAddr("udp")
	// It is sent from one socket and names the other's port.
	other.write(b.carrier.invitation("SIP/2.0/UDP " + b.carrier.addr.String() + ";branch=z9hG4bKa"))
	w := b.carrier.expect("SIP/2.0 403")
	if vias := w.all("Via"); len(vias) != 2 || strings.Contains(vias[0], "received") || !strings.HasPrefix(vias[1], "SIP/2.0/UDP 192.0.2.1;") {
		t.Errorf("Vias %q", vias)
	}
	// With rport the source counts.
	other.write(other.invitation("SIP/2.0/UDP 192.0.2.7:5999;rport;branch=z9hG4bKb"))
	w = other.expect("SIP/2.0 403")
	_, port, _ := strings.Cut(other.addr.String(), ":")
	if got, want := w.get("Via"), "SIP/2.0/UDP 192.0.2.7:5999;received=127.0.0.1;rport="+port+";branch=z9hG4bKb"; got != want {
		t.Errorf("Via %q, want %q", got, want)
	}
	if !strings.Contains(w.get("To"), ";tag=") || w.get("CSeq") != "5 INVITE" {
		t.Errorf("answer:\n%s", w.raw)
	}
}

func TestOtherVersion(t *testing.T) {
	b := setup(t)
	b.carrier.peer = b.agent.LocalAddr("udp")
	b.status(b.ask(strings.Replace(b.carrier.invitation("SIP/2.0/UDP "+b.carrier.addr.String()+";branch=z9hG4bKv"), "SIP/2.0", "SIP/7.0", 1)), "505")
}

// The wheel may turn just as an answer comes: what it says of a round that is
// over must not end the next.
func TestLateWordOfAnEarlierRound(t *testing.T) {
	b := setup(t)
	at, err := b.agent.newAttempt(b.invite)
	if err != nil {
		t.Fatal(err)
	}
	at.round = 2
	at.hear(1, nil, errQuiet)
	if len(at.came) != 0 {
		t.Error("it was heard")
	}
	at.hear(2, nil, errQuiet)
	if len(at.came) != 1 {
		t.Error("the round's own was not")
	}
	at.set.release()
}
