package postgres_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"clickbridge"
	"clickbridge/jobs"
	"clickbridge/store/postgres"
	"clickbridge/store/postgres/pgtest"
	"clickbridge/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		j := &flaky{Postgres: inserter(t)}
		s := openWith(t, migrated.DSN(t), j)
		return storetest.Subject{Store: s, FailJobs: func() { j.fail.Store(true) }, Jobs: func() (n int) {
			err := s.Pool().QueryRow(context.Background(), `SELECT count(*) FROM river_job WHERE kind = 'notice'`).Scan(&n)
			if err != nil {
				t.Error(err)
			}
			return n
		}}
	})
}

// migrated is a database with all tables.
var migrated = pgtest.Template{Prepare: func(dsn string) error {
	j, err := jobs.ForPostgres(discard)
	if err != nil {
		return err
	}
	s, err := postgres.Open(context.Background(), postgres.Config{DSN: dsn, Jobs: j, Logger: discard})
	if err != nil {
		return err
	}
	return s.Close()
}}

// flaky is an enqueuer that fails after it has inserted.
type flaky struct {
	*jobs.Postgres
	fail atomic.Bool
}

func (f *flaky) Enqueue(ctx context.Context, tx pgx.Tx, ns []clickbridge.Notice) ([]int64, error) {
	ids, err := f.Postgres.Enqueue(ctx, tx, ns)
	if err == nil && f.fail.Load() {
		err = errors.New("the queue is broken")
	}
	return ids, err
}

var discard = slog.New(slog.NewTextHandler(io.Discard, nil))

func inserter(t testing.TB) *jobs.Postgres {
	t.Helper()
	j, err := jobs.ForPostgres(discard)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// openWith opens a store that is closed when the test ends.
func openWith(t testing.TB, dsn string, j postgres.Enqueuer) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), postgres.Config{DSN: dsn, Jobs: j, Logger: discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
