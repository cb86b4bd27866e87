package sqlite_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/storetest"
)

// BenchmarkClick writes whole clicks, as fast as 64 callers can and at 400
// clicks a second, and reports what a click costs.
func BenchmarkClick(b *testing.B) {
	b.Run("flat out", func(b *testing.B) { clicks(b, 0) })
	b.Run("400 a second", func(b *testing.B) { clicks(b, time.Second/400) })
}

func clicks(b *testing.B, every time.Duration) {
	s := open(b, b.TempDir()+"/bench.db")
	defer s.Close()
	ctx := context.Background()
	b.ResetTimer()
	before, start := cpu(), time.Now()
	var g errgroup.Group
	g.SetLimit(64)
	for i := range b.N {
		if wait := time.Duration(i)*every - time.Since(start); wait > 0 {
			<-time.After(wait)
		}
		g.Go(func() error { return storetest.Click(ctx, s, i) })
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	n := float64(b.N)
	b.ReportMetric(float64((cpu()-before).Microseconds())/n, "cpu-us/click")
	b.ReportMetric(n/time.Since(start).Seconds(), "clicks/s")
	b.ReportMetric(float64(s.Commits())/n, "commits/click")
}

// cpu is the CPU time of this process, user and system.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkNotices saves the end of a hunt that owes an email and a POST, 64
// callers at once.
func BenchmarkNotices(b *testing.B) {
	s := open(b, b.TempDir()+"/bench.db")
	defer s.Close()
	ctx := context.Background()
	calls := make([]clickbridge.Call, b.N)
	for i := range calls {
		calls[i] = clickbridge.Call{ID: clickbridge.NewCallID(), AccountID: 1, Node: "a", CreatedAt: time.Now()}
	}
	var g errgroup.Group
	g.SetLimit(64)
	for _, c := range calls {
		g.Go(func() error { return s.CreateCall(ctx, c, store.Daily{}) })
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	before := cpu()
	for _, c := range calls {
		g.Go(func() error {
			ns := make([]clickbridge.Notice, 2)
			for i, k := range []clickbridge.NoticeKind{clickbridge.NoticeEmail, clickbridge.NoticeURL} {
				ns[i] = clickbridge.Notice{ID: clickbridge.NewNoticeID(), CallID: c.ID, Kind: k, State: clickbridge.NoticePending, CreatedAt: time.Now()}
			}
			return s.Save(ctx, c, nil, ns)
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N), "cpu-us/save")
}
