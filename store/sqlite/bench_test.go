package sqlite_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"clickbridge"
	"clickbridge/store"
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
		g.Go(func() error { return click(ctx, s, i) })
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

// click is what the conductor commits about a call that was answered and
// talked: 12 facts.
func click(ctx context.Context, s store.Store, i int) error {
	now := time.Now()
	c := clickbridge.Call{
		ID: clickbridge.NewCallID(), AccountID: int64(i%3 + 1), KeyName: "website backend", Node: "a",
		Order: clickbridge.PhoneFirst, FindMeID: 98765, FindMeName: "Sales", Phone: "+15551112222",
		FirstCallerID: "+19998887777", SecondCallerID: "+18887776666",
		Page: "https://www.example.com/landing/LeadResponse.html?campaign=spring", Ref: fmt.Sprint(i),
		State: clickbridge.CallQueued, Result: clickbridge.ResultInProgress, CreatedAt: now,
	}
	if err := s.CreateCall(ctx, c, store.Daily{Day: "2026-01-02", Limit: 0}); err != nil {
		return err
	}
	var attempts []clickbridge.Attempt
	for n := range 2 {
		a := clickbridge.Attempt{ID: clickbridge.NewAttemptID(), CallID: c.ID, Seq: n + 1, Party: clickbridge.PartyFindMe,
			Number: "+15558688950", Pass: 1, Trunk: "main", StartedAt: now}
		l := clickbridge.LegRecord{ID: string(a.ID), CallID: c.ID, AttemptID: a.ID, Trunk: "main", State: clickbridge.LegInviting,
			SIPCallID: "6f2c1b0e9d8a7f6e5d4c3b2a@127.0.0.1", LocalURI: "sip:8887776666@127.0.0.1", LocalTag: "a1b2c3d4e5",
			RemoteURI: "sip:5558688950@127.0.0.1:5070", RequestURI: "sip:5558688950@127.0.0.1:5070", Branch: "z9hG4bK0123456789",
			CSeq: 1, NextHop: "127.0.0.1:5070", Transport: "udp", LocalAddr: "127.0.0.1:5060"}
		if err := s.Dialing(ctx, a, l); err != nil {
			return err
		}
		l.RemoteTag, l.RemoteTarget = "x9y8z7", "sip:5558688950@127.0.0.1:5070"
		s.Early(l)
		l.State, a.AnsweredAt = clickbridge.LegAnswered, now
		if err := s.Answered(ctx, a, l); err != nil {
			return err
		}
		a.Result, a.SIPCode, a.EndedAt = clickbridge.AttemptAccepted, 200, now
		attempts = append(attempts, a)
	}
	c.State, c.AcceptedAt, c.Agent = clickbridge.CallScreening, now, "+15558688950"
	if err := s.Save(ctx, c, attempts, nil); err != nil {
		return err
	}
	c.State, c.BridgedAt = clickbridge.CallBridged, now
	if err := s.Save(ctx, c, nil, nil); err != nil {
		return err
	}
	c.State, c.Result, c.Cause, c.EndedAt = clickbridge.CallEnded, clickbridge.ResultConnected, "caller hung up", now
	if err := s.Save(ctx, c, nil, nil); err != nil {
		return err
	}
	for _, a := range attempts {
		s.Gone(string(a.ID))
	}
	return nil
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
