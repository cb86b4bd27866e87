package sqlite

import (
	"context"
	"database/sql"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

// adopt takes over what was in flight when the file was of the first version:
// calls that had not ended were in their table then, legs in one of their own.
// That table goes with the transaction, so it happens once.
func (s *Store) adopt(ctx context.Context) error {
	if old, err := hasV1(ctx, s.write); err != nil || !old {
		return err
	}
	return s.w.doSaved(ctx, func(b *batch) error {
		if old, err := hasV1(ctx, b.tx); err != nil || !old { // another process was faster
			return err
		}
		calls, err := records(ctx, b.tx, `SELECT `+row.CallColumns+` FROM calls WHERE ended = 0`)
		if err != nil {
			return err
		}
		legs, err := legsV1(ctx, b.tx)
		if err != nil {
			return err
		}
		for _, q := range []string{
			`DELETE FROM attempts WHERE call_id IN (SELECT id FROM calls WHERE ended = 0)`,
			`DELETE FROM calls WHERE ended = 0`, `DROP INDEX calls_in_flight`, `DROP TABLE legs_v1`,
		} {
			if _, err := b.session().Exec(q); err != nil {
				return err
			}
		}
		return b.adopt(calls, legs)
	})
}

type queryRower interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func hasV1(ctx context.Context, q queryRower) (old bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'legs_v1'`).Scan(&old)
	return old, err
}

// legV1 is a leg with whom it belonged to.
type legV1 struct {
	node string
	leg
}

func legsV1(ctx context.Context, tx *sql.Tx) ([]legV1, error) {
	rows, err := tx.QueryContext(ctx, `SELECT node, answered, data FROM legs_v1`)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(rows *sql.Rows) (g legV1, err error) {
		var data string
		if err = rows.Scan(&g.node, &g.answered, &data); err == nil {
			g.LegRecord, err = row.Leg(data)
		}
		return g, err
	})
}

func (b *batch) adopt(calls []store.Record, legs []legV1) error {
	l, err := b.book()
	if err != nil {
		return err
	}
	for _, c := range calls {
		r := l.add(&c.Call, c.Call.Node)
		for i := range c.Attempts {
			r.putAttempt(&c.Attempts[i])
		}
	}
	for _, g := range legs {
		r := l.calls[g.CallID]
		if r == nil {
			r = l.add(&clickbridge.Call{ID: g.CallID}, g.node)
			r.shrink()
		}
		l.putLeg(r, &g.leg)
	}
	return nil
}
