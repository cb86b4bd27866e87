package jobs

import (
	"context"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"clickbridge"
)

// Postgres inserts jobs for a store in PostgreSQL.
type Postgres struct {
	client *river.Client[pgx.Tx]
	log    *slog.Logger
}

// ForPostgres returns the inserter that store/postgres is opened with.
func ForPostgres(log *slog.Logger) (*Postgres, error) {
	c, err := inserter(riverpgxv5.New(nil), log)
	return &Postgres{c, log}, err
}

// Migrate makes or updates the queue's tables. Nodes that start together must
// take turns.
func (p *Postgres) Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	return migrateQueue(ctx, riverpgxv5.New(pool), p.log)
}

// Enqueue inserts one job per notice and returns their ids in order.
func (p *Postgres) Enqueue(ctx context.Context, tx pgx.Tx, ns []clickbridge.Notice) ([]int64, error) {
	rs, err := p.client.InsertManyTx(ctx, tx, orders(ns))
	return ids(rs), err
}

// Withdraw removes a job unless it is running or gone already.
func (p *Postgres) Withdraw(ctx context.Context, tx pgx.Tx, job int64) error {
	_, err := p.client.JobDeleteTx(ctx, tx, job)
	return unlessRunning(err)
}

// NewPostgres returns a queue that works the jobs in pool's database.
func NewPostgres(pool *pgxpool.Pool, c Config) (Queue, error) {
	return newQueue(riverpgxv5.New(pool), c, func(ctx context.Context, node string) error {
		return revivePostgres(ctx, pool, node)
	})
}

// revivePostgres does for one node what reviveSQLite does: other nodes' jobs
// stay with them.
func revivePostgres(ctx context.Context, pool *pgxpool.Pool, node string) error {
	_, err := pool.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = now()
		WHERE state = 'running' AND attempted_by[array_length(attempted_by, 1)] = $1
		OR state = 'retryable' AND scheduled_at <= now()`, node)
	if err != nil {
		return err
	}
	_, err = pool.Exec(ctx, `DELETE FROM river_leader WHERE leader_id = $1`, node)
	return err
}
