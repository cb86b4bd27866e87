package callflow

import (
	"context"
	"sync"

	"clickbridge"
)

// errCanceled is how a call ends that somebody took back. It is compared, and
// never changed.
var errCanceled = canceled("the call was canceled")

// running finds the calls of this node, to take one back.
type running struct {
	mu    sync.Mutex
	calls map[clickbridge.CallID]context.CancelCauseFunc
}

// enter returns the context of a call, which is done when calls are cut or this
// one is taken back, and what forgets it.
func (r *running) enter(parent context.Context, id clickbridge.CallID) (ctx context.Context, leave func()) {
	ctx, cancel := context.WithCancelCause(parent)
	r.mu.Lock()
	if r.calls == nil {
		r.calls = map[clickbridge.CallID]context.CancelCauseFunc{}
	}
	r.calls[id] = cancel
	r.mu.Unlock()
	return ctx, func() {
		r.mu.Lock()
		delete(r.calls, id)
		r.mu.Unlock()
		cancel(nil)
	}
}

// Cancel takes a call back: every leg is released, nobody else is rung, nothing
// is owed to anybody, and the call gets its record: Canceled, or the result it
// has by then. false means that this node has no such call any more.
func (c *Conductor) Cancel(id clickbridge.CallID) bool {
	c.running.mu.Lock()
	defer c.running.mu.Unlock()
	cancel, ok := c.running.calls[id]
	if ok {
		cancel(errCanceled)
	}
	return ok
}

// takenBack reports whether a call was ended by Cancel.
func takenBack(why *clickbridge.Cause) bool { return why == errCanceled }
