package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
)

func event(account int64, call, kind string) store.Event {
	return store.Event{AccountID: account, ID: call + kind, At: start, CallID: clickbridge.CallID(call), Kind: kind, Data: `{"a":1}`}
}

func testEvents(t *testing.T, s Subject) {
	ctx := context.Background()
	first, last, err := s.EventSpan(ctx, 1)
	ok(t, err)
	same(t, "nothing", []int64{first, last}, []int64{0, 0})
	es := []store.Event{event(1, "x", "call.created"), event(2, "y", "call.created"), event(1, "x", "call.ended")}
	ok(t, s.KeepEvents(ctx, es))
	ok(t, s.KeepEvents(ctx, []store.Event{event(1, "z", "call.created")}))
	got, err := s.EventsAfter(ctx, 1, 1, 10)
	ok(t, err)
	same(t, "after 1", got[0], func() store.Event { e := event(1, "x", "call.ended"); e.Seq = 2; return e }())
	same(t, "how many", len(got), 2)
	same(t, "the third", got[1].Seq, int64(3))
	got, err = s.EventsOfCall(ctx, "x")
	ok(t, err)
	same(t, "of a call", len(got), 2)
	ok(t, s.ForgetEvents(ctx, start.Add(time.Second)))
	first, last, err = s.EventSpan(ctx, 1)
	ok(t, err)
	same(t, "forgotten", []int64{first, last}, []int64{0, 3})
	ok(t, s.KeepEvents(ctx, []store.Event{event(1, "z", "call.ended")}))
	first, last, err = s.EventSpan(ctx, 1)
	ok(t, err)
	same(t, "numbers go on", []int64{first, last}, []int64{4, 4})
}

func testEventRush(t *testing.T, s Subject) {
	ctx := context.Background()
	for _, err := range together(20, func(i int) error {
		return s.KeepEvents(ctx, []store.Event{event(1, title(i), "a"), event(2, title(i), "a"), event(1, title(i), "b")})
	}) {
		ok(t, err)
	}
	got, err := s.EventsAfter(ctx, 1, 0, 0)
	ok(t, err)
	for i, e := range got {
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d has number %d", i, e.Seq)
		}
	}
	same(t, "how many", len(got), 40)
}

func testOpenCalls(t *testing.T, s Subject) {
	ctx := context.Background()
	ok(t, s.KeepEvents(ctx, []store.Event{event(1, "x", "call.created"), event(1, "y", "call.created"), event(1, "x", "call.ended")}))
	got, err := s.OpenCalls(ctx, start)
	ok(t, err)
	same(t, "open", got, []clickbridge.CallID{"y"})
	got, err = s.OpenCalls(ctx, start.Add(time.Second))
	ok(t, err)
	same(t, "since later", len(got), 0)
}

func testWebhooks(t *testing.T, s Subject) {
	ctx := context.Background()
	w := store.Webhook{ID: "w1", AccountID: 1, URL: "https://example.com/a", Kinds: []string{"call.ended"}, CreatedAt: start, Cursor: 7}
	ok(t, s.PutWebhook(ctx, w))
	ok(t, s.PutWebhook(ctx, store.Webhook{ID: "w2", AccountID: 2, URL: "https://example.com/b", CreatedAt: start}))
	got, err := s.ListWebhooks(ctx, 1)
	ok(t, err)
	same(t, "of one account", got, []store.Webhook{w})
	all, err := s.ListWebhooks(ctx, 0)
	ok(t, err)
	same(t, "of all", len(all), 2)

	leased, err := s.LeaseWebhook(ctx, "w1", "a", start, start.Add(time.Minute))
	ok(t, err)
	taken, err := s.LeaseWebhook(ctx, "w1", "b", start.Add(time.Second), start.Add(time.Hour))
	ok(t, err)
	later, err := s.LeaseWebhook(ctx, "w1", "b", start.Add(2*time.Minute), start.Add(time.Hour))
	ok(t, err)
	same(t, "leases", []bool{leased, taken, later}, []bool{true, false, true})

	w.Cursor, w.Tries, w.LastCode, w.Answer, w.LastAt, w.NextAt, w.FirstAt = 9, 2, 500, "no", start, start, start
	ok(t, s.Delivered(ctx, w, 7))
	if err := s.Delivered(ctx, w, 7); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a delivery of before the rewind: %v", err)
	}
	changed := w
	changed.Disabled, changed.URL, changed.Cursor = true, "https://example.com/c", 1
	ok(t, s.PutWebhook(ctx, changed))
	changed.Cursor = 9
	got, err = s.ListWebhooks(ctx, 1)
	ok(t, err)
	same(t, "changed", got, []store.Webhook{changed})
	ok(t, s.RewindWebhook(ctx, 1, "w1", 3))
	got, err = s.ListWebhooks(ctx, 1)
	ok(t, err)
	same(t, "rewound", []int64{got[0].Cursor, int64(got[0].Tries)}, []int64{3, 0})
	for _, err := range []error{s.RewindWebhook(ctx, 2, "w1", 3), s.DeleteWebhook(ctx, 2, "w1")} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another's webhook: %v", err)
		}
	}
	ok(t, s.DeleteWebhook(ctx, 1, "w1"))
}

func testPromises(t *testing.T, s Subject) {
	ctx := context.Background()
	p := store.Promise{AccountID: 1, Key: "k", Hash: "h", CallID: "c1", At: start}
	kept, err := s.Promise(ctx, p, start.Add(-time.Hour))
	ok(t, err)
	same(t, "kept", kept, p)
	q := store.Promise{AccountID: 1, Key: "k", Hash: "other", CallID: "c2", At: start.Add(time.Second)}
	kept, err = s.Promise(ctx, q, start.Add(-time.Hour))
	ok(t, err)
	same(t, "the first stays", kept, p)
	other := q
	other.AccountID = 2
	kept, err = s.Promise(ctx, other, start.Add(-time.Hour))
	ok(t, err)
	same(t, "another account's", kept, other)
	kept, err = s.Promise(ctx, q, start.Add(time.Millisecond))
	ok(t, err)
	same(t, "an old one makes room", kept, q)
	ok(t, s.Unpromise(ctx, p))
	kept, err = s.Promise(ctx, p, start)
	ok(t, err)
	same(t, "another call's promise is not taken back", kept, q)
	ok(t, s.Unpromise(ctx, q))
	kept, err = s.Promise(ctx, p, start)
	ok(t, err)
	same(t, "taken back", kept, p)
	ok(t, s.ForgetPromises(ctx, start.Add(time.Hour)))
	kept, err = s.Promise(ctx, q, start)
	ok(t, err)
	same(t, "forgotten", kept, q)
}

func testPromiseRush(t *testing.T, s Subject) {
	ctx := context.Background()
	kept := make([]clickbridge.CallID, 50)
	for _, err := range together(len(kept), func(i int) error {
		p, err := s.Promise(ctx, store.Promise{AccountID: 1, Key: "k", CallID: clickbridge.CallID(title(i)), At: start}, start)
		kept[i] = p.CallID
		return err
	}) {
		ok(t, err)
	}
	slices.Sort(kept)
	same(t, "one call", len(slices.Compact(kept)), 1)
}

func testCancels(t *testing.T, s Subject) {
	ctx := context.Background()
	ok(t, s.AskCancel(ctx, "c1", "a", start))
	ok(t, s.AskCancel(ctx, "c1", "a", start))
	ok(t, s.AskCancel(ctx, "c2", "b", start))
	ids, err := s.Canceling(ctx, "a")
	ok(t, err)
	same(t, "asked", ids, []clickbridge.CallID{"c1"})
	ids, err = s.Canceling(ctx, "a")
	ok(t, err)
	same(t, "asked once", len(ids), 0)
}

func testCallbacksOf(t *testing.T, s Subject) {
	ctx := context.Background()
	var ids []clickbridge.CallbackID
	for i := range 4 {
		c := clickbridge.Callback{ID: clickbridge.CallbackID(fmt.Sprint("b", i)), AccountID: int64(1 + i/3), State: clickbridge.CallbackWaiting, Plan: clickbridge.CallbackPolite, DueAt: start, CreatedAt: start}
		ok(t, s.AddCallback(ctx, c))
		ok(t, s.AddCallback(ctx, c))
		got, err := s.Callback(ctx, c.ID)
		ok(t, err)
		same(t, "one", got, c)
		ids = append(ids, c.ID)
	}
	list := func(state clickbridge.CallbackState, before clickbridge.CallbackID, limit int) (out []clickbridge.CallbackID) {
		cs, err := s.CallbacksOf(ctx, 1, state, before, limit)
		ok(t, err)
		for _, c := range cs {
			out = append(out, c.ID)
		}
		return out
	}
	same(t, "all", list("", "", 0), []clickbridge.CallbackID{ids[2], ids[1], ids[0]})
	same(t, "a page", list(clickbridge.CallbackWaiting, ids[2], 1), []clickbridge.CallbackID{ids[1]})
	same(t, "a state", len(list(clickbridge.CallbackDone, "", 0)), 0)
	if _, err := s.Callback(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
}

func testFindCalls(t *testing.T, s Subject) {
	a, b := call(1, start), call(1, start.Add(time.Second))
	b.Page, b.Phone = "https://example.com/p", "+15551113333"
	create(t, s, a, b)
	b.Agent, b.Result, b.State, b.EndedAt = "+15558688950", clickbridge.ResultConnected, clickbridge.CallEnded, start.Add(time.Minute)
	ok(t, s.Save(context.Background(), b, nil, nil))
	for name, f := range map[string]store.Filter{
		"page": {Page: b.Page}, "phone": {Phone: b.Phone}, "agent": {Agent: b.Agent}, "result": {Result: b.Result},
	} {
		same(t, name, idsOf(t, s, f), []clickbridge.CallID{b.ID})
	}
}

func testContinue(t *testing.T, s Subject) {
	var all []clickbridge.CallID
	for i := range 9 { // three of each moment
		c := call(1, start.Add(time.Duration(i/3)*time.Second))
		create(t, s, c)
		if i%2 == 0 {
			c.State, c.Result, c.EndedAt = clickbridge.CallEnded, clickbridge.ResultBusy, start.Add(time.Minute)
			ok(t, s.Save(context.Background(), c, nil, nil))
		}
		all = append(all, c.ID)
	}
	for _, newest := range []bool{false, true} {
		var got []clickbridge.CallID
		f := store.Filter{AccountID: 1, Limit: 2, Newest: newest, From: start, To: start.Add(time.Hour)}
		for {
			var n int
			ok(t, s.EachCall(context.Background(), f, func(r store.Record) error {
				n++
				got, f.After = append(got, r.Call.ID), store.Place{CreatedAt: r.Call.CreatedAt, ID: r.Call.ID}
				return nil
			}))
			if n == 0 {
				break
			}
		}
		if newest {
			slices.Reverse(got)
		}
		same(t, fmt.Sprint("newest ", newest), got, all)
	}
}

func idsOf(t *testing.T, s store.Store, f store.Filter) (out []clickbridge.CallID) {
	t.Helper()
	ok(t, s.EachCall(context.Background(), f, func(r store.Record) error {
		out = append(out, r.Call.ID)
		return nil
	}))
	return out
}

func testCounted(t *testing.T, s Subject) {
	ctx := context.Background()
	for _, name := range []string{"a", "b", "c"} {
		ok(t, s.KeepCounted(ctx, 1, name, "old "+name))
		ok(t, s.KeepCounted(ctx, 1, name, name))
	}
	ok(t, s.KeepCounted(ctx, 2, "b", "another's"))
	got, err := s.Counted(ctx, 1, "a", "b")
	ok(t, err)
	same(t, "counted", got, map[string]string{"a": "a", "b": "b"})
}
