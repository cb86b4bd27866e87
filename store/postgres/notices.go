package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

const (
	selectNotices    = `SELECT ` + row.NoticeColumns + ` FROM notices `
	noticeSQL        = selectNotices + `WHERE id = $1`
	noticesOfSQL     = selectNotices + `WHERE call_id = ANY($1) ORDER BY call_id, created_at, id`
	allNoticesSQL    = selectNotices + `ORDER BY created_at DESC, id DESC LIMIT $1`
	someNoticesSQL   = selectNotices + `WHERE state = $2 ORDER BY created_at DESC, id DESC LIMIT $1`
	triesOfSQL       = `SELECT ` + row.TryColumns + ` FROM notice_tries WHERE notice_id = ANY($1) ORDER BY notice_id, n`
	noticeStateSQL   = `UPDATE notices SET state = $2 WHERE id = $1`
	noticePendingSQL = `UPDATE notices SET state = $2, job_id = $3 WHERE id = $1`
	noticeLockSQL    = `SELECT job_id FROM notices WHERE id = $1 FOR UPDATE`
	putTrySQL        = `INSERT INTO notice_tries (` + row.TryColumns + `, n) VALUES ($1, $2, $3, $4, $5,
		(SELECT coalesce(max(n), 0) + 1 FROM notice_tries WHERE notice_id = $1))`
)

// Notice implements [store.Notices].
func (s *Store) Notice(ctx context.Context, id clickbridge.NoticeID) (clickbridge.Notice, error) {
	var ns []clickbridge.Notice
	err := s.snapshot(ctx, func(tx pgx.Tx) (err error) {
		ns, err = notices(ctx, tx, noticeSQL, row.Text(string(id)))
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
	sql, args := allNoticesSQL, []any{orAll(limit)}
	if state != "" {
		sql, args = someNoticesSQL, append(args, row.Text(string(state)))
	}
	err = s.snapshot(ctx, func(tx pgx.Tx) (err error) {
		ns, err = notices(ctx, tx, sql, args...)
		return err
	})
	return ns, err
}

// notices reads notices and their tries with one query each.
func notices(ctx context.Context, q querier, sql string, args ...any) ([]clickbridge.Notice, error) {
	ns, err := list(ctx, q, row.NoticeDest, sql, args...)
	if err != nil || len(ns) == 0 {
		return nil, err
	}
	ids := make([]string, len(ns))
	at := make(map[clickbridge.NoticeID]*clickbridge.Notice, len(ns))
	for i := range ns {
		ids[i], at[ns[i].ID] = string(ns[i].ID), &ns[i]
	}
	tries, err := list(ctx, q, row.TryDest, triesOfSQL, ids)
	for _, t := range tries {
		at[t.NoticeID].Tries = append(at[t.NoticeID].Tries, t)
	}
	return ns, err
}

// Owe implements [store.Notices].
func (s *Store) Owe(ctx context.Context, ns []clickbridge.Notice) error {
	return s.inTx(ctx, func(tx pgx.Tx) error { return s.putNotices(ctx, tx, ns) })
}

// Tried implements [store.Notices]. [store.ErrNotFound].
func (s *Store) Tried(ctx context.Context, t clickbridge.NoticeTry, state clickbridge.NoticeState) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		// The state first: its row lock gives the tries their numbers in order.
		tag, err := tx.Exec(ctx, noticeStateSQL, row.Text(string(t.NoticeID)), row.Text(string(state)))
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return fmt.Errorf("%w: notice %s", store.ErrNotFound, t.NoticeID)
		}
		_, err = tx.Exec(ctx, putTrySQL, row.TryValues(&t)...)
		return err
	})
}

// Resend implements [store.Notices]. A job that still waits for the notice is
// replaced, so there is never more than one that waits. [store.ErrNotFound].
func (s *Store) Resend(ctx context.Context, id clickbridge.NoticeID) error {
	key := row.Text(string(id))
	return s.inTx(ctx, func(tx pgx.Tx) error {
		var old int64
		err := tx.QueryRow(ctx, noticeLockSQL, key).Scan(&old)
		if errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("%w: notice %s", store.ErrNotFound, id)
		}
		if err != nil {
			return err
		}
		var n clickbridge.Notice
		if err := tx.QueryRow(ctx, noticeSQL, key).Scan(row.NoticeDest(&n)...); err != nil {
			return err
		}
		if err := s.jobs.Withdraw(ctx, tx, old); err != nil {
			return err
		}
		jobs, err := s.jobs.Enqueue(ctx, tx, []clickbridge.Notice{n})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, noticePendingSQL, key, string(clickbridge.NoticePending), jobs[0])
		return err
	})
}
