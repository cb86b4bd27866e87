package postgres_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store/postgres"
)

func TestOldestRefusalsGo(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openWith(t, migrated.DSN(t), inserter(t))
	// Ids have no gaps here, so the highest and the lowest say how many there are.
	_, err := s.Pool().Exec(ctx, `INSERT INTO refusals VALUES (1, 1, 0, '', '', '', '', 'gone', ''),
		(101, 101, 0, '', '', '', '', 'gone', ''), (102, 102, 0, '', '', '', '', 'oldest', ''), (100100, 100100, 0, '', '', '', '', '', '')`)
	if err == nil {
		_, err = s.Pool().Exec(ctx, `SELECT setval(pg_get_serial_sequence('refusals', 'id'), 100100)`)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Refused(clickbridge.Refusal{At: time.Now(), FindMe: "newest"}) // the first of a process clears
	rs, err := s.Refusals(ctx, time.Time{}, 0)
	if err != nil || len(rs) != 3 || rs[0].FindMe != "newest" || rs[2].FindMe != "oldest" {
		t.Errorf("kept of more than 100,000: %+v, %v", rs, err)
	}
}

// TestServerRestart: when the server drops every connection, what nobody waits
// for is written after it is back, and callers work on.
func TestServerRestart(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := openWith(t, migrated.DSN(t), inserter(t))
	for range 5 {
		_, _ = s.Pool().Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database()`) // it ends its own connection too
		s.Refused(clickbridge.Refusal{At: time.Now(), Reason: "kept"})
	}
	rs, err := s.Refusals(ctx, time.Time{}, 0)
	for try := 0; err != nil && try < 5; try++ {
		rs, err = s.Refusals(ctx, time.Time{}, 0)
	}
	if err != nil || len(rs) != 5 {
		t.Errorf("%d of 5 refusals after the server dropped everybody, %v", len(rs), err)
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dsn := migrated.DSN(t)
	s := openWith(t, dsn, inserter(t))
	if _, err := s.Pool().Exec(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`); err != nil {
		t.Fatal(err)
	}
	_, err := postgres.Open(ctx, postgres.Config{DSN: dsn, Jobs: inserter(t), Logger: discard})
	if err == nil || !strings.Contains(err.Error(), "newer program") {
		t.Errorf("a database of a newer program: %v", err)
	}
}
