package sqlite

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

// arrival bounds how long after its making a call is in the file: what another
// process puts there later than that is not looked for among calls so old.
const arrival = time.Minute

// recent returns the wanted ones of those calls that are not in their own table
// yet, as they began. Whoever reads the table too does it afterwards: a call
// that moves meanwhile is then seen twice, not missed.
func (s *Store) recent(ctx context.Context, wanted func(*ledger) []*live) ([]store.Record, error) {
	calls, err := s.unmoved(ctx, wanted)
	if err != nil || len(calls) == 0 {
		return nil, err
	}
	rs := make([]store.Record, len(calls))
	for i, r := range calls {
		rs[i] = r.asRead()
	}
	slices.SortFunc(rs, func(x, y store.Record) int { return inOrder(&x, &y) })
	ids, at := index(rs)
	return rs, s.snapshot(ctx, func(tx *sql.Tx) error { return addNotices(ctx, tx, ids, at) })
}

// unmoved returns the wanted calls of the ledger, not to be changed. Where this
// process writes calls the writer has it in memory, and is asked between two
// transactions. A process that only looks reads it from the file: asking its own
// writer would keep the other's waiting.
func (s *Store) unmoved(ctx context.Context, wanted func(*ledger) []*live) (calls []*live, err error) {
	if s.w.keeps.Load() {
		var found []*live
		err := s.w.put(ctx, func(b *batch) error {
			l, err := b.book()
			if err == nil {
				found = wanted(l)
			}
			return err
		})
		if err != nil {
			return nil, err // the fact may yet run
		}
		return found, nil
	}
	err = s.snapshot(ctx, func(tx *sql.Tx) error {
		s.w.ledgers.Add(1)
		l, err := readLedger(ctx, tx)
		if err == nil {
			calls = wanted(l)
		}
		return err
	})
	return calls, err
}

// one chooses a call.
func one(id clickbridge.CallID) func(*ledger) []*live {
	return func(l *ledger) []*live {
		if r := l.calls[id]; r != nil && !r.moved {
			return []*live{r}
		}
		return nil
	}
}

// those chooses the calls of a filter.
func those(f *store.Filter) func(*ledger) []*live {
	return func(l *ledger) (calls []*live) {
		for _, r := range l.calls {
			if !r.moved && chosen(f, r.call) {
				calls = append(calls, r)
			}
		}
		return calls
	}
}

// settled reports whether every call made before a moment is in its table, as
// far as can be told without asking the writer.
func (w *writer) settled(before time.Time) bool {
	if before.IsZero() || !w.keeps.Load() {
		return false
	}
	at := row.Micros(before) // who reads the newer looked reads no older oldest
	return at <= w.looked.Load()-arrival.Microseconds() && at <= w.oldest.Load()
}
