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
	id = textual(id)
	rs, err := s.recent(ctx, one(id))
	if err == nil && len(rs) == 0 {
		err = s.snapshot(ctx, func(tx *sql.Tx) (err error) {
			rs, err = records(ctx, tx, `SELECT `+row.CallColumns+` FROM calls WHERE id = ?`, string(id))
			return err
		})
	}
	if err != nil {
		return store.Record{}, err
	}
	if len(rs) == 0 {
		return store.Record{}, fmt.Errorf("%w: call %s", store.ErrNotFound, id)
	}
	return rs[0], nil
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
	if f.Page != "" {
		add("page = ?", row.Text(f.Page))
	}
	if f.Phone != "" {
		add("phone = ?", row.Text(string(f.Phone)))
	}
	if f.Agent != "" {
		add("agent = ?", row.Text(string(f.Agent)))
	}
	if f.Result != "" {
		add("result = ?", row.Text(string(f.Result)))
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
	ids, at := index(rs)
	return rs, addDetails(ctx, q, ids, at)
}

// index returns the ids of records, and where each is.
func index(rs []store.Record) ([]string, map[clickbridge.CallID]*store.Record) {
	ids, at := make([]string, len(rs)), make(map[clickbridge.CallID]*store.Record, len(rs))
	for i := range rs {
		ids[i], at[rs[i].Call.ID] = string(rs[i].Call.ID), &rs[i]
	}
	return ids, at
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
	return addNotices(ctx, q, ids, at)
}

func addNotices(ctx context.Context, q querier, ids []string, at map[clickbridge.CallID]*store.Record) error {
	if len(ids) == 0 {
		return nil
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
