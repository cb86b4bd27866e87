package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

// page is how many calls EachCall reads at a time: between pages it holds
// nothing, so a slow reader does not keep the write-ahead log from shrinking.
const page = 500

// querier is a transaction or a database.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Call implements [store.Reader].
func (s *Store) Call(ctx context.Context, id clickbridge.CallID) (store.Record, error) {
	var rs []store.Record
	err := s.snapshot(ctx, func(tx *sql.Tx) (err error) {
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
	for n := 0; f.Limit <= 0 || n < f.Limit; {
		size := page
		if f.Limit > 0 {
			size = min(size, f.Limit-n)
		}
		sqlText, args := pageQuery(f, last, size)
		var rs []store.Record
		err := s.snapshot(ctx, func(tx *sql.Tx) (err error) {
			rs, err = records(ctx, tx, sqlText, args...)
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
	add := func(cond string, values ...any) {
		where = append(where, cond)
		args = append(args, values...)
	}
	if f.AccountID != 0 {
		add("account_id = ?", f.AccountID)
	}
	if !f.From.IsZero() && (last == nil || f.Newest) {
		add("created_at >= ?", row.Micros(f.From))
	}
	if !f.To.IsZero() && (last == nil || !f.Newest) {
		add("created_at < ?", row.Micros(f.To))
	}
	if f.FindMeID != 0 {
		add("findme_id = ?", f.FindMeID)
	}
	if f.Ref != "" {
		add("ref = ?", row.Text(f.Ref))
	}
	than, order := ">", ""
	if f.Newest {
		than, order = "<", " DESC"
	}
	if last != nil {
		add("(created_at, id) "+than+" (?, ?)", row.Micros(last.CreatedAt), string(last.ID))
	}
	q := "SELECT " + row.CallColumns + " FROM calls"
	if len(where) > 0 {
		q += " WHERE " + strings.Join(where, " AND ")
	}
	return q + " ORDER BY created_at" + order + ", id" + order + " LIMIT ?", append(args, size)
}

func recordsByID(ctx context.Context, q querier, ids []string) ([]store.Record, error) {
	return records(ctx, q, `SELECT `+row.CallColumns+` FROM calls
		WHERE id IN (SELECT value FROM json_each(?)) ORDER BY created_at, id`, jsonList(ids))
}

// records runs a query for calls and adds their attempts and notices with one
// query each.
func records(ctx context.Context, q querier, query string, args ...any) ([]store.Record, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	rs, err := collect(rows, func(rows *sql.Rows) (r store.Record, err error) {
		return r, rows.Scan(row.CallDest(&r.Call)...)
	})
	if err != nil || len(rs) == 0 {
		return nil, err
	}
	at := make(map[clickbridge.CallID]*store.Record, len(rs))
	ids := make([]string, len(rs))
	for i := range rs {
		ids[i], at[rs[i].Call.ID] = string(rs[i].Call.ID), &rs[i]
	}
	return rs, addDetails(ctx, q, ids, at)
}

func addDetails(ctx context.Context, q querier, ids []string, at map[clickbridge.CallID]*store.Record) error {
	rows, err := q.QueryContext(ctx, `SELECT `+row.AttemptColumns+` FROM attempts
		WHERE call_id IN (SELECT value FROM json_each(?)) ORDER BY call_id, seq, id`, jsonList(ids))
	if err != nil {
		return err
	}
	attempts, err := collect(rows, func(rows *sql.Rows) (a clickbridge.Attempt, err error) {
		return a, rows.Scan(row.AttemptDest(&a)...)
	})
	if err != nil {
		return err
	}
	for _, a := range attempts {
		at[a.CallID].Attempts = append(at[a.CallID].Attempts, a)
	}
	ns, err := notices(ctx, q, `WHERE call_id IN (SELECT value FROM json_each(?)) ORDER BY call_id, created_at, id`, jsonList(ids))
	for _, n := range ns {
		at[n.CallID].Notices = append(at[n.CallID].Notices, n)
	}
	return err
}

// Refusals implements [store.Reader]; what this store was told by Refused is
// among them.
func (s *Store) Refusals(ctx context.Context, since time.Time, limit int) ([]clickbridge.Refusal, error) {
	if err := s.flush(ctx); err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, `SELECT `+row.RefusalColumns+` FROM refusals
		WHERE at >= ? ORDER BY id DESC LIMIT ?`, row.Micros(since), orAll(limit))
	if err != nil {
		return nil, err
	}
	return collect(rows, func(rows *sql.Rows) (r clickbridge.Refusal, err error) {
		return r, rows.Scan(row.RefusalDest(&r)...)
	})
}

// snapshot runs f with a transaction that sees one state of the file.
func (s *Store) snapshot(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	err = f(tx)
	_ = tx.Rollback() // nothing was written
	return err
}

// orAll turns "no limit" into SQLite's.
func orAll(limit int) int {
	if limit <= 0 {
		return -1
	}
	return limit
}

func jsonList(ids []string) string {
	b, _ := json.Marshal(ids) // strings always can be
	return string(b)
}
