package jobs

import (
	"context"
	"database/sql"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"clickbridge"
)

// SQLite inserts jobs for a store in a SQLite file.
type SQLite struct {
	client *river.Client[*sql.Tx]
	log    *slog.Logger
}

// ForSQLite returns the inserter that store/sqlite is opened with.
func ForSQLite(log *slog.Logger) (*SQLite, error) {
	c, err := inserter(&thrifty{Driver: riversqlite.New(nil)}, log)
	return &SQLite{c, log}, err
}

// Migrate makes or updates the queue's tables.
func (s *SQLite) Migrate(ctx context.Context, db *sql.DB) error {
	return migrateQueue(ctx, riversqlite.New(db), s.log)
}

// Enqueue inserts one job per notice and returns their ids in order.
func (s *SQLite) Enqueue(ctx context.Context, tx *sql.Tx, ns []clickbridge.Notice) ([]int64, error) {
	rs, err := s.client.InsertManyTx(ctx, tx, orders(ns))
	return ids(rs), err
}

// Withdraw removes a job unless it is running or gone already.
func (s *SQLite) Withdraw(ctx context.Context, tx *sql.Tx, job int64) error {
	_, err := s.client.JobDeleteTx(ctx, tx, job)
	return unlessRunning(err)
}

// NewSQLite returns a queue that works the jobs in db, which must be the only
// connection of this process that writes (one open connection).
func NewSQLite(db *sql.DB, c Config) (Queue, error) {
	d, err := newThrifty(db)
	if err != nil {
		return nil, err
	}
	return newQueue(d, c, func(ctx context.Context, node string) error {
		return reviveSQLite(ctx, db, node)
	})
}

// reviveSQLite makes available what ran on this node, whose former process must
// be dead as it holds the same name, and what fell due meanwhile; and drops the
// dead process's lead, which nobody could take for 15 s.
func reviveSQLite(ctx context.Context, db *sql.DB, node string) error {
	_, err := db.ExecContext(ctx, `UPDATE river_job
		SET state = 'available', scheduled_at = datetime('now', 'subsec')
		WHERE state = 'running' AND json_extract(attempted_by, '$[#-1]') = ?
		OR state = 'retryable' AND scheduled_at <= datetime('now', 'subsec')`, node)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `DELETE FROM river_leader WHERE leader_id = ?`, node)
	return err
}
