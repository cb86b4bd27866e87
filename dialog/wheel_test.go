package dialog

import (
	"testing"
	"testing/synctest"
	"time"

	"clickbridge/leg/legtest"
)

// clocked notes when it is rung, and asks again until it has been rung often
// enough or the time has come.
type clocked struct {
	start time.Time
	due   time.Duration
	again []time.Duration
	rang  []time.Duration
}

func (c *clocked) ring(now time.Time) time.Duration {
	if now.Sub(c.start) < c.due {
		return c.due - now.Sub(c.start) // early
	}
	c.rang = append(c.rang, now.Sub(c.start))
	if len(c.again) == 0 {
		return 0
	}
	next := c.again[0]
	c.again, c.due = c.again[1:], now.Sub(c.start)+next
	return next
}

func TestWheel(t *testing.T) {
	const tick = 50 * time.Millisecond
	for name, waits := range map[string][]time.Duration{
		"at once":             {time.Nanosecond},
		"one tick":            {tick},
		"between":             {tick + 1, 3*tick - 1},
		"doubling":            {500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second},
		"longer than a turn":  {32 * time.Second},
		"after an idle while": {tick, 17 * time.Second, tick},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWheel(tick)
				defer w.close()
				legtest.Elapse(time.Minute + 7*time.Millisecond) // it has stood still
				var all []*clocked
				for range 3 {
					c := &clocked{start: time.Now(), due: waits[0], again: append([]time.Duration(nil), waits[1:]...)}
					all = append(all, c)
					w.add(waits[0], c)
					legtest.Elapse(3 * time.Millisecond)
				}
				legtest.Elapse(2 * time.Minute)
				synctest.Wait()
				for _, c := range all {
					if len(c.rang) != len(waits) {
						t.Fatalf("rang at %v, want %d times", c.rang, len(waits))
					}
					var last time.Duration
					for i, at := range c.rang {
						if late := at - last - waits[i]; late < 0 || late > 2*tick {
							t.Errorf("rang at %v, %v late", at, late)
						}
						last = at
					}
				}
				if w.armed || w.n != 0 {
					t.Error("an empty wheel still turns")
				}
			})
		})
	}
}
