package postgres

import (
	"sync/atomic"

	"golang.org/x/time/rate"

	"clickbridge"
	"clickbridge/store/row"
)

const (
	refusalsKept      = 100_000
	refusalsPerSecond = 300
	// pruneEvery is how many refusals come between two clearings by one node;
	// so many more than refusalsKept may be there.
	pruneEvery = 500

	putRefusalSQL    = `INSERT INTO refusals (` + row.RefusalColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	pruneRefusalsSQL = `DELETE FROM refusals WHERE id <= (SELECT max(id) FROM refusals) - $1`
)

// flood keeps refused clicks from costing more than accepted ones.
type flood struct {
	rate    *rate.Limiter
	written *atomic.Int64
}

func newFlood() flood {
	f := flood{rate.NewLimiter(refusalsPerSecond, refusalsPerSecond), new(atomic.Int64)}
	f.written.Store(pruneEvery - 1)
	return f
}

// Refused implements [store.Admin]: 300 a second are kept, the newest 100,000
// in all, each text cut to 512 bytes.
func (s *Store) Refused(r clickbridge.Refusal) {
	if !s.flood.rate.Allow() {
		return
	}
	s.later.write(putRefusalSQL, row.RefusalValues(&r)...)
	if s.flood.written.Add(1)%pruneEvery == 0 {
		s.later.write(pruneRefusalsSQL, int64(refusalsKept))
	}
}
