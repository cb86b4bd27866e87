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

// Notice implements [store.Notices].
func (s *Store) Notice(ctx context.Context, id clickbridge.NoticeID) (clickbridge.Notice, error) {
	var ns []clickbridge.Notice
	err := s.snapshot(ctx, func(tx *sql.Tx) (err error) {
		ns, err = notices(ctx, tx, `WHERE id = ?`, row.Text(string(id)))
		return err
	})
	if err == nil && len(ns) == 0 {
		err = fmt.Errorf("%w: notice %s", store.ErrNotFound, id)
	}
	if err != nil {
		return clickbridge.Notice{}, err
	}
	return ns[0], nil
}

// ListNotices implements [store.Notices].
func (s *Store) ListNotices(ctx context.Context, state clickbridge.NoticeState, limit int) (ns []clickbridge.Notice, err error) {
	where, args := "", []any{orAll(limit)}
	if state != "" {
		where, args = "WHERE state = ? ", []any{row.Text(string(state)), orAll(limit)}
	}
	err = s.snapshot(ctx, func(tx *sql.Tx) (err error) {
		ns, err = notices(ctx, tx, where+"ORDER BY created_at DESC, id DESC LIMIT ?", args...)
		return err
	})
	return ns, err
}

// notices reads notices and their tries with one query each.
func notices(ctx context.Context, q querier, rest string, args ...any) ([]clickbridge.Notice, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+row.NoticeColumns+` FROM notices `+rest, args...)
	if err != nil {
		return nil, err
	}
	ns, err := collect(rows, func(rows *sql.Rows) (n clickbridge.Notice, err error) {
		return n, rows.Scan(row.NoticeDest(&n)...)
	})
	if err != nil || len(ns) == 0 {
		return nil, err
	}
	ids := make([]string, len(ns))
	at := make(map[clickbridge.NoticeID]*clickbridge.Notice, len(ns))
	for i := range ns {
		ids[i], at[ns[i].ID] = string(ns[i].ID), &ns[i]
	}
	rows, err = q.QueryContext(ctx, `SELECT `+row.TryColumns+` FROM notice_tries
		WHERE notice_id IN (SELECT value FROM json_each(?)) ORDER BY notice_id, n`, jsonList(ids))
	if err != nil {
		return nil, err
	}
	tries, err := collect(rows, func(rows *sql.Rows) (t clickbridge.NoticeTry, err error) {
		return t, rows.Scan(row.TryDest(&t)...)
	})
	for _, t := range tries {
		at[t.NoticeID].Tries = append(at[t.NoticeID].Tries, t)
	}
	return ns, err
}

// Owe implements [store.Notices].
func (s *Store) Owe(ctx context.Context, ns []clickbridge.Notice) error {
	return s.w.doSaved(ctx, func(b *batch) error { return s.putNotices(b, ns) })
}

// Tried implements [store.Notices]. [store.ErrNotFound].
func (s *Store) Tried(ctx context.Context, t clickbridge.NoticeTry, state clickbridge.NoticeState) error {
	return s.w.do(ctx, func(b *batch) error {
		n, err := b.exec(qNoticeState, row.Text(string(t.NoticeID)), row.Text(string(state)))
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%w: notice %s", store.ErrNotFound, t.NoticeID)
		}
		_, err = b.exec(qPutTry, row.TryValues(&t)...)
		return err
	})
}

// Resend implements [store.Notices]. A job that still waits for the notice is
// replaced, so there is never more than one that waits. [store.ErrNotFound].
func (s *Store) Resend(ctx context.Context, id clickbridge.NoticeID) error {
	key := row.Text(string(id))
	return s.w.doSaved(ctx, func(b *batch) error {
		var old int64
		err := b.row(qNoticeJob, key).Scan(&old)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("%w: notice %s", store.ErrNotFound, id)
		}
		if err != nil {
			return err
		}
		var n clickbridge.Notice
		if err := b.row(qNoticeForJob, key).Scan(row.NoticeDest(&n)...); err != nil {
			return err
		}
		if err := s.jobs.Withdraw(b.ctx, b.tx, old); err != nil {
			return err
		}
		jobs, err := s.jobs.Enqueue(b.ctx, b.tx, []clickbridge.Notice{n})
		if err != nil {
			return err
		}
		_, err = b.exec(qNoticePending, key, string(clickbridge.NoticePending), jobs[0])
		return err
	})
}
