package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
)

func testTurns(t *testing.T, s Subject) {
	ctx := context.Background()
	places := make([]int64, 100)
	ok(t, errors.Join(together(len(places), func(i int) (err error) {
		places[i], err = s.Turn(ctx, 1)
		return err
	})...))
	slices.Sort(places)
	for i, p := range places {
		if p != int64(i) {
			t.Fatalf("places are not one after another: %v", places)
		}
	}
	if n, err := s.Turn(ctx, 2); n != 0 || err != nil {
		t.Errorf("another FindMe begins at %d, %v", n, err)
	}
}

func testLastRung(t *testing.T, s Subject) {
	ctx := context.Background()
	const odd = "a\x00\xff"
	s.Rung(1, "+15558688950", start)
	s.Rung(1, "+15558688950", start.Add(time.Minute))
	s.Rung(1, "+15558688950", start.Add(time.Second)) // news that come late
	s.Rung(1, odd, start)
	s.Rung(2, "+15551110002", start)
	got, err := s.LastRung(ctx, 1, []clickbridge.Number{"+15558688950", "+15551110002", odd, "' OR 1 --"})
	ok(t, err)
	same(t, "last rung", got, map[clickbridge.Number]time.Time{"+15558688950": start.Add(time.Minute), "a\uFFFD": start})
	if got, err = s.LastRung(ctx, 1, nil); err != nil || len(got) != 0 {
		t.Errorf("of nobody: %v, %v", got, err)
	}
	// Several at once, in different orders, neither fail nor wait for each other.
	together(20, func(i int) error {
		for n := range 50 {
			s.Rung(3, clickbridge.Number(fmt.Sprint((n*(i+1))%50)), start.Add(time.Duration(i)))
		}
		return nil
	})
	ns := make([]clickbridge.Number, 50)
	for n := range ns {
		ns[n] = clickbridge.Number(fmt.Sprint(n))
	}
	if got, err = s.LastRung(ctx, 3, ns); err != nil || len(got) != 50 {
		t.Errorf("%d of 50 numbers, %v", len(got), err)
	}
}

func testLastAgent(t *testing.T, s Subject) {
	ctx := context.Background()
	const customer, first, second = "+15551112222", "+15558688950", "+15551110002"
	agent := func(what string, since time.Time, want clickbridge.Number) {
		t.Helper()
		got, err := s.LastAgent(ctx, 1, customer, since)
		if got != want || (want == "") != errors.Is(err, store.ErrNotFound) || want != "" && err != nil {
			t.Errorf("%s: %q, %v, want %q", what, got, err, want)
		}
	}
	agent("nobody yet", time.Time{}, "")
	s.Talked(1, customer, first, start)
	s.Talked(2, customer, second, start.Add(time.Hour))
	agent("not before then", start, first)
	agent("too long ago", start.Add(time.Microsecond), "")
	s.Talked(1, customer, second, start.Add(time.Minute))
	s.Talked(1, customer, first, start.Add(time.Second)) // news that come late
	agent("the newest", start, second)
	s.Talked(2, "another", second, start.Add(clickbridge.MaxStickyDays*24*time.Hour+2*time.Minute))
	agent("longer ago than any FindMe asks", time.Time{}, "")
}

func testOptOuts(t *testing.T, s Subject) {
	ctx := context.Background()
	first := clickbridge.OptOut{AccountID: 1, Number: "+15551112222", At: start, Why: "pressed \x009\xff"}
	kept := first
	kept.Why = "pressed 9\uFFFD"
	again := first
	again.At, again.Why = start.Add(time.Hour), "again"
	other := clickbridge.OptOut{AccountID: 2, Number: "+15551110002", At: start.Add(time.Minute), Why: "by mail"}
	out := func(account int64, n clickbridge.Number, want bool) {
		t.Helper()
		if got, err := s.OptedOut(ctx, account, n); got != want || err != nil {
			t.Errorf("%s of account %d opted out: %v, %v", n, account, got, err)
		}
	}
	lists := func(account int64, want ...clickbridge.OptOut) {
		t.Helper()
		got, err := s.OptOuts(ctx, account)
		ok(t, err)
		same(t, fmt.Sprint("opt-outs of ", account), got, want)
	}
	out(1, first.Number, false)
	before, err := s.Revision(ctx)
	ok(t, err)
	ok(t, s.OptOut(ctx, first))
	if after, err := s.Revision(ctx); err != nil || after == before {
		t.Errorf("the revision stays %d (%v): no server would notice", after, err)
	}
	ok(t, errors.Join(together(20, func(int) error { return s.OptOut(ctx, again) })...))
	ok(t, s.OptOut(ctx, other))
	out(1, first.Number, true)
	out(2, first.Number, false)
	lists(1, kept)
	lists(0, other, kept)
	lists(3)
	for range 2 {
		ok(t, s.OptIn(ctx, 1, first.Number))
		ok(t, s.OptIn(ctx, 1, other.Number))
	}
	out(1, first.Number, false)
	lists(0, other)
}
