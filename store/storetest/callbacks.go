package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// callbackOf is what a call owes, due a minute after it.
func callbackOf(c clickbridge.Call) clickbridge.Callback {
	return clickbridge.Callback{
		ID: clickbridge.NewCallbackID(), CallID: c.ID, AccountID: c.AccountID, FindMeID: c.FindMeID, Order: c.Order,
		Phone: c.Phone, FirstCallerID: c.FirstCallerID, SecondCallerID: c.SecondCallerID, KeyName: c.KeyName,
		Page: c.Page, Ref: c.Ref, NoAnswer: c.NoAnswer, State: clickbridge.CallbackWaiting, Tries: 1,
		DueAt: c.CreatedAt.Add(time.Minute), Text: "nobody accepted", CreatedAt: c.CreatedAt,
	}
}

// owe stores a call that ended, with its callback.
func owe(t *testing.T, s store.Store, c clickbridge.Call) clickbridge.Callback {
	t.Helper()
	create(t, s, c)
	cb := callbackOf(c)
	c.State, c.Result, c.Later = clickbridge.CallEnded, clickbridge.ResultNoAnswer, &cb
	ok(t, s.Save(context.Background(), c, nil, nil))
	return cb
}

func callbacks(t *testing.T, what string, s store.Store, state clickbridge.CallbackState, want ...clickbridge.Callback) {
	t.Helper()
	got, err := s.ListCallbacks(context.Background(), state, 0)
	ok(t, err)
	same(t, what, got, want)
}

func testOwedCallback(t *testing.T, s Subject) {
	ctx := context.Background()
	c := call(1, start)
	c.Page, c.Ref, c.NoAnswer.Email = "p\x00", "r\xff", "a@example.com\x00"
	create(t, s, c)
	cb := callbackOf(c)
	c.Later = &cb
	stranger := c
	stranger.Node = "b"
	if err := s.Save(ctx, stranger, nil, nil); !errors.Is(err, store.ErrNotOwner) {
		t.Errorf("another node saves: %v", err)
	}
	callbacks(t, "what another node owes", s, "")
	ok(t, s.Save(ctx, c, nil, nil))
	cb.Page, cb.Ref, cb.NoAnswer.Email = "p", "r\uFFFD", "a@example.com"
	callbacks(t, "a callback", s, "", cb)

	// A Save whose answer was lost is repeated: what became of the callback stays.
	ok(t, s.CancelCallback(ctx, cb.ID, "by hand"))
	c.State = clickbridge.CallEnded
	ok(t, s.Save(ctx, c, nil, []clickbridge.Notice{noticeOf(c, clickbridge.NoticeEmail, start)}))
	cb.State, cb.Text = clickbridge.CallbackCanceled, "by hand"
	callbacks(t, "a repeated Save", s, "", cb)
	if n := s.Jobs(); n != 1 {
		t.Errorf("%d jobs for a notice saved with a callback", n)
	}
	if r := get(t, s, c.ID); r.Call.Later != nil {
		t.Errorf("it is read back with the call: %+v", r.Call.Later)
	}
}

func testOwedWithNotices(t *testing.T, s Subject) {
	c := call(1, start)
	create(t, s, c)
	cb := callbackOf(c)
	c.Later, c.State = &cb, clickbridge.CallEnded
	s.FailJobs()
	if err := s.Save(context.Background(), c, nil, []clickbridge.Notice{noticeOf(c, clickbridge.NoticeEmail, start)}); err == nil {
		t.Fatal("a failed enqueue was not told")
	}
	callbacks(t, "what a failed Save left", s, "")
}

func testDueCallbacks(t *testing.T, s Subject) {
	ctx := context.Background()
	var cbs []clickbridge.Callback
	for _, minute := range []int{2, 0, 1, 3} {
		cbs = append(cbs, owe(t, s, call(1, start.Add(time.Duration(minute)*time.Minute))))
	}
	due := func(what string, at time.Time, limit int, want ...clickbridge.Callback) {
		t.Helper()
		got, err := s.DueCallbacks(ctx, "a", at, limit)
		ok(t, err)
		for i := range want {
			want[i].State, want[i].Node = clickbridge.CallbackCalling, "a"
		}
		same(t, what, got, want)
	}
	due("nothing yet", start.Add(time.Minute-1), 10)
	due("none wanted", start.Add(time.Hour), 0)
	due("the oldest", start.Add(3*time.Minute), 2, cbs[1], cbs[2])
	due("the moment counts", start.Add(3*time.Minute), 10, cbs[0])
	due("nothing more", start.Add(3*time.Minute), 10)

	got, err := s.ListCallbacks(ctx, clickbridge.CallbackCalling, 2)
	ok(t, err)
	if len(got) != 2 || got[0].ID != cbs[0].ID || got[1].ID != cbs[2].ID {
		t.Errorf("the two newest that are calling: %+v", got)
	}
	callbacks(t, "waiting", s, clickbridge.CallbackWaiting, cbs[3])

	again := cbs[1]
	again.State, again.Tries, again.DueAt, again.Text = clickbridge.CallbackWaiting, 2, start.Add(30*time.Second), "nobody accepted again"
	ok(t, s.PutCallback(ctx, again))
	due("due again", start.Add(time.Minute), 10, again)
}

func testDueRush(t *testing.T, s Subject) {
	ctx := context.Background()
	const n = 200
	ids := make([]clickbridge.CallbackID, n)
	ok(t, errors.Join(together(n, func(i int) error {
		c := call(1, start)
		if err := s.CreateCall(ctx, c, store.Daily{}); err != nil {
			return err
		}
		cb := callbackOf(c)
		c.Later, ids[i] = &cb, cb.ID
		return s.Save(ctx, c, nil, nil)
	})...))
	got := make([][]clickbridge.Callback, n+1)
	ok(t, errors.Join(together(n, func(i int) (err error) {
		got[i], err = s.DueCallbacks(ctx, fmt.Sprint("node ", i%5), start.Add(time.Hour), 7)
		return err
	})...))
	// What was locked by another at the time is found by a second look.
	var err error
	got[n], err = s.DueCallbacks(ctx, "node 0", start.Add(time.Hour), n)
	ok(t, err)
	times := map[clickbridge.CallbackID]int{}
	for i, cbs := range got {
		if i < n && len(cbs) > 7 {
			t.Errorf("%d callbacks at once, 7 were wanted", len(cbs))
		}
		for _, c := range cbs {
			times[c.ID]++
			if c.Node != fmt.Sprint("node ", i%5) || c.State != clickbridge.CallbackCalling {
				t.Errorf("node %d got one that is %s by %s", i%5, c.State, c.Node)
			}
		}
	}
	for _, id := range ids {
		if times[id] != 1 {
			t.Errorf("callback %s was given %d times", id, times[id])
		}
	}
}

func testLostCallbacks(t *testing.T, s Subject) {
	ctx := context.Background()
	ok(t, s.Heartbeat(ctx, "alive", start.Add(time.Hour)))
	ok(t, s.Heartbeat(ctx, "me", start.Add(time.Hour)))
	ok(t, s.Heartbeat(ctx, "dead", start))
	put := func(node string, of clickbridge.CallID) clickbridge.Callback {
		cb := owe(t, s, call(1, start))
		cb.State, cb.Node = clickbridge.CallbackCalling, node
		if of != "" {
			cb.CallID = of
		}
		ok(t, s.PutCallback(ctx, cb))
		return cb
	}
	talking := call(1, start)
	create(t, s, talking)
	mine, theirs, dead, never := put("me", ""), put("alive", ""), put("dead", ""), put("gone", clickbridge.NewCallID())
	now := put("dead", talking.ID)
	waiting := owe(t, s, call(1, start))

	lost := func(what, node string, want ...clickbridge.Callback) {
		t.Helper()
		got, err := s.LostCallbacks(ctx, node, start.Add(30*time.Minute))
		ok(t, err)
		for i := range want {
			want[i].Node = node
		}
		same(t, what, got, want)
	}
	lost("lost", "me", mine, dead, never)
	lost("another one's", "other")
	lost("again", "me", mine, dead, never)
	ok(t, s.CancelCallback(ctx, dead.ID, "by hand"))
	talking.State = clickbridge.CallEnded
	ok(t, s.Save(ctx, talking, nil, nil))
	lost("when the call has ended", "me", mine, never, now)
	lost("that node's own", "alive", theirs)
	callbacks(t, "waiting", s, clickbridge.CallbackWaiting, waiting)
}

func testLostRush(t *testing.T, s Subject) {
	ctx := context.Background()
	want := map[clickbridge.CallbackID]int{}
	for range 20 {
		cb := owe(t, s, call(1, start))
		cb.State, cb.Node = clickbridge.CallbackCalling, "dead"
		ok(t, s.PutCallback(ctx, cb))
		want[cb.ID] = 1
	}
	got := make([][]clickbridge.Callback, 5)
	ok(t, errors.Join(together(len(got), func(i int) (err error) {
		node := fmt.Sprint("node ", i)
		if err = s.Heartbeat(ctx, node, start.Add(time.Hour)); err == nil {
			got[i], err = s.LostCallbacks(ctx, node, start)
		}
		return err
	})...))
	for _, cbs := range got {
		for _, c := range cbs {
			want[c.ID]--
		}
	}
	for id, n := range want {
		if n != 0 {
			t.Errorf("callback %s was given %d times", id, 1-n)
		}
	}
}

func testPutCallback(t *testing.T, s Subject) {
	ctx := context.Background()
	cb := owe(t, s, call(1, start))
	changed := cb
	changed.Phone, changed.FindMeID, changed.CreatedAt = "+15551110009", 3, start.Add(time.Hour) // do not change
	changed.CallID, changed.State, changed.Tries = clickbridge.NewCallID(), clickbridge.CallbackCalling, 2
	changed.DueAt, changed.Node, changed.Text = start.Add(time.Hour), "b\x00", "calling \xff"
	ok(t, s.PutCallback(ctx, changed))
	cb.CallID, cb.State, cb.Tries, cb.DueAt = changed.CallID, changed.State, changed.Tries, changed.DueAt
	cb.Node, cb.Text = "b", "calling \uFFFD"
	callbacks(t, "changed", s, "", cb)

	ok(t, s.CancelCallback(ctx, cb.ID, "opted \x00out"))
	cb.State, cb.Node, cb.Text = clickbridge.CallbackCanceled, "", "opted out"
	callbacks(t, "canceled while calling", s, clickbridge.CallbackCanceled, cb)
	for state, c := range map[clickbridge.CallbackState]clickbridge.Callback{
		clickbridge.CallbackCanceled: cb, clickbridge.CallbackDone: owe(t, s, call(1, start)), clickbridge.CallbackGivenUp: owe(t, s, call(1, start)),
	} {
		c.State = state
		if state != clickbridge.CallbackCanceled {
			ok(t, s.PutCallback(ctx, c))
		}
		over := c
		over.State, over.Text = clickbridge.CallbackWaiting, "again"
		if err := s.PutCallback(ctx, over); !errors.Is(err, store.ErrConflict) {
			t.Errorf("changing one that is %s: %v", state, err)
		}
		if err := s.CancelCallback(ctx, c.ID, "again"); !errors.Is(err, store.ErrConflict) {
			t.Errorf("canceling one that is %s: %v", state, err)
		}
		callbacks(t, "what is over", s, state, c)
	}
	if err := s.PutCallback(ctx, clickbridge.Callback{ID: "none"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("changing none: %v", err)
	}
	if err := s.CancelCallback(ctx, "none", ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("canceling none: %v", err)
	}
}
