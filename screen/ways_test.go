package screen_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/leg/legtest"
	"clickbridge/media/g711"
	"clickbridge/screen"
)

// at runs f inside the bubble so long after now.
func at(d time.Duration, f func()) {
	go func() {
		legtest.Elapse(d)
		f()
	}()
}

// TestWaysToAsk: the first clip lasts 4 s, each later one 2 s.
func TestWaysToAsk(t *testing.T) {
	counted := func(q *screen.Question) { q.Tries = 3 }
	own := func(q *screen.Question) { q.Keys = screen.Keys{Accept: '5', Decline: '*', Pass: '7', OptOut: '9'} }
	take := func(q *screen.Question) { q.Take = true }
	unasked := func(q *screen.Question) { q.Take, q.First = true, nil }
	type keys map[time.Duration]string
	for _, tc := range []struct {
		name    string
		change  func(*screen.Question)
		keys    keys
		machine time.Duration // when it tells; 0 = nobody listens
		is      bool          // a machine
		want    clickbridge.CauseClass
		took    time.Duration
		played  []string
	}{
		{"three tries of five seconds, each after the question", counted, nil, 0, false, "not-accepted", 23 * time.Second, []string{"first", "again", "again"}},
		{"in the third try", counted, keys{20 * time.Second: "1"}, 0, false, "", 20 * time.Second, []string{"first", "again", "again"}},
		{"two tries of two seconds", func(q *screen.Question) { q.Tries, q.TryTime = 2, 2*time.Second }, nil, 0, false, "not-accepted", 10 * time.Second, []string{"first", "again"}},
		{"own accept key", own, keys{time.Second: "125"}, 0, false, "", time.Second, []string{"first"}},
		{"own decline key", own, keys{time.Second: "12*"}, 0, false, "declined", time.Second, []string{"first"}},
		{"passed on", own, keys{time.Second: "7"}, 0, false, "passed", time.Second, []string{"first"}},
		{"opted out", own, keys{time.Second: "9"}, 0, false, "opted-out", time.Second, []string{"first"}},
		{"keys that are not set are ignored", func(*screen.Question) {}, keys{time.Second: "79", 3 * time.Second: "1"}, 0, false, "", 3 * time.Second, []string{"first"}},
		{"taken unless declined", take, nil, 0, false, "", 6 * time.Second, []string{"first"}},
		{"not taken when declined", take, keys{5 * time.Second: "2"}, 0, false, "declined", 5 * time.Second, []string{"first"}},
		{"taken unasked", unasked, nil, 0, false, "", 0, nil},
		{"taken unasked, once nobody calls it a machine", unasked, nil, 3 * time.Second, false, "", 3 * time.Second, nil},
		{"not taken from a machine", unasked, nil, 3 * time.Second, true, "machine", 3 * time.Second, nil},
		{"a machine is not asked to the end", counted, nil, 2 * time.Second, true, "machine", 2 * time.Second, []string{"first"}},
		{"a person is asked on", counted, keys{6 * time.Second: "1"}, 2 * time.Second, false, "", 6 * time.Second, []string{"first"}},
		{"a key is faster than the ear", counted, keys{time.Second: "1"}, 2 * time.Second, true, "", time.Second, []string{"first"}},
		{"taken when the ear is slow", take, nil, 9 * time.Second, false, "", 9 * time.Second, []string{"first"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := legtest.New("+15558688950")
				q := question()
				tc.change(&q)
				if tc.machine > 0 {
					told := make(chan bool, 1)
					q.Machine = told
					at(tc.machine, func() { told <- tc.is })
				}
				for d, k := range tc.keys {
					at(d, func() { l.Press(k) })
				}
				begin := time.Now()
				got := screen.Ask(t.Context(), l, q)
				if got == nil {
					got = &clickbridge.Cause{}
				}
				if took := time.Since(begin); got.Class != tc.want || took != tc.took {
					t.Errorf("%q after %v, want %q after %v", got.Class, took, tc.want, tc.took)
				}
				if d := cmp.Diff(tc.played, l.Audio.Played()); d != "" {
					t.Error(d)
				}
				if l.Audio.Playing() {
					t.Error("still playing")
				}
				legtest.Elapse(time.Minute)
				l.FarHangup()
			})
		})
	}
}

func TestExtension(t *testing.T) {
	for _, tc := range []struct {
		name string
		act  func(*legtest.Leg, context.CancelCauseFunc)
		want clickbridge.CauseClass
		took time.Duration
		sent string
	}{
		{"keyed after the wait", func(*legtest.Leg, context.CancelCauseFunc) {}, "", 2*time.Second + 500*time.Millisecond + 600*time.Millisecond, ",10#"},
		{"hung up meanwhile", func(l *legtest.Leg, _ context.CancelCauseFunc) { at(time.Second, l.FarHangup) }, "not-accepted", time.Second, ""},
		{"taken back meanwhile", func(_ *legtest.Leg, cancel context.CancelCauseFunc) {
			at(time.Second, func() { cancel(&clickbridge.Cause{Class: clickbridge.CauseCanceled}) })
		}, "canceled", time.Second, ""},
		{"hung up while keyed", func(l *legtest.Leg, _ context.CancelCauseFunc) { at(2100*time.Millisecond, l.FarHangup) },
			"not-accepted", 2100 * time.Millisecond, ","},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				l := legtest.New("+15558688950")
				begin := time.Now()
				tc.act(l, cancel)
				got := screen.Extension(ctx, l, ",10#", 2*time.Second)
				if got == nil {
					got = &clickbridge.Cause{}
				}
				if took := time.Since(begin); got.Class != tc.want || took != tc.took || l.Audio.Pressed() != tc.sent {
					t.Errorf("%q after %v, sent %q; want %q after %v, %q", got.Class, took, l.Audio.Pressed(), tc.want, tc.took, tc.sent)
				}
				l.FarHangup()
			})
		})
	}
}

// voice is so much sound of speech's loudness.
func voice(d time.Duration) []byte {
	s := make([]byte, int(d*8000/time.Second))
	for i := range s {
		s[i] = g711.EncodeULaw(int16(4000 * (1 - 2*(i/4%2))))
	}
	return s
}

func silence(d time.Duration) []byte {
	return slices.Repeat([]byte{g711.SilenceULaw}, int(d*8000/time.Second))
}

func TestName(t *testing.T) {
	ask := []*leg.Clip{legtest.Clip("say your name", 2*time.Second)}
	for _, tc := range []struct {
		name   string
		says   []byte // from the beginning of the question
		key    string
		keyAt  time.Duration
		hangup time.Duration
		took   time.Duration
		length time.Duration // of the clip; 0 = none
		want   clickbridge.CauseClass
	}{
		{"a name, then silence", slices.Concat(silence(3*time.Second), voice(800*time.Millisecond)), "", 0, 0, 4800 * time.Millisecond, time.Second, ""},
		{"a name, then the key", slices.Concat(silence(3*time.Second), voice(800*time.Millisecond)), "1#", 3900 * time.Millisecond, 0, 3900 * time.Millisecond, time.Second, ""},
		{"nothing", nil, "", 0, 0, 6 * time.Second, 0, ""},
		{"a click on the line", slices.Concat(silence(3*time.Second), voice(60*time.Millisecond)), "", 0, 0, 6 * time.Second, 0, ""},
		{"a long story", voice(20 * time.Second), "", 0, 0, 6 * time.Second, 4 * time.Second, ""},
		{"what is said into the question is no name", voice(2 * time.Second), "", 0, 0, 6 * time.Second, 0, ""},
		{"the key during the question does nothing", nil, "#", time.Second, 0, 6 * time.Second, 0, ""},
		{"hangs up", nil, "", 0, 3 * time.Second, 3 * time.Second, 0, "hangup"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := legtest.New("+15551112222")
				l.Audio.Say(tc.says)
				if tc.key != "" {
					at(tc.keyAt, func() { l.Press(tc.key) })
				}
				if tc.hangup != 0 {
					at(tc.hangup, l.FarHangup)
				}
				begin := time.Now()
				clip, cause := screen.Name(t.Context(), l, ask)
				if cause == nil {
					cause = &clickbridge.Cause{}
				}
				if took := time.Since(begin); took.Round(100*time.Millisecond) != tc.took || cause.Class != tc.want {
					t.Errorf("%q after %v, want %q after %v", cause.Class, took, tc.want, tc.took)
				}
				switch {
				case clip == nil && tc.length != 0:
					t.Error("no clip")
				case clip != nil && (clip.Duration() != tc.length || len(clip.ALaw) != len(clip.ULaw)):
					t.Errorf("a clip of %v, want %v", clip.Duration(), tc.length)
				}
				if n := l.Audio.Listeners(); n != 0 {
					t.Errorf("%d taps are open", n)
				}
				l.FarHangup()
			})
		})
	}
}
