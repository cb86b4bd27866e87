package storetest

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
)

func testLegs(t *testing.T, s Subject) {
	ctx := context.Background()
	c := call(1, start)
	create(t, s, c)
	a := attempt(c, 1)
	l := legOf(a)
	legs := func(what string, want ...clickbridge.LegRecord) {
		t.Helper()
		os, _, err := s.ClaimOwn(ctx, "a")
		ok(t, err)
		if len(os) != 1 {
			t.Fatalf("%s: %d calls in flight", what, len(os))
		}
		same(t, what, os[0].Legs, want)
	}
	ok(t, s.Dialing(ctx, a, l))
	legs("dialled", l)
	same(t, "the attempt", get(t, s, c.ID).Attempts, []clickbridge.Attempt{a})
	l.CSeq, a.Trunk = 2, "backup" // a 407 round, a failover
	ok(t, s.Dialing(ctx, a, l))
	legs("dialled again", l)
	l.RemoteTag = "early"
	s.Early(l)
	legs("ringing", l)
	l.State, l.RemoteTarget, a.AnsweredAt = clickbridge.LegAnswered, "sip:x@127.0.0.1", start.Add(time.Minute)
	ok(t, s.Answered(ctx, a, l))
	legs("answered", l)
	same(t, "the attempt", get(t, s, c.ID).Attempts, []clickbridge.Attempt{a})
	s.Gone(l.ID)
	legs("gone")
	s.Gone(l.ID)
}

func testLateNews(t *testing.T, s Subject) {
	ctx := context.Background()
	c := call(1, start)
	create(t, s, c)
	a := attempt(c, 1)
	l := legOf(a)
	ok(t, s.Dialing(ctx, a, l))
	answered := l
	answered.State = clickbridge.LegAnswered
	ok(t, s.Answered(ctx, a, answered))
	s.Early(l)
	os, _, err := s.ClaimOwn(ctx, "a")
	ok(t, err)
	same(t, "an answered leg after a late 18x", os[0].Legs, []clickbridge.LegRecord{answered})

	a.Result, a.Text = clickbridge.AttemptCanceled, "someone else accepted"
	ok(t, s.Save(ctx, c, []clickbridge.Attempt{a}, nil))
	late := a
	late.Result, late.Text = clickbridge.AttemptDialing, ""
	ok(t, s.Answered(ctx, late, answered))
	same(t, "a verdict after a late 200", get(t, s, c.ID).Attempts, []clickbridge.Attempt{a})

	s.Gone(l.ID)
	s.Early(l)
	os, _, err = s.ClaimOwn(ctx, "a")
	ok(t, err)
	if len(os[0].Legs) != 0 {
		t.Errorf("a late 18x brought a leg back: %v", os[0].Legs)
	}
}

func testDialingEnded(t *testing.T, s Subject) {
	ctx := context.Background()
	c := call(1, start)
	create(t, s, c)
	c.State = clickbridge.CallEnded
	ok(t, s.Save(ctx, c, nil, nil))
	a := attempt(c, 1)
	if err := s.Dialing(ctx, a, legOf(a)); !errors.Is(err, store.ErrNotOwner) {
		t.Errorf("an ended call: %v", err)
	}
	never := attempt(call(1, start), 1)
	if err := s.Dialing(ctx, never, legOf(never)); !errors.Is(err, store.ErrNotOwner) {
		t.Errorf("a call never made: %v", err)
	}
	if r := get(t, s, c.ID); len(r.Attempts) != 0 {
		t.Errorf("it left %v", r.Attempts)
	}
	// A 200 that crossed the end is still recorded, so that a crash now ends it.
	l := legOf(a)
	ok(t, s.Answered(ctx, a, l))
	os, rest, err := s.ClaimOwn(ctx, "a")
	ok(t, err)
	same(t, "legs of ended calls", rest, []clickbridge.LegRecord{l})
	if len(os) != 0 {
		t.Errorf("%d calls in flight", len(os))
	}
}

func testClaimOwn(t *testing.T, s Subject) {
	ctx := context.Background()
	mine, theirs, ended := call(1, start), call(1, start), call(1, start)
	theirs.Node = "b"
	create(t, s, mine, theirs, ended)
	a := attempt(mine, 1)
	ok(t, s.Dialing(ctx, a, legOf(a)))
	n := noticeOf(mine, clickbridge.NoticeSMS, start)
	ok(t, s.Save(ctx, mine, nil, []clickbridge.Notice{n}))
	other, left := attempt(theirs, 1), attempt(ended, 1)
	ok(t, s.Dialing(ctx, other, legOf(other)))
	ok(t, s.Dialing(ctx, left, legOf(left)))
	ended.State = clickbridge.CallEnded
	ok(t, s.Save(ctx, ended, nil, nil))
	os, rest, err := s.ClaimOwn(ctx, "a")
	ok(t, err)
	same(t, "calls in flight", os, []store.Orphan{{
		Record: store.Record{Call: mine, Attempts: []clickbridge.Attempt{a}, Notices: []clickbridge.Notice{n}},
		Legs:   []clickbridge.LegRecord{legOf(a)},
	}})
	same(t, "legs of ended calls", rest, []clickbridge.LegRecord{legOf(left)})
	os, rest, err = s.ClaimOwn(ctx, "nobody")
	ok(t, err)
	if len(os)+len(rest) != 0 {
		t.Errorf("a new node has a past: %v %v", os, rest)
	}
}

func testClaimDead(t *testing.T, s Subject) {
	ctx := context.Background()
	ok(t, s.Heartbeat(ctx, "alive", start.Add(time.Minute)))
	ok(t, s.Heartbeat(ctx, "dead", start.Add(time.Minute)))
	ok(t, s.Heartbeat(ctx, "dead", start)) // the newest counts
	alive, dead, silent, ended := call(1, start), call(1, start.Add(1)), call(1, start.Add(time.Second)), call(1, start)
	alive.Node, dead.Node, silent.Node, ended.Node = "alive", "dead", "silent", "dead"
	dead.CreatedAt = start
	create(t, s, alive, dead, silent, ended)
	a, left := attempt(dead, 1), attempt(ended, 1)
	ok(t, s.Dialing(ctx, a, legOf(a)))
	ok(t, s.Dialing(ctx, left, legOf(left)))
	ended.State = clickbridge.CallEnded
	ok(t, s.Save(ctx, ended, nil, nil))

	os, rest, err := s.ClaimDead(ctx, "me", start.Add(30*time.Second))
	ok(t, err)
	taken, never := dead, silent
	taken.Node, never.Node = "me", "me"
	same(t, "claimed", os, []store.Orphan{
		{Record: store.Record{Call: taken, Attempts: []clickbridge.Attempt{a}}, Legs: []clickbridge.LegRecord{legOf(a)}},
		{Record: store.Record{Call: never}},
	})
	same(t, "legs of ended calls", rest, []clickbridge.LegRecord{legOf(left)})
	if err := s.Save(ctx, dead, nil, nil); !errors.Is(err, store.ErrNotOwner) {
		t.Errorf("the dead node saves: %v", err)
	}
	taken.State = clickbridge.CallEnded
	ok(t, s.Save(ctx, taken, nil, nil))
	os, rest, err = s.ClaimDead(ctx, "me", start.Add(30*time.Second))
	ok(t, err)
	if len(os)+len(rest) != 0 {
		t.Errorf("claimed twice: %v %v", os, rest)
	}
}

func testClaimRace(t *testing.T, s Subject) {
	ctx := context.Background()
	want := map[string]bool{}
	for range 60 {
		c := call(1, start)
		c.Node = "dead"
		create(t, s, c)
		a := attempt(c, 1)
		ok(t, s.Dialing(ctx, a, legOf(a)))
		want[string(c.ID)] = true
	}
	claimed := make([][]store.Orphan, 4)
	errs := together(len(claimed), func(i int) (err error) {
		node := fmt.Sprint("node ", i)
		if err = s.Heartbeat(ctx, node, start.Add(time.Hour)); err == nil {
			claimed[i], _, err = s.ClaimDead(ctx, node, start)
		}
		return err
	})
	ok(t, errors.Join(errs...))
	// Rows that were locked by another at the time are found by a second look.
	more, _, err := s.ClaimDead(ctx, "node 0", start)
	ok(t, err)
	var got []string
	for i, os := range append(claimed, more) {
		for _, o := range os {
			got = append(got, string(o.Call.ID))
			if node := fmt.Sprint("node ", i%4); o.Call.Node != node {
				t.Errorf("%s got a call of %s", node, o.Call.Node)
			}
		}
	}
	sort.Strings(got)
	for i, id := range got {
		if i > 0 && got[i-1] == id {
			t.Errorf("call %s was claimed twice", id)
		}
		delete(want, id)
	}
	if len(want) != 0 {
		t.Errorf("%d calls were claimed by nobody", len(want))
	}
}
