package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

// CreateCall implements [store.Calls].
func (s *Store) CreateCall(ctx context.Context, c clickbridge.Call, d store.Daily) error {
	values := append(row.CallValues(&c), !c.InFlight())
	day := row.Text(d.Day)
	return s.w.do(ctx, func(b *batch) error {
		n, err := b.exec(qCountDay, c.AccountID, day, int64(d.Limit))
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%w: account %d, %d on %s", store.ErrDailyLimit, c.AccountID, d.Limit, day)
		}
		_, err = b.exec(qCreateCall, values...)
		return err
	})
}

// Dialing implements [store.Calls]. A call that has ended dials nobody:
// [store.ErrNotOwner].
func (s *Store) Dialing(ctx context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error {
	return s.leg(ctx, qDialingLeg, l, qPutAttempt, row.AttemptValues(&a))
}

// Answered implements [store.Calls].
func (s *Store) Answered(ctx context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error {
	answered := []any{row.Text(string(a.CallID)), row.Text(string(a.ID)), row.Text(a.Trunk), row.Micros(a.AnsweredAt)}
	return s.leg(ctx, qAnsweredLeg, l, qAnsweredAttempt, answered)
}

// leg writes a leg by one query and its attempt by another.
func (s *Store) leg(ctx context.Context, q query, l clickbridge.LegRecord, of query, attempt []any) error {
	id, call, data := row.Text(l.ID), row.Text(string(l.CallID)), row.LegData(&l)
	return s.w.do(ctx, func(b *batch) error {
		n, err := b.exec(q, id, call, data)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%w: %s", store.ErrNotOwner, call)
		}
		_, err = b.exec(of, attempt...)
		return err
	})
}

// Early implements [store.Calls]. It does not bring back a record that is gone,
// nor change one that is answered.
func (s *Store) Early(l clickbridge.LegRecord) {
	id, data := row.Text(l.ID), row.LegData(&l)
	s.w.later(func(b *batch) error {
		_, err := b.exec(qEarlyLeg, id, data)
		return err
	})
}

// Gone implements [store.Calls].
func (s *Store) Gone(legID string) {
	id := row.Text(legID)
	s.w.later(func(b *batch) error {
		b.gone = append(b.gone, id)
		return nil
	})
}

// Save implements [store.Calls].
func (s *Store) Save(ctx context.Context, c clickbridge.Call, as []clickbridge.Attempt, ns []clickbridge.Notice) error {
	values := append(row.CallChanges(&c), !c.InFlight(), row.Text(string(c.ID)), row.Text(c.Node))
	attempts := make([][]any, len(as))
	for i := range as {
		attempts[i] = row.AttemptValues(&as[i])
	}
	return s.w.do(ctx, func(b *batch) error {
		n, err := b.exec(qSaveCall, values...)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%w: %s", store.ErrNotOwner, c.ID)
		}
		for _, a := range attempts {
			if _, err := b.exec(qPutAttempt, a...); err != nil {
				return err
			}
		}
		if c.Later != nil {
			if _, err := b.session().Exec(row.PutCallbackSQL, row.CallbackValues(c.Later)...); err != nil {
				return err
			}
		}
		return s.putNotices(b, ns)
	})
}

// putNotices inserts notices, each with its job. One that is there already is
// left alone: whoever was not told that a Save had been committed repeats it.
func (s *Store) putNotices(b *batch, ns []clickbridge.Notice) error {
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
