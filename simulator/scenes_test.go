package simulator_test

import (
	"strings"
	"testing"
	"time"

	"clickbridge/simulator"
	"clickbridge/simulator/wire"
)

func TestAcceptsAndTalks(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, number := range []string{"3125550100", "13125550100", "+13125550100", "8665551234"} {
		t.Run(number, func(t *testing.T) {
			c := newCaller(t, s.Addr())
			k := c.call(number).invite()
			if m := k.next(); m.Status != 100 || wire.Tag(m.To) != "" {
				t.Errorf("first answer %d %q, want 100 without a tag", m.Status, m.To)
			}
			ringing := k.next()
			if ringing.Status != 180 || wire.Tag(ringing.To) == "" {
				t.Errorf("second answer %d %q, want 180 with a tag", ringing.Status, ringing.To)
			}
			ok := k.expect("200 INVITE")
			if wire.Tag(ok.To) != wire.Tag(ringing.To) {
				t.Error("200 has another To-tag than 180")
			}
			k.ack(ok)
			c.until("key 1 with three ends of 100 ms or more", func() bool {
				return c.keys == "1" && c.ends == 3 && c.maxDur >= 800
			})
			c.hears(simulator.ToneOf(number))
			if s.Held() != 1 {
				t.Errorf("held %d, want 1", s.Held())
			}
			k.hangUp(ok)
			l := leg(t, s, k.id, "over", over)
			if l.EndedBy != simulator.ByServer || l.Keys != "1" || l.Caller != "9998887777" || l.Invites != 1 ||
				l.PacketsOut == 0 || l.AckedAt.IsZero() || s.Held() != 0 {
				t.Errorf("leg %+v, held %d", l, s.Held())
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, tc := range []struct {
		xx     string
		rings  bool
		status int
	}{
		{"03", true, 486}, {"04", true, 603}, {"05", false, 404}, {"10", false, 503}, {"15", false, 302},
	} {
		t.Run(tc.xx, func(t *testing.T) {
			c := newCaller(t, s.Addr())
			k := c.call("31255501" + tc.xx).invite()
			rang := false
			var final *wire.Message
			for final == nil {
				if m := k.next(); m.Status >= 200 {
					final = m
				} else if m.Status == 180 {
					rang = true
				}
			}
			if final.Status != tc.status || rang != tc.rings {
				t.Fatalf("rang %v, answered %d", rang, final.Status)
			}
			again := k.expect(name(final)) // no ACK yet: it must come again
			k.ack(again)
			l := leg(t, s, k.id, "acked", func(l simulator.Leg) bool { return !l.AckedAt.IsZero() })
			if l.Status != tc.status || l.EndedBy != simulator.ByPhone || !l.Over() {
				t.Errorf("leg %+v", l)
			}
			if tc.xx == "15" && wire.User(wire.Address(final.Get("Contact"))) != "3125550100" {
				t.Errorf("redirected to %q", final.Get("Contact"))
			}
		})
	}
}

func TestRingsUntilCancelled(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, number := range []string{"5558688950", "15558688950", "+15558688950", "2125550102"} {
		c := newCaller(t, s.Addr())
		k := c.call(number).invite()
		k.expect("180 INVITE")
		k.cancel()
		k.expect("200 CANCEL")
		k.ack(k.expect("487 INVITE"))
		l := leg(t, s, k.id, "acked", func(l simulator.Leg) bool { return !l.AckedAt.IsZero() })
		if l.EndedBy != simulator.ByServer || l.CancelledAt.IsZero() || l.Answered() {
			t.Errorf("%s: %+v", number, l)
		}
	}
}

func TestVoicemailSpeaksAndPressesNothing(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550101")
	ok := k.answered()
	c.until("a second of speech", func() bool { return len(c.pcm) > 8000 })
	c.mu.Lock()
	keys := c.keys
	c.mu.Unlock()
	if keys != "" {
		t.Errorf("voicemail pressed %q", keys)
	}
	k.hangUp(ok)
}

func TestHangsUpByItself(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for xx, keys := range map[string]string{"06": "", "13": "1"} {
		c := newCaller(t, s.Addr())
		k := c.call("31255501" + xx)
		k.answered()
		bye := k.expect("BYE")
		if repeated := k.expect("BYE"); repeated.Via.Branch != bye.Via.Branch {
			t.Error("BYE was repeated as another request")
		}
		k.respond(bye, 200, "")
		l := leg(t, s, k.id, "closed", func(l simulator.Leg) bool { return len(l.Dialogs) == 1 && !l.Dialogs[0].Closed.IsZero() })
		if l.EndedBy != simulator.ByPhone || l.Keys != keys || s.Held() != 0 {
			t.Errorf("%s: %+v", xx, l)
		}
	}
}

func TestPressesTwo(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550107")
	ok := k.answered()
	c.until("key 2", func() bool { return c.keys == "2" && c.ends == 3 })
	k.hangUp(ok)
}

func TestEarlyMedia(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *simulator.Config) { c.Pace = 0.2 })
	c := newCaller(t, s.Addr())
	k := c.call("3125550108").invite()
	early := k.expect("183 INVITE")
	if len(early.Body) == 0 {
		t.Fatal("183 without SDP")
	}
	c.until("ringback", func() bool { return len(c.pcm) >= 1600 })
	ok := k.expect("200 INVITE")
	if string(ok.Body) != string(early.Body) {
		t.Error("200 and 183 describe different media")
	}
	k.ack(ok)
	c.until("key 1", func() bool { return c.keys == "1" })
	k.hangUp(ok)
}

func TestAnswersAsItIsCancelled(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550109").invite()
	k.expect("180 INVITE")
	k.cancel()
	ok := k.expect("200 INVITE")
	k.expect("200 CANCEL")
	if repeated := k.expect("200 INVITE"); wire.Tag(repeated.To) != wire.Tag(ok.To) {
		t.Error("the repeated 200 is another answer")
	}
	if s.Held() != 1 {
		t.Errorf("held %d before BYE, want 1", s.Held())
	}
	k.ack(ok)
	k.hangUp(ok)
	if l := leg(t, s, k.id, "over", over); l.CancelledAt.IsZero() || !l.Answered() || s.Held() != 0 {
		t.Errorf("%+v", l)
	}
}

func TestNeverReplies(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550111").invite().invite()
	k.cancel()
	leg(t, s, k.id, "cancelled", func(l simulator.Leg) bool { return l.Invites == 2 && !l.CancelledAt.IsZero() && l.Over() })
	// Messages are answered in order: whatever came for this call would be here
	// before the answer to this one.
	other := c.call("3125550105").invite()
	for m := range c.in {
		if m.CallID == k.id {
			t.Fatalf("got %s", name(m))
		}
		if m.CallID == other.id && m.Status == 404 {
			other.ack(m)
			return
		}
	}
}

func TestAnswersTwice(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550116").invite()
	first := k.expect("200 INVITE")
	second := k.expect("200 INVITE")
	if wire.Tag(first.To) == wire.Tag(second.To) {
		t.Fatal("both answers have one To-tag")
	}
	if s.Held() != 2 {
		t.Errorf("held %d, want 2", s.Held())
	}
	tags := map[string]int{}
	for len(tags) < 2 || tags[wire.Tag(first.To)] < 1 || tags[wire.Tag(second.To)] < 1 {
		tags[wire.Tag(k.expect("200 INVITE").To)]++ // both are repeated until their ACK
	}
	k.ack(first)
	k.ack(second)
	k.hangUp(second)
	c.until("key 1 of the first", func() bool { return c.keys == "1" })
	if s.Held() != 1 {
		t.Errorf("held %d after one BYE, want 1", s.Held())
	}
	k.hangUp(first)
	if l := leg(t, s, k.id, "over", over); len(l.Dialogs) != 2 || l.Held() != 0 {
		t.Errorf("%+v", l)
	}
}

func TestHoldsAndResumes(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550117")
	ok := k.answered()
	answer := strings.ReplaceAll(c.offer(), "sendrecv", "recvonly")
	for _, want := range []string{"a=sendonly", "a=sendrecv"} {
		re := k.expect("INVITE")
		if !strings.Contains(string(re.Body), want) {
			t.Fatalf("re-INVITE does not say %s:\n%s", want, re.Body)
		}
		k.respond(re, 200, answer)
		answer = c.offer()
		if ack := k.expect("ACK"); ack.CSeq != re.CSeq || ack.Via.Branch == re.Via.Branch {
			t.Errorf("ACK %d %s to %d %s", ack.CSeq, ack.Via.Branch, re.CSeq, re.Via.Branch)
		}
		k.respond(re, 200, answer) // a repeated 200 gets its ACK again
		k.expect("ACK")
	}
	c.hears(simulator.ToneOf("17"))
	k.hangUp(ok)
}

func TestReinviteMeetsGlare(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550117")
	ok := k.answered()
	re := k.expect("INVITE")
	k.respond(re, 491, "")
	if ack := k.expect("ACK"); ack.Via.Branch != re.Via.Branch {
		t.Error("the ACK of a refusal must have the INVITE's branch")
	}
	if again := k.expect("INVITE"); again.CSeq <= re.CSeq {
		t.Errorf("tried again with CSeq %d after %d", again.CSeq, re.CSeq)
	}
	k.hangUp(ok)
}

func TestNoRTP(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550118")
	k.hangUp(k.answered())
	if l := leg(t, s, k.id, "over", over); l.PacketsOut != 0 || l.Keys != "" {
		t.Errorf("%+v", l)
	}
}

func TestKeyBySIPInfo(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550119")
	ok := k.answered()
	info := k.expect("INFO")
	if info.Get("Content-Type") != "application/dtmf-relay" || !strings.HasPrefix(string(info.Body), "Signal=1\r\n") {
		t.Errorf("INFO %q\n%s", info.Get("Content-Type"), info.Body)
	}
	k.respond(info, 200, "")
	c.hears(simulator.ToneOf("19"))
	k.hangUp(ok)
}

func TestWaitsAreScaled(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *simulator.Config) { c.Pace = 0.1 })
	c := newCaller(t, s.Addr())
	k := c.call("3125550112")
	ok := k.answered()
	connected := time.Now()
	c.until("key 1", func() bool { return c.keys == "1" })
	if d := time.Since(connected); d < 450*time.Millisecond {
		t.Errorf("pressed after %v, want 5 s at a tenth", d)
	}
	k.hangUp(ok)
}
