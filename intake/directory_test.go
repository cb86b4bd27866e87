package intake_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clickbridge"
	"clickbridge/intake"
	"clickbridge/store"
)

// A running server acts on a change within a second, and reads only what
// changed.
func TestDirectoryFollowsChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { b.dir.Run(ctx); close(ended) }()

		pass(10 * time.Second)
		if b.source.reads != 1 {
			t.Errorf("%d reads of what did not change", b.source.reads)
		}
		dir := example()
		dir.Revision = 2
		dir.FindMes = append(dir.FindMes, clickbridge.FindMe{ID: 11111, AccountID: 1, Name: "New"})
		dir.Keys = dir.Keys[1:]
		b.source.set(dir, nil)
		pass(time.Second)
		if f, ok := b.dir.FindMe(11111); !ok || f.Name != "New" {
			t.Error("the new FindMe is not there after a second")
		}
		if _, err := b.dir.Authorize(pair); err == nil {
			t.Error("the removed key still works after a second")
		}

		b.source.set(dir, errors.New("store is away"))
		pass(10 * time.Second)
		if _, ok := b.dir.Account(1); !ok {
			t.Error("the last snapshot is gone while the source does not answer")
		}
		if n := strings.Count(b.log.String(), "store is away"); n != 1 {
			t.Errorf("the failure is logged %d times", n)
		}
		b.source.set(dir, nil)
		pass(time.Second)
		if !strings.Contains(b.log.String(), "fresh again") {
			t.Error("the recovery is not logged")
		}
		stop()
		<-ended
	})
}

func TestDirectoryBeforeItIsRead(t *testing.T) {
	t.Parallel()
	src := &source{dir: example(), err: errors.New("store is away")}
	d := intake.NewDirectory(src, serverKey, setup(t).discard())
	if err := d.Refresh(t.Context()); err == nil {
		t.Error("a failed read is no error")
	}
	if _, err := d.Authorize(pair); clickbridge.ErrorCode(err) != clickbridge.EUNAUTHORIZED {
		t.Errorf("got %v", err)
	}
	if _, ok := d.Account(1); ok {
		t.Error("an account out of nowhere")
	}
}

// The day of a click is the account's, and the limit ends at its midnight,
// also where the clocks change.
func TestDailyLimitIsTheAccountsDay(t *testing.T) {
	t.Parallel()
	chicago, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		at    time.Time
		day   string
		until time.Duration
	}{
		{time.Date(2026, 1, 15, 23, 59, 30, 0, chicago), "2026-01-15", 30 * time.Second},
		{time.Date(2026, 1, 16, 5, 0, 0, 0, time.UTC), "2026-01-15", time.Hour},
		{time.Date(2026, 3, 8, 0, 0, 0, 0, chicago), "2026-03-08", 23 * time.Hour},
		{time.Date(2026, 11, 1, 0, 0, 0, 0, chicago), "2026-11-01", 25 * time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.at.Format(time.RFC3339), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pass(time.Until(tt.at))
				b := setup(t)
				b.calls.err = store.ErrDailyLimit
				_, err := b.Click(t.Context(), click())
				var e *clickbridge.Error
				if !errors.As(err, &e) || e.Code != clickbridge.ELIMIT || e.RetryAfter != tt.until {
					t.Errorf("got %#v, want to wait %v", err, tt.until)
				}
				if d := b.calls.days[0]; d.Day != tt.day || d.Limit != 5000 {
					t.Errorf("counted on %+v, want %s", d, tt.day)
				}
			})
		})
	}
}

// Authorising and checking a click reads no database and takes microseconds.
func BenchmarkClick(b *testing.B) {
	s := setup(b)
	s.conductor.begun = make(chan clickbridge.Call, b.N+1_000_000)
	c := click(func(c *intake.Click) {
		c.Type, c.FirstCallerID, c.SecondCallerID = "2", "9998887777", "8887776666"
		c.NoAnswerEmail, c.NoAnswerSMS, c.NoAnswerURL = "sales@example.com", "5554443333", "https://test.com/no_answer_listener.php"
	})
	for b.Loop() {
		if _, err := s.Click(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}
