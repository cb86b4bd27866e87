package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/sqlite"
	"clickbridge/store/storetest"
)

// TestReadingIsCheap: while many calls are not in their table, reading neither
// makes a ledger of the file again nor, where only older calls are asked for,
// asks the writer.
func TestReadingIsCheap(t *testing.T) {
	s := open(t, empty(t))
	defer s.Close()
	ctx := context.Background()
	call := inFlight(t, s, time.Now())
	var g errgroup.Group
	for i := range 200 {
		g.Go(func() error { return storetest.Click(ctx, s, i) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	ledgers := s.Ledgers()
	for range 20 {
		if _, err := s.Call(ctx, call); err != nil {
			t.Fatal(err)
		}
		if n := listed(t, s, store.Filter{}); n != 201 {
			t.Fatalf("%d calls, want 201", n)
		}
	}
	if n := s.Ledgers() - ledgers; n != 0 {
		t.Errorf("40 reads made %d ledgers of the file", n)
	}
	commits := s.Commits()
	for range 20 {
		listed(t, s, store.Filter{To: time.Now().Add(-time.Hour)})
	}
	if n := s.Commits() - commits; n != 0 {
		t.Errorf("20 reads of what is older asked the writer %d times", n)
	}
}

// TestOldCallsAreListed: a call of long ago that is not in its table is listed
// all the same, whether this process or another put it there.
func TestOldCallsAreListed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	s, other := open(t, path), open(t, path)
	defer s.Close()
	defer other.Close()
	long := store.Filter{To: time.Now().Add(-2 * time.Minute)}
	inFlight(t, s, time.Now())
	if n := listed(t, s, long); n != 0 {
		t.Fatalf("%d old calls, want none", n)
	}
	inFlight(t, s, time.Now().Add(-time.Hour))
	if n := listed(t, s, long); n != 1 {
		t.Errorf("%d old calls of this process, want 1", n)
	}
	inFlight(t, other, time.Now().Add(-2*time.Hour))
	inFlight(t, s, time.Now())
	long.To = time.Now().Add(-90 * time.Minute)
	if n := listed(t, s, long); n != 1 {
		t.Errorf("%d old calls of another process, want 1", n)
	}
}

// inFlight makes a call.
func inFlight(t *testing.T, s *sqlite.Store, at time.Time) clickbridge.CallID {
	t.Helper()
	c := clickbridge.Call{ID: clickbridge.NewCallID(), AccountID: 1, Node: "a", CreatedAt: at, State: clickbridge.CallHunting}
	if err := s.CreateCall(t.Context(), c, store.Daily{Day: "x"}); err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func listed(t *testing.T, s *sqlite.Store, f store.Filter) (n int) {
	t.Helper()
	if err := s.EachCall(t.Context(), f, func(store.Record) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}
