package screen_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/leg/legtest"
	"clickbridge/screen"
)

func question() screen.Question {
	return screen.Question{
		First: []*leg.Clip{legtest.Clip("first", 4*time.Second)},
		Again: []*leg.Clip{legtest.Clip("again", 2*time.Second)},
	}
}

func TestAsk(t *testing.T) {
	for _, tc := range []struct {
		name   string
		act    func(*legtest.Leg, context.CancelCauseFunc)
		want   clickbridge.CauseClass // "" = accepted
		took   time.Duration
		played []string
	}{
		{"1 while the question plays", func(l *legtest.Leg, _ context.CancelCauseFunc) {
			legtest.Elapse(time.Second)
			l.Press("1")
		}, "", time.Second, []string{"first"}},
		{"1 pressed before the question began", func(l *legtest.Leg, _ context.CancelCauseFunc) { l.Press("1") },
			"", 0, nil},
		{"2", func(l *legtest.Leg, _ context.CancelCauseFunc) {
			legtest.Elapse(5 * time.Second)
			l.Press("2")
		}, clickbridge.CauseDeclined, 5 * time.Second, []string{"first"}},
		{"other keys are ignored", func(l *legtest.Leg, _ context.CancelCauseFunc) {
			l.Press("90*#")
			legtest.Elapse(7 * time.Second)
			l.Press("31")
		}, "", 7 * time.Second, []string{"first", "again"}},
		{"a voicemail presses nothing", func(*legtest.Leg, context.CancelCauseFunc) {},
			clickbridge.CauseNotAccepted, 15 * time.Second, []string{"first", "again", "again", "again"}},
		{"hangs up", func(l *legtest.Leg, _ context.CancelCauseFunc) {
			legtest.Elapse(time.Second)
			l.FarHangup()
		}, clickbridge.CauseNotAccepted, time.Second, []string{"first"}},
		{"the other party hangs up", func(_ *legtest.Leg, cancel context.CancelCauseFunc) {
			legtest.Elapse(3 * time.Second)
			cancel(&clickbridge.Cause{Class: clickbridge.CauseCanceled})
		}, clickbridge.CauseCanceled, 3 * time.Second, []string{"first"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				l := legtest.New("+15558688950")
				defer l.FarHangup()
				begin := time.Now()
				go tc.act(l, cancel)
				synctest.Wait()
				cause := screen.Ask(ctx, l, question())
				if cause == nil {
					cause = &clickbridge.Cause{}
				}
				if cause.Class != tc.want {
					t.Errorf("cause = %v, want %q", cause, tc.want)
				}
				if took := time.Since(begin); took != tc.took {
					t.Errorf("took %v, want %v", took, tc.took)
				}
				if l.Audio.Playing() {
					t.Error("still playing")
				}
				if tc.played != nil {
					if d := cmp.Diff(tc.played, l.Audio.Played()); d != "" {
						t.Error(d)
					}
				}
			})
		})
	}
}
