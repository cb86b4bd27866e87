package trunk

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/leg/legtest"
)

func TestDialMakesTheInvite(t *testing.T) {
	b := setup(t, does{"a": answers}, clickbridge.Trunk{Host: "sip.example.com", Port: 5070, Transport: "tcp", Username: "u", Password: "p", NumberFormat: clickbridge.FormatE164})
	b.resolver.set(nil, "2001:db8::1", "192.0.2.9")
	l := b.succeeds(anOrder())
	in := b.inviter.asked[0]
	if in.Callee != "+15558688950" || in.Caller != "+19998887777" || in.Host != "sip.example.com:5070" ||
		in.NextHop != netip.MustParseAddrPort("192.0.2.9:5070") || in.Transport != "tcp" || in.Username != "u" || in.Password != "p" ||
		in.FirstResponse != 5*time.Second || in.CallID != "call" || in.AttemptID != "attempt" {
		t.Errorf("invite %+v", in)
	}
	if diff := cmp.Diff(leg.Info{Number: "+15558688950", Trunk: "a", SIPCallID: "sip-call-id"}, l.Info()); diff != "" {
		t.Error(diff)
	}
	if any(l.Media()) != any(in.Media) {
		t.Error("the leg's media is not what was negotiated")
	}
}

func TestNumberFormats(t *testing.T) {
	for format, want := range map[clickbridge.NumberFormat]string{"": "5558688950", clickbridge.FormatNational: "5558688950", clickbridge.FormatDigits: "15558688950"} {
		b := setup(t, does{"a": answers}, clickbridge.Trunk{NumberFormat: format})
		b.succeeds(anOrder())
		if got := b.inviter.asked[0].Callee; got != want {
			t.Errorf("%s: %s, want %s", format, got, want)
		}
		if got := b.inviter.asked[0].Host; got != "192.0.2.1" {
			t.Errorf("host %s: port 5060 is not written", got)
		}
	}
}

func TestHangupClosesThePort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, does{"a": answers}, clickbridge.Trunk{MaxCalls: 1})
		l := b.succeeds(anOrder())
		if !b.group.Full() {
			t.Error("one call of one: full")
		}
		if _, open := b.ports.counts(); open != 1 {
			t.Error("port closed early")
		}
		want := &clickbridge.Cause{Class: clickbridge.CauseReleased}
		l.Hangup(want)
		synctest.Wait()
		if context.Cause(l.Context()) != error(want) {
			t.Errorf("cause %v", context.Cause(l.Context()))
		}
		if _, open := b.ports.counts(); open != 0 || b.group.Full() {
			t.Error("the port or the trunk's place is not free")
		}
	})
}

func TestFailover(t *testing.T) {
	tests := []struct {
		name   string
		d      does
		want   clickbridge.CauseClass // "" = answered
		over   []string
		faulty string
	}{
		{"first answers", does{"a": answers}, "", []string{"a"}, ""},
		{"503, then answered", does{"a": fails(503), "b": answers}, "", []string{"a", "b"}, ""},
		{"408 before ringing, then busy", does{"a": fails(408), "b": fails(486)}, clickbridge.CauseBusy, []string{"a", "b"}, ""},
		{"busy is not redialled", does{"a": fails(486)}, clickbridge.CauseBusy, []string{"a"}, ""},
		{"declined is not redialled", does{"a": fails(603)}, clickbridge.CauseDeclined, []string{"a"}, ""},
		{"declined behind a fault is not redialled", does{"a": fails(503), "b": fails(603)}, clickbridge.CauseDeclined, []string{"a", "b"}, ""},
		{"not found is not redialled", does{"a": fails(404)}, clickbridge.CauseFailed, []string{"a"}, ""},
		{"redirected is not redialled", does{"a": fails(302)}, clickbridge.CauseFailed, []string{"a"}, ""},
		{"all at fault", does{"a": fails(500), "b": fails(503), "c": fails(502)}, clickbridge.CauseTrunkFault, []string{"a", "b", "c"}, "every trunk failed, the last: x"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			b := setup(t, tc.d, clickbridge.Trunk{}, clickbridge.Trunk{}, clickbridge.Trunk{})
			if tc.want == "" {
				b.succeeds(anOrder())
			} else if c := b.fails(anOrder(), tc.want); tc.faulty != "" && c.Text != tc.faulty {
				t.Errorf("text %q", c.Text)
			}
			if diff := cmp.Diff(tc.over, b.inviter.over()); diff != "" {
				t.Error(diff)
			}
			if opened, _ := b.ports.counts(); opened != 1 {
				t.Errorf("%d ports for one order", opened)
			}
		})
	}
}

// What the journal refuses is no carrier's fault and no other carrier's business.
func TestJournalRefuses(t *testing.T) {
	why := &clickbridge.Cause{Class: clickbridge.CauseOccupied, Text: "on another call"}
	refuses := func(context.Context, leg.Invite) (leg.Session, error) { return nil, why }
	b := setup(t, does{"a": refuses, "b": answers}, clickbridge.Trunk{MaxCalls: 1}, clickbridge.Trunk{})
	o := anOrder()
	o.Agent, o.Exclusive = true, true
	for range 2 * faultsToDemote {
		if c := b.fails(o, clickbridge.CauseOccupied); c != why {
			t.Fatalf("cause %v, want the journal's own", c)
		}
	}
	for _, in := range b.inviter.asked {
		if in.Trunk != "a" || in.Agent != o.To || !in.Exclusive {
			t.Fatalf("asked %+v", in)
		}
	}
	if s := b.group.Statuses()[0]; s.Faults != 0 || s.Calls != 0 || !s.LastUntil.IsZero() {
		t.Errorf("it counts against the trunk: %+v", s)
	}
	o.Agent = false
	b.fails(o, clickbridge.CauseOccupied)
	if in := b.inviter.asked[len(b.inviter.asked)-1]; in.Agent != "" {
		t.Errorf("a customer's leg occupies agent %s", in.Agent)
	}
}

func TestUnresolvableTrunkIsAFault(t *testing.T) {
	b := setup(t, does{"b": answers}, clickbridge.Trunk{Host: "gone.example.com"}, clickbridge.Trunk{})
	b.succeeds(anOrder())
	if diff := cmp.Diff([]string{"b"}, b.inviter.over()); diff != "" {
		t.Error(diff)
	}
}

func TestNextAddressAfterAFault(t *testing.T) {
	b := setup(t, does{"a": fails(503)}, clickbridge.Trunk{Host: "sip.example.com"})
	b.resolver.set(nil, "192.0.2.1", "192.0.2.2")
	b.fails(anOrder(), clickbridge.CauseTrunkFault)
	b.fails(anOrder(), clickbridge.CauseTrunkFault)
	if a, z := b.inviter.asked[0].NextHop, b.inviter.asked[1].NextHop; a == z {
		t.Errorf("both went to %s", a)
	}
}

func TestNoTrunkNoPort(t *testing.T) {
	setup(t, nil).fails(anOrder(), clickbridge.CauseTrunkFault)
	b := setup(t, does{"a": answers}, clickbridge.Trunk{})
	b.ports.fail = errors.New("none left")
	b.fails(anOrder(), clickbridge.CauseFailed)
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(&clickbridge.Cause{Class: clickbridge.CauseCanceled})
	if _, err := b.group.Dial(ctx, anOrder()); clickbridge.CauseOf(err).Class != clickbridge.CauseCanceled || len(b.inviter.asked) != 0 {
		t.Errorf("cancelled before: %v", err)
	}
}

func TestRingTimeRunsFromTheFirstInvite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(ctx context.Context, in leg.Invite) (leg.Session, error) {
			if !pause(ctx, 5*time.Second) {
				return nil, causeOf(ctx)
			}
			return nil, &clickbridge.Cause{Class: clickbridge.CauseTrunkFault, Text: "no answer at all"}
		}
		b := setup(t, does{"a": slow, "b": rings}, clickbridge.Trunk{}, clickbridge.Trunk{})
		o := anOrder()
		o.RingTime = 12 * time.Second
		start := time.Now()
		c := b.fails(o, clickbridge.CauseNoAnswer)
		if d := time.Since(start); d != 12*time.Second {
			t.Errorf("rang %v (%v)", d, c)
		}
	})
}

func TestCancelReturnsTheCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, does{"a": rings}, clickbridge.Trunk{}, clickbridge.Trunk{})
		ctx, cancel := context.WithCancelCause(context.Background())
		want := &clickbridge.Cause{Class: clickbridge.CauseCanceled, Text: "caller left"}
		time.AfterFunc(time.Second, func() { cancel(want) })
		if _, err := b.group.Dial(ctx, anOrder()); err != error(want) {
			t.Errorf("error %v", err)
		}
		if diff := cmp.Diff([]string{"a"}, b.inviter.over()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestProgress(t *testing.T) {
	early := func(_ context.Context, in leg.Invite) (leg.Session, error) {
		in.Progress(100, false)
		in.Progress(183, true)
		in.Progress(180, false)
		return nil, clickbridge.SIPCause(503, "x", true)
	}
	b := setup(t, does{"a": early, "b": fails(486)}, clickbridge.Trunk{}, clickbridge.Trunk{})
	o := anOrder()
	type step struct {
		Trunk string
		Code  int
		Early bool
	}
	var got []step
	o.Progress = func(p leg.Progress) { got = append(got, step{p.Trunk, p.SIPCode, p.Early != nil}) }
	b.fails(o, clickbridge.CauseBusy)
	want := []step{{"a", 0, false}, {"a", 100, false}, {"a", 183, true}, {"a", 180, true}, {"b", 0, false}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFaultyTrunkIsTriedLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, does{"a": fails(500), "b": answers}, clickbridge.Trunk{}, clickbridge.Trunk{})
		for range faultsToDemote {
			b.succeeds(anOrder()).Hangup(nil)
		}
		b.succeeds(anOrder()).Hangup(nil)
		if diff := cmp.Diff([]string{"a", "b", "a", "b", "a", "b", "b"}, b.inviter.over()); diff != "" {
			t.Error(diff)
		}
		legtest.Elapse(demotedFor)
		b.succeeds(anOrder()).Hangup(nil)
		if diff := cmp.Diff([]string{"a", "b"}, b.inviter.over()[7:]); diff != "" {
			t.Errorf("after a while it is tried again: %s", diff)
		}
		synctest.Wait()
	})
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		resting := func(context.Context, leg.Invite) (leg.Session, error) {
			return nil, &clickbridge.Cause{Class: clickbridge.CauseTrunkFault, SIPCode: 503, RetryAfter: 20 * time.Second}
		}
		b := setup(t, does{"a": resting, "b": fails(486)}, clickbridge.Trunk{}, clickbridge.Trunk{})
		b.fails(anOrder(), clickbridge.CauseBusy)
		b.fails(anOrder(), clickbridge.CauseBusy)
		legtest.Elapse(20 * time.Second)
		b.fails(anOrder(), clickbridge.CauseBusy)
		if diff := cmp.Diff([]string{"a", "b", "b", "a", "b"}, b.inviter.over()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheOnlyTrunkIsAlwaysTried(t *testing.T) {
	b := setup(t, does{"a": fails(503)}, clickbridge.Trunk{})
	for range 10 {
		b.fails(anOrder(), clickbridge.CauseTrunkFault)
	}
	if n := len(b.inviter.over()); n != 10 {
		t.Errorf("tried %d times of 10", n)
	}
}

func TestMaxCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, does{"a": answers, "b": answers}, clickbridge.Trunk{MaxCalls: 1}, clickbridge.Trunk{MaxCalls: 2})
		for range 3 {
			if b.group.Full() {
				t.Fatal("full too soon")
			}
			b.succeeds(anOrder())
		}
		if diff := cmp.Diff([]string{"a", "b", "b"}, b.inviter.over()); diff != "" || !b.group.Full() {
			t.Errorf("full %v, %s", b.group.Full(), diff)
		}
		start, o := time.Now(), anOrder()
		o.RingTime = 12 * time.Second
		_, err := b.group.Dial(t.Context(), o)
		if c := clickbridge.CauseOf(err); c.Class != clickbridge.CauseTrunkFault || c.Text != "all trunks at max_calls" || c.AttemptResult() != clickbridge.AttemptFailed {
			t.Errorf("all full: %v", err)
		}
		if waited := time.Since(start); waited != o.RingTime {
			t.Errorf("gave up after %v", waited)
		}
	})
}

// Callers who were let in may hold every channel. Their agents are dialled as
// channels come free, and no new click takes those.
func TestRoomIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, does{"a": answers}, clickbridge.Trunk{MaxCalls: 2})
		one, two := b.succeeds(anOrder()), b.succeeds(anOrder())
		agents := make(chan leg.Leg, 2)
		for range 2 {
			go func() { agents <- b.succeeds(anOrder()) }()
		}
		pause(t.Context(), 10*time.Second)
		if len(agents) != 0 {
			t.Fatal("more than max_calls")
		}
		one.Hangup(nil)
		agent := <-agents
		agent.Hangup(nil)
		agent = <-agents
		if !b.group.Full() {
			t.Error("two of two: full")
		}
		agent.Hangup(nil)
		two.Hangup(nil)
		synctest.Wait()
		if b.group.Full() {
			t.Error("full with no call left")
		}
	})
}

func TestWhoWaitsForRoomComesBeforeNewClicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, does{"a": answers}, clickbridge.Trunk{MaxCalls: 1})
		held := b.succeeds(anOrder())
		ctx, leave := context.WithCancelCause(t.Context())
		got := make(chan error, 1)
		go func() {
			_, err := b.group.Dial(ctx, anOrder())
			got <- err
		}()
		synctest.Wait()
		b.group.lines[0].give() // free, and nobody was told
		if !b.group.Full() {
			t.Error("a click could take the channel")
		}
		b.group.lines[0].take()
		leave(&clickbridge.Cause{Class: clickbridge.CauseCanceled, Text: "the caller hung up"})
		if c := clickbridge.CauseOf(<-got); c.Class != clickbridge.CauseCanceled {
			t.Errorf("left while waiting: %v", c)
		}
		held.Hangup(nil)
		synctest.Wait()
		if b.group.Full() {
			t.Error("full with no call left")
		}
	})
}

func TestCallsPerSecond(t *testing.T) {
	t.Run("waits on the only trunk", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := setup(t, does{"a": answers}, clickbridge.Trunk{CallsPerSecond: 0.5})
			start := time.Now()
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() { b.succeeds(anOrder()).Hangup(nil) })
			}
			wg.Wait()
			if d := time.Since(start); d < 3900*time.Millisecond || d > 4100*time.Millisecond {
				t.Errorf("three calls at one in two seconds took %v", d)
			}
			synctest.Wait()
		})
	})
	t.Run("goes over the next trunk at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := setup(t, does{"a": answers, "b": answers}, clickbridge.Trunk{CallsPerSecond: 0.1}, clickbridge.Trunk{})
			start := time.Now()
			b.succeeds(anOrder()).Hangup(nil)
			b.succeeds(anOrder()).Hangup(nil)
			if diff := cmp.Diff([]string{"a", "b"}, b.inviter.over()); diff != "" || time.Since(start) > 0 {
				t.Errorf("%v: %s", time.Since(start), diff)
			}
			synctest.Wait()
		})
	})
	t.Run("comes back when the next one fails", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := setup(t, does{"a": answers, "b": fails(503)}, clickbridge.Trunk{CallsPerSecond: 0.1}, clickbridge.Trunk{})
			b.succeeds(anOrder()).Hangup(nil)
			b.succeeds(anOrder()).Hangup(nil)
			if diff := cmp.Diff([]string{"a", "b", "a"}, b.inviter.over()); diff != "" {
				t.Error(diff)
			}
			synctest.Wait()
		})
	})
	t.Run("waiting counts no ring time and can be cancelled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := setup(t, does{"a": rings}, clickbridge.Trunk{CallsPerSecond: 0.1})
			o := anOrder()
			o.RingTime = 3 * time.Second
			b.fails(o, clickbridge.CauseNoAnswer)
			start := time.Now()
			b.fails(o, clickbridge.CauseNoAnswer)
			if d := time.Since(start); d.Round(time.Millisecond) != 10*time.Second {
				t.Errorf("second order took %v", d)
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if _, err := b.group.Dial(ctx, o); clickbridge.CauseOf(err).Class != clickbridge.CauseCanceled || len(b.inviter.over()) != 2 {
				t.Errorf("cancelled while waiting: %v", err)
			}
		})
	})
}

func TestNew(t *testing.T) {
	for _, trunks := range [][]clickbridge.Trunk{{{}}, {{Name: "a"}, {Name: "a"}}} {
		if _, err := New(Config{Trunks: trunks}); err == nil {
			t.Errorf("%+v: no error", trunks)
		}
	}
}
