package dialog

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/leg"
)

// ask sends a request in the dialog and returns what it was answered with.
func (b *bundle) ask(request string) *wire {
	b.t.Helper()
	b.carrier.write(request)
	return b.carrier.expect("SIP/2.0")
}

func (b *bundle) status(w *wire, want string) {
	b.t.Helper()
	if !strings.HasPrefix(w.start, "SIP/2.0 "+want) {
		b.t.Errorf("answered %q, want %s", w.start, want)
	}
}

func TestFarEndHangsUp(t *testing.T) {
	b := setup(t)
	inv, session := b.answer()
	bye := b.carrier.request("BYE", 7, inv, "far", "", `Reason: SIP;cause=480;text="gone", Q.850 ;cause=16 ;text="Normal, clearing"`)
	b.status(b.ask(bye), "200")
	<-session.Context().Done()
	want := &clickbridge.Cause{Class: clickbridge.CauseHangup, SIPCode: 480, Q850: 16, Text: "gone"}
	if diff := cmp.Diff(want, clickbridge.CauseOf(context.Cause(session.Context()))); diff != "" {
		t.Error(diff)
	}
	b.waitGone()
	session.Hangup(nil) // nothing more to say
	b.carrier.write(bye)
	if again := b.carrier.read(time.Second); again == nil || !strings.HasPrefix(again.start, "SIP/2.0 200") {
		t.Errorf("repeated BYE: %+v", again)
	}
	b.carrier.silent(100 * time.Millisecond)
	b.status(b.ask(b.carrier.request("INFO", 8, inv, "far", "")), "481")
	if n := len(b.journal.gone); n != 0 {
		t.Errorf("Gone was said %d more times", n)
	}
}

func TestCrossingBYEs(t *testing.T) {
	b := setup(t)
	inv, session := b.answer()
	session.Hangup(nil)
	ours := b.carrier.expect("BYE")
	b.status(b.ask(b.carrier.request("BYE", 1, inv, "far", "")), "200")
	b.carrier.reply(ours, "200 OK", "", "")
	b.waitGone()
}

func TestUnansweredBYEEndsTheDialog(t *testing.T) {
	for _, status := range []string{"", "481 Gone", "408 Timeout"} {
		t.Run("answer "+status, func(t *testing.T) {
			b := setup(t)
			_, session := b.answer()
			session.Hangup(nil)
			bye := b.carrier.expect("BYE")
			if status == "" {
				if again := b.carrier.read(time.Second); again == nil || again.raw != bye.raw {
					t.Errorf("BYE was not repeated: %+v", again)
				}
			} else {
				b.carrier.reply(bye, status, "", "")
			}
			b.waitGone()
		})
	}
}

// The far end may hang up before our ACK, against RFC 3261 15: the leg must not
// be handed out, and Gone must not overtake Answered.
func TestHangsUpWhileTheAnswerIsRecorded(t *testing.T) {
	b := setup(t)
	b.journal.answering = make(chan struct{})
	out := b.dial(context.Background())
	inv := b.carrier.expect("INVITE")
	b.carrier.ok(inv, "far")
	for len(b.journal.list()) < 2 {
		b.carrier.silent(time.Millisecond)
	}
	b.status(b.ask(b.carrier.request("BYE", 1, inv, "far", "")), "200")
	if len(b.journal.gone) != 0 {
		t.Error("Gone before Answered returned")
	}
	close(b.journal.answering)
	b.class(b.wait(out).err, clickbridge.CauseHangup)
	b.waitGone()
}

// A BYE right behind the 200, before that has become a session, must not be
// answered and forgotten.
func TestHangsUpWhileTheAnswerIsLookedAt(t *testing.T) {
	b := setup(t)
	b.media.entered, b.media.proceed = make(chan struct{}), make(chan struct{})
	out := b.dial(context.Background())
	inv := b.carrier.expect("INVITE")
	b.carrier.ok(inv, "far")
	<-b.media.entered
	b.carrier.write(b.carrier.request("BYE", 1, inv, "far", ""))
	if ok := b.carrier.expect("SIP/2.0"); !strings.HasPrefix(ok.start, "SIP/2.0 200") {
		t.Errorf("BYE: %s", ok.start)
	}
	close(b.media.proceed)
	b.class(b.wait(out).err, clickbridge.CauseHangup)
	b.carrier.expect("ACK")
	b.waitGone()
	b.carrier.silent(50 * time.Millisecond)
}

func TestReinvite(t *testing.T) {
	b := setup(t)
	inv, session := b.answer()
	moved := "Contact: <sip:moved@" + b.carrier.addr.String() + ">"
	re := b.carrier.request("INVITE", 10, inv, "far", testSDP, moved, "Content-Type: application/sdp")
	ok := b.ask(re)
	b.status(ok, "200")
	if ok.body != testSDP || ok.get("Content-Type") != "application/sdp" || ok.get("Contact") != inv.get("Contact") {
		t.Errorf("200 does not fit:\n%s", ok.raw)
	}
	// It is repeated until the ACK comes.
	for range 2 {
		if again := b.carrier.read(time.Second); again == nil || again.raw != ok.raw {
			t.Fatalf("200 was not repeated: %+v", again)
		}
	}
	// Another re-INVITE says that the 200 came and its ACK was lost.
	b.status(b.ask(b.carrier.request("INVITE", 11, inv, "far", testSDP, "Content-Type: application/sdp")), "200")
	b.carrier.write(b.carrier.request("ACK", 10, inv, "far", ""))
	if again := b.carrier.read(time.Second); again == nil || again.get("CSeq") != "11 INVITE" {
		t.Fatalf("the second 200 was not repeated: %+v", again)
	}
	b.carrier.write(b.carrier.request("ACK", 11, inv, "far", ""))
	// INFO after it, in order: the answer says that the ACK was taken.
	b.status(b.ask(b.carrier.request("INFO", 12, inv, "far", "")), "200")
	b.carrier.silent(300 * time.Millisecond)
	b.status(b.ask(b.carrier.request("INFO", 12, inv, "far", "")), "500") // CSeq used up
	session.Hangup(nil)
	bye := b.carrier.expect("BYE")
	if bye.uri() != "sip:moved@"+b.carrier.addr.String() {
		t.Errorf("BYE not to the new target: %s", bye.start)
	}
}

func TestReinviteWithoutOffer(t *testing.T) {
	b := setup(t)
	inv, _ := b.answer()
	ok := b.ask(b.carrier.request("INVITE", 1, inv, "far", ""))
	if ok.body != testSDP {
		t.Errorf("no offer in the 200:\n%s", ok.raw)
	}
	b.status(b.ask(b.carrier.request("UPDATE", 2, inv, "far", testSDP, "Content-Type: application/sdp")), "491")
	busy := b.ask(b.carrier.request("INVITE", 3, inv, "far", testSDP, "Content-Type: application/sdp"))
	b.status(busy, "500") // our offer has no answer yet
	if busy.get("Retry-After") == "" {
		t.Error("500 without Retry-After")
	}
	b.carrier.write(b.carrier.request("ACK", 1, inv, "far", testSDP, "Content-Type: application/sdp"))
	b.status(b.ask(b.carrier.request("OPTIONS", 4, inv, "far", "")), "200")
	if diff := cmp.Diff([]string{"far false", "far false"}, b.media.list()); diff != "" {
		t.Error(diff)
	}
}

func TestReinviteNeverAcknowledged(t *testing.T) {
	b := setup(t)
	inv, session := b.answer()
	b.status(b.ask(b.carrier.request("INVITE", 1, inv, "far", testSDP)), "200")
	bye := b.carrier.expect("BYE") // after 64*T1
	b.carrier.reply(bye, "200 OK", "", "")
	<-session.Context().Done()
	b.class(context.Cause(session.Context()), clickbridge.CauseFailed)
	b.waitGone()
}

func TestHangupDuringReinvite(t *testing.T) {
	b := setup(t)
	inv, session := b.answer()
	b.status(b.ask(b.carrier.request("INVITE", 1, inv, "far", testSDP)), "200")
	session.Hangup(nil)
	b.carrier.reply(b.carrier.expect("BYE"), "200 OK", "", "")
	b.waitGone()
	b.carrier.silent(200 * time.Millisecond)
}

func TestOfferNotAcceptable(t *testing.T) {
	b := setup(t)
	inv, session := b.answer()
	b.media.mu.Lock()
	b.media.fail = fmt.Errorf("video only")
	b.media.mu.Unlock()
	no := b.ask(b.carrier.request("INVITE", 1, inv, "far", testSDP))
	b.status(no, "488")
	b.carrier.write(b.carrier.request("ACK", 1, inv, "far", ""))
	b.status(b.ask(b.carrier.request("UPDATE", 2, inv, "far", testSDP)), "488")
	if session.Context().Err() != nil {
		t.Error("a refused offer ends nothing")
	}
}

func TestUpdate(t *testing.T) {
	b := setup(t)
	inv, session := b.answer()
	ok := b.ask(b.carrier.request("UPDATE", 1, inv, "far", testSDP, "Content-Type: application/sdp"))
	b.status(ok, "200")
	if ok.body != testSDP {
		t.Errorf("no answer:\n%s", ok.raw)
	}
	ok = b.ask(b.carrier.request("UPDATE", 2, inv, "far", "", "Contact: <sip:new@"+b.carrier.addr.String()+">"))
	if b.status(ok, "200"); ok.body != "" {
		t.Errorf("an UPDATE without offer was answered with SDP:\n%s", ok.raw)
	}
	session.Hangup(nil)
	if bye := b.carrier.expect("BYE"); !strings.HasPrefix(bye.uri(), "sip:new@") {
		t.Errorf("BYE to %s", bye.uri())
	}
}

func TestKeysAsINFO(t *testing.T) {
	b := setup(t)
	inv, _ := b.answer()
	relay, plain := "Content-Type: application/dtmf-relay", "Content-Type: application/dtmf"
	// All at once: they are heard in the order of their CSeq.
	const keys = "1234567890*#"
	for i, k := range keys {
		head, body := relay, fmt.Sprintf("Signal=%c\r\nDuration=160\r\n", k)
		if i%2 == 1 {
			head, body = plain, string(k)
		}
		b.carrier.write(b.carrier.request("INFO", 100+i, inv, "far", body, head))
	}
	var got strings.Builder
	for range keys {
		select {
		case k := <-b.media.keys:
			got.WriteRune(rune(k))
		case <-time.After(5 * time.Second):
			t.Fatalf("only %q came", got.String())
		}
	}
	if got.String() != keys {
		t.Errorf("heard %q, want %q", got.String(), keys)
	}
	for range keys {
		b.status(b.carrier.expect("SIP/2.0"), "200")
	}
	b.status(b.ask(b.carrier.request("INFO", 200, inv, "far", "<x/>", "Content-Type: application/media_control+xml")), "415")
	b.status(b.ask(b.carrier.request("INFO", 150, inv, "far", "1", plain)), "500")
}

func TestOtherMethods(t *testing.T) {
	b := setup(t)
	inv, session := b.answer()
	cseq := 0
	for method, want := range map[string]string{"OPTIONS": "200", "NOTIFY": "405", "REFER": "405", "MESSAGE": "405", "FLY": "501"} {
		cseq++
		w := b.ask(b.carrier.request(method, cseq, inv, "far", ""))
		b.status(w, want)
		if w.get("Allow") == "" {
			t.Errorf("%s: no Allow", method)
		}
		b.status(b.ask(b.carrier.request(method, 1, inv, "stranger", "")), "481")
	}
	b.status(b.ask(b.carrier.request("INVITE", 99, inv, "far", testSDP, "Require: 100rel")), "420")
	b.status(b.ask(b.carrier.request("CANCEL", 99, inv, "far", "")), "481")
	outside := func(method string) string {
		r := b.carrier.request(method, 1, inv, "x", "")
		return strings.Replace(r, "To: "+inv.get("From"), "To: <sip:us@127.0.0.1>", 1)
	}
	for method, want := range map[string]string{"INVITE": "403", "OPTIONS": "200", "REGISTER": "405", "BYE": "481", "FLY": "501"} {
		b.status(b.ask(outside(method)), want)
	}
	if session.Context().Err() != nil {
		t.Error("none of these ends a dialog")
	}
}

func TestReadReason(t *testing.T) {
	for in, want := range map[string]clickbridge.Cause{
		`Q.850;cause=17;text="busy"`:    {Q850: 17, Text: "busy"},
		`q.850 ; cause = 17`:            {Q850: 17},
		`SIP;cause=200;text="else\"s"`:  {SIPCode: 200, Text: `else\"s`},
		`Preemption;cause=1;text="war"`: {},
		`Q.850;cause=x`:                 {},
		`Q.850;cause=-3`:                {},
		"":                              {},
	} {
		var got clickbridge.Cause
		readReason(in, &got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
}

func TestInfoKey(t *testing.T) {
	for _, tc := range []struct {
		kind, body string
		want       leg.Key
	}{
		{"application/dtmf-relay", "Signal=1\r\nDuration=160", '1'},
		{"application/dtmf-relay; charset=x", "Duration=1\nsignal = 12\n", 'A'},
		{"Application/DTMF", " # \r\n", '#'},
		{"application/dtmf", "d", 'D'},
		{"application/dtmf", "11", '#'},
		{"application/dtmf", "16", 0},
		{"application/dtmf", "", 0},
		{"application/dtmf-relay", "Signal=", 0},
		{"text/plain", "1", 0},
	} {
		if got, ok := infoKey(tc.kind, []byte(tc.body)); got != tc.want || ok != (tc.want != 0) {
			t.Errorf("%s %q: %q, want %q", tc.kind, tc.body, got, tc.want)
		}
	}
}

func FuzzInfoKey(f *testing.F) {
	f.Add("application/dtmf-relay", "Signal=1\r\n")
	f.Add("application/dtmf", "1")
	f.Fuzz(func(t *testing.T, kind, body string) {
		if k, ok := infoKey(kind, []byte(body)); ok && !strings.ContainsRune("0123456789*#ABCD", rune(k)) {
			t.Errorf("%q is no key", k)
		}
	})
}

func FuzzReason(f *testing.F) {
	f.Add(`Q.850;cause=16;text="Normal, clearing", SIP;cause=200`)
	f.Fuzz(func(t *testing.T, v string) {
		var c clickbridge.Cause
		for _, part := range splitOutsideQuotes(v, ',') {
			readReason(part, &c)
		}
		if c.Q850 < 0 || c.Q850 > 999 || len(c.Text) > 80 || strings.ContainsAny(c.Text, "\r\n") {
			t.Errorf("%+v", c)
		}
	})
}
