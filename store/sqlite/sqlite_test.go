package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
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
		path := filepath.Join(t.TempDir(), "odd ?#%20 name.db")
		if err := os.WriteFile(path, migrated(t), 0o600); err != nil {
			t.Fatal(err)
		}
		s := openWith(t, path, j)
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

// template is a file with all tables and nothing in them: making it anew for
// each test would be most of the suite's time under the race detector.
var template struct {
	sync.Once
	data []byte
}

func migrated(t *testing.T) []byte {
	template.Do(func() {
		path := filepath.Join(t.TempDir(), "template.db")
		err := open(t, path).Close() // which also empties the write-ahead log
		if err == nil {
			template.data, err = os.ReadFile(path)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	return template.data
}

// empty makes a file with all tables and nothing in them.
func empty(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, migrated(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
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
