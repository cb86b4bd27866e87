package hunt_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/hunt"
)

const (
	busy       = clickbridge.AttemptBusy
	declined   = clickbridge.AttemptDeclined
	noAnswer   = clickbridge.AttemptNoAnswer
	notOnShift = clickbridge.AttemptNotOnShift
)

type change func(*hunt.Plan)

func plan(loops, n int, changes ...change) hunt.Plan {
	p := hunt.Plan{
		List: clickbridge.FindMe{ID: 1, Timeout: 30 * time.Second, LoopCount: loops},
		Off:  map[int]clickbridge.AttemptResult{},
	}
	for i := range n {
		p.List.Numbers = append(p.List.Numbers, clickbridge.FindMeNumber{
			Number: clickbridge.Number(fmt.Sprintf("+155555501%02d", i)),
		})
	}
	for _, c := range changes {
		c(&p)
	}
	return p
}

func strategy(s clickbridge.Strategy) change {
	return func(p *hunt.Plan) { p.List.Settings.Strategy = s }
}
func simul(n int) change           { return func(p *hunt.Plan) { p.List.Settings.Simul = n } }
func order(passes ...[]int) change { return func(p *hunt.Plan) { p.Order = passes } }
func paused(i int) change          { return func(p *hunt.Plan) { p.List.Numbers[i].Paused = true } }
func declineEnds(p *hunt.Plan)     { p.List.Settings.DeclineEndsHunt = true }
func same(i, j int) change {
	return func(p *hunt.Plan) { p.List.Numbers[j].Number = p.List.Numbers[i].Number }
}
func extension(i int, keys string) change {
	return func(p *hunt.Plan) { p.List.Numbers[i].Extension = keys }
}
func off(i int, r clickbridge.AttemptResult) change {
	return func(p *hunt.Plan) { p.Off[i] = r }
}
func auto(a clickbridge.AutoAccept) change {
	return func(p *hunt.Plan) { p.List.Settings.AutoAccept = a }
}

func dial(i, pass int, mode ...hunt.AcceptMode) hunt.Action {
	a := hunt.Action{Kind: hunt.Dial, Index: i, Pass: pass, Ring: 30 * time.Second}
	if len(mode) > 0 {
		a.Accept = mode[0]
	}
	return a
}

func TestStep(t *testing.T) {
	start, stop := hunt.Event{Kind: hunt.Start}, hunt.Event{Kind: hunt.Stop}
	ended := func(i int, r clickbridge.AttemptResult) hunt.Event {
		return hunt.Event{Kind: hunt.Ended, Index: i, Result: r}
	}
	accepted := func(i int) hunt.Event { return hunt.Event{Kind: hunt.Accepted, Index: i} }
	cancel := func(i int) hunt.Action { return hunt.Action{Kind: hunt.Cancel, Index: i} }
	won := func(i int) hunt.Action { return hunt.Action{Kind: hunt.Won, Index: i} }
	skip := func(i int, r clickbridge.AttemptResult) hunt.Action {
		return hunt.Action{Kind: hunt.Skip, Index: i, Pass: 1, Result: r}
	}
	exhausted, stopped := hunt.Action{Kind: hunt.Exhausted}, hunt.Action{Kind: hunt.Stopped}

	for _, tc := range []struct {
		name   string
		plan   hunt.Plan
		events []hunt.Event
		want   []hunt.Action
	}{
		{"empty list", plan(3, 0), []hunt.Event{start}, []hunt.Action{exhausted}},
		{"no loops", plan(0, 2), []hunt.Event{start}, []hunt.Action{exhausted}},
		{"first accepts", plan(1, 2), []hunt.Event{start, accepted(0)},
			[]hunt.Action{dial(0, 1), won(0)}},
		{"in order", plan(1, 3), []hunt.Event{start, ended(0, busy), ended(1, noAnswer), ended(2, busy)},
			[]hunt.Action{dial(0, 1), dial(1, 1), dial(2, 1), exhausted}},
		{"second pass", plan(2, 2), []hunt.Event{start, ended(0, busy), ended(1, busy), ended(0, busy), ended(1, busy)},
			[]hunt.Action{dial(0, 1), dial(1, 1), dial(0, 2), dial(1, 2), exhausted}},
		{"an order for each pass", plan(2, 2, order([]int{1, 0}, []int{0, 1})),
			[]hunt.Event{start, ended(1, busy), ended(0, busy), ended(0, busy), ended(1, busy)},
			[]hunt.Action{dial(1, 1), dial(0, 1), dial(0, 2), dial(1, 2), exhausted}},
		{"a decline is skipped later", plan(2, 2), []hunt.Event{start, ended(0, declined), ended(1, busy), ended(1, busy)},
			[]hunt.Action{dial(0, 1), dial(1, 1), dial(1, 2), exhausted}},
		{"a decline on another line", plan(2, 3, same(0, 2)), []hunt.Event{start, ended(0, declined), ended(1, busy), ended(1, busy)},
			[]hunt.Action{dial(0, 1), dial(1, 1), dial(1, 2), exhausted}},
		{"a decline of one agent behind a number", plan(2, 2, same(0, 1), extension(0, "101"), extension(1, "102")),
			[]hunt.Event{start, ended(0, declined), ended(1, busy), ended(1, busy)},
			[]hunt.Action{dial(0, 1), dial(1, 1), dial(1, 2), exhausted}},
		{"a decline of the number agents are behind", plan(2, 2, same(0, 1), extension(1, "102")),
			[]hunt.Event{start, ended(0, declined)}, []hunt.Action{dial(0, 1), exhausted}},
		{"an opt-out of one agent is the number's", plan(2, 2, same(0, 1), extension(0, "101"), extension(1, "102")),
			[]hunt.Event{start, ended(0, clickbridge.AttemptOptedOut)}, []hunt.Action{dial(0, 1), exhausted}},
		{"an opt-out is skipped later", plan(2, 1), []hunt.Event{start, ended(0, clickbridge.AttemptOptedOut)},
			[]hunt.Action{dial(0, 1), exhausted}},
		{"on another call is this pass's try", plan(2, 1),
			[]hunt.Event{start, ended(0, clickbridge.AttemptOnAnotherCall), accepted(0)},
			[]hunt.Action{dial(0, 1), dial(0, 2), won(0)}},
		{"passed on", plan(2, 1), []hunt.Event{start, ended(0, clickbridge.AttemptNotAccepted), accepted(0)},
			[]hunt.Action{dial(0, 1), dial(0, 2), won(0)}},
		{"all declined", plan(5, 2), []hunt.Event{start, ended(0, declined), ended(1, declined)},
			[]hunt.Action{dial(0, 1), dial(1, 1), exhausted}},
		{"a decline ends the hunt", plan(3, 4, simul(3), declineEnds), []hunt.Event{start, ended(1, declined)},
			[]hunt.Action{dial(0, 1), dial(1, 1), dial(2, 1), cancel(0), cancel(2), exhausted}},
		{"stopped while ringing", plan(1, 2), []hunt.Event{start, stop},
			[]hunt.Action{dial(0, 1), cancel(0), stopped}},
		{"an end that crossed the accept", plan(1, 2), []hunt.Event{start, accepted(0), ended(0, busy)},
			[]hunt.Action{dial(0, 1), won(0)}},
		{"an end of a number not ringing", plan(1, 2), []hunt.Event{start, ended(1, busy)},
			[]hunt.Action{dial(0, 1)}},
		{"an accept of a number not ringing", plan(1, 2), []hunt.Event{start, accepted(1)},
			[]hunt.Action{dial(0, 1)}},

		{"all at once", plan(1, 3, strategy(clickbridge.AllAtOnce)), []hunt.Event{start, accepted(1), accepted(0)},
			[]hunt.Action{dial(0, 1), dial(1, 1), dial(2, 1), cancel(0), cancel(2), won(1)}},
		{"a window slides", plan(1, 4, simul(2)), []hunt.Event{start, ended(1, busy), ended(0, busy), stop},
			[]hunt.Action{dial(0, 1), dial(1, 1), dial(2, 1), dial(3, 1), cancel(2), cancel(3), stopped}},
		{"a pass waits for the last", plan(2, 2, simul(2)), []hunt.Event{start, ended(0, busy), ended(1, busy)},
			[]hunt.Action{dial(0, 1), dial(1, 1), dial(0, 2), dial(1, 2)}},
		{"one number on two lines", plan(1, 3, simul(3), same(0, 1)), []hunt.Event{start, ended(2, busy), ended(0, busy)},
			[]hunt.Action{dial(0, 1), dial(2, 1), dial(1, 1)}},

		{"paused", plan(1, 3, paused(1)), []hunt.Event{start, ended(0, busy)},
			[]hunt.Action{dial(0, 1), dial(2, 1)}},
		{"off, once, in its turn", plan(2, 3, off(1, notOnShift)),
			[]hunt.Event{start, ended(0, busy), ended(2, busy), ended(0, busy)},
			[]hunt.Action{dial(0, 1), skip(1, notOnShift), dial(2, 1), dial(0, 2), dial(2, 2)}},
		{"nobody left to dial", plan(3, 2, off(0, notOnShift), off(1, clickbridge.AttemptOptedOut)), []hunt.Event{start},
			[]hunt.Action{skip(0, notOnShift), skip(1, clickbridge.AttemptOptedOut), exhausted}},
		{"off takes no place", plan(1, 3, simul(2), off(0, notOnShift)), []hunt.Event{start},
			[]hunt.Action{skip(0, notOnShift), dial(1, 1), dial(2, 1)}},

		{"the first answer", plan(1, 2, auto(clickbridge.AcceptFirst)), []hunt.Event{start, ended(0, busy)},
			[]hunt.Action{dial(0, 1, hunt.Take), dial(1, 1, hunt.Take)}},
		{"the last number, asked", plan(2, 2, auto(clickbridge.AcceptLastAsked)),
			[]hunt.Event{start, ended(0, busy), ended(1, busy), ended(0, busy)},
			[]hunt.Action{dial(0, 1), dial(1, 1), dial(0, 2), dial(1, 2, hunt.AskThenTake)}},
		{"the last number, unasked", plan(1, 2, auto(clickbridge.AcceptLastUnasked)), []hunt.Event{start, ended(0, busy)},
			[]hunt.Action{dial(0, 1), dial(1, 1, hunt.Take)}},
		{"the last that can be dialled", plan(2, 3, auto(clickbridge.AcceptLastUnasked), off(2, notOnShift)),
			[]hunt.Event{start, ended(0, busy), ended(1, declined)},
			[]hunt.Action{dial(0, 1), dial(1, 1), skip(2, notOnShift), dial(0, 2, hunt.Take)}},
		{"the last, not alone", plan(1, 3, auto(clickbridge.AcceptLastUnasked), simul(2)),
			[]hunt.Event{start, ended(0, busy)},
			[]hunt.Action{dial(0, 1), dial(1, 1), dial(2, 1)}},
		{"the last, alone", plan(1, 2, auto(clickbridge.AcceptLastUnasked), simul(2), same(0, 1)),
			[]hunt.Event{start, ended(0, busy)},
			[]hunt.Action{dial(0, 1), dial(1, 1, hunt.Take)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := hunt.New(tc.plan)
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

func TestOwnTimes(t *testing.T) {
	p := plan(1, 1)
	p.List.Numbers[0].Timeout, p.List.Numbers[0].Delay = 12*time.Second, 3*time.Second
	got := hunt.New(p).Step(hunt.Event{Kind: hunt.Start})[0]
	if got.Ring != 12*time.Second || got.Delay != 3*time.Second {
		t.Errorf("ring %v after %v, want the number's own 12s after 3s", got.Ring, got.Delay)
	}
}
