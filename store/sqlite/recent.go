package sqlite

import (
	"context"
	"database/sql"
	"slices"

	"clickbridge"
	"clickbridge/store"
)

// recent returns the wanted ones of those calls that are not in their own table
// yet, as they began. Whoever reads the table too does it afterwards: a call
// that moves meanwhile is then seen twice, not missed.
func (s *Store) recent(ctx context.Context, wanted func(*clickbridge.Call) bool) (rs []store.Record, err error) {
	calls, err := s.unmoved(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range calls {
		if wanted(r.call) {
			rs = append(rs, r.asRead())
		}
	}
	if len(rs) == 0 {
		return nil, nil
	}
	slices.SortFunc(rs, func(x, y store.Record) int { return inOrder(&x, &y) })
	ids, at := index(rs)
	return rs, s.snapshot(ctx, func(tx *sql.Tx) error { return addNotices(ctx, tx, ids, at) })
}

// unmoved returns the calls of the ledger, not to be changed. Where this process
// writes calls the writer has it in memory, and is asked between two
// transactions. A process that only looks reads it from the file: asking its own
// writer would keep the other's waiting.
func (s *Store) unmoved(ctx context.Context) ([]*live, error) {
	var calls []*live
	if s.w.keeps.Load() {
		err := s.w.put(ctx, func(b *batch) error {
			l, err := b.book()
			if err == nil {
				calls = l.unmoved()
			}
			return err
		})
		if err != nil {
			return nil, err // the fact may yet run
		}
		return calls, nil
	}
	err := s.snapshot(ctx, func(tx *sql.Tx) error {
		l, err := readLedger(ctx, tx)
		if err == nil {
			calls = l.unmoved()
		}
		return err
	})
	return calls, err
}

func (l *ledger) unmoved() []*live {
	calls := make([]*live, 0, len(l.calls))
	for _, r := range l.calls {
		if !r.moved {
			calls = append(calls, r)
		}
	}
	return calls
}
