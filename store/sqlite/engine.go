package sqlite

import (
	"context"
	"database/sql"

	"clickbridge"
	"clickbridge/store/row"
)

// tables are promoted: the methods are the store's own.
type tables = row.Tables

// engine is the store as its tables use it.
type engine struct{ *Store }

// Look implements [row.Reading].
func (e engine) Look(ctx context.Context) row.Tx { return session{ctx, e.read} }

// Snapshot implements [row.Reading].
func (e engine) Snapshot(ctx context.Context, f func(row.Tx) error) error {
	return e.snapshot(ctx, func(tx *sql.Tx) error { return f(session{ctx, tx}) })
}

// InFlight implements [row.Reading].
func (e engine) InFlight(ctx context.Context, ids []clickbridge.CallID) (map[clickbridge.CallID]bool, error) {
	out := make(map[clickbridge.CallID]bool, len(ids))
	err := e.w.put(ctx, func(b *batch) error {
		for _, id := range ids {
			r, err := b.inFlight(id)
			if err != nil {
				return err
			}
			out[id] = r != nil
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Write implements [row.Writing].
func (e engine) Write(ctx context.Context, f func(row.Tx) error) error {
	return e.w.do(ctx, func(b *batch) error { return f(b.session()) })
}

// Atomic implements [row.Writing].
func (e engine) Atomic(ctx context.Context, f func(row.Tx) error) error {
	return e.w.doSaved(ctx, func(b *batch) error { return f(b.session()) })
}

// Later implements [row.Writing]. One writer waits for no row.
func (e engine) Later(_, query string, args ...any) {
	e.w.later(func(b *batch) error {
		_, err := b.session().Exec(query, args...)
		return err
	})
}

// Flush implements [row.Writing].
func (e engine) Flush(ctx context.Context) error { return e.flush(ctx) }

// session runs rare queries, unprepared: in a transaction, or each on its own.
type session struct {
	ctx context.Context
	db  interface {
		querier
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	}
}

func (b *batch) session() session { return session{b.ctx, b.conn} }

// Exec implements [row.Tx].
func (s session) Exec(query string, args ...any) (int64, error) {
	r, err := s.db.ExecContext(s.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Each implements [row.Tx].
func (s session) Each(query string, args []any, each func(scan func(dest ...any) error) error) (err error) {
	rows, err := s.db.QueryContext(s.ctx, query, args...)
	if err != nil {
		return err
	}
	_, err = collect(rows, func(rows *sql.Rows) (struct{}, error) { return struct{}{}, each(rows.Scan) })
	return err
}
