package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
)

func testAudit(t *testing.T, s Subject) {
	ctx := context.Background()
	a, _, _ := staff(t, s)
	e := entry("findme.changed")
	e.Account, e.Object, e.Changes = "Example", "FindMe \x00 98765\xff", []string{"timeout: 30s -> 20s", "long " + strings.Repeat("x", 600)}
	nowhere := entry("account.deleted")
	nowhere.Account = "Nobody"
	ok(t, s.Audit(ctx, nil))
	ok(t, s.Audit(ctx, []clickbridge.AuditEntry{e, nowhere}))
	got, err := s.AuditLog(ctx, store.AuditFilter{})
	ok(t, err)
	if len(got) != 2 || got[0].ID <= got[1].ID || got[1].ID == 0 {
		t.Fatalf("%+v", got)
	}
	e.ID, nowhere.ID = got[1].ID, got[0].ID
	e.AccountID, e.Object, e.Changes = a, "FindMe  98765\uFFFD", []string{e.Changes[0], e.Changes[1][:512]}
	same(t, "log", got, []clickbridge.AuditEntry{nowhere, e})

	many := entry("many")
	for i := range 500 {
		many.Changes = append(many.Changes, fmt.Sprint(i))
	}
	ok(t, s.Audit(ctx, []clickbridge.AuditEntry{many}))
	got, err = s.AuditLog(ctx, store.AuditFilter{Limit: 1})
	ok(t, err)
	if n := len(got[0].Changes); n != 201 || got[0].Changes[200] != "and 300 more" {
		t.Errorf("%d lines, the last %q", n, got[0].Changes[n-1])
	}
}

func testAuditFilter(t *testing.T, s Subject) {
	ctx := context.Background()
	a, b, _ := staff(t, s)
	var all []clickbridge.AuditEntry
	for i := range 20 {
		e := entry([]string{"findme.changed", "findme.created", "findmes", "key.created", "findme"}[i%5])
		e.At = start.Add(time.Duration(i) * time.Minute)
		e.AccountID = []int64{a, b}[i%2]
		e.Actor.Name = []string{"x@example.com", "y@example.com", "X@example.com"}[i%3]
		all = append(all, e)
	}
	ok(t, s.Audit(ctx, all))
	whole, err := s.AuditLog(ctx, store.AuditFilter{})
	ok(t, err)
	var paged []clickbridge.AuditEntry
	for before := int64(0); ; before = paged[len(paged)-1].ID {
		page, err := s.AuditLog(ctx, store.AuditFilter{Before: before, Limit: 7})
		ok(t, err)
		if len(page) == 0 {
			break
		}
		paged = append(paged, page...)
	}
	same(t, "pages", paged, whole)
	for _, test := range []struct {
		f    store.AuditFilter
		want int
	}{
		{store.AuditFilter{AccountID: a}, 10},
		{store.AuditFilter{Actor: "x@example.com"}, 7},
		{store.AuditFilter{Action: "findme.changed"}, 4},
		{store.AuditFilter{Action: "findme."}, 8},
		{store.AuditFilter{Action: "' OR 1=1 --"}, 0},
		{store.AuditFilter{From: start.Add(time.Minute), To: start.Add(3 * time.Minute)}, 2},
		{store.AuditFilter{AccountID: b, Actor: "x@example.com", Action: "findme.", From: start, Limit: 1}, 1},
	} {
		got, err := s.AuditLog(ctx, test.f)
		if len(got) != test.want || err != nil {
			t.Errorf("%+v: %d, want %d, %v", test.f, len(got), test.want, err)
		}
	}
	if n, err := s.ForgetAudit(ctx, start.Add(5*time.Minute)); n != 5 || err != nil {
		t.Errorf("%d forgotten, %v", n, err)
	}
	rest, err := s.AuditLog(ctx, store.AuditFilter{})
	ok(t, err)
	same(t, "the rest", rest, whole[:15])
}

func testApplyAudited(t *testing.T, s Subject) {
	ctx := context.Background()
	named := func(action, account string) []clickbridge.AuditEntry {
		e := entry(action)
		e.Account = account
		return []clickbridge.AuditEntry{e}
	}
	of := func(what string, want int64) {
		t.Helper()
		es, err := s.AuditLog(ctx, store.AuditFilter{Limit: 1})
		ok(t, err)
		if len(es) != 1 || es[0].AccountID != want {
			t.Errorf("%s: %+v, want account %d", what, es, want)
		}
	}
	ok(t, s.ApplyAudited(ctx, 0, []clickbridge.Change{putAccount(example())}, named("account.created", "Example")))
	d := directory(t, s)
	id := d.Accounts[0].ID
	of("an account that is made", id)
	fails(t, "an older revision", s.ApplyAudited(ctx, d.Revision-1, []clickbridge.Change{putFindMe("Example", sales())}, named("x", "Example")), store.ErrStale)
	fails(t, "of nobody", s.ApplyAudited(ctx, d.Revision, []clickbridge.Change{putFindMe("Nobody", sales())}, named("x", "Example")), store.ErrNotFound)
	same(t, "what failed changed", directory(t, s), d)
	actions(t, "what failed is logged", s, "account.created")
	ok(t, s.ApplyAudited(ctx, d.Revision, []clickbridge.Change{putFindMe("Example", sales())}, named("findme.created", "Example")))
	if now := directory(t, s); now.Revision <= d.Revision || len(now.FindMes) != 1 {
		t.Errorf("%+v", now)
	}
	del := putAccount(example())
	del.Op = clickbridge.OpDelete
	ok(t, s.ApplyAudited(ctx, 0, []clickbridge.Change{del}, named("account.deleted", "Example")))
	of("an account that goes", id)
	actions(t, "all", s, "account.deleted", "findme.created", "account.created")
}
