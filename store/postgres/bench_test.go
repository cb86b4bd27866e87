package postgres_test

import (
	"context"
	"syscall"
	"testing"

	"golang.org/x/sync/errgroup"

	"clickbridge/store/storetest"
)

// BenchmarkClick writes whole clicks, as fast as 64 callers can, and reports what
// a click costs this process; the server's share is its own.
func BenchmarkClick(b *testing.B) {
	ctx := context.Background()
	s := openWith(b, migrated.DSN(b), inserter(b))
	before := cpu()
	b.ResetTimer()
	var g errgroup.Group
	g.SetLimit(64)
	for i := range b.N {
		g.Go(func() error { return storetest.Click(ctx, s, i) })
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-us/click")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "clicks/s")
}

// cpu is the CPU time of this process in microseconds, user and system.
func cpu() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return (u.Utime.Nano() + u.Stime.Nano()) / 1000
}
