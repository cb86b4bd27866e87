package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
)

func testRecording(t *testing.T, s Subject) {
	ctx := context.Background()
	r := clickbridge.Recording{
		ID: clickbridge.NewRecordingID(), CallID: clickbridge.NewCallID(), AccountID: 1, FindMeID: 98765, Node: "a",
		Kind: clickbridge.RecordedVoicemail, State: clickbridge.RecordingRunning, File: "2026/03/é\x00.wav",
		Consent: "both legs told at 2026-03-04T15:30:00Z", StartedAt: start,
	}
	ok(t, s.PutRecording(ctx, r))
	r.File = "2026/03/é.wav"
	check := func(what string) {
		t.Helper()
		got, err := s.Recording(ctx, r.ID)
		ok(t, err)
		same(t, what, got, r)
	}
	check("running")
	r.State, r.Length, r.Bytes, r.KeepUntil = clickbridge.RecordingReady, 90*time.Minute+time.Microsecond, 1<<40, start.Add(24*time.Hour)
	r.Note = "cut: no space left"
	for range 2 {
		ok(t, s.PutRecording(ctx, r))
	}
	check("ready")
	if _, err := s.Recording(ctx, "no\x00ne\xff"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a recording that is not there: %v", err)
	}
}

func testRecordings(t *testing.T, s Subject) {
	ctx := context.Background()
	all := make([]clickbridge.Recording, 60)
	calls := []clickbridge.CallID{clickbridge.NewCallID(), clickbridge.NewCallID(), clickbridge.NewCallID()}
	for i := range all {
		r := &all[i]
		*r = clickbridge.Recording{
			ID: clickbridge.NewRecordingID(), CallID: calls[i%3], AccountID: int64(1 + i%2), FindMeID: int64(1 + i%5),
			Node: []string{"a", "b"}[i/30], Kind: clickbridge.RecordedCall, State: clickbridge.RecordingReady,
			File: []string{"s3:x", "S3:x", "s3", "file"}[i%4], StartedAt: start.Add(time.Duration(i/2) * time.Minute),
		}
		if i%4 == 0 {
			r.State = clickbridge.RecordingDeleted
		}
		if i%3 != 0 {
			r.KeepUntil = start.Add(time.Duration(i) * time.Hour)
		}
		ok(t, s.PutRecording(ctx, *r))
	}
	slices.Reverse(all) // newest first
	for name, test := range map[string]struct {
		f    store.RecordingFilter
		take func(r *clickbridge.Recording) bool
	}{
		"all":        {store.RecordingFilter{}, func(*clickbridge.Recording) bool { return true }},
		"an account": {store.RecordingFilter{AccountID: 2}, func(r *clickbridge.Recording) bool { return r.AccountID == 2 }},
		"a FindMe":   {store.RecordingFilter{FindMeID: 3}, func(r *clickbridge.Recording) bool { return r.FindMeID == 3 }},
		"a call":     {store.RecordingFilter{CallID: calls[1]}, func(r *clickbridge.Recording) bool { return r.CallID == calls[1] }},
		"a node's deleted": {store.RecordingFilter{Node: "b", State: clickbridge.RecordingDeleted},
			func(r *clickbridge.Recording) bool { return r.Node == "b" && r.State == clickbridge.RecordingDeleted }},
		"kept long enough": {store.RecordingFilter{State: clickbridge.RecordingReady, Expired: start.Add(20 * time.Hour)},
			func(r *clickbridge.Recording) bool {
				return r.State == clickbridge.RecordingReady && !r.KeepUntil.IsZero() && r.KeepUntil.Before(start.Add(20*time.Hour))
			}},
		"not in a bucket": {store.RecordingFilter{Node: "a", Local: true}, func(r *clickbridge.Recording) bool { return r.Node == "a" && r.File != "s3:x" }},
		"nothing":         {store.RecordingFilter{AccountID: 1, Node: "c"}, func(*clickbridge.Recording) bool { return false }},
	} {
		for _, limit := range []int{0, 4} {
			test.f.Limit = limit
			var want []clickbridge.Recording
			for i := range all {
				if test.take(&all[i]) && (limit == 0 || len(want) < limit) {
					want = append(want, all[i])
				}
			}
			got, err := s.ListRecordings(ctx, test.f)
			ok(t, err)
			same(t, name, got, want)
		}
	}
}
