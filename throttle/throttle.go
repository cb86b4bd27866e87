// Package throttle says who comes too often: a token bucket for every name, in
// a memory of bounded size. It keeps nothing over a restart and knows nothing of
// other nodes, each of which lets the whole rate through. intake slows down
// visitors with it, admin text messages.
package throttle

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how often something may happen: Count times at once, and Count times
// in any Per after that. A Count of 0 is no limit.
type Rate struct {
	Count int
	Per   time.Duration
}

// Throttle counts by name. Its methods may be called from any goroutine.
type Throttle struct {
	rate Rate
	most int

	mu     sync.Mutex
	seen   map[string]*list.Element
	recent *list.List // of *bucket, the last one asked for in front
}

type bucket struct {
	name    string
	limiter *rate.Limiter
}

// New returns a throttle that remembers at most so many names. When there are
// more, who was quiet longest is forgotten, and begins anew.
func New(r Rate, most int) *Throttle {
	return &Throttle{rate: r, most: most, seen: map[string]*list.Element{}, recent: list.New()}
}

// Take takes one from a name's bucket. When there is none left, ok is false,
// nothing is taken, and wait is the time until there is one.
func (t *Throttle) Take(name string) (wait time.Duration, ok bool) {
	if t.rate.Count <= 0 {
		return 0, true
	}
	r := t.of(name).Reserve()
	if wait = r.Delay(); wait > 0 {
		r.Cancel()
		return wait, false
	}
	return 0, true
}

// TakeLeft is Take that says how many are left as well. Where there is no limit
// that is 0.
func (t *Throttle) TakeLeft(name string) (wait time.Duration, left int, ok bool) {
	wait, ok = t.Take(name)
	if t.rate.Count > 0 {
		left = max(0, int(t.of(name).Tokens()))
	}
	return wait, left, ok
}

// of returns a name's limiter.
func (t *Throttle) of(name string) *rate.Limiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e, ok := t.seen[name]; ok {
		t.recent.MoveToFront(e)
		return e.Value.(*bucket).limiter
	}
	for len(t.seen) >= t.most {
		oldest := t.recent.Back()
		delete(t.seen, t.recent.Remove(oldest).(*bucket).name)
	}
	b := &bucket{name, rate.NewLimiter(rate.Every(t.rate.Per/time.Duration(t.rate.Count)), t.rate.Count)}
	t.seen[name] = t.recent.PushFront(b)
	return b.limiter
}
