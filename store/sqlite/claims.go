package sqlite

import (
	"context"
	"database/sql"
	"time"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

// Heartbeat implements [store.Recovery].
func (s *Store) Heartbeat(ctx context.Context, node string, now time.Time) error {
	return s.w.do(ctx, func(b *batch) error {
		_, err := b.exec(qHeartbeat, row.Text(node), row.Micros(now))
		return err
	})
}

// ClaimOwn implements [store.Recovery].
func (s *Store) ClaimOwn(ctx context.Context, node string) ([]store.Orphan, []clickbridge.LegRecord, error) {
	return s.claim(ctx, qOwnCalls, qOwnLegs, row.Text(node))
}

// ClaimDead implements [store.Recovery].
func (s *Store) ClaimDead(ctx context.Context, node string, deadline time.Time) ([]store.Orphan, []clickbridge.LegRecord, error) {
	return s.claim(ctx, qClaimCalls, qClaimLegs, row.Text(node), row.Micros(deadline))
}

func (s *Store) claim(ctx context.Context, calls, legs query, args ...any) (os []store.Orphan, rest []clickbridge.LegRecord, err error) {
	err = s.w.doSaved(ctx, func(b *batch) error {
		if err := b.forget(); err != nil {
			return err
		}
		ids, err := b.texts(calls, args...)
		if err != nil {
			return err
		}
		data, err := b.texts(legs, args...)
		if err != nil {
			return err
		}
		os, rest, err = orphans(b, ids, data)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return os, rest, nil
}

// orphans joins the calls with their legs; legs of other calls are the rest.
func orphans(b *batch, ids, data []string) ([]store.Orphan, []clickbridge.LegRecord, error) {
	records, err := recordsByID(b.ctx, b.tx, ids)
	if err != nil {
		return nil, nil, err
	}
	os := make([]store.Orphan, len(records))
	at := make(map[clickbridge.CallID]int, len(records))
	for i, r := range records {
		os[i].Record, at[r.Call.ID] = r, i
	}
	var rest []clickbridge.LegRecord
	for _, d := range data {
		l, err := row.Leg(d)
		if err != nil {
			return nil, nil, err
		}
		if i, ok := at[l.CallID]; ok {
			os[i].Legs = append(os[i].Legs, l)
		} else {
			rest = append(rest, l)
		}
	}
	return os, rest, nil
}

// texts returns the one text column of a query's rows.
func (b *batch) texts(q query, args ...any) (out []string, err error) {
	rows, err := b.rows(q, args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) })
}

// collect scans and closes rows.
func collect[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) (out []T, err error) {
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
