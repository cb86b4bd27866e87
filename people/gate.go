package people

import (
	"context"
	"sync"
	"time"

	"clickbridge"
)

// Who may wait for the one hash that is made at a time: calls need the CPU.
const (
	queueMost    = 8
	queueOfAddr  = 2 // of one address, so that a flood leaves room for others
	queueTime    = 5 * time.Second
	busyTellsFor = 2 * time.Second
)

var errBusy = &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, Message: "Too many people sign in at this moment", RetryAfter: busyTellsFor}

// gate lets one hash be made at a time, and rests after each as long as it took
// while others wait: sign-ins take half a core at most.
type gate struct {
	turn chan struct{}

	mu      sync.Mutex
	waiting map[string]int // by address
	total   int
}

func newGate() *gate { return &gate{turn: make(chan struct{}, 1), waiting: map[string]int{}} }

// enter waits for the turn of an address; leave must be called after. errBusy.
func (g *gate) enter(ctx context.Context, addr string) (leave func(), err error) {
	if !g.queue(addr) {
		return nil, errBusy
	}
	defer g.unqueue(addr)
	ctx, cancel := context.WithTimeout(ctx, queueTime)
	defer cancel()
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, errBusy
	}
	began := time.Now()
	return func() { g.rest(time.Since(began)) }, nil
}

// rest gives the turn back, later when others want it.
func (g *gate) rest(worked time.Duration) {
	g.mu.Lock()
	wanted := g.total > 0
	g.mu.Unlock()
	if !wanted {
		<-g.turn
		return
	}
	time.AfterFunc(worked, func() { <-g.turn })
}

func (g *gate) queue(addr string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.total >= queueMost || g.waiting[addr] >= queueOfAddr {
		return false
	}
	g.total++
	g.waiting[addr]++
	return true
}

func (g *gate) unqueue(addr string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total--
	if g.waiting[addr]--; g.waiting[addr] == 0 {
		delete(g.waiting, addr)
	}
}
