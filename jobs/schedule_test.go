package jobs

import (
	"testing"
	"time"
)

func TestSchedule(t *testing.T) {
	first := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		failures int
		min, max time.Duration
	}{
		{1, time.Second, 4 * time.Second},       // 1 s of polling comes on top
		{2, 10 * time.Second, 15 * time.Second}, // and 5 s for longer pauses
		{3, 50 * time.Second, 70 * time.Second},
		{4, 4 * time.Minute, 6 * time.Minute},
		{9, 3 * time.Hour, 5 * time.Hour},
		{20, 3 * time.Hour, 5 * time.Hour},
	} {
		for _, spread := range []float64{-1, 0, 1} {
			got := nextTry(first, first, test.failures, spread).Sub(first)
			if got < test.min || got > test.max {
				t.Errorf("failure %d: a pause of %s, want %s to %s", test.failures, got, test.min, test.max)
			}
		}
	}
}

// TestWholeDay plays a notice that never succeeds: the pauses grow, the last
// try comes 24 hours after the first failure and is the only last one.
func TestWholeDay(t *testing.T) {
	for _, spread := range []float64{-1, -0.3, 0, 1} {
		first := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
		now, failures := nextTry(first, first, 1, spread), 1
		for !isLast(now, first) {
			failures++
			then := nextTry(now, first, failures, spread)
			if !then.After(now) {
				t.Fatalf("failure %d: the next try is not later", failures)
			}
			now = then
		}
		if age := now.Sub(first); age != giveUp {
			t.Errorf("the last try comes after %s", age)
		}
		if failures < 10 || failures > 20 {
			t.Errorf("%d tries in 24 hours", failures+1)
		}
	}
}

func TestLast(t *testing.T) {
	first := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name       string
		now, first time.Time
		want       bool
	}{
		{"the first try, however late", first.Add(100 * time.Hour), time.Time{}, false},
		{"within the day", first.Add(giveUp - time.Minute), first, false},
		{"the end of the day", first.Add(giveUp), first, true},
		{"the server was down for days", first.Add(100 * time.Hour), first, true},
	} {
		if got := isLast(test.now, test.first); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	// A last try that panics must not come back at once.
	if next := nextTry(first.Add(25*time.Hour), first, 15, 0); next.Before(first.Add(26 * time.Hour)) {
		t.Errorf("after the end the next try is at %s", next)
	}
}
