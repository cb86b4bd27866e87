package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

// Heartbeat implements [store.Recovery].
func (s *Store) Heartbeat(ctx context.Context, node string, now time.Time) error {
	return s.w.put(ctx, func(b *batch) error {
		_, err := b.exec(qHeartbeat, row.Text(node), row.Micros(now))
		return err
	})
}

// ClaimOwn implements [store.Recovery].
func (s *Store) ClaimOwn(ctx context.Context, node string) ([]store.Orphan, []clickbridge.LegRecord, error) {
	node = row.Text(node)
	return s.claim(ctx, node, func(*batch) (func(string) bool, error) {
		return func(owner string) bool { return owner == node }, nil
	})
}

// ClaimDead implements [store.Recovery].
func (s *Store) ClaimDead(ctx context.Context, node string, deadline time.Time) ([]store.Orphan, []clickbridge.LegRecord, error) {
	node = row.Text(node)
	return s.claim(ctx, node, func(b *batch) (func(string) bool, error) {
		rows, err := b.rows(qLivingNodes, row.Micros(deadline))
		if err != nil {
			return nil, err
		}
		living, err := collect(rows, func(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) })
		return func(owner string) bool { return owner != node && !slices.Contains(living, owner) }, err
	})
}

// claim makes the node the owner of what belongs to whom wanted names, and
// returns it.
func (s *Store) claim(ctx context.Context, node string, wanted func(*batch) (func(string) bool, error)) (os []store.Orphan, rest []clickbridge.LegRecord, err error) {
	err = s.w.do(ctx, func(b *batch) error {
		of, err := wanted(b)
		if err != nil {
			return err
		}
		l, err := b.book()
		if err != nil {
			return err
		}
		var mine []*live
		for _, r := range l.calls {
			if of(r.node) {
				mine = append(mine, r)
			}
		}
		os, rest = nil, nil // it may run a second time
		for _, r := range mine {
			r = l.take(r, node)
			legs, err := r.legRecords()
			if err != nil {
				return err
			}
			if r.call.InFlight() {
				os = append(os, store.Orphan{Record: r.asRead(), Legs: legs})
			} else {
				rest = append(rest, legs...)
			}
		}
		sortLegs(rest)
		return b.addNotices(os)
	})
	if err != nil {
		return nil, nil, err
	}
	return os, rest, nil
}

// take makes a node the owner of a call.
func (l *ledger) take(r *live, node string) *live {
	if r.node == node {
		return r
	}
	r = l.edit(r)
	r.node, r.whole = node, true
	if r.call.InFlight() {
		call := *r.call
		call.Node, r.call = node, &call
	}
	return r
}

// addNotices orders calls as they began and adds their notices.
func (b *batch) addNotices(os []store.Orphan) error {
	slices.SortFunc(os, func(x, y store.Orphan) int { return inOrder(&x.Record, &y.Record) })
	ids := make([]string, len(os))
	at := make(map[clickbridge.CallID]*store.Record, len(os))
	for i := range os {
		ids[i], at[os[i].Call.ID] = string(os[i].Call.ID), &os[i].Record
	}
	return addNotices(b.ctx, b.tx, ids, at)
}

// inOrder compares calls by when they began.
func inOrder(x, y *store.Record) int {
	return cmp.Or(x.Call.CreatedAt.Compare(y.Call.CreatedAt), cmp.Compare(x.Call.ID, y.Call.ID))
}

func sortLegs(ls []clickbridge.LegRecord) {
	slices.SortFunc(ls, func(x, y clickbridge.LegRecord) int { return strings.Compare(x.ID, y.ID) })
}

// legRecords returns the legs of a call as they are read from the file.
func (r *live) legRecords() (out []clickbridge.LegRecord, err error) {
	for _, g := range r.legs {
		l, err := row.Leg(row.LegData(&g.LegRecord))
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	sortLegs(out)
	return out, nil
}

// asRead returns a call and its attempts as they are read from the file.
func (r *live) asRead() store.Record {
	c := live{call: row.Decode(row.AppendCall(nil, r.call)).Call()}
	for _, a := range r.attempts {
		c.attempts = append(c.attempts, row.Decode(row.AppendAttempt(nil, a)).Attempt())
	}
	return c.record()
}

// record returns a call and its attempts, in order.
func (r *live) record() store.Record {
	out := store.Record{Call: *r.call}
	for _, a := range r.attempts {
		out.Attempts = append(out.Attempts, *a)
	}
	slices.SortFunc(out.Attempts, func(x, y clickbridge.Attempt) int {
		return cmp.Or(cmp.Compare(x.Seq, y.Seq), cmp.Compare(x.ID, y.ID))
	})
	return out
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
