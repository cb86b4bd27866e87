package main

import (
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
)

func TestParseSince(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Time{
		"":                     {},
		"2026-01-30":           time.Date(2026, 1, 30, 0, 0, 0, 0, time.UTC),
		"2026-01-30T08:15":     time.Date(2026, 1, 30, 8, 15, 0, 0, time.UTC),
		"2026-01-30T08:15:00Z": time.Date(2026, 1, 30, 8, 15, 0, 0, time.UTC),
		"24h":                  now.Add(-24 * time.Hour),
		"7d":                   now.Add(-7 * 24 * time.Hour),
	} {
		if got, err := parseSince(in, now); err != nil || !got.Equal(want) {
			t.Errorf("%q = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"yesterday", "-1h", "7 days", "2026-13-01"} {
		if got, err := parseSince(in, now); err == nil {
			t.Errorf("%q = %v, want an error", in, got)
		}
	}
}

func TestProgressOfACallInFlight(t *testing.T) {
	at := time.Now()
	attempt := func(p clickbridge.Party, answered time.Time, r clickbridge.AttemptResult) clickbridge.Attempt {
		return clickbridge.Attempt{Party: p, AnsweredAt: answered, Result: r}
	}
	for _, tc := range []struct {
		state    clickbridge.CallState
		attempts []clickbridge.Attempt
		want     string
	}{
		{clickbridge.CallQueued, nil, "queued"},
		{clickbridge.CallQueued, []clickbridge.Attempt{attempt(clickbridge.PartyPhone, time.Time{}, "")}, "reaching"},
		{clickbridge.CallQueued, []clickbridge.Attempt{attempt(clickbridge.PartyPhone, at, "")}, "hunting"},
		{clickbridge.CallHunting, []clickbridge.Attempt{attempt(clickbridge.PartyFindMe, time.Time{}, "")}, "hunting"},
		{clickbridge.CallHunting, []clickbridge.Attempt{attempt(clickbridge.PartyFindMe, at, "")}, "screening"},
		{clickbridge.CallHunting, []clickbridge.Attempt{attempt(clickbridge.PartyFindMe, at, "Declined")}, "hunting"},
		{clickbridge.CallHunting, []clickbridge.Attempt{attempt(clickbridge.PartyTransfer, time.Time{}, "")}, "transferring"},
		{clickbridge.CallBridged, []clickbridge.Attempt{attempt(clickbridge.PartyFindMe, at, "Accepted")}, "bridged"},
	} {
		r := store.Record{Call: clickbridge.Call{State: tc.state}, Attempts: tc.attempts}
		if got := progress(r); got != tc.want {
			t.Errorf("%s with %v = %q, want %q", tc.state, tc.attempts, got, tc.want)
		}
	}
}
