package row

import (
	"context"
	"fmt"
	"math"

	"clickbridge"
	"clickbridge/store"
)

// Tx runs statements. Their parameters are $1, $2 …, and their words are those
// that both engines know.
type Tx interface {
	// Exec returns how many rows were changed.
	Exec(query string, args ...any) (int64, error)
	// Each calls each with what scans a row, for every row.
	Each(query string, args []any, each func(scan func(dest ...any) error) error) error
}

// Reading is how an engine is asked.
type Reading interface {
	// Look runs queries, each of which sees what is committed then.
	Look(ctx context.Context) Tx
	// Snapshot runs queries that see one state.
	Snapshot(ctx context.Context, f func(Tx) error) error
	// InFlight returns which of the calls have not ended.
	InFlight(ctx context.Context, ids []clickbridge.CallID) (map[clickbridge.CallID]bool, error)
}

// Writing is how an engine is told. What runs may run more than once.
type Writing interface {
	// Write runs f, which changes something by one statement at most, and returns
	// when that is committed.
	Write(ctx context.Context, f func(Tx) error) error
	// Atomic runs f, of which all stays or nothing.
	Atomic(ctx context.Context, f func(Tx) error) error
	// Later enqueues a statement that changes the row that key names; "" when
	// none of its rows is waited for.
	Later(key, query string, args ...any)
	// Flush returns when all that was enqueued before is committed.
	Flush(ctx context.Context) error
}

// Engine is one of the two databases.
type Engine interface {
	Reading
	Writing
}

// Tables are the parts of a store that need no SQL of their engine's own:
// [store.Hunting], [store.Callbacks], [store.Recordings], [store.Clips] and,
// but for refusals, [store.Admin]. A store embeds them.
type Tables struct {
	db Engine
	// skipLocked ends a query for rows that another node may be taking.
	skipLocked string
}

// NewTables returns the tables of an engine. skipLocked is what its SQL says so
// that rows another one changes at this moment are passed over; "" where there
// is never another one.
func NewTables(db Engine, skipLocked string) Tables { return Tables{db, skipLocked} }

// list scans a query's rows; none are nil.
func list[T any](tx Tx, dest func(*T) []any, query string, args ...any) (out []T, err error) {
	err = tx.Each(query, args, func(scan func(...any) error) error {
		var v T
		if err := scan(dest(&v)...); err != nil {
			return err
		}
		out = append(out, v)
		return nil
	})
	return out, err
}

// one scans a query's only row. [store.ErrNotFound] with what was looked for.
func one[T any](tx Tx, dest func(*T) []any, what, query string, args ...any) (v T, err error) {
	all, err := list(tx, dest, query, args...)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%w: %s", store.ErrNotFound, what)
	}
	if err != nil {
		return v, err
	}
	return all[0], nil
}

// itself is the destination of a row of one column.
func itself[T any](v *T) []any { return []any{v} }

// exec runs a statement for its effect alone.
func exec(tx Tx, query string, args ...any) error {
	_, err := tx.Exec(query, args...)
	return err
}

// orAll turns "no limit" into one that is never reached.
func orAll(limit int) int64 {
	if limit <= 0 {
		return math.MaxInt64
	}
	return int64(limit)
}
