package trunk

import (
	"context"
	"sync"
	"time"
)

// roomTime is how long an order without a ring time waits for room.
const roomTime = 30 * time.Second

// room is where orders wait while every trunk is at its max_calls. A caller
// who was let in holds one channel and needs a second for each agent in turn:
// whoever turned those away would let callers in and connect none of them.
type room struct {
	mu      sync.Mutex
	waiting int
	freed   chan struct{} // closed at the next channel given back; nil while nobody waits
}

// give tells those who wait that a channel has been given back.
func (r *room) give() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.freed != nil {
		close(r.freed)
		r.freed = nil
	}
}

// awaited reports whether anybody waits.
func (r *room) awaited() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.waiting > 0
}

// wait returns true when a channel may be free, false when ctx is done or over
// fires. full is asked once it is certain that no channel given back after it
// can be missed.
func (r *room) wait(ctx context.Context, over <-chan time.Time, full func() bool) bool {
	r.mu.Lock()
	if r.freed == nil {
		r.freed = make(chan struct{})
	}
	freed := r.freed
	r.waiting++
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.waiting--
		r.mu.Unlock()
	}()
	if !full() {
		return true
	}
	select {
	case <-freed:
		return true
	case <-over:
		return false
	case <-ctx.Done():
		return false
	}
}
