package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

const (
	heartbeatSQL = `INSERT INTO nodes (name, seen) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET seen = excluded.seen`

	ownCallsSQL = `SELECT id FROM calls WHERE NOT ended AND node = $1`
	ownLegsSQL  = `SELECT data FROM legs WHERE node = $1`

	// Rows another node is taking at this moment are skipped: they are its.
	claimCallsSQL = `UPDATE calls SET node = $1 WHERE id IN (
			SELECT id FROM calls WHERE NOT ended AND node <> $1
			AND node NOT IN (SELECT name FROM nodes WHERE seen >= $2) FOR UPDATE SKIP LOCKED
		) RETURNING id`
	claimLegsSQL = `UPDATE legs SET node = $1 WHERE id IN (
			SELECT id FROM legs WHERE node <> $1
			AND node NOT IN (SELECT name FROM nodes WHERE seen >= $2) FOR UPDATE SKIP LOCKED
		) RETURNING data`
)

// Heartbeat implements [store.Recovery].
func (s *Store) Heartbeat(ctx context.Context, node string, now time.Time) error {
	_, err := s.pool.Exec(ctx, heartbeatSQL, row.Text(node), row.Micros(now))
	return err
}

// ClaimOwn implements [store.Recovery].
func (s *Store) ClaimOwn(ctx context.Context, node string) ([]store.Orphan, []clickbridge.LegRecord, error) {
	return s.claim(ctx, ownCallsSQL, ownLegsSQL, row.Text(node))
}

// ClaimDead implements [store.Recovery].
func (s *Store) ClaimDead(ctx context.Context, node string, deadline time.Time) ([]store.Orphan, []clickbridge.LegRecord, error) {
	return s.claim(ctx, claimCallsSQL, claimLegsSQL, row.Text(node), row.Micros(deadline))
}

func (s *Store) claim(ctx context.Context, calls, legs string, args ...any) (os []store.Orphan, rest []clickbridge.LegRecord, err error) {
	if err := s.later.flush(ctx); err != nil {
		return nil, nil, err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		ids, err := texts(ctx, tx, calls, args...)
		if err != nil {
			return err
		}
		data, err := texts(ctx, tx, legs, args...)
		if err != nil {
			return err
		}
		os, rest, err = orphans(ctx, tx, ids, data)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return os, rest, nil
}

// orphans joins the calls with their legs; legs of other calls are the rest.
func orphans(ctx context.Context, q querier, ids, data []string) ([]store.Orphan, []clickbridge.LegRecord, error) {
	records, err := recordsByID(ctx, q, ids)
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
func texts(ctx context.Context, q querier, sql string, args ...any) ([]string, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
