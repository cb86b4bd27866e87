package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// testEachCall stores more than two pages, many at the same microsecond.
func testEachCall(t *testing.T, s Subject) {
	ctx := context.Background()
	const n = 1103
	all := make([]clickbridge.Call, n)
	for i := range all {
		c := call(int64(1+i%2), start.Add(time.Duration(i/100)*time.Hour))
		c.Ref, c.FindMeID = title(i), int64(1+i%5)
		all[i] = c
	}
	ok(t, errors.Join(together(n, func(i int) error { return s.CreateCall(ctx, all[i], store.Daily{}) })...))
	a := attempt(all[700], 1)
	ok(t, s.Save(ctx, all[700], []clickbridge.Attempt{a}, nil))

	for _, test := range []struct {
		name string
		f    store.Filter
		take func(i int) bool
	}{
		{"all", store.Filter{}, func(int) bool { return true }},
		{"an account", store.Filter{AccountID: 2}, func(i int) bool { return i%2 == 1 }},
		{"from is inclusive, to exclusive", store.Filter{From: start.Add(2 * time.Hour), To: start.Add(4 * time.Hour)},
			func(i int) bool { return i/100 == 2 || i/100 == 3 }},
		{"a FindMe of an account", store.Filter{AccountID: 1, FindMeID: 3}, func(i int) bool { return i%2 == 0 && i%5 == 2 }},
		{"a ref", store.Filter{Ref: "0042"}, func(i int) bool { return i == 42 }},
		{"nothing", store.Filter{AccountID: 3}, func(int) bool { return false }},
	} {
		for _, newest := range []bool{false, true} {
			for _, limit := range []int{0, 3, 501} {
				if limit == 501 && test.name != "an account" {
					continue // a page and one, once
				}
				f := test.f
				f.Newest, f.Limit = newest, limit
				checkList(t, s, test.name, f, all, test.take)
			}
		}
	}
}

func checkList(t *testing.T, s Subject, name string, f store.Filter, all []clickbridge.Call, take func(int) bool) {
	t.Helper()
	want := 0
	byID := map[clickbridge.CallID]bool{}
	for i, c := range all {
		if take(i) {
			want++
			byID[c.ID] = true
		}
	}
	if f.Limit > 0 {
		want = min(want, f.Limit)
	}
	got := 0
	var last time.Time
	ok(t, s.EachCall(context.Background(), f, func(r store.Record) error {
		if !byID[r.Call.ID] {
			t.Errorf("%s %+v: call %s is not wanted, or came twice", name, f, r.Call.Ref)
		}
		delete(byID, r.Call.ID)
		if got > 0 && (f.Newest && r.Call.CreatedAt.After(last) || !f.Newest && r.Call.CreatedAt.Before(last)) {
			t.Errorf("%s %+v: out of order", name, f)
		}
		if r.Call.ID == all[700].ID && len(r.Attempts) != 1 {
			t.Errorf("%s %+v: the attempt is missing", name, f)
		}
		got, last = got+1, r.Call.CreatedAt
		return nil
	}))
	if got != want {
		t.Errorf("%s %+v: %d calls, want %d", name, f, got, want)
	}
}

func testEachCallReentry(t *testing.T, s Subject) {
	ctx := context.Background()
	create(t, s, call(1, start), call(1, start), call(1, start))
	stop := errors.New("enough")
	n := 0
	err := s.EachCall(ctx, store.Filter{}, func(r store.Record) error {
		n++
		create(t, s, call(2, start.Add(-time.Hour)))
		if _, err := s.Call(ctx, r.Call.ID); err != nil {
			return err
		}
		return s.EachCall(ctx, store.Filter{AccountID: 1}, func(store.Record) error {
			if n == 2 {
				return stop
			}
			return nil
		})
	})
	if err != stop || n != 2 {
		t.Errorf("stopped after %d with %v", n, err)
	}
}

func testRefusals(t *testing.T, s Subject) {
	ctx := context.Background()
	for i := range 5 {
		s.Refused(clickbridge.Refusal{
			At: start.Add(time.Duration(i) * time.Second), AccountID: int64(i), Key: "k\x00ey", RemoteAddr: "127.0.0.1:1",
			Code: clickbridge.EINVALID, Reason: "Invalid type: \xff", FindMe: title(i), Phone: "911",
		})
	}
	rs, err := s.Refusals(ctx, start.Add(time.Second), 3)
	ok(t, err)
	if len(rs) != 3 || rs[0].FindMe != "0004" || rs[2].FindMe != "0002" {
		t.Fatalf("refusals: %+v", rs)
	}
	same(t, "a refusal", rs[0], clickbridge.Refusal{
		At: start.Add(4 * time.Second), AccountID: 4, Key: "key", RemoteAddr: "127.0.0.1:1",
		Code: clickbridge.EINVALID, Reason: "Invalid type: \uFFFD", FindMe: "0004", Phone: "911",
	})
	rs, err = s.Refusals(ctx, start.Add(time.Second), 0)
	ok(t, err)
	if len(rs) != 4 {
		t.Errorf("%d refusals since the second, want 4", len(rs))
	}
}

func testRefusalFlood(t *testing.T, s Subject) {
	begin := time.Now()
	for range 20_000 {
		s.Refused(clickbridge.Refusal{At: start, Code: clickbridge.EUNAUTHORIZED})
	}
	took := time.Since(begin)
	rs, err := s.Refusals(context.Background(), time.Time{}, 0)
	ok(t, err)
	if most := int(400 * (took.Seconds() + 1)); len(rs) < 100 || len(rs) > most {
		t.Errorf("of 20000 refusals in %s %d were kept, want 100 to %d", took, len(rs), most)
	}
}
