package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

// EachCall implements [store.Reader]. Calls in flight, and those that ended a
// short while ago, are seen as they were when it began; of the others a page of
// 500 is a snapshot. Calls that begin meanwhile may or may not be seen.
func (s *Store) EachCall(ctx context.Context, f store.Filter, each func(store.Record) error) error {
	l := lister{f: f, each: each}
	if f.After.ID != "" {
		l.last = &clickbridge.Call{ID: f.After.ID, CreatedAt: f.After.CreatedAt}
	}
	if err := l.begin(ctx, s); err != nil {
		return err
	}
	for more := true; more; {
		var rs []store.Record
		size := page
		if f.Limit > 0 {
			size = min(size, f.Limit-l.n)
		}
		err := s.snapshot(ctx, func(tx *sql.Tx) (err error) {
			query, args := pageQuery(f, l.last, size)
			rs, err = records(ctx, tx, query, args...)
			return err
		})
		if err != nil {
			return err
		}
		if more, err = l.page(rs, len(rs) == size); err != nil {
			return err
		}
	}
	return nil
}

// lister puts the calls of the two places in one order.
type lister struct {
	f      store.Filter
	each   func(store.Record) error
	recent []store.Record              // still to be listed
	listed map[clickbridge.CallID]bool // the recent ones: one may move while we list
	last   *clickbridge.Call           // of its own table
	n      int
}

func (l *lister) begin(ctx context.Context, s *Store) (err error) {
	if s.w.settled(l.f.To) {
		return nil
	}
	l.recent, err = s.recent(ctx, those(&l.f))
	if l.f.Newest {
		slices.Reverse(l.recent)
	}
	l.listed = make(map[clickbridge.CallID]bool, len(l.recent))
	for _, r := range l.recent {
		l.listed[r.Call.ID] = true
	}
	return err
}

// page lists a page of the table, and before each call the recent ones that
// come before it. full says that there may be another page; more that it is
// wanted.
func (l *lister) page(rs []store.Record, full bool) (more bool, err error) {
	for i := range rs {
		l.last = &rs[i].Call
		if l.listed[rs[i].Call.ID] {
			continue
		}
		if err := l.recentBefore(&rs[i]); err != nil {
			return false, err
		}
		if err := l.list(rs[i]); err != nil {
			return false, err
		}
	}
	if !full {
		err = l.recentBefore(nil)
	}
	return full && !l.enough(), err
}

// recentBefore lists the recent calls that come before r; nil = all.
func (l *lister) recentBefore(r *store.Record) error {
	for len(l.recent) > 0 && (r == nil || (inOrder(&l.recent[0], r) < 0) != l.f.Newest) {
		next := l.recent[0]
		l.recent = l.recent[1:]
		if err := l.list(next); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) list(r store.Record) error {
	if l.enough() {
		return nil
	}
	l.n++
	return l.each(r)
}

func (l *lister) enough() bool { return l.f.Limit > 0 && l.n >= l.f.Limit }

// chosen is what pageQuery asks, of a call at hand: as it was made, or as it is
// read.
func chosen(f *store.Filter, c *clickbridge.Call) bool {
	at := row.Micros(c.CreatedAt)
	return (f.AccountID == 0 || c.AccountID == f.AccountID) &&
		(f.From.IsZero() || at >= row.Micros(f.From)) &&
		(f.To.IsZero() || at < row.Micros(f.To)) &&
		(f.FindMeID == 0 || c.FindMeID == f.FindMeID) &&
		isText(f.Ref, c.Ref) && isText(f.Page, c.Page) &&
		isText(f.Phone, c.Phone) && isText(f.Agent, c.Agent) && isText(f.Result, c.Result) &&
		behind(f, c.ID, at)
}

// isText reports whether nothing is asked, or what the file says of is.
func isText[S ~string](asked, is S) bool {
	return asked == "" || row.Text(string(asked)) == row.Text(string(is))
}

// behind reports whether a call comes after where the list continues.
func behind(f *store.Filter, id clickbridge.CallID, at int64) bool {
	if f.After.ID == "" {
		return true
	}
	order := cmp.Or(cmp.Compare(at, row.Micros(f.After.CreatedAt)), cmp.Compare(id, f.After.ID))
	return order < 0 && f.Newest || order > 0 && !f.Newest
}
