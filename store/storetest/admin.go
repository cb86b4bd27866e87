package storetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"clickbridge"
	"clickbridge/store"
)

func example() clickbridge.Account {
	return clickbridge.Account{
		Name: "Example", Country: "US", TimeZone: "America/Chicago", DefaultCallerID: "+19998887777",
		Destinations: []string{"US", "CA"}, DailyCalls: 5000,
		NoAnswerTargets: clickbridge.NoAnswerTargets{Emails: []string{"sales@example.com"}, SMS: []clickbridge.Number{"+15551110000"}},
		Numbers: []clickbridge.OwnedNumber{
			{Number: "+19998887777", Kind: clickbridge.Tracking, Description: "main"},
			{Number: "+15557585902", Kind: clickbridge.Registered, SMS: true},
		},
		ShowDialled: true,
	}
}

func pageKey() clickbridge.Key {
	return clickbridge.Key{
		Name: "page button", Kind: clickbridge.PublicKey, Lookup: "hash 1",
		Origins: []string{"https://www.example.com"}, FindMes: []int64{98765, 2},
	}
}

func sales() clickbridge.FindMe {
	return clickbridge.FindMe{
		ID: 98765, Name: "Sales", Timeout: 30 * time.Second, LoopCount: 2,
		Numbers: []clickbridge.FindMeNumber{{Number: "+15558688950", Name: "Desk ☎"}, {Number: "+15551110002", Timeout: 10 * time.Second}},
	}
}

func putAccount(a clickbridge.Account) clickbridge.Change {
	return clickbridge.Change{Op: clickbridge.OpPut, Account: &a}
}

func putKey(owner string, k clickbridge.Key) clickbridge.Change {
	return clickbridge.Change{Op: clickbridge.OpPut, Owner: owner, Key: &k}
}

func putFindMe(owner string, f clickbridge.FindMe) clickbridge.Change {
	return clickbridge.Change{Op: clickbridge.OpPut, Owner: owner, FindMe: &f}
}

func apply(t *testing.T, s store.Store, changes ...clickbridge.Change) {
	t.Helper()
	ok(t, s.Apply(context.Background(), changes))
}

func directory(t *testing.T, s store.Store) *clickbridge.Directory {
	t.Helper()
	d, err := s.Directory(context.Background())
	ok(t, err)
	return d
}

func sameDirectory(t *testing.T, what string, got *clickbridge.Directory, as []clickbridge.Account, ks []clickbridge.Key, fs []clickbridge.FindMe) {
	t.Helper()
	ids := cmp.Options{
		cmpopts.IgnoreFields(clickbridge.Account{}, "ID"), cmpopts.IgnoreFields(clickbridge.Key{}, "ID", "AccountID"),
		cmpopts.IgnoreFields(clickbridge.FindMe{}, "AccountID"), cmpopts.EquateEmpty(),
	}
	want := &clickbridge.Directory{Revision: got.Revision, Accounts: as, Keys: ks, FindMes: fs}
	if d := cmp.Diff(want, got, ids); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func testDirectory(t *testing.T, s Subject) {
	a, k, f := example(), pageKey(), sales()
	apply(t, s, putAccount(a), putKey(a.Name, k), putFindMe(a.Name, f))
	d := directory(t, s)
	sameDirectory(t, "new", d, []clickbridge.Account{a}, []clickbridge.Key{k}, []clickbridge.FindMe{f})
	id := d.Accounts[0].ID
	if id == 0 || d.Keys[0].AccountID != id || d.FindMes[0].AccountID != id || d.Keys[0].ID == 0 {
		t.Errorf("ids: %+v", d)
	}

	apply(t, s, putAccount(a), putKey(a.Name, k), putFindMe(a.Name, f))
	again := directory(t, s)
	same(t, "applied again", again.Accounts, d.Accounts)
	same(t, "applied again", again.Keys, d.Keys)

	a.ID, a.Name, a.Numbers, a.Destinations = id, "Renamed", nil, nil
	k.Lookup, k.Origins = "hash 2", nil
	f.Name, f.Numbers = "Support", nil
	apply(t, s, putAccount(a), putKey(a.Name, k), putFindMe(a.Name, f))
	sameDirectory(t, "changed", directory(t, s), []clickbridge.Account{a}, []clickbridge.Key{k}, []clickbridge.FindMe{f})

	k.Name = "new name" // the same credential under another name
	apply(t, s, putKey(a.Name, k))
	sameDirectory(t, "key renamed", directory(t, s), []clickbridge.Account{a}, []clickbridge.Key{k}, []clickbridge.FindMe{f})
}

func testConflicts(t *testing.T, s Subject) {
	ctx := context.Background()
	a, b, k, f := example(), example(), pageKey(), sales()
	b.Name = "Other"
	apply(t, s, putAccount(a), putAccount(b), putKey(a.Name, k), putFindMe(a.Name, f))
	before := directory(t, s)
	stolen := k
	stolen.Name = "mine now"
	unknown := example()
	unknown.ID, unknown.Name = 4711, "Nobody"
	taken := before.Accounts[1]
	taken.Name = a.Name
	extra := sales()
	extra.ID = 3
	for _, test := range []struct {
		name string
		c    clickbridge.Change
		want error
	}{
		{"a FindMe of another account", putFindMe(b.Name, f), store.ErrConflict},
		{"a credential of another account", putKey(b.Name, stolen), store.ErrConflict},
		{"a name of another account", putAccount(taken), store.ErrConflict},
		{"a key of nobody", putKey("Nobody", stolen), store.ErrNotFound},
		{"a FindMe of nobody", putFindMe("Nobody", extra), store.ErrNotFound},
		{"an account that is not there", putAccount(unknown), store.ErrNotFound},
		{"an empty change", clickbridge.Change{Op: clickbridge.OpPut}, nil},
		{"an unknown operation", clickbridge.Change{Op: "x", Account: &a}, nil},
	} {
		err := s.Apply(ctx, []clickbridge.Change{putFindMe(a.Name, extra), test.c})
		if err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
		same(t, test.name+" left", directory(t, s), before)
	}
}

func testDelete(t *testing.T, s Subject) {
	a, b, k, f := example(), example(), pageKey(), sales()
	b.Name = "Other"
	f2, k2 := sales(), pageKey()
	f2.ID, k2.Name, k2.Lookup = 2, "second", "hash 2"
	apply(t, s, putAccount(a), putAccount(b), putKey(a.Name, k), putKey(a.Name, k2), putFindMe(a.Name, f), putFindMe(a.Name, f2))
	c := call(directory(t, s).Accounts[0].ID, start)
	create(t, s, c)
	del := func(c clickbridge.Change) clickbridge.Change { c.Op = clickbridge.OpDelete; return c }

	apply(t, s, del(putKey(b.Name, k)), del(putFindMe(b.Name, f)), del(putFindMe("Nobody", f))) // not theirs
	sameDirectory(t, "untouched", directory(t, s), []clickbridge.Account{a, b}, []clickbridge.Key{k, k2}, []clickbridge.FindMe{f2, f})
	apply(t, s, del(putKey(a.Name, k)), del(putFindMe(a.Name, f)))
	sameDirectory(t, "one of each", directory(t, s), []clickbridge.Account{a, b}, []clickbridge.Key{k2}, []clickbridge.FindMe{f2})
	apply(t, s, del(putAccount(a)))
	sameDirectory(t, "the account", directory(t, s), []clickbridge.Account{b}, nil, nil)
	apply(t, s, del(putAccount(a)))
	same(t, "its calls stay", get(t, s, c.ID).Call, c)

	apply(t, s, putAccount(a))
	for _, got := range directory(t, s).Accounts {
		if got.ID == c.AccountID {
			t.Error("a new account has the id of a deleted one, and so its calls")
		}
	}
}

func testRevision(t *testing.T, s Subject) {
	ctx := context.Background()
	last, err := s.Revision(ctx)
	ok(t, err)
	for range 3 {
		apply(t, s, putAccount(example()))
		now, err := s.Revision(ctx)
		ok(t, err)
		if now <= last || directory(t, s).Revision != now {
			t.Errorf("revision %d after %d, the directory's is %d", now, last, directory(t, s).Revision)
		}
		last = now
	}
	apply(t, s)
	if now, err := s.Revision(ctx); err != nil || now != last {
		t.Errorf("applying nothing made revision %d of %d, %v", now, last, err)
	}
	ok(t, errors.Join(together(10, func(int) error { return s.Apply(ctx, []clickbridge.Change{putAccount(example())}) })...))
	if now, err := s.Revision(ctx); err != nil || now != last+10 {
		t.Errorf("10 at once made revision %d of %d, %v", now, last, err)
	}
}

// Who reads, changes and writes back tries again when somebody was faster.
func testApplyAt(t *testing.T, s Subject) {
	ctx := context.Background()
	apply(t, s, putAccount(example()))
	ok(t, errors.Join(together(8, func(i int) error {
		for {
			d, err := s.Directory(ctx)
			if err != nil {
				return err
			}
			a := d.Accounts[0]
			a.Destinations = append(slices.Clone(a.Destinations), string(rune('A'+i)))
			if err := s.ApplyAt(ctx, d.Revision, []clickbridge.Change{putAccount(a)}); !errors.Is(err, store.ErrStale) {
				return err
			}
		}
	})...))
	d := directory(t, s)
	if n := len(d.Accounts[0].Destinations); n != len(example().Destinations)+8 {
		t.Errorf("%d of 8 changes are there: %v", n-len(example().Destinations), d.Accounts[0].Destinations)
	}
	if err := s.ApplyAt(ctx, d.Revision-1, []clickbridge.Change{putFindMe("Example", sales())}); !errors.Is(err, store.ErrStale) {
		t.Errorf("to an older revision: %v", err)
	}
	same(t, "the directory", directory(t, s), d)
	if err := s.ApplyAt(ctx, d.Revision, []clickbridge.Change{putFindMe("Example", sales()), putFindMe("Nobody", sales())}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a FindMe of nobody: %v", err)
	}
	same(t, "the directory", directory(t, s), d)
}

func testSecretKey(t *testing.T, s Subject) {
	keys := make([][]byte, 8)
	ok(t, errors.Join(together(len(keys), func(i int) (err error) {
		keys[i], err = s.SecretKey(context.Background(), []byte{0, 255, byte(i)})
		return err
	})...))
	for _, k := range keys {
		if len(k) != 3 || k[1] != 255 || !bytes.Equal(k, keys[0]) {
			t.Errorf("secret keys: %v", keys)
			return
		}
	}
}
