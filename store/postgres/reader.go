package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

// page is how many calls EachCall reads at a time; between pages it holds
// neither a connection nor a snapshot.
const page = 500

// Call implements [store.Reader].
func (s *Store) Call(ctx context.Context, id clickbridge.CallID) (store.Record, error) {
	var rs []store.Record
	err := s.snapshot(ctx, func(tx pgx.Tx) (err error) {
		rs, err = recordsByID(ctx, tx, []string{row.Text(string(id))})
		return err
	})
	if err == nil && len(rs) == 0 {
		err = fmt.Errorf("%w: call %s", store.ErrNotFound, id)
	}
	if err != nil {
		return store.Record{}, err
	}
	return rs[0], nil
}

// EachCall implements [store.Reader]. A page of 500 calls is a snapshot; calls
// that begin meanwhile may or may not be seen.
func (s *Store) EachCall(ctx context.Context, f store.Filter, each func(store.Record) error) error {
	var last *clickbridge.Call
	if f.After.ID != "" {
		last = &clickbridge.Call{ID: f.After.ID, CreatedAt: f.After.CreatedAt}
	}
	for n := 0; f.Limit <= 0 || n < f.Limit; {
		size := page
		if f.Limit > 0 {
			size = min(size, f.Limit-n)
		}
		sql, args := pageQuery(f, last, size)
		var rs []store.Record
		err := s.snapshot(ctx, func(tx pgx.Tx) (err error) {
			rs, err = records(ctx, tx, sql, args...)
			return err
		})
		if err != nil {
			return err
		}
		for _, r := range rs {
			if err := each(r); err != nil {
				return err
			}
		}
		if n += len(rs); len(rs) < size {
			return nil
		}
		last = &rs[len(rs)-1].Call
	}
	return nil
}

// pageQuery builds the WHERE from what is asked, so that an index can be used,
// and continues after the last call of the page before: that takes the place of
// the bound it began at, or every page would read its way from there.
func pageQuery(f store.Filter, last *clickbridge.Call, size int) (string, []any) {
	var where []string
	var args []any
	bind := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if f.AccountID != 0 {
		where = append(where, "account_id = "+bind(f.AccountID))
	}
	if !f.From.IsZero() && (last == nil || f.Newest) {
		where = append(where, "created_at >= "+bind(row.Micros(f.From)))
	}
	if !f.To.IsZero() && (last == nil || !f.Newest) {
		where = append(where, "created_at < "+bind(row.Micros(f.To)))
	}
	if f.FindMeID != 0 {
		where = append(where, "findme_id = "+bind(f.FindMeID))
	}
	if f.Ref != "" {
		where = append(where, "ref = "+bind(row.Text(f.Ref)))
	}
	if f.Page != "" {
		where = append(where, "page = "+bind(row.Text(f.Page)))
	}
	if f.Phone != "" {
		where = append(where, "phone = "+bind(row.Text(string(f.Phone))))
	}
	if f.Agent != "" {
		where = append(where, "agent = "+bind(row.Text(string(f.Agent))))
	}
	if f.Result != "" {
		where = append(where, "result = "+bind(row.Text(string(f.Result))))
	}
	than, order := ">", ""
	if f.Newest {
		than, order = "<", " DESC"
	}
	if last != nil {
		where = append(where, "(created_at, id) "+than+" ("+bind(row.Micros(last.CreatedAt))+", "+bind(string(last.ID))+")")
	}
	q := "SELECT " + row.CallColumns + " FROM calls"
	if len(where) > 0 {
		q += " WHERE " + strings.Join(where, " AND ")
	}
	return q + " ORDER BY created_at" + order + ", id" + order + " LIMIT " + bind(size), args
}

const (
	callsByIDSQL  = `SELECT ` + row.CallColumns + ` FROM calls WHERE id = ANY($1) ORDER BY created_at, id`
	attemptsOfSQL = `SELECT ` + row.AttemptColumns + ` FROM attempts WHERE call_id = ANY($1) ORDER BY call_id, seq, id`
	refusalsSQL   = `SELECT ` + row.RefusalColumns + ` FROM refusals WHERE at >= $1 ORDER BY id DESC LIMIT $2`
)

func recordsByID(ctx context.Context, q querier, ids []string) ([]store.Record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return records(ctx, q, callsByIDSQL, ids)
}

// records runs a query for calls and adds their attempts and notices with one
// query each.
func records(ctx context.Context, q querier, sql string, args ...any) ([]store.Record, error) {
	calls, err := list(ctx, q, row.CallDest, sql, args...)
	if err != nil || len(calls) == 0 {
		return nil, err
	}
	rs := make([]store.Record, len(calls))
	at := make(map[clickbridge.CallID]*store.Record, len(rs))
	ids := make([]string, len(rs))
	for i, c := range calls {
		rs[i].Call, ids[i], at[c.ID] = c, string(c.ID), &rs[i]
	}
	attempts, err := list(ctx, q, row.AttemptDest, attemptsOfSQL, ids)
	if err != nil {
		return nil, err
	}
	for _, a := range attempts {
		at[a.CallID].Attempts = append(at[a.CallID].Attempts, a)
	}
	ns, err := notices(ctx, q, noticesOfSQL, ids)
	if err != nil {
		return nil, err
	}
	for _, n := range ns {
		at[n.CallID].Notices = append(at[n.CallID].Notices, n)
	}
	return rs, nil
}

// list scans a query's rows.
func list[T any](ctx context.Context, q querier, dest func(*T) []any, sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	out, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (v T, err error) { return v, r.Scan(dest(&v)...) })
	if len(out) == 0 {
		out = nil
	}
	return out, err
}

// Refusals implements [store.Reader]; what this store was told by Refused is
// among them.
func (s *Store) Refusals(ctx context.Context, since time.Time, limit int) ([]clickbridge.Refusal, error) {
	if err := s.later.flush(ctx); err != nil {
		return nil, err
	}
	return list(ctx, s.pool, row.RefusalDest, refusalsSQL, row.Micros(since), orAll(limit))
}

// snapshot runs f with a transaction that sees one state of the database.
func (s *Store) snapshot(ctx context.Context, f func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, f)
}

// orAll turns "no limit" into PostgreSQL's LIMIT NULL.
func orAll(limit int) *int64 {
	if limit <= 0 {
		return nil
	}
	n := int64(limit)
	return &n
}
