package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/sqlite"
)

// TestReportsUseAnIndex: a table of a million calls must not be read for one
// day of one account.
func TestReportsUseAnIndex(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "test.db"))
	defer s.Close()
	last := &clickbridge.Call{ID: "x", CreatedAt: time.Unix(1000, 0)}
	for _, test := range []struct {
		name string
		f    store.Filter
		last *clickbridge.Call
		want string
	}{
		{"a day of an account", store.Filter{AccountID: 1, From: time.Unix(1, 0), To: time.Unix(2, 0)}, nil, "calls_by_account (account_id=? AND created_at>? AND created_at<?)"},
		{"its next page", store.Filter{AccountID: 1, From: time.Unix(1, 0)}, last, "calls_by_account (account_id=? AND (created_at,id)>(?,?))"},
		{"newest first", store.Filter{AccountID: 1, Newest: true}, last, "calls_by_account (account_id=? AND (created_at,id)<(?,?))"},
		{"all since", store.Filter{From: time.Unix(1, 0)}, nil, "calls_by_time (created_at>?)"},
		{"all", store.Filter{}, nil, "calls_by_time"},
	} {
		plan := explain(t, s, test.f, test.last)
		if !strings.Contains(plan, test.want) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s: %s", test.name, plan)
		}
	}
}

func explain(t *testing.T, s *sqlite.Store, f store.Filter, last *clickbridge.Call) string {
	t.Helper()
	query, args := sqlite.PageQuery(f, last, 500)
	rows, err := s.DB().Query("EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, detail)
	}
	return strings.Join(lines, "; ")
}

func TestOldestRefusalsGo(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "test.db"))
	defer s.Close()
	// Ids have no gaps here, so the highest and the lowest say how many there are.
	_, err := s.DB().Exec(`INSERT INTO refusals VALUES (1, 1, 0, '', '', '', '', 'gone', ''),
		(101, 101, 0, '', '', '', '', 'gone', ''), (102, 102, 0, '', '', '', '', 'oldest', ''), (100100, 100100, 0, '', '', '', '', '', '')`)
	if err != nil {
		t.Fatal(err)
	}
	s.Refused(clickbridge.Refusal{At: time.Now(), FindMe: "newest"}) // the first of a process clears
	rs, err := s.Refusals(context.Background(), time.Time{}, 0)
	if err != nil || len(rs) != 3 || rs[0].FindMe != "newest" || rs[2].FindMe != "oldest" {
		t.Errorf("kept of more than 100,000: %+v, %v", rs, err)
	}
}

// TestCloseWritesWhatWaits: what was enqueued is in the file after Close, and
// nothing is accepted any more.
func TestCloseWritesWhatWaits(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "test.db")
	s := open(t, path)
	for range 100 {
		s.Refused(clickbridge.Refusal{At: time.Now()})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Heartbeat(ctx, "a", time.Now()); err == nil {
		t.Error("a closed store writes")
	}
	s.Gone("nothing happens")
	s = open(t, path)
	defer s.Close()
	if rs, err := s.Refusals(ctx, time.Time{}, 0); err != nil || len(rs) != 100 {
		t.Errorf("%d of 100 refusals, %v", len(rs), err)
	}
}

func TestNewerFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	s := open(t, path)
	if _, err := s.DB().Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := sqlite.Open(context.Background(), sqlite.Config{Path: path, Jobs: inserter(t), Logger: discard})
	if err == nil || !strings.Contains(err.Error(), "newer program") {
		t.Errorf("a file of a newer program: %v", err)
	}
}

// TestDurability: what doc.go says of the file.
func TestDurability(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "test.db"))
	defer s.Close()
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "30000"} {
		var got string
		if err := s.DB().QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s, %v", pragma, got, want, err)
		}
	}
	if n := s.DB().Stats().MaxOpenConnections; n != 1 {
		t.Errorf("%d connections may write", n)
	}
}

// TestFactsShareCommits: many facts at once need few commits, a fact alone does
// not wait for company.
func TestFactsShareCommits(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "test.db"))
	defer s.Close()
	const n = 400
	before, errs := s.Commits(), make(chan error, n)
	for range n {
		go func() { errs <- s.Heartbeat(ctx, "a", time.Now()) }()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Commits() - before; got > n/4 {
		t.Errorf("%d facts at once took %d commits", n, got)
	}
	before = s.Commits()
	for range 5 {
		if err := s.Heartbeat(ctx, "a", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Commits() - before; got != 5 {
		t.Errorf("5 facts one after another took %d commits", got)
	}
}

// TestDiskFaultIsTold: an error of the file reaches every caller, and the writer
// goes on.
func TestDiskFaultIsTold(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "test.db")
	s := open(t, path)
	defer s.Close()
	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Exec(`CREATE TRIGGER full BEFORE INSERT ON nodes WHEN NEW.name = 'b' BEGIN SELECT raise(ABORT, 'disk fault'); END`); err != nil {
		t.Fatal(err)
	}
	errs := make(chan error, 20)
	for i := range cap(errs) {
		node := []string{"a", "b"}[i%2]
		go func() {
			err := s.Heartbeat(ctx, node, time.Now())
			if (err != nil) == (node == "b") {
				err = nil
			} else if err == nil {
				err = sql.ErrNoRows
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
