package driver_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/driver"
)

// operator does what the command line does beside a running server: opens,
// reads, writes, closes, again and again.
func operator(dsn string) error {
	ctx := context.Background()
	for i := range 4 {
		begin := time.Now()
		o, err := driver.Open(ctx, dsn, discard)
		if err != nil {
			return err
		}
		ns, err := o.Store.ListNotices(ctx, "", 5)
		if err != nil {
			return err
		}
		for _, n := range ns {
			if err := o.Store.Resend(ctx, n.ID); err != nil {
				return err
			}
		}
		a := clickbridge.Account{Name: fmt.Sprint("account ", i)}
		if err := o.Store.Apply(ctx, []clickbridge.Change{{Op: clickbridge.OpPut, Account: &a}}); err != nil {
			return err
		}
		if err := o.Store.Close(); err != nil {
			return err
		}
		fmt.Println("took", time.Since(begin).Milliseconds())
	}
	fmt.Println("done")
	return nil
}

// TestOperatorBesideBusyServer runs the command line against the file of a
// server that writes without a pause and works jobs at the same time. Nobody may
// fail for a lock, and nobody may wait long for it.
func TestOperatorBesideBusyServer(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "test.db")
	o := open(t, dsn)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	startQueue(t, o, func(clickbridge.NoticeID) {})
	failed, slowest := make(chan error, 8), make(chan time.Duration, 8)
	for range cap(failed) {
		go func() {
			var longest time.Duration
			for ctx.Err() == nil {
				begin := time.Now()
				if err := quietCall(ctx, o.Store); err != nil && ctx.Err() == nil {
					failed <- err
					break
				}
				longest = max(longest, time.Since(begin))
			}
			slowest <- longest
		}()
	}
	c := spawn(t, "operator", dsn)
	var took []string
	for l := c.line(t); l != "done"; l = c.line(t) {
		took = append(took, strings.TrimPrefix(l, "took "))
		seen, err := o.Store.Revision(ctx)
		if err != nil || int(seen) < len(took)+1 {
			t.Errorf("after %d changes the server sees revision %d, %v", len(took), seen, err)
		}
	}
	cancel()
	var longest time.Duration
	for range cap(slowest) {
		longest = max(longest, <-slowest)
	}
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	t.Logf("the command line took %v ms; the slowest call of the server %s", took, longest)
	if longest > 8*time.Second {
		t.Errorf("a call of the server waited %s", longest)
	}
}

// quietCall is three facts and a notice.
func quietCall(ctx context.Context, s store.Store) error {
	c := clickbridge.Call{ID: clickbridge.NewCallID(), AccountID: 1, Node: "a", CreatedAt: time.Now()}
	if err := s.CreateCall(ctx, c, store.Daily{Day: "d"}); err != nil {
		return err
	}
	n := clickbridge.Notice{ID: clickbridge.NewNoticeID(), CallID: c.ID, Kind: clickbridge.NoticeSMS, State: clickbridge.NoticePending, CreatedAt: time.Now()}
	if err := s.Save(ctx, c, nil, []clickbridge.Notice{n}); err != nil {
		return err
	}
	c.State = clickbridge.CallEnded
	return s.Save(ctx, c, nil, nil)
}
