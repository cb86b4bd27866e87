package sqlite

import (
	"sync/atomic"

	"golang.org/x/time/rate"

	"clickbridge"
	"clickbridge/store/row"
)

const (
	refusalsKept      = 100_000
	refusalsPerSecond = 300
	refusalsWaiting   = 1000 // more than this are dropped
	// pruneEvery is how many refusals come between two clearings; so many more
	// than refusalsKept may be there.
	pruneEvery = 500
)

// flood keeps refused clicks from costing more than accepted ones.
type flood struct {
	rate    *rate.Limiter
	waiting atomic.Int64
	written int // by the writer only
}

func newFlood() *flood {
	return &flood{rate: rate.NewLimiter(refusalsPerSecond, refusalsPerSecond), written: pruneEvery - 1}
}

// Refused implements [store.Admin]: 300 a second are kept, the newest 100,000
// in all, each text cut to 512 bytes.
func (s *Store) Refused(r clickbridge.Refusal) {
	f := s.flood
	if !f.rate.Allow() || f.waiting.Load() >= refusalsWaiting {
		return
	}
	values := row.RefusalValues(&r)
	f.waiting.Add(1)
	counted := false
	s.w.later(func(b *batch) error {
		if !counted { // it may run a second time
			f.waiting.Add(-1)
			counted = true
		}
		if _, err := b.exec(qPutRefusal, values...); err != nil {
			return err
		}
		if f.written++; f.written%pruneEvery != 0 {
			return nil
		}
		_, err := b.exec(qPruneRefusals, int64(refusalsKept))
		return err
	})
}
