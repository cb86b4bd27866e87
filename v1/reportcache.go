package v1

import "sync"

// dayKey is a day of an account's, in its zone.
type dayKey struct{ account, findMe, from, to int64 }

// mostDays bounds what is remembered: some 2 KB each.
const mostDays = 20_000

// reportCache remembers days that are over: they do not change any more. It is
// this process's own.
type reportCache struct {
	mu   sync.Mutex
	days map[dayKey]*tally
}

func (c *reportCache) get(k dayKey) *tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.days[k]
}

func (c *reportCache) put(k dayKey, t *tally) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.days == nil || len(c.days) >= mostDays {
		c.days = map[dayKey]*tally{}
	}
	c.days[k] = t
}
