package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/jobs"
	"clickbridge/store"
	"clickbridge/store/driver"
	"clickbridge/store/postgres/pgtest"
)

// eachEngine runs a test on both engines; dsn names an empty store.
func eachEngine(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, pgtest.DSN(t))
	})
}

const patience = 30 * time.Second

func opened(t *testing.T, dsn string) *driver.Opened {
	t.Helper()
	o, err := driver.Open(context.Background(), dsn, slog.New(slog.NewTextHandler(testLog{t}, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Store.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

// testLog fails the test for what River warns of: nothing here may.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Errorf("logged: %s", p)
	return len(p), nil
}

// started starts a queue that is stopped when the test ends.
func started(t *testing.T, o *driver.Opened, w jobs.Worker) jobs.Queue {
	t.Helper()
	q, err := o.Queue("a", w)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, q) })
	return q
}

func stop(t *testing.T, q jobs.Queue) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := q.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// owe stores a call with notices and returns their ids.
func owe(t *testing.T, s store.Store, kinds ...clickbridge.NoticeKind) (ids []clickbridge.NoticeID) {
	t.Helper()
	ctx := context.Background()
	c := clickbridge.Call{ID: clickbridge.NewCallID(), AccountID: 1, Node: "a", CreatedAt: time.Now()}
	if err := s.CreateCall(ctx, c, store.Daily{}); err != nil {
		t.Fatal(err)
	}
	var ns []clickbridge.Notice
	for _, k := range kinds {
		n := clickbridge.Notice{ID: clickbridge.NewNoticeID(), CallID: c.ID, Kind: k, State: clickbridge.NoticePending, CreatedAt: time.Now()}
		ns, ids = append(ns, n), append(ids, n.ID)
	}
	if err := s.Save(ctx, c, nil, ns); err != nil {
		t.Fatal(err)
	}
	return ids
}

// told is what a worker was asked to do.
type told struct {
	id  clickbridge.NoticeID
	try jobs.Try
	at  time.Time
}

func next(t *testing.T, c <-chan told) told {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("no job came")
		return told{}
	}
}

func TestEveryKindIsWorkedOnceAndSoon(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		o, c := opened(t, dsn), make(chan told, 10)
		started(t, o, func(_ context.Context, id clickbridge.NoticeID, try jobs.Try) jobs.Outcome {
			c <- told{id, try, time.Now()}
			return jobs.Done()
		})
		begin := time.Now()
		want := map[clickbridge.NoticeID]bool{}
		for _, id := range owe(t, o.Store, clickbridge.NoticeEmail, clickbridge.NoticeSMS, clickbridge.NoticeURL, "unheard of") {
			want[id] = true
		}
		for range 4 {
			got := next(t, c)
			if !want[got.id] || got.try != (jobs.Try{Number: 1}) {
				t.Errorf("worked %+v", got)
			}
			delete(want, got.id)
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("4 notices took %s", took)
		}
	})
}

func TestRetryComesAfterSeconds(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		o, c := opened(t, dsn), make(chan told, 10)
		started(t, o, func(_ context.Context, id clickbridge.NoticeID, try jobs.Try) jobs.Outcome {
			c <- told{id, try, time.Now()}
			if try.Number == 1 {
				return jobs.Retry(errors.New("451 try again"))
			}
			return jobs.Permanent(errors.New("550 never"))
		})
		id := owe(t, o.Store, clickbridge.NoticeEmail)[0]
		first, second := next(t, c), next(t, c)
		if pause := second.at.Sub(first.at); pause < time.Second || pause > 5*time.Second {
			t.Errorf("the second try came after %s, want 1 s to 5 s", pause)
		}
		if second.id != id || second.try.Number != 2 || second.try.Last {
			t.Errorf("second try: %+v", second)
		}
		// What was refused for good is not tried again, but can be by hand.
		if err := o.Store.Resend(context.Background(), id); err != nil {
			t.Fatal(err)
		}
		if third := next(t, c); third.id != id || third.try.Number != 1 {
			t.Errorf("sent again by hand: %+v", third)
		}
	})
}

func TestHangingChannelStopsNoOther(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		o := opened(t, dsn)
		hang, c := make(chan struct{}), make(chan told, 10)
		slow := sync.Map{}
		started(t, o, func(ctx context.Context, id clickbridge.NoticeID, try jobs.Try) jobs.Outcome {
			if _, hangs := slow.Load(id); hangs {
				select {
				case <-hang:
				case <-ctx.Done():
				}
				return jobs.Done()
			}
			c <- told{id, try, time.Now()}
			return jobs.Done()
		})
		defer close(hang)
		for range 50 { // more than a queue has workers
			oweSlow(t, o.Store, &slow)
		}
		id := owe(t, o.Store, clickbridge.NoticeEmail)[0]
		if got := next(t, c); got.id != id {
			t.Errorf("worked %+v", got)
		}
	})
}

// oweSlow owes a URL notice whose id is in slow before any worker sees it.
func oweSlow(t *testing.T, s store.Store, slow *sync.Map) {
	t.Helper()
	ctx := context.Background()
	c := clickbridge.Call{ID: clickbridge.NewCallID(), AccountID: 1, Node: "a", CreatedAt: time.Now()}
	n := clickbridge.Notice{ID: clickbridge.NewNoticeID(), CallID: c.ID, Kind: clickbridge.NoticeURL, CreatedAt: time.Now()}
	slow.Store(n.ID, true)
	if err := errors.Join(s.CreateCall(ctx, c, store.Daily{}), s.Save(ctx, c, nil, []clickbridge.Notice{n})); err != nil {
		t.Fatal(err)
	}
}

func TestStopPutsBackWhatRuns(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		o, c := opened(t, dsn), make(chan told, 10)
		q := started(t, o, func(ctx context.Context, id clickbridge.NoticeID, try jobs.Try) jobs.Outcome {
			c <- told{id, try, time.Now()}
			<-ctx.Done()
			return jobs.Retry(fmt.Errorf("cut short: %w", ctx.Err()))
		})
		id := owe(t, o.Store, clickbridge.NoticeURL)[0]
		next(t, c)
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Fatalf("stop: %v", err)
		}
		begin := time.Now()
		started(t, o, func(_ context.Context, id clickbridge.NoticeID, try jobs.Try) jobs.Outcome {
			c <- told{id, try, time.Now()}
			return jobs.Done()
		})
		again := next(t, c)
		if again.id != id || again.try.Number != 1 || again.at.Sub(begin) > 2*time.Second {
			t.Errorf("after a stop: %+v, %s after the start", again, again.at.Sub(begin))
		}
	})
}

func TestConfigIsChecked(t *testing.T) {
	o := opened(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	if _, err := o.Queue("", func(context.Context, clickbridge.NoticeID, jobs.Try) jobs.Outcome { return jobs.Done() }); err == nil {
		t.Error("a queue without a node was made")
	}
	if _, err := o.Queue("a", nil); err == nil {
		t.Error("a queue without a worker was made")
	}
}
