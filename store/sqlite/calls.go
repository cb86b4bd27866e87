package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

// errTwice is returned for a call that is there already.
var errTwice = errors.New("sqlite: the call exists")

// CreateCall implements [store.Calls].
func (s *Store) CreateCall(ctx context.Context, c clickbridge.Call, d store.Daily) error {
	c.ID, c.Node, c.Notes = textual(c.ID), row.Text(c.Node), slices.Clone(c.Notes)
	c.Later = nil
	on := day{c.AccountID, row.Text(d.Day)}
	return s.w.put(ctx, func(b *batch) error {
		if err := b.isNew(c.ID); err != nil {
			return err
		}
		n, err := b.clicks(on)
		if err != nil {
			return err
		}
		if d.Limit > 0 && n >= int64(d.Limit) {
			return fmt.Errorf("%w: account %d, %d on %s", store.ErrDailyLimit, c.AccountID, d.Limit, on.day)
		}
		b.ledger.setDay(on, count{n + 1, pending})
		b.ledger.add(&c, c.Node)
		b.ledger.oldest = min(b.ledger.oldest, row.Micros(c.CreatedAt))
		return nil
	})
}

// isNew returns errTwice when there is such a call. Ids are made in the order
// of time, so that the table is hardly ever asked.
func (b *batch) isNew(id clickbridge.CallID) error {
	l, err := b.book()
	if err != nil {
		return err
	}
	_, found := l.calls[id]
	if !found && id <= l.newest {
		_, found, err = b.first(qCallNode, string(id))
	}
	if err == nil && found {
		err = fmt.Errorf("%w: %s", errTwice, id)
	}
	return err
}

// clicks returns how many clicks a day had.
func (b *batch) clicks(on day) (int64, error) {
	if c, ok := b.ledger.days[on]; ok {
		return c.n, nil
	}
	n, _, err := b.number(qGetDay, on.account, on.day)
	if err == nil {
		b.ledger.days[on] = count{n: n}
	}
	return n, err
}

// inFlight returns a call that has not ended, nil when there is none, to be
// changed.
func (b *batch) inFlight(id clickbridge.CallID) (*live, error) {
	l, err := b.book()
	if err != nil {
		return nil, err
	}
	if r := l.calls[id]; r != nil && r.call.InFlight() {
		return r, nil
	}
	return nil, nil
}

// Dialing implements [store.Calls]. A call that has ended dials nobody:
// [store.ErrNotOwner].
func (s *Store) Dialing(ctx context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error {
	g := legOf(l, false)
	a.ID, a.CallID = textual(a.ID), g.CallID
	return s.w.put(ctx, func(b *batch) error {
		r, err := b.inFlight(g.CallID)
		if err != nil {
			return err
		}
		if r == nil {
			return fmt.Errorf("%w: %s", store.ErrNotOwner, g.CallID)
		}
		if g.Exclusive && g.Agent != "" && b.ledger.occupied(g.Agent, g.CallID) {
			return fmt.Errorf("%w: %s", store.ErrOccupied, g.Agent)
		}
		r = b.ledger.edit(r)
		r.putAttempt(&a)
		b.ledger.putLeg(r, g)
		return nil
	})
}

// Answered implements [store.Calls].
func (s *Store) Answered(ctx context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error {
	g := legOf(l, true)
	a.ID = textual(a.ID)
	return s.w.put(ctx, func(b *batch) error {
		r, err := b.withLegs(g.CallID)
		if err != nil {
			return err
		}
		r = b.ledger.edit(r)
		b.ledger.putLeg(r, g)
		if r.moved {
			_, err = b.exec(qAnsweredAttempt, string(g.CallID), string(a.ID), row.Text(a.Trunk), row.Micros(a.AnsweredAt))
			return err
		}
		for _, old := range r.attempts {
			if old.ID == a.ID && old.Result == "" {
				now := *old
				now.Trunk, now.AnsweredAt = a.Trunk, a.AnsweredAt
				r.putAttempt(&now)
				break
			}
		}
		return nil
	})
}

// withLegs returns a call that may have ended, to add a leg.
func (b *batch) withLegs(id clickbridge.CallID) (*live, error) {
	l, err := b.book()
	if err != nil {
		return nil, err
	}
	if r := l.calls[id]; r != nil {
		return r, nil
	}
	node, found, err := b.first(qCallNode, string(id))
	if err == nil && !found {
		err = fmt.Errorf("%w: %s", store.ErrNotOwner, id)
	}
	if err != nil {
		return nil, err
	}
	name, _ := node.(string)
	r := l.add(&clickbridge.Call{ID: id}, name)
	r.shrink()
	return r, nil
}

// Early implements [store.Calls]. It does not bring back a record that is gone,
// nor change one that is answered.
func (s *Store) Early(l clickbridge.LegRecord) {
	g := legOf(l, false)
	s.w.later(func(b *batch) error {
		r, err := b.holder(g.ID)
		if r == nil || err != nil || r.leg(g.ID).answered {
			return err
		}
		b.ledger.putLeg(b.ledger.edit(r), g)
		return nil
	})
}

// Gone implements [store.Calls].
func (s *Store) Gone(legID string) {
	id := row.Text(legID)
	s.w.later(func(b *batch) error {
		r, err := b.holder(id)
		if r == nil || err != nil {
			return err
		}
		r = b.ledger.edit(r)
		b.ledger.cutLeg(r, id)
		if r.moved && len(r.legs) == 0 {
			b.ledger.remove(r)
		}
		return nil
	})
}

// holder returns the call that has a leg, nil when none has.
func (b *batch) holder(leg string) (*live, error) {
	l, err := b.book()
	if err != nil {
		return nil, err
	}
	return l.calls[l.legs[leg]], nil
}

// legOf returns a record as the ledger keeps it.
func legOf(l clickbridge.LegRecord, answered bool) *leg {
	l.ID, l.CallID = row.Text(l.ID), textual(l.CallID)
	l.Agent, l.Routes = textual(l.Agent), slices.Clone(l.Routes)
	return &leg{l, answered}
}

func textual[S ~string](s S) S { return S(row.Text(string(s))) }

// Save implements [store.Calls].
func (s *Store) Save(ctx context.Context, c clickbridge.Call, as []clickbridge.Attempt, ns []clickbridge.Notice) error {
	c.ID, c.Node, c.Notes = textual(c.ID), row.Text(c.Node), slices.Clone(c.Notes)
	as = slices.Clone(as)
	for i := range as {
		as[i].ID, as[i].CallID = textual(as[i].ID), c.ID
	}
	later, put := c.Later, s.w.put
	if len(ns) > 0 {
		put = s.w.do
	}
	return put(ctx, func(b *batch) error {
		r, err := b.inFlight(c.ID)
		if err != nil {
			return err
		}
		if r == nil || r.node != c.Node {
			return fmt.Errorf("%w: %s", store.ErrNotOwner, c.ID)
		}
		r = b.ledger.edit(r)
		call := *r.call
		row.Change(&call, &c)
		c, r.call = call, &c // c is this fact's alone
		for i := range as {
			r.putAttempt(&as[i])
		}
		if later != nil {
			if _, err := b.exec(qPutCallback, row.CallbackValues(later)...); err != nil {
				return err
			}
		}
		return s.putNotices(b, ns)
	})
}

// putNotices inserts notices, each with its job. One that is there already is
// left alone: whoever was not told that a Save had been committed repeats it.
func (s *Store) putNotices(b *batch, ns []clickbridge.Notice) error {
	if len(ns) == 0 {
		return nil
	}
	ns, err := b.newNotices(ns)
	if err != nil || len(ns) == 0 {
		return err
	}
	jobs, err := s.jobs.Enqueue(b.ctx, b.tx, ns)
	if err != nil {
		return err
	}
	for i := range ns {
		if _, err := b.exec(qPutNotice, append(row.NoticeValues(&ns[i]), jobs[i])...); err != nil {
			return err
		}
	}
	return nil
}

// newNotices returns those that are not there yet.
func (b *batch) newNotices(ns []clickbridge.Notice) ([]clickbridge.Notice, error) {
	out := make([]clickbridge.Notice, 0, len(ns))
	for i := range ns {
		var job int64
		switch err := b.row(qNoticeJob, row.Text(string(ns[i].ID))).Scan(&job); {
		case errors.Is(err, sql.ErrNoRows):
			out = append(out, ns[i])
		case err != nil:
			return nil, err
		}
	}
	return out, nil
}
