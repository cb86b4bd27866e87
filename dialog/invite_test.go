package dialog

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
)

func TestInviteAnsweredAndHungUp(t *testing.T) {
	b := setup(t)
	ringing := make(chan int, 2)
	b.invite.Progress = func(status int, _ bool) { ringing <- status }
	out := b.dial(context.Background())
	inv := b.carrier.expect("INVITE")
	b.carrier.reply(inv, "100 Trying", "", "")
	<-ringing
	b.carrier.reply(inv, "180 Ringing", "far", "", b.carrier.contact())
	<-ringing
	b.carrier.ok(inv, "far")
	ack := b.carrier.expect("ACK")
	o := b.wait(out)
	if o.err != nil {
		t.Fatal(o.err)
	}
	if o.session.SIPCallID() != inv.get("Call-ID") {
		t.Errorf("SIPCallID %q, want %q", o.session.SIPCallID(), inv.get("Call-ID"))
	}
	if ack.uri() != "sip:far@"+b.carrier.addr.String() || ack.get("CSeq") != "1 ACK" || !strings.HasSuffix(ack.get("To"), ";tag=far") || ack.branch() == inv.branch() {
		t.Errorf("ACK does not fit:\n%s", ack.raw)
	}
	want := &clickbridge.Cause{Class: clickbridge.CauseReleased, Text: "done"}
	o.session.Hangup(want)
	o.session.Hangup(&clickbridge.Cause{Class: clickbridge.CauseFailed})
	if got := context.Cause(o.session.Context()); got != error(want) {
		t.Errorf("session cause %v, want %v", got, want)
	}
	bye := b.carrier.expect("BYE")
	if bye.get("CSeq") != "2 BYE" || !strings.Contains(bye.get("Reason"), "cause=16") || bye.get("From") != inv.get("From") {
		t.Errorf("BYE does not fit:\n%s", bye.raw)
	}
	if len(b.journal.gone) != 0 {
		t.Error("Gone before the BYE was answered")
	}
	b.carrier.reply(bye, "200 OK", "", "")
	b.waitGone()
	if diff := cmp.Diff([]string{"dialing", "early", "answered", "gone"}, b.journal.list()); diff != "" {
		t.Error(diff)
	}
}

func TestInviteOnTheWire(t *testing.T) {
	b := setup(t, func(c *Config) { c.PublicAddress = "198.51.100.7" })
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	b.dial(ctx)
	inv := b.carrier.expect("INVITE")
	port := strings.TrimPrefix(b.agent.LocalAddr("udp").String(), "127.0.0.1:")
	if b.carrier.peer != b.agent.LocalAddr("udp") {
		t.Errorf("sent from %s, listening on %s", b.carrier.peer, b.agent.LocalAddr("udp"))
	}
	for header, want := range map[string]string{
		"Via":     "SIP/2.0/UDP 198.51.100.7:" + port + ";branch=" + inv.branch() + ";rport",
		"Contact": "<sip:9998887777@198.51.100.7:" + port + ">",
		"To":      "<sip:5558688950@" + b.carrier.addr.String() + ">",
		"CSeq":    "1 INVITE", "Max-Forwards": "70", "User-Agent": "ClickBridge", "Supported": "",
		"Content-Type": "application/sdp",
	} {
		if got := inv.get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	if inv.uri() != "sip:5558688950@"+b.carrier.addr.String() {
		t.Errorf("Request-URI %s", inv.uri())
	}
	if !strings.HasPrefix(inv.get("From"), "<sip:9998887777@198.51.100.7>;tag=") {
		t.Errorf("From %s", inv.get("From"))
	}
	if inv.body != testSDP || len(inv.raw) >= 1300 {
		t.Errorf("body or size of %d bytes:\n%s", len(inv.raw), inv.raw)
	}
	rec := b.journal.record("dialing")
	if rec.Branch != inv.branch() || rec.SIPCallID != inv.get("Call-ID") || rec.CSeq != 1 || rec.ID == "" ||
		tagged(rec.LocalURI, rec.LocalTag) != inv.get("From") || rec.RequestURI != inv.uri() || rec.State != clickbridge.LegInviting {
		t.Errorf("record does not fit the INVITE: %+v\n%s", rec, inv.raw)
	}
}

func TestNothingLeavesBeforeTheRecord(t *testing.T) {
	t.Run("journal fails", func(t *testing.T) {
		b := setup(t)
		b.journal.failDialing = errors.New("disk full")
		o := b.wait(b.dial(context.Background()))
		b.class(o.err, clickbridge.CauseFailed)
		b.carrier.silent(100 * time.Millisecond)
	})
	t.Run("journal says why not", func(t *testing.T) {
		b := setup(t)
		why := &clickbridge.Cause{Class: clickbridge.CauseOccupied, Text: "on another call"}
		b.journal.failDialing = why
		b.invite.Agent, b.invite.Exclusive = "+15558688950", true
		if o := b.wait(b.dial(context.Background())); o.err != error(why) {
			t.Errorf("error %v, want the journal's own", o.err)
		}
		if r := b.journal.record("dialing"); r.Agent != "+15558688950" || !r.Exclusive {
			t.Errorf("record %+v says nothing of the agent", r)
		}
		b.carrier.silent(100 * time.Millisecond)
	})
	t.Run("cancelled before", func(t *testing.T) {
		b := setup(t)
		ctx, cancel := context.WithCancelCause(context.Background())
		why := &clickbridge.Cause{Class: clickbridge.CauseCanceled, Text: "caller left"}
		cancel(why)
		if o := b.wait(b.dial(ctx)); o.err != error(why) {
			t.Errorf("error %v, want %v", o.err, why)
		}
		b.carrier.silent(100 * time.Millisecond)
		if len(b.journal.list()) != 0 {
			t.Errorf("journal heard %v", b.journal.list())
		}
	})
}

// A route set may make a BYE longer than a datagram that is never fragmented
// (RFC 3261 18.1.1); unsent it would leave the phone off the hook.
func TestLongRouteSet(t *testing.T) {
	b := setup(t)
	out := b.dial(context.Background())
	inv := b.carrier.expect("INVITE")
	routes := make([]string, 8)
	for i := range routes {
		routes[i] = "Record-Route: <sip:" + b.carrier.addr.String() + ";lr;hop=" + strings.Repeat(strconv.Itoa(i), 200) + ">"
	}
	b.carrier.reply(inv, "200 OK", "far", testSDP, append(routes, b.carrier.contact())...)
	for _, m := range []*wire{b.carrier.expect("ACK"), nil} {
		if m == nil {
			b.wait(out).session.Hangup(nil)
			m = b.carrier.expect("BYE")
			b.carrier.reply(m, "200 OK", "", "")
		}
		if got := m.all("Route"); len(got) != 8 || !strings.Contains(got[0], "hop=77") || !strings.Contains(got[7], "hop=00") {
			t.Errorf("routes of the %s: %q", m.method(), got)
		}
	}
	b.waitGone()
}

func TestAnswerThatCannotBeRecordedIsHungUp(t *testing.T) {
	b := setup(t)
	b.journal.failAnswered = errors.New("disk full")
	out := b.dial(context.Background())
	inv := b.carrier.expect("INVITE")
	b.carrier.ok(inv, "far")
	b.carrier.expect("ACK")
	b.carrier.reply(b.carrier.expect("BYE"), "200 OK", "", "")
	b.class(b.wait(out).err, clickbridge.CauseFailed)
	b.waitGone()
}

func TestUnusableAnswerIsHungUp(t *testing.T) {
	for name, body := range map[string]string{"refused by the negotiator": testSDP, "no SDP": ""} {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			b.media.fail = errors.New("no common codec")
			out := b.dial(context.Background())
			inv := b.carrier.expect("INVITE")
			b.carrier.reply(inv, "200 OK", "far", body, b.carrier.contact())
			b.carrier.expect("ACK")
			bye := b.carrier.expect("BYE")
			b.class(b.wait(out).err, clickbridge.CauseFailed)
			b.carrier.reply(bye, "200 OK", "", "")
			b.waitGone()
		})
	}
}

func TestFinalAnswers(t *testing.T) {
	tests := []struct {
		name, status string
		ring         bool
		header       string
		want         clickbridge.Cause
	}{
		{"busy", "486 Busy Here", true, `Reason: Q.850;cause=17;text="User busy"`,
			clickbridge.Cause{Class: clickbridge.CauseBusy, SIPCode: 486, Q850: 17, Text: "Busy Here"}},
		{"declined", "603 Decline", true, "", clickbridge.Cause{Class: clickbridge.CauseDeclined, SIPCode: 603, Text: "Decline"}},
		{"redirected", "302 Moved", false, "", clickbridge.Cause{Class: clickbridge.CauseFailed, SIPCode: 302, Text: "Moved"}},
		{"timeout before ringing", "408 Timeout", false, "", clickbridge.Cause{Class: clickbridge.CauseTrunkFault, SIPCode: 408, Text: "Timeout"}},
		{"timeout after ringing", "408 Timeout", true, "", clickbridge.Cause{Class: clickbridge.CauseNoAnswer, SIPCode: 408, Text: "Timeout"}},
		{"out of service", "503 Busy", false, "Retry-After: 30 (soon)",
			clickbridge.Cause{Class: clickbridge.CauseTrunkFault, SIPCode: 503, Text: "Busy", RetryAfter: 30 * time.Second}},
		{"credentials wanted, none there", "407 Auth", false, `Proxy-Authenticate: Digest realm="a",nonce="b"`,
			clickbridge.Cause{Class: clickbridge.CauseFailed, SIPCode: 407, Text: "Auth"}},
		{"interval too small", "422 Session Interval Too Small", false, "Min-SE: 1800",
			clickbridge.Cause{Class: clickbridge.CauseFailed, SIPCode: 422, Text: "Session Interval Too Small"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			out := b.dial(context.Background())
			inv := b.carrier.expect("INVITE")
			if tc.ring {
				b.carrier.reply(inv, "180 Ringing", "far", "")
			}
			b.carrier.reply(inv, tc.status, "far", "", tc.header+"\r\nX-Pad: 1")
			ack := b.carrier.expect("ACK")
			if ack.branch() != inv.branch() || ack.uri() != inv.uri() {
				t.Errorf("ACK of a refusal is not the INVITE's:\n%s", ack.raw)
			}
			if diff := cmp.Diff(&tc.want, b.class(b.wait(out).err, tc.want.Class)); diff != "" {
				t.Error(diff)
			}
			b.waitGone()
			// A repetition is acknowledged again, at once.
			b.carrier.reply(inv, tc.status, "far", "")
			if again := b.carrier.read(time.Second); again == nil || again.method() != "ACK" || again.branch() != inv.branch() {
				t.Errorf("repeated refusal: %+v", again)
			}
		})
	}
}

func TestManyProvisionals(t *testing.T) {
	b := setup(t)
	var heard []int
	b.invite.Progress = func(status int, _ bool) { heard = append(heard, status) }
	out := b.dial(context.Background())
	inv := b.carrier.expect("INVITE")
	for range 40 {
		b.carrier.reply(inv, "180 Ringing", "far", "")
	}
	// Provisionals and the 200 go to goroutines of their own in the library.
	b.carrier.silent(50 * time.Millisecond)
	b.carrier.ok(inv, "far")
	b.carrier.expect("ACK")
	if o := b.wait(out); o.err != nil {
		t.Fatal(o.err)
	}
	if len(heard) != 40 {
		t.Errorf("heard %d provisionals, want 40", len(heard))
	}
}

func TestEarlyMediaPerFork(t *testing.T) {
	b := setup(t)
	early := make(chan bool, 4)
	b.invite.Progress = func(_ int, e bool) { early <- e }
	out := b.dial(context.Background())
	inv := b.carrier.expect("INVITE")
	b.carrier.reply(inv, "183 Progress", "one", testSDP, b.carrier.contact())
	if !<-early {
		t.Error("a 183 with SDP is early media")
	}
	b.carrier.reply(inv, "180 Ringing", "two", "")
	if <-early {
		t.Error("a 180 without SDP is not")
	}
	b.carrier.ok(inv, "two")
	b.carrier.expect("ACK")
	if o := b.wait(out); o.err != nil {
		t.Fatal(o.err)
	}
	if diff := cmp.Diff([]string{"one true", "two false"}, b.media.list()); diff != "" {
		t.Error(diff)
	}
}

func TestNoResponseIsATrunkFault(t *testing.T) {
	t.Run("late 180 is cancelled", func(t *testing.T) {
		b := setup(t)
		b.invite.FirstResponse = 60 * time.Millisecond
		out := b.dial(context.Background())
		inv := b.carrier.expect("INVITE")
		b.class(b.wait(out).err, clickbridge.CauseTrunkFault)
		if again := b.carrier.read(time.Second); again == nil || again.raw != inv.raw {
			t.Fatalf("INVITE not repeated on UDP: %v", again)
		}
		b.carrier.reply(inv, "180 Ringing", "far", "")
		can := b.carrier.expect("CANCEL")
		b.carrier.reply(can, "200 OK", "far", "")
		b.carrier.reply(inv, "487 Terminated", "far", "")
		b.carrier.expect("ACK")
		b.waitGone()
	})
	t.Run("late 200 is hung up", func(t *testing.T) {
		b := setup(t)
		b.invite.FirstResponse = 60 * time.Millisecond
		out := b.dial(context.Background())
		inv := b.carrier.expect("INVITE")
		b.class(b.wait(out).err, clickbridge.CauseTrunkFault)
		b.carrier.ok(inv, "far")
		b.carrier.expect("ACK")
		b.carrier.reply(b.carrier.expect("BYE"), "200 OK", "", "")
		b.waitGone()
	})
	t.Run("nothing ever", func(t *testing.T) {
		b := setup(t)
		b.invite.FirstResponse = 60 * time.Millisecond
		out := b.dial(context.Background())
		b.carrier.expect("INVITE")
		b.class(b.wait(out).err, clickbridge.CauseTrunkFault)
		b.waitGone()
	})
	t.Run("100 is a response", func(t *testing.T) {
		b := setup(t)
		b.invite.FirstResponse = 100 * time.Millisecond
		ctx, cancel := context.WithTimeout(context.Background(), 400*time.Millisecond)
		defer cancel()
		out := b.dial(ctx)
		b.carrier.reply(b.carrier.expect("INVITE"), "100 Trying", "", "")
		b.class(b.wait(out).err, clickbridge.CauseCanceled)
	})
}
