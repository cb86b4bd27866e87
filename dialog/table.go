package dialog

import (
	"sync"
	"time"
)

// table finds something by its name and, once it has been retired, for a fixed
// time more: what RFC 3261 wants remembered for 64*T1.
type table[V any] struct {
	mu      sync.Mutex
	keep    time.Duration // how long after its end
	most    int           // of the retired; 0 = any number
	byID    map[string]V
	retired []retired // in the order of their end
	timer   *time.Timer
	closed  bool
}

type retired struct {
	id string
	at time.Time
}

func newTable[V any](keep time.Duration, most int) *table[V] {
	return &table[V]{keep: keep, most: most, byID: make(map[string]V)}
}

func (t *table[V]) add(id string, v V) {
	t.mu.Lock()
	t.byID[id] = v
	t.mu.Unlock()
}

// find returns the zero value where there is nothing of that name.
func (t *table[V]) find(id string) V {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byID[id]
}

func (t *table[V]) all() []V {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]V, 0, len(t.byID))
	for _, v := range t.byID {
		out = append(out, v)
	}
	return out
}

// held counts what was not retired.
func (t *table[V]) held() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.byID) - len(t.retired)
}

// retire lets something go after t.keep, or before, when there is too much of
// it. One timer serves all: they leave in the order they came.
func (t *table[V]) retire(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.most > 0 && len(t.retired) >= t.most {
		delete(t.byID, t.retired[0].id)
		t.retired = t.retired[1:]
	}
	t.retired = append(t.retired, retired{id, time.Now().Add(t.keep)})
	if t.timer == nil && !t.closed {
		t.timer = time.AfterFunc(t.keep, t.sweep)
	}
}

func (t *table[V]) sweep() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, n := time.Now(), 0
	for n < len(t.retired) && !t.retired[n].at.After(now) {
		delete(t.byID, t.retired[n].id)
		n++
	}
	t.retired = append(t.retired[:0:0], t.retired[n:]...)
	t.timer = nil
	if len(t.retired) > 0 && !t.closed {
		// Not before a little later, so that a busy second is one sweep.
		t.timer = time.AfterFunc(max(t.retired[0].at.Sub(now), t.keep/64), t.sweep)
	}
}

func (t *table[V]) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.timer != nil {
		t.timer.Stop()
	}
}
