package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

// Enqueuer inserts delivery jobs in the transaction that writes the notices
// they deliver.
type Enqueuer interface {
	// Migrate makes the queue's own tables. Only one node at a time calls it.
	Migrate(ctx context.Context, pool *pgxpool.Pool) error
	// Enqueue inserts one job per notice and returns their ids in order.
	Enqueue(ctx context.Context, tx pgx.Tx, notices []clickbridge.Notice) ([]int64, error)
	// Withdraw removes a job unless it is running or gone already.
	Withdraw(ctx context.Context, tx pgx.Tx, job int64) error
}

// Config says which database, and who inserts jobs.
type Config struct {
	DSN    string // postgres://…; pool_max_conns may be among its parameters
	Jobs   Enqueuer
	Logger *slog.Logger
}

// Store is a [store.Store] in a PostgreSQL database. Its methods may be called
// from any goroutine.
type Store struct {
	tables
	log   *slog.Logger
	jobs  Enqueuer
	pool  *pgxpool.Pool
	later *background
	flood flood
}

var _ store.Store = (*Store)(nil)

// connections is the pool's size when the DSN names none.
const connections = 20

// Open connects, brings the tables up to date and starts the background writer.
// ctx bounds the opening only.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Jobs == nil || c.Logger == nil {
		return nil, errors.New("postgres: Jobs and Logger are needed")
	}
	config, err := pgxpool.ParseConfig(c.DSN)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err) // pgx leaves the password out
	}
	if !strings.Contains(c.DSN, "pool_max_conns") {
		config.MaxConns = connections
	}
	pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	if err := migrate(ctx, pool, c.Jobs); err != nil {
		pool.Close()
		return nil, fmt.Errorf("postgres: %w", err)
	}
	s := &Store{
		log: c.Logger, jobs: c.Jobs, pool: pool, flood: newFlood(),
		later: startBackground(ctx, pool, c.Logger),
	}
	s.tables = row.NewTables(engine{s}, "FOR UPDATE SKIP LOCKED")
	return s, nil
}

// Pool is the store's pool, for the job queue of the same process.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Ping reports whether the server answers.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

// Close writes what is enqueued, then closes the pool. The job queue must have
// been stopped before.
func (s *Store) Close() error {
	s.later.close()
	s.pool.Close()
	return nil
}

// inTx runs f in a transaction and commits it when f returns nil.
func (s *Store) inTx(ctx context.Context, f func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.pool, f)
}
