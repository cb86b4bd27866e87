package jobs

import (
	"math/rand/v2"
	"time"
)

// giveUp is how long after the first failure the last try comes.
const giveUp = 24 * time.Hour

// almost is how much early a last try may come: clocks are read twice.
const almost = time.Second

// step is the pause after one more failure, spread by ± jitter so that what
// failed together does not come back together.
type step struct{ pause, jitter time.Duration }

// steps are the pauses; the last is repeated. River looks for due jobs every
// second at most when the pause is at most 5 s, else every 5 s: both delays fit
// the promised 1–5 s and 10–20 s.
var steps = [...]step{
	{3 * time.Second, time.Second},
	{12 * time.Second, 2 * time.Second},
	{time.Minute, 6 * time.Second},
	{5 * time.Minute, 30 * time.Second},
	{15 * time.Minute, 90 * time.Second},
	{30 * time.Minute, 3 * time.Minute},
	{time.Hour, 6 * time.Minute},
	{2 * time.Hour, 12 * time.Minute},
	{4 * time.Hour, 24 * time.Minute},
}

// nextTry returns when to try again after the failures-th failure (from 1), the
// first of which was at first. spread is in [-1, 1].
func nextTry(now, first time.Time, failures int, spread float64) time.Time {
	s := steps[min(max(failures, 1), len(steps))-1]
	next := now.Add(s.pause + time.Duration(spread*float64(s.jitter)))
	end := first.Add(giveUp)
	switch {
	case now.After(end): // the last try did not end as one: it panicked
		return now.Add(time.Hour)
	case next.After(end):
		return end
	}
	return next
}

// isLast reports whether a try at now is the last one, first being the first
// failure, zero when there was none.
func isLast(now, first time.Time) bool {
	return !first.IsZero() && !now.Before(first.Add(giveUp-almost))
}

func spread() float64 { return 2*rand.Float64() - 1 }
