package v1_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/v1"
)

// Days are counted without being asked for, and then not again.
func TestDaysAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *v1.Config) {
		c.Accounts = func() []clickbridge.Account { return []clickbridge.Account{{ID: 1, TimeZone: "UTC"}} }
	})
	yesterday := time.Now().UTC().AddDate(0, 0, -1)
	c := clickbridge.Call{ID: clickbridge.NewCallID(), AccountID: 1, Node: "a", Order: clickbridge.PhoneFirst, Phone: "+15551112222", CreatedAt: yesterday, State: clickbridge.CallQueued, Result: clickbridge.ResultInProgress}
	ok(t, w.store.CreateCall(t.Context(), c, store.Daily{Day: "x"}))
	c.State, c.Result, c.EndedAt, c.AcceptedAt, c.BridgedAt = clickbridge.CallEnded, clickbridge.ResultConnected, yesterday.Add(time.Minute), yesterday.Add(4*time.Second), yesterday.Add(5*time.Second)
	a := clickbridge.Attempt{ID: "a", CallID: c.ID, Party: clickbridge.PartyFindMe, Number: "+15558688950", Trunk: "main", StartedAt: yesterday, AnsweredAt: yesterday.Add(2 * time.Second), Result: clickbridge.AttemptAccepted}
	ok(t, w.store.Save(t.Context(), c, []clickbridge.Attempt{a}, nil))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { w.api.Run(ctx); close(done) }()
	name := fmt.Sprintf("report 0 %s", yesterday.Format(time.DateOnly))
	for range 1000 {
		kept, err := w.store.Counted(t.Context(), 1, name, name)
		ok(t, err)
		if len(kept) > 0 {
			break
		}
		<-time.After(5 * time.Millisecond)
	}
	cancel()
	<-done
	day := yesterday.Format(time.DateOnly)
	for range 2 {
		r := w.get(200, "GET", "/v1/report?from="+day+"&to="+day, "")
		total := r["total"].(map[string]any)
		agent := r["by_agent"].([]any)[0].(map[string]any)
		if total["calls"] != 1.0 || total["seconds_to_accept"] != 4.0 || agent["answer_rate"] != 1.0 || agent["ring_seconds"] != 2.0 {
			t.Errorf("%v", r)
		}
	}
}
