package dialog

import (
	"sync"
	"time"
)

// wheel keeps the timers of all transactions: most are set and never run out, so
// setting one must cost next to nothing. They run out up to one tick late, and
// one runtime timer serves all.
type wheel struct {
	tick  time.Duration
	start time.Time

	mu     sync.Mutex
	slots  [64][]ringer
	at     int64 // the tick that was handled last
	n      int
	timer  *time.Timer
	armed  bool
	closed bool
	due    []ringer // of the turn under way
}

// ringer is what waits. ring may come early; it returns how long to wait
// again, 0 to be forgotten.
type ringer interface {
	ring(now time.Time) time.Duration
}

func newWheel(tick time.Duration) *wheel { return &wheel{tick: tick, start: time.Now()} }

// add rings r once after d.
func (w *wheel) add(d time.Duration, r ringer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return
	}
	now := int64(time.Since(w.start) / w.tick)
	if w.n == 0 && !w.armed {
		w.at = now
	}
	slot := &w.slots[(now+min(int64(d/w.tick)+1, int64(len(w.slots))-1))%int64(len(w.slots))]
	*slot = append(*slot, r)
	w.n++
	if !w.armed {
		w.arm()
	}
}

// arm sets the next turn. w.mu is held.
func (w *wheel) arm() {
	w.armed = true
	if w.timer == nil {
		w.timer = time.AfterFunc(w.tick, w.turn)
		return
	}
	w.timer.Reset(w.tick)
}

// turn rings what is due.
func (w *wheel) turn() {
	w.mu.Lock()
	now := time.Now()
	to := int64(now.Sub(w.start) / w.tick)
	w.due = w.due[:0]
	for from := max(w.at+1, to-int64(len(w.slots))+1); from <= to; from++ {
		slot := &w.slots[from%int64(len(w.slots))]
		w.due = append(w.due, *slot...)
		clear(*slot)
		*slot = (*slot)[:0]
	}
	w.at = to
	w.n -= len(w.due)
	due := w.due
	w.mu.Unlock()
	for _, r := range due {
		if d := r.ring(now); d > 0 {
			w.add(d, r)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.due)
	if w.armed = false; w.n > 0 && !w.closed {
		w.arm()
	}
}

func (w *wheel) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	if w.timer != nil {
		w.timer.Stop()
	}
}
