package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"

	"clickbridge"
	"clickbridge/jobs"
	"clickbridge/store/sqlite"
	"clickbridge/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		j := &flaky{SQLite: inserter(t)}
		s := openWith(t, filepath.Join(t.TempDir(), "odd ?#%20 name.db"), j)
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return storetest.Subject{Store: s, FailJobs: func() { j.fail.Store(true) }, Jobs: func() (n int) {
			if err := s.DB().QueryRow(`SELECT count(*) FROM river_job WHERE kind = 'notice'`).Scan(&n); err != nil {
				t.Error(err)
			}
			return n
		}}
	})
}

// flaky is an enqueuer that fails after it has inserted.
type flaky struct {
	*jobs.SQLite
	fail atomic.Bool
}

func (f *flaky) Enqueue(ctx context.Context, tx *sql.Tx, ns []clickbridge.Notice) ([]int64, error) {
	ids, err := f.SQLite.Enqueue(ctx, tx, ns)
	if err == nil && f.fail.Load() {
		err = errors.New("the queue is broken")
	}
	return ids, err
}

var discard = slog.New(slog.NewTextHandler(io.Discard, nil))

func inserter(t testing.TB) *jobs.SQLite {
	t.Helper()
	j, err := jobs.ForSQLite(discard)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func openWith(t testing.TB, path string, j sqlite.Enqueuer) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), sqlite.Config{Path: path, Jobs: j, Logger: discard})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func open(t testing.TB, path string) *sqlite.Store { return openWith(t, path, inserter(t)) }
