package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"clickbridge"
	"clickbridge/store/row"
)

// tables are promoted: the methods are the store's own.
type tables = row.Tables

const inFlightSQL = `SELECT id FROM calls WHERE id = ANY($1) AND NOT ended`

// engine is the store as its tables use it.
type engine struct{ *Store }

// Look implements [row.Reading].
func (e engine) Look(ctx context.Context) row.Tx { return session{ctx, e.pool} }

// Snapshot implements [row.Reading].
func (e engine) Snapshot(ctx context.Context, f func(row.Tx) error) error {
	return e.snapshot(ctx, func(tx pgx.Tx) error { return f(session{ctx, tx}) })
}

// InFlight implements [row.Reading].
func (e engine) InFlight(ctx context.Context, ids []clickbridge.CallID) (map[clickbridge.CallID]bool, error) {
	there, err := texts(ctx, e.pool, inFlightSQL, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[clickbridge.CallID]bool, len(there))
	for _, id := range there {
		out[clickbridge.CallID(id)] = true
	}
	return out, nil
}

// Write implements [row.Writing]: one statement needs no transaction of ours.
func (e engine) Write(ctx context.Context, f func(row.Tx) error) error { return f(e.Look(ctx)) }

// Atomic implements [row.Writing].
func (e engine) Atomic(ctx context.Context, f func(row.Tx) error) error {
	return e.inTx(ctx, func(tx pgx.Tx) error { return f(session{ctx, tx}) })
}

// Later implements [row.Writing].
func (e engine) Later(key, query string, args ...any) { e.later.writeRow(key, query, args...) }

// Flush implements [row.Writing].
func (e engine) Flush(ctx context.Context) error { return e.later.flush(ctx) }

// session runs queries: in a transaction, or each on its own.
type session struct {
	ctx context.Context
	db  interface {
		querier
		Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	}
}

// Exec implements [row.Tx].
func (s session) Exec(query string, args ...any) (int64, error) {
	tag, err := s.db.Exec(s.ctx, query, args...)
	return tag.RowsAffected(), err
}

// Each implements [row.Tx].
func (s session) Each(query string, args []any, each func(scan func(dest ...any) error) error) error {
	rows, err := s.db.Query(s.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
