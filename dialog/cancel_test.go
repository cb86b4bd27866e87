package dialog

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
)

var callerLeft = &clickbridge.Cause{Class: clickbridge.CauseCanceled, Text: "caller left"}

func TestCancelAfterRinging(t *testing.T) {
	b := setup(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	ringing := make(chan int, 1)
	b.invite.Progress = func(status int, _ bool) { ringing <- status }
	out := b.dial(ctx)
	inv := b.carrier.expect("INVITE")
	b.carrier.reply(inv, "180 Ringing", "far", "", b.carrier.contact())
	<-ringing
	cancel(callerLeft)
	if o := b.wait(out); o.err != error(callerLeft) {
		t.Errorf("error %v, want the context's cause", o.err)
	}
	can := b.carrier.expect("CANCEL")
	if can.branch() != inv.branch() || can.uri() != inv.uri() || can.get("CSeq") != "1 CANCEL" || can.get("To") != inv.get("To") || can.get("From") != inv.get("From") {
		t.Errorf("CANCEL does not fit the INVITE:\n%s\n%s", inv.raw, can.raw)
	}
	b.carrier.reply(can, "200 OK", "far", "")
	if len(b.journal.gone) != 0 {
		t.Error("Gone before the INVITE's final answer")
	}
	b.carrier.reply(inv, "487 Request Terminated", "far", "")
	if ack := b.carrier.expect("ACK"); ack.branch() != inv.branch() {
		t.Errorf("ACK of the 487 has another branch:\n%s", ack.raw)
	}
	b.waitGone()
}

func TestCancelWaitsForAProvisional(t *testing.T) {
	b := setup(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	out := b.dial(ctx)
	inv := b.carrier.expect("INVITE")
	cancel(callerLeft)
	b.wait(out)
	b.carrier.silent(100 * time.Millisecond)
	b.carrier.reply(inv, "100 Trying", "", "")
	can := b.carrier.expect("CANCEL")
	b.carrier.reply(can, "200 OK", "far", "")
	b.carrier.reply(inv, "487 Request Terminated", "far", "")
	b.carrier.expect("ACK")
	b.waitGone()
}

// A 200 that crosses the CANCEL must be acknowledged and hung up, or a person
// listens into silence.
func TestCancelCrossesAnswer(t *testing.T) {
	for _, first := range []string{"200 of the CANCEL first", "200 of the INVITE first"} {
		t.Run(first, func(t *testing.T) {
			b := setup(t)
			ctx, cancel := context.WithCancelCause(context.Background())
			out := b.dial(ctx)
			inv := b.carrier.expect("INVITE")
			b.carrier.reply(inv, "180 Ringing", "far", "")
			b.carrier.silent(10 * time.Millisecond)
			cancel(callerLeft)
			b.wait(out)
			can := b.carrier.expect("CANCEL")
			if strings.HasPrefix(first, "200 of the CANCEL") {
				b.carrier.reply(can, "200 OK", "far", "")
				b.carrier.ok(inv, "far")
			} else {
				b.carrier.ok(inv, "far")
				b.carrier.reply(can, "481 Gone", "far", "")
			}
			ack := b.carrier.expect("ACK")
			if ack.get("CSeq") != "1 ACK" || !strings.Contains(ack.get("To"), "tag=far") {
				t.Errorf("ACK does not fit:\n%s", ack.raw)
			}
			bye := b.carrier.expect("BYE")
			if r := b.journal.record("early"); r.State != clickbridge.LegAnswered || r.RemoteTag != "far" {
				t.Errorf("on record before it is hung up: %+v", r)
			}
			// The answer is repeated when the ACK is lost: the same ACK again.
			b.carrier.ok(inv, "far")
			for {
				again := b.carrier.read(time.Second)
				if again == nil {
					t.Fatal("a repeated 200 was not acknowledged")
				}
				if again.method() == "ACK" {
					if again.raw != ack.raw {
						t.Errorf("second ACK differs:\n%s\n%s", ack.raw, again.raw)
					}
					break
				}
			}
			if len(b.journal.gone) != 0 {
				t.Error("Gone before the BYE was answered")
			}
			b.carrier.reply(bye, "200 OK", "far", "")
			b.waitGone()
		})
	}
}

// The carrier answers the CANCEL and then nothing: after 64*T1 it is given up,
// and an answer that comes even later is still hung up.
func TestAnswerAfterTheTransactionIsGone(t *testing.T) {
	b := setup(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	out := b.dial(ctx)
	inv := b.carrier.expect("INVITE")
	b.carrier.reply(inv, "180 Ringing", "far", "")
	b.carrier.silent(10 * time.Millisecond)
	cancel(callerLeft)
	b.wait(out)
	b.carrier.reply(b.carrier.expect("CANCEL"), "200 OK", "far", "")
	b.waitGone()
	b.carrier.ok(inv, "far")
	b.carrier.expect("ACK")
	b.carrier.reply(b.carrier.expect("BYE"), "200 OK", "far", "")
	b.carrier.silent(50 * time.Millisecond)
	if n := len(b.journal.gone); n != 0 {
		t.Errorf("Gone was said %d more times", n)
	}
}

// A server that stops before the carrier has said that it is done keeps the
// record, so that the next start can ask again.
func TestCloseBeforeTheCarrierIsDone(t *testing.T) {
	b := setup(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	out := b.dial(ctx)
	b.carrier.expect("INVITE")
	cancel(callerLeft)
	b.wait(out)
	short, end := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer end()
	if err := b.agent.Close(short); err == nil {
		t.Error("Close did not say that answers are owed")
	}
	patient, end := context.WithTimeout(context.Background(), 5*time.Second)
	defer end()
	if err := b.agent.work.wait(patient); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"dialing"}, b.journal.list()); diff != "" {
		t.Error(diff)
	}
}

func TestCancelWhileTheAnswerIsRecorded(t *testing.T) {
	b := setup(t)
	b.journal.answering = make(chan struct{})
	ctx, cancel := context.WithCancelCause(context.Background())
	out := b.dial(ctx)
	inv := b.carrier.expect("INVITE")
	b.carrier.ok(inv, "far")
	b.carrier.silent(20 * time.Millisecond) // no ACK before the record
	cancel(callerLeft)
	if o := b.wait(out); o.err != error(callerLeft) {
		t.Errorf("error %v", o.err)
	}
	b.carrier.expect("ACK")
	b.carrier.reply(b.carrier.expect("BYE"), "200 OK", "far", "")
	b.waitGone()
}

func TestForkedAnswers(t *testing.T) {
	b := setup(t)
	inv, session := b.answer()
	b.carrier.reply(inv, "200 OK", "other", testSDP, "Contact: <sip:other@"+b.carrier.addr.String()+">")
	ack := b.carrier.expect("ACK")
	bye := b.carrier.expect("BYE")
	for _, m := range []*wire{ack, bye} {
		if !strings.HasSuffix(m.get("To"), ";tag=other") || m.uri() != "sip:other@"+b.carrier.addr.String() {
			t.Errorf("not to the second fork:\n%s", m.raw)
		}
	}
	b.carrier.reply(bye, "200 OK", "", "")
	// The fork hangs up too: crossing BYEs both get their 200.
	b.carrier.write(b.carrier.request("BYE", 1, inv, "other", ""))
	if ok := b.carrier.expect("SIP/2.0"); !strings.HasPrefix(ok.start, "SIP/2.0 200") {
		t.Errorf("fork's BYE: %s", ok.start)
	}
	if session.Context().Err() != nil || len(b.journal.gone) != 0 {
		t.Error("the kept dialog ended with the fork")
	}
	// And the kept one is still acknowledged with its own ACK.
	b.carrier.ok(inv, "far")
	if again := b.carrier.read(time.Second); again == nil || again.method() != "ACK" || !strings.HasSuffix(again.get("To"), ";tag=far") {
		t.Errorf("repeated first 200: %+v", again)
	}
	session.Hangup(nil)
	b.carrier.reply(b.carrier.expect("BYE"), "200 OK", "", "")
	b.waitGone()
}

func TestRepeatedAnswerGetsTheSameACK(t *testing.T) {
	b := setup(t)
	out := b.dial(context.Background())
	inv := b.carrier.expect("INVITE")
	b.carrier.ok(inv, "far")
	ack := b.carrier.expect("ACK")
	b.wait(out)
	for range 3 {
		b.carrier.ok(inv, "far")
		if again := b.carrier.read(time.Second); again == nil || again.raw != ack.raw {
			t.Fatalf("repeated 200 got %+v, want the same ACK", again)
		}
	}
}
