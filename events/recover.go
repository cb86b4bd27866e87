package events

import (
	"context"
	"slices"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// Recovered tells the end of a call that a dead server left open, and of its
// legs, as far as that was not told. r is the call as it was closed.
func (h *Hub) Recovered(ctx context.Context, r store.Record) error {
	h.mu.Lock()
	kept := h.keeps(r.Call.AccountID)
	h.mu.Unlock()
	var told []store.Event
	if kept {
		var err error
		if told, err = h.cfg.Store.EventsOfCall(ctx, r.Call.ID); err != nil {
			return err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.mended[r.Call.ID] {
		return nil
	}
	h.mended[r.Call.ID] = true
	for _, i := range untold(&r, told, kept) {
		h.enqueue(i)
	}
	return nil
}

// untold are the events that are missing of a call that has ended. Of one whose
// events are not kept they are the ends of what was open when its server died.
func untold(r *store.Record, told []store.Event, kept bool) (out []Item) {
	has := func(t Type, leg clickbridge.AttemptID) bool {
		return slices.ContainsFunc(told, func(e store.Event) bool { return e.Kind == string(t) && e.AttemptID == leg })
	}
	c := &r.Call
	add := func(i Item) {
		i.At, i.CallID, i.account = i.At.UTC(), c.ID, c.AccountID
		out = append(out, i)
	}
	if kept && !has(CallCreated, "") {
		add(Item{Type: CallCreated, At: c.CreatedAt, Number: c.Phone, Name: c.FindMeName})
	}
	for i := range r.Attempts {
		a := &r.Attempts[i]
		leg := Item{LegID: a.ID, Party: a.Party, Number: a.Number, Name: a.Name}
		if kept && a.Trunk != "" && !has(LegStarted, a.ID) {
			leg.Type, leg.At = LegStarted, a.StartedAt
			add(leg)
		}
		if kept && a.Trunk != "" && !has(LegEnded, a.ID) || !kept && wasUp(a) {
			leg.Type, leg.At, leg.Result, leg.Text = LegEnded, c.EndedAt, string(a.Result), a.Text
			add(leg)
		}
	}
	if !has(CallEnded, "") {
		add(Item{Type: CallEnded, At: c.EndedAt, Result: string(c.Result), Text: c.Cause})
	}
	return out
}

// wasUp reports whether a leg may have been up when its server died.
func wasUp(a *clickbridge.Attempt) bool {
	switch a.Result {
	case clickbridge.AttemptInterrupted, clickbridge.AttemptAccepted, clickbridge.AttemptAnswered:
		return true
	}
	return false
}

// settled is how long ago another node's call must have ended for its events to
// be missing, not late.
const settled = time.Minute

// Recover tells the ends of calls that ended while their events did not come to
// be kept. It is called once, when the calls of this node's former life are
// closed, and before Run.
func (h *Hub) Recover(ctx context.Context) error {
	open, err := h.cfg.Store.OpenCalls(ctx, time.Now().Add(-h.cfg.Keep))
	if err != nil {
		return err
	}
	for _, id := range open {
		r, err := h.cfg.Store.Call(ctx, id)
		if err != nil || r.Call.InFlight() {
			continue // another node's, or it is gone
		}
		if r.Call.Node == h.cfg.Node || time.Since(r.Call.EndedAt) > settled {
			if err := h.Recovered(ctx, r); err != nil {
				return err
			}
		}
	}
	return nil
}
