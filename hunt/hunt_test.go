package hunt_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"clickbridge"
	"clickbridge/hunt"
)

const (
	busy     = clickbridge.AttemptBusy
	declined = clickbridge.AttemptDeclined
	noAnswer = clickbridge.AttemptNoAnswer
)

func list(loops, n int) clickbridge.FindMe {
	f := clickbridge.FindMe{ID: 1, Timeout: 30 * time.Second, LoopCount: loops}
	for i := range n {
		f.Numbers = append(f.Numbers, clickbridge.FindMeNumber{
			Number: clickbridge.Number(fmt.Sprintf("+155555501%02d", i)),
		})
	}
	return f
}

func dial(index, pass int) hunt.Action {
	return hunt.Action{Kind: hunt.Dial, Index: index, Pass: pass, Ring: 30 * time.Second}
}

func TestStep(t *testing.T) {
	start := hunt.Event{Kind: hunt.Start}
	ended := func(i int, r clickbridge.AttemptResult) hunt.Event {
		return hunt.Event{Kind: hunt.Ended, Index: i, Result: r}
	}
	accepted := func(i int) hunt.Event { return hunt.Event{Kind: hunt.Accepted, Index: i} }
	exhausted := hunt.Action{Kind: hunt.Exhausted}

	for _, tc := range []struct {
		name   string
		list   clickbridge.FindMe
		events []hunt.Event
		want   []hunt.Action
	}{
		{"empty list", list(3, 0), []hunt.Event{start}, []hunt.Action{exhausted}},
		{"first accepts", list(1, 2), []hunt.Event{start, accepted(0)},
			[]hunt.Action{dial(0, 1), {Kind: hunt.Won, Index: 0}}},
		{"in order", list(1, 3), []hunt.Event{start, ended(0, busy), ended(1, noAnswer), ended(2, busy)},
			[]hunt.Action{dial(0, 1), dial(1, 1), dial(2, 1), exhausted}},
		{"second pass", list(2, 2), []hunt.Event{start, ended(0, busy), ended(1, busy), ended(0, busy), ended(1, busy)},
			[]hunt.Action{dial(0, 1), dial(1, 1), dial(0, 2), dial(1, 2), exhausted}},
		{"a decline is skipped later", list(2, 2), []hunt.Event{start, ended(0, declined), ended(1, busy), ended(1, busy)},
			[]hunt.Action{dial(0, 1), dial(1, 1), dial(1, 2), exhausted}},
		{"all declined", list(5, 2), []hunt.Event{start, ended(0, declined), ended(1, declined)},
			[]hunt.Action{dial(0, 1), dial(1, 1), exhausted}},
		{"stopped while ringing", list(1, 2), []hunt.Event{start, {Kind: hunt.Stop}},
			[]hunt.Action{dial(0, 1), {Kind: hunt.Cancel, Index: 0}, {Kind: hunt.Stopped}}},
		{"an end that crossed the accept", list(1, 2), []hunt.Event{start, accepted(0), ended(0, busy)},
			[]hunt.Action{dial(0, 1), {Kind: hunt.Won, Index: 0}}},
		{"an end of a number not ringing", list(1, 2), []hunt.Event{start, ended(1, busy)},
			[]hunt.Action{dial(0, 1)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := hunt.New(hunt.Plan{List: tc.list})
			var got []hunt.Action
			for _, e := range tc.events {
				got = append(got, h.Step(e)...)
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestOwnRingTime(t *testing.T) {
	f := list(1, 1)
	f.Numbers[0].Timeout = 12 * time.Second
	if got := hunt.New(hunt.Plan{List: f}).Step(hunt.Event{Kind: hunt.Start})[0].Ring; got != 12*time.Second {
		t.Errorf("ring = %v, want the number's own 12s", got)
	}
}

// Whatever happens, a hunt ends exactly once, rings one number at a time, rings
// each at most once a pass and never one that declined, and asks for nothing
// after its end.
func TestAnyHuntEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := list(rapid.IntRange(1, 5).Draw(t, "loops"), rapid.IntRange(0, 6).Draw(t, "numbers"))
		h := hunt.New(hunt.Plan{List: f})
		rung, refused, ends := map[[2]int]int{}, map[int]bool{}, 0
		pending := h.Step(hunt.Event{Kind: hunt.Start})
		for steps := 0; ends == 0; steps++ {
			if steps > f.LoopCount*len(f.Numbers)+1 {
				t.Fatal("the hunt does not end")
			}
			ringing := -1
			for _, a := range pending {
				switch a.Kind {
				case hunt.Dial:
					if ringing >= 0 {
						t.Fatal("two numbers ring at once")
					}
					ringing = a.Index
					rung[[2]int{a.Pass, a.Index}]++
					if rung[[2]int{a.Pass, a.Index}] > 1 || refused[a.Index] {
						t.Fatalf("number %d rung again in pass %d", a.Index, a.Pass)
					}
				case hunt.Won, hunt.Exhausted, hunt.Stopped:
					ends++
				}
			}
			if ends > 0 {
				break
			}
			e := hunt.Event{Index: ringing}
			e.Kind = rapid.SampledFrom([]hunt.EventKind{hunt.Ended, hunt.Ended, hunt.Ended, hunt.Accepted, hunt.Stop}).Draw(t, "event")
			if e.Kind == hunt.Ended {
				e.Result = rapid.SampledFrom([]clickbridge.AttemptResult{busy, declined, noAnswer}).Draw(t, "result")
				refused[ringing] = refused[ringing] || e.Result == declined
			}
			pending = h.Step(e)
		}
		if !h.Over() || len(h.Step(hunt.Event{Kind: hunt.Start})) > 0 {
			t.Fatal("an ended hunt goes on")
		}
	})
}
