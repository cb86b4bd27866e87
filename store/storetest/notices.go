package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
)

func testNoticesWithJobs(t *testing.T, s Subject) {
	ctx := context.Background()
	c := call(1, start)
	create(t, s, c)
	ns := []clickbridge.Notice{
		noticeOf(c, clickbridge.NoticeEmail, start), noticeOf(c, clickbridge.NoticeSMS, start), noticeOf(c, clickbridge.NoticeURL, start),
	}
	ns[1].From = "+15557585902"
	ns[0].Recording = clickbridge.NewRecordingID()
	ok(t, s.Save(ctx, c, nil, ns))
	same(t, "notices", get(t, s, c.ID).Notices, ns)
	if n := s.Jobs(); n != 3 {
		t.Errorf("%d jobs for 3 notices", n)
	}
}

// A Save whose answer was lost is repeated, perhaps as another state's.
func testNoticesOnce(t *testing.T, s Subject) {
	ctx := context.Background()
	c := call(1, start)
	create(t, s, c)
	ns := []clickbridge.Notice{noticeOf(c, clickbridge.NoticeEmail, start), noticeOf(c, clickbridge.NoticeSMS, start)}
	ok(t, s.Save(ctx, c, nil, ns[:1]))
	ok(t, s.Tried(ctx, clickbridge.NoticeTry{NoticeID: ns[0].ID, At: start, OK: true}, clickbridge.NoticeSent))
	ok(t, s.Save(ctx, c, nil, ns[:1]))
	c.State = clickbridge.CallEnded
	ok(t, s.Save(ctx, c, nil, ns))
	got := get(t, s, c.ID)
	if len(got.Notices) != 2 || got.Call.State != clickbridge.CallEnded || got.Notices[0].State != clickbridge.NoticeSent {
		t.Errorf("state %s, notices %+v", got.Call.State, got.Notices)
	}
	if n := s.Jobs(); n != 2 {
		t.Errorf("%d jobs for 2 notices", n)
	}
}

func testOwe(t *testing.T, s Subject) {
	ctx := context.Background()
	n := clickbridge.Notice{
		ID: clickbridge.NewNoticeID(), Kind: clickbridge.NoticeSMS, To: "+15551112222", From: "+15557585902",
		Body: "Hello ☎", State: clickbridge.NoticePending, CreatedAt: start,
	}
	for range 2 {
		ok(t, s.Owe(ctx, []clickbridge.Notice{n}))
	}
	got, err := s.Notice(ctx, n.ID)
	ok(t, err)
	same(t, "the notice", got, n)
	if jobs := s.Jobs(); jobs != 1 {
		t.Errorf("%d jobs for 1 notice", jobs)
	}
	ok(t, s.Tried(ctx, clickbridge.NoticeTry{NoticeID: n.ID, At: start, OK: true}, clickbridge.NoticeSent))
	s.FailJobs()
	n.ID = clickbridge.NewNoticeID()
	if err := s.Owe(ctx, []clickbridge.Notice{n}); err == nil {
		t.Error("owed without a job")
	}
	if _, err := s.Notice(ctx, n.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the notice without a job: %v", err)
	}
}

func testEnqueueFails(t *testing.T, s Subject) {
	ctx := context.Background()
	c := call(1, start)
	create(t, s, c)
	before := get(t, s, c.ID)
	s.FailJobs()
	c.State = clickbridge.CallEnded
	// Others save at the same moment and must not suffer.
	errs := together(10, func(i int) error {
		if i == 5 {
			return s.Save(ctx, c, []clickbridge.Attempt{attempt(c, 1)}, []clickbridge.Notice{noticeOf(c, clickbridge.NoticeEmail, start)})
		}
		return s.CreateCall(ctx, call(1, start), store.Daily{})
	})
	for i, err := range errs {
		if (err != nil) != (i == 5) {
			t.Errorf("fact %d: %v", i, err)
		}
	}
	same(t, "the call", get(t, s, c.ID), before)
	if n := s.Jobs(); n != 0 {
		t.Errorf("%d jobs are left", n)
	}
}

func testNotices(t *testing.T, s Subject) {
	ctx := context.Background()
	c := call(1, start)
	create(t, s, c)
	var ns []clickbridge.Notice
	for i := range 4 {
		ns = append(ns, noticeOf(c, clickbridge.NoticeURL, start.Add(time.Duration(i)*time.Second)))
	}
	ok(t, s.Save(ctx, c, nil, ns))
	n := &ns[1]
	for i, state := range []clickbridge.NoticeState{clickbridge.NoticePending, clickbridge.NoticeSent} {
		try := clickbridge.NoticeTry{
			NoticeID: n.ID, At: start.Add(time.Duration(i) * time.Minute), Duration: 1500 * time.Millisecond,
			OK: i == 1, Answer: "500 no\r\n",
		}
		ok(t, s.Tried(ctx, try, state))
		n.Tries, n.State = append(n.Tries, try), state
	}
	got, err := s.Notice(ctx, n.ID)
	ok(t, err)
	same(t, "a notice with its tries", got, *n)
	same(t, "the call's notices", get(t, s, c.ID).Notices, ns)

	lists := func(state clickbridge.NoticeState, limit int, want ...clickbridge.Notice) {
		t.Helper()
		got, err := s.ListNotices(ctx, state, limit)
		ok(t, err)
		same(t, "list of "+string(state), got, want)
	}
	lists("", 0, ns[3], ns[2], ns[1], ns[0])
	lists("", 3, ns[3], ns[2], ns[1])
	lists(clickbridge.NoticeSent, 0, ns[1])
	lists(clickbridge.NoticePending, 2, ns[3], ns[2])
	lists(clickbridge.NoticeFailed, 0)

	long := clickbridge.NoticeTry{NoticeID: ns[0].ID, At: start, Answer: strings.Repeat("é", 400)}
	ok(t, s.Tried(ctx, long, clickbridge.NoticeFailed))
	got, err = s.Notice(ctx, ns[0].ID)
	ok(t, err)
	if got.Tries[0].Answer != strings.Repeat("é", 256) {
		t.Errorf("a long answer is kept with %d bytes, want 512", len(got.Tries[0].Answer))
	}
	if err := s.Tried(ctx, clickbridge.NoticeTry{NoticeID: "none"}, "sent"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a try of no notice: %v", err)
	}
	if _, err := s.Notice(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no notice: %v", err)
	}
	errs := together(10, func(int) error {
		return s.Tried(ctx, clickbridge.NoticeTry{NoticeID: ns[2].ID, At: start}, clickbridge.NoticePending)
	})
	ok(t, errors.Join(errs...))
	if got, err = s.Notice(ctx, ns[2].ID); err != nil || len(got.Tries) != 10 {
		t.Errorf("10 tries at once: %d, %v", len(got.Tries), err)
	}
}

func testResend(t *testing.T, s Subject) {
	ctx := context.Background()
	c := call(1, start)
	create(t, s, c)
	n := noticeOf(c, clickbridge.NoticeEmail, start)
	ok(t, s.Save(ctx, c, nil, []clickbridge.Notice{n}))
	try := clickbridge.NoticeTry{NoticeID: n.ID, At: start, Answer: "550 never"}
	ok(t, s.Tried(ctx, try, clickbridge.NoticeFailed))
	for range 3 {
		ok(t, s.Resend(ctx, n.ID))
	}
	got, err := s.Notice(ctx, n.ID)
	ok(t, err)
	n.Tries = []clickbridge.NoticeTry{try}
	same(t, "sent again", got, n)
	if jobs := s.Jobs(); jobs != 1 {
		t.Errorf("%d jobs wait for one notice", jobs)
	}
	if err := s.Resend(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no notice: %v", err)
	}
	ok(t, s.Tried(ctx, try, clickbridge.NoticeFailed))
	s.FailJobs()
	if err := s.Resend(ctx, n.ID); err == nil {
		t.Error("a failed enqueue was not told")
	}
	if got, err = s.Notice(ctx, n.ID); err != nil || got.State != clickbridge.NoticeFailed || s.Jobs() != 1 {
		t.Errorf("a failed enqueue left state %s, %d jobs, %v", got.State, s.Jobs(), err)
	}
}
