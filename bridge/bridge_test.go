package bridge_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"clickbridge"
	"clickbridge/bridge"
	"clickbridge/leg"
	"clickbridge/leg/legtest"
)

// scene is one bridge inside a bubble: act happens to it, want is how it ends.
type scene struct {
	name string
	act  func(a, b *legtest.Leg, cancel context.CancelCauseFunc)
	want clickbridge.CauseClass
	left string // "a", "b" or ""
	took time.Duration
}

func talk(l *legtest.Leg) { l.Audio.SetStats(leg.Stats{PacketsIn: 1, LastIn: time.Now()}) }

func TestJoin(t *testing.T) {
	for _, tc := range []scene{
		{"a hangs up", func(a, b *legtest.Leg, _ context.CancelCauseFunc) {
			legtest.Elapse(7 * time.Second)
			a.FarHangup()
		}, clickbridge.CauseHangup, "a", 7 * time.Second},
		{"b hangs up", func(a, b *legtest.Leg, _ context.CancelCauseFunc) {
			legtest.Elapse(time.Second)
			b.FarHangup()
		}, clickbridge.CauseHangup, "b", time.Second},
		{"drained", func(a, b *legtest.Leg, cancel context.CancelCauseFunc) {
			legtest.Elapse(time.Second)
			cancel(&clickbridge.Cause{Class: clickbridge.CauseDrained})
		}, clickbridge.CauseDrained, "", time.Second},
		{"nobody ever sends audio", func(a, b *legtest.Leg, _ context.CancelCauseFunc) {},
			clickbridge.CauseMediaTimeout, "", time.Minute},
		{"one leg talks for an hour, then silence", func(a, b *legtest.Leg, _ context.CancelCauseFunc) {
			for range 3600 {
				legtest.Elapse(time.Second)
				talk(b)
			}
		}, clickbridge.CauseMediaTimeout, "", time.Hour + time.Minute},
		{"silence on hold is not silence", func(a, b *legtest.Leg, _ context.CancelCauseFunc) {
			a.Audio.SetStats(leg.Stats{OnHold: true})
			legtest.Elapse(10 * time.Minute)
			a.FarHangup()
		}, clickbridge.CauseHangup, "a", 10 * time.Minute},
		{"after hold the silence starts anew", func(a, b *legtest.Leg, _ context.CancelCauseFunc) {
			a.Audio.SetStats(leg.Stats{OnHold: true})
			legtest.Elapse(5*time.Minute + time.Second)
			a.Audio.SetStats(leg.Stats{})
		}, clickbridge.CauseMediaTimeout, "", 6 * time.Minute},
		{"the longest call", func(a, b *legtest.Leg, _ context.CancelCauseFunc) {
			for a.Context().Err() == nil {
				talk(a)
				legtest.Elapse(10 * time.Second)
			}
		}, clickbridge.CauseMaxDuration, "", 4 * time.Hour},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { run(t, tc) })
		})
	}
}

func run(t *testing.T, tc scene) {
	ctx, cancel := context.WithCancelCause(t.Context())
	a, b := legtest.New("+15558688950"), legtest.New("+15551112222")
	a.Audio.Play([]*leg.Clip{legtest.Clip("hold", time.Hour)}, true)
	acted := make(chan struct{})
	go func() {
		defer close(acted)
		tc.act(a, b, cancel)
	}()
	begin := time.Now()
	end := bridge.Join(ctx, a, b, bridge.Limits{})
	if end.Cause.Class != tc.want {
		t.Errorf("cause = %v, want %s", end.Cause, tc.want)
	}
	if took := time.Since(begin); took != tc.took {
		t.Errorf("took %v, want %v", took, tc.took)
	}
	who := map[leg.Leg]string{a: "a", b: "b", nil: ""}[end.Left]
	if who != tc.left {
		t.Errorf("left = %q, want %q", who, tc.left)
	}
	if a.Audio.Peer() != b.Audio || b.Audio.Peer() != a.Audio || a.Audio.Playing() {
		t.Error("the legs were not joined")
	}
	cancel(nil)
	a.FarHangup()
	b.FarHangup()
	<-acted // a bubble's time stands still once its first goroutine has ended
}

func TestOneSilentLegIsNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := legtest.New("+15558688950"), legtest.New("+15551112222")
		b.Audio.SetStats(leg.Stats{PacketsIn: 3}) // the key that accepted, before the bridge
		go func() {
			legtest.Elapse(time.Second)
			talk(a)
			a.FarHangup()
		}()
		end := bridge.Join(t.Context(), a, b, bridge.Limits{})
		if len(end.Notes) != 1 || end.Notes[0] != "the second party sent no audio" {
			t.Errorf("notes = %q", end.Notes)
		}
		b.FarHangup()
	})
}
