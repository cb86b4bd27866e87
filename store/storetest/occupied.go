package storetest

import (
	"context"
	"errors"
	"testing"

	"clickbridge"
	"clickbridge/store"
)

// testOccupied: a leg to an agent occupies them from Dialing to Gone, for calls
// that ask.
func testOccupied(t *testing.T, s Subject) {
	ctx := context.Background()
	mine, other, third := call(1, start), call(2, start), call(2, start)
	other.Node = "b"
	create(t, s, mine, other, third)
	legTo := func(c clickbridge.Call, seq int, agent clickbridge.Number, exclusive bool) (clickbridge.Attempt, clickbridge.LegRecord) {
		a := attempt(c, seq)
		l := legOf(a)
		l.Agent, l.Exclusive = agent, exclusive
		return a, l
	}
	const agent, free = "+15558688950", "+15558688951"
	refused := func(what string, c clickbridge.Call) {
		t.Helper()
		a, l := legTo(c, 9, agent, true)
		before := get(t, s, c.ID)
		if err := s.Dialing(ctx, a, l); !errors.Is(err, store.ErrOccupied) {
			t.Errorf("%s: %v", what, err)
		}
		same(t, what+" left", get(t, s, c.ID), before)
	}
	a, first := legTo(mine, 1, agent, false)
	ok(t, s.Dialing(ctx, a, first))
	refused("an agent who is rung by another account's call", other)
	a, second := legTo(mine, 2, agent, true)
	ok(t, s.Dialing(ctx, a, second)) // the same call may hold several
	ok(t, s.Dialing(ctx, a, second))
	a, l := legTo(other, 1, free, true)
	ok(t, s.Dialing(ctx, a, l))
	a, l = legTo(third, 1, "", true)
	ok(t, s.Dialing(ctx, a, l)) // nobody is with nobody
	a, l = legTo(third, 2, agent, false)
	ok(t, s.Dialing(ctx, a, l)) // who does not ask is not refused
	s.Gone(l.ID)
	s.Gone(first.ID)
	refused("an agent who still has one leg", other)
	second.State = clickbridge.LegAnswered
	ok(t, s.Answered(ctx, clickbridge.Attempt{ID: second.AttemptID, CallID: mine.ID}, second))
	mine.State = clickbridge.CallEnded
	ok(t, s.Save(ctx, mine, nil, nil))
	refused("an agent whose call has ended, but not their leg", other)
	_, rest, err := s.ClaimOwn(ctx, "a")
	ok(t, err)
	same(t, "the leg of the call that ended", rest, []clickbridge.LegRecord{second})
	refused("an agent whose leg recovery looks after", other)
	s.Gone(second.ID)
	_, rest, err = s.ClaimOwn(ctx, "a") // what was enqueued is written then
	ok(t, err)
	if len(rest) != 0 {
		t.Errorf("legs that are gone: %v", rest)
	}
	a, l = legTo(other, 9, agent, true)
	ok(t, s.Dialing(ctx, a, l))
}

// testOccupiedRush: of calls that ask for an agent at the same time one gets
// them.
func testOccupiedRush(t *testing.T, s Subject) {
	ctx := context.Background()
	cs := make([]clickbridge.Call, 200)
	for i := range cs {
		cs[i] = call(int64(i%3+1), start)
		cs[i].Node = []string{"a", "b", "c"}[i%3]
	}
	ok(t, errors.Join(together(len(cs), func(i int) error { return s.CreateCall(ctx, cs[i], store.Daily{}) })...))
	errs := together(len(cs), func(i int) error {
		a := attempt(cs[i], 1)
		l := legOf(a)
		l.Agent, l.Exclusive = "+15558688950", true
		return s.Dialing(ctx, a, l)
	})
	got := 0
	for i, err := range errs {
		if err == nil {
			got++
		} else if !errors.Is(err, store.ErrOccupied) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if got != 1 {
		t.Errorf("%d calls got the agent", got)
	}
}
