package accounts

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
)

var serverKey = []byte("server")

// apply makes changes in order the way a store does, and refuses what a store
// could not do.
func apply(t testing.TB, d *clickbridge.Directory, changes []clickbridge.Change) *clickbridge.Directory {
	t.Helper()
	next := &clickbridge.Directory{}
	if d != nil {
		next.Accounts = append(next.Accounts, d.Accounts...)
		next.Keys = append(next.Keys, d.Keys...)
		next.FindMes = append(next.FindMes, d.FindMes...)
		next.Audio = append(next.Audio, d.Audio...)
	}
	for _, c := range changes {
		switch {
		case c.Account != nil:
			applyAccount(t, next, c)
		case c.Key != nil:
			k := *c.Key
			k.AccountID = accountID(t, next, c.Owner)
			next.Keys = without(next.Keys, func(x clickbridge.Key) bool { return x.AccountID == k.AccountID && x.Name == k.Name })
			if c.Op == clickbridge.OpPut {
				if k.ID == 0 {
					k.ID = int64(100 + len(next.Keys))
				}
				next.Keys = append(next.Keys, k)
			}
		case c.Audio != nil:
			a := *c.Audio
			a.AccountID = accountID(t, next, c.Owner)
			next.Audio = without(next.Audio, func(x clickbridge.Audio) bool { return x.AccountID == a.AccountID && x.Name == a.Name })
			if c.Op == clickbridge.OpPut {
				if len(a.ULaw) == 0 {
					t.Fatalf("audio %s has no sound", a.Name)
				}
				a.ULaw = nil
				next.Audio = append(next.Audio, a)
			}
		case c.FindMe != nil:
			f := *c.FindMe
			f.AccountID = accountID(t, next, c.Owner)
			next.FindMes = without(next.FindMes, func(x clickbridge.FindMe) bool {
				if x.ID == f.ID && x.AccountID != f.AccountID {
					t.Fatalf("FindMe %d belongs to another account", f.ID)
				}
				return x.ID == f.ID
			})
			if c.Op == clickbridge.OpPut {
				next.FindMes = append(next.FindMes, f)
			}
		}
	}
	return next
}

func applyAccount(t testing.TB, d *clickbridge.Directory, c clickbridge.Change) {
	t.Helper()
	a := *c.Account
	if c.Op == clickbridge.OpDelete {
		for _, f := range d.FindMes {
			if f.AccountID == a.ID {
				t.Fatalf("account %s is removed before its FindMe %d", a.Name, f.ID)
			}
		}
		for _, c := range d.Audio {
			if c.AccountID == a.ID {
				t.Fatalf("account %s is removed before its clip %s", a.Name, c.Name)
			}
		}
	}
	known := false
	d.Accounts = without(d.Accounts, func(x clickbridge.Account) bool {
		known = known || x.Name == a.Name && x.ID == a.ID
		return x.Name == a.Name
	})
	if c.Op == clickbridge.OpDelete {
		return
	}
	if a.ID == 0 {
		a.ID = int64(10 + len(d.Accounts))
	} else if !known {
		t.Fatalf("account id %d is not that of %s", a.ID, a.Name)
	}
	d.Accounts = append(d.Accounts, a)
}

func accountID(t testing.TB, d *clickbridge.Directory, name string) int64 {
	for _, a := range d.Accounts {
		if a.Name == name {
			return a.ID
		}
	}
	t.Fatalf("no account %s", name)
	return 0
}

func without[T any](list []T, gone func(T) bool) []T {
	var out []T
	for _, x := range list {
		if !gone(x) {
			out = append(out, x)
		}
	}
	return out
}

func files(t *testing.T, texts ...string) []*File {
	t.Helper()
	var out []*File
	for _, text := range texts {
		f, err := read(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

// plan applies texts over d and returns what the lines say.
func plan(t *testing.T, d *clickbridge.Directory, prune bool, texts ...string) (*clickbridge.Directory, string) {
	t.Helper()
	changes, lines, err := Plan(d, files(t, texts...), serverKey, prune)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, l := range lines {
		said = append(said, l.String())
	}
	return apply(t, d, changes), strings.Join(said, "\n")
}

func TestExampleIsTheDocumentedAccount(t *testing.T) {
	d, _ := plan(t, nil, false, example)
	wantAccount := clickbridge.Account{
		ID: 10, Name: "Example", Country: "US", TimeZone: "America/Chicago", DefaultCallerID: "+19998887777",
		Destinations: []string{"US", "CA"}, DailyCalls: 5000,
		NoAnswerTargets: clickbridge.NoAnswerTargets{
			Emails: []string{"sales@example.com"}, SMS: []clickbridge.Number{}, URLs: []string{}, Phones: []clickbridge.Number{},
		},
		Numbers: []clickbridge.OwnedNumber{
			{Number: "+19998887777", Kind: "tracking"}, {Number: "+18887776666", Kind: "registered"},
			{Number: "+15557585902", Kind: "tracking", SMS: true},
		},
	}
	if d := cmp.Diff([]clickbridge.Account{wantAccount}, d.Accounts); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	hash := func(kind clickbridge.KeyKind, s string) string { return clickbridge.HashSecret(serverKey, kind, s) }
	wantKeys := []clickbridge.Key{
		{ID: 100, AccountID: 10, Name: "website backend", Kind: "pair", Lookup: hash("pair", "foo"), Secret: hash("pair", "bar")},
		{ID: 101, AccountID: 10, Name: "old admin script", Kind: "api", Lookup: hash("api", "89abcdef0123456789abcdef0123456789abcdef")},
		{
			ID: 102, AccountID: 10, Name: "page button", Kind: "public", Lookup: hash("public", public),
			Origins: []string{"https://www.example.com"}, FindMes: []int64{98765},
		},
	}
	if d := cmp.Diff(wantKeys, d.Keys); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if len(d.FindMes) < 22 {
		t.Fatalf("%d FindMes, want the documented one, 20 scenes, a whole hunt and more", len(d.FindMes))
	}
	byID := map[int64]clickbridge.FindMe{}
	for _, f := range d.FindMes {
		if err := f.Validate(); err != nil {
			t.Errorf("FindMe %d: %v", f.ID, err)
		}
		byID[f.ID] = f
	}
	if f := byID[98765]; f.Name != "Sales" || f.Timeout != 30*time.Second || f.Numbers[0].Number != "+15558688950" {
		t.Errorf("got %+v", f)
	}
	for _, s := range []clickbridge.Strategy{
		clickbridge.AllAtOnce, clickbridge.RoundRobin, clickbridge.RandomOrder, clickbridge.LeastRecent, clickbridge.WeightedOrder,
	} {
		if !slices.ContainsFunc(d.FindMes, func(f clickbridge.FindMe) bool { return f.Settings.Strategy == s }) {
			t.Errorf("no FindMe shows strategy %s", s)
		}
	}
	for scene := range int64(20) {
		f := byID[98700+scene]
		want := clickbridge.Number("+131255501" + string(rune('0'+scene/10)) + string(rune('0'+scene%10)))
		if len(f.Numbers) != 1 || f.Numbers[0].Number != want {
			t.Errorf("scene %d rings %v, want %s", scene, f.Numbers, want)
		}
	}
	var hunt []clickbridge.Number
	for _, n := range byID[98800].Numbers {
		hunt = append(hunt, n.Number)
	}
	if d := cmp.Diff([]clickbridge.Number{"+13125550103", "+13125550104", "+13125550101", "+13125550100"}, hunt); d != "" {
		t.Errorf("whole hunt: -want +got\n%s", d)
	}
}

func TestSecondApplyChangesNothing(t *testing.T) {
	d, _ := plan(t, nil, false, example)
	for _, prune := range []bool{false, true} {
		changes, lines, err := Plan(d, files(t, example), serverKey, prune)
		if len(changes) != 0 || len(lines) != 0 || err != nil {
			t.Errorf("prune %v: %v %v %v", prune, changes, lines, err)
		}
	}
}

const small = `
accounts:
  - name: A
    default_caller_id: "5557585902"
    daily_calls: 10
    numbers: ["5557585902"]
    keys:
      - {name: back, access_key: hush1, secret_access_key: hush2}
      - {name: page, key: 0123456789abcdef0123456789abcdef01234567, findmes: [1], origins: ["https://a.b"]}
    findmes:
      - {id: 1, name: Sales, timeout: 20, numbers: ["5558688950", {number: "5558688951", name: second, timeout: 15}]}
`

func TestUpdatesAreTold(t *testing.T) {
	d, said := plan(t, nil, false, small)
	want := `create  account A
          country: US
          time_zone: UTC
          default_caller_id: +15557585902
          daily_calls: 10
          numbers: +15557585902 tracking
create  FindMe 1 "Sales" of account A
          name: Sales
          timeout: 20s
          loop_count: 1
          numbers: +15558688950, +15558688951 "second" 15s
create  pair key "back" of account A
          kind: pair
create  public key "page" of account A
          kind: public
          origins: https://a.b
          findmes: 1`
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	next, said := plan(t, d, false, strings.NewReplacer(
		"daily_calls: 10", "daily_calls: 0", "timeout: 20", "timeout: 45", "hush2", "hush3", `"https://a.b"`, "",
		`numbers: ["5557585902"]`, `numbers: [{number: "5557585902", sms: true}]`).Replace(small))
	want = `update  account A
          daily_calls: 10 -> (none)
          numbers: +15557585902 tracking -> +15557585902 tracking sms
update  FindMe 1 "Sales" of account A
          timeout: 20s -> 45s
update  pair key "back" of account A
          credential: changed
update  public key "page" of account A
          origins: https://a.b -> (none)`
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if strings.Contains(said, "hush") {
		t.Error("a secret is told")
	}
	if next.Accounts[0].ID != d.Accounts[0].ID || next.Keys[0].ID != d.Keys[0].ID || next.FindMes[0].ID != 1 {
		t.Errorf("ids are not kept: %+v", next)
	}
}

// What a file leaves out stays; with prune it goes, and is told either way.
func TestAbsentThings(t *testing.T) {
	d, _ := plan(t, nil, false, small, "accounts: [{name: B, findmes: [{id: 2, numbers: ['5558688950']}]}]")
	const less = "accounts: [{name: A, findmes: [{id: 3, numbers: ['5558688950']}]}]"
	kept, said := plan(t, d, false, less)
	want := `create  FindMe 3 of account A
          timeout: 30s
          loop_count: 1
          numbers: +15558688950
keep    pair key "back" of account A (not in the file; --prune removes it)
keep    public key "page" of account A (not in the file; --prune removes it)
keep    FindMe 1 "Sales" of account A (not in the file; --prune removes it)`
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff(d.Accounts, kept.Accounts); diff != "" {
		t.Errorf("settings that were left out changed: -before +after\n%s", diff)
	}
	if len(kept.Keys) != 2 || len(kept.FindMes) != 3 {
		t.Errorf("%d keys, %d FindMes", len(kept.Keys), len(kept.FindMes))
	}
	pruned, said := plan(t, kept, true, less)
	want = `remove  pair key "back" of account A
remove  public key "page" of account A
remove  FindMe 1 "Sales" of account A
remove  FindMe 2 of account B
remove  account B
update  account A
          default_caller_id: +15557585902 -> (none)
          daily_calls: 10 -> (none)
          numbers: +15557585902 tracking -> (none)`
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if len(pruned.Accounts) != 1 || len(pruned.Keys) != 0 || len(pruned.FindMes) != 1 {
		t.Errorf("left: %+v", pruned)
	}
	if changes, lines, err := Plan(pruned, files(t, less), serverKey, true); len(changes)+len(lines) != 0 || err != nil {
		t.Errorf("again: %v %v %v", changes, lines, err)
	}
}

func TestLeftOutFindMeSettingsStay(t *testing.T) {
	d, _ := plan(t, nil, false, small)
	next, said := plan(t, d, false, "accounts: [{name: A, findmes: [{id: 1, loop_count: 2}]}]")
	if !strings.HasPrefix(said, "update  FindMe 1 \"Sales\" of account A\n          loop_count: 1 -> 2\nkeep") {
		t.Errorf("got\n%s", said)
	}
	if f := next.FindMes[0]; f.Name != "Sales" || f.Timeout != 20*time.Second || len(f.Numbers) != 2 {
		t.Errorf("got %+v", f)
	}
}

func TestFindMeMovesWithPrune(t *testing.T) {
	d, _ := plan(t, nil, false, "accounts: [{name: A, findmes: [{id: 1, numbers: ['5558688950']}]}, {name: B}]")
	next, said := plan(t, d, true, "accounts: [{name: A}, {name: B, findmes: [{id: 1, numbers: ['5558688950']}]}]")
	if len(next.FindMes) != 1 || next.FindMes[0].AccountID != accountID(t, next, "B") || !strings.HasPrefix(said, "remove  FindMe 1 of account A\ncreate  FindMe 1 of account B") {
		t.Errorf("got %+v\n%s", next.FindMes, said)
	}
}

func TestConflicts(t *testing.T) {
	current, _ := plan(t, nil, false, small, "accounts: [{name: B}]")
	for _, tt := range []struct {
		name  string
		prune bool
		texts []string
		want  string
	}{
		{"an account twice", false, []string{"accounts: [{name: A}]", "accounts:\n  - name: A\n"}, `a.yaml:2:11: accounts[0].name: "A" is the name of two accounts`},
		{"a FindMe twice", true, []string{"accounts: [{name: A, findmes: [{id: 7, numbers: []}, {id: 7, numbers: []}]}]"}, `a.yaml:1:59: accounts[0].findmes[1].id: 7 is the id of two FindMes, one in account A; ids are unique over all accounts`},
		{"a FindMe of another account", false, []string{"accounts: [{name: B, findmes: [{id: 1, numbers: []}]}]"}, `a.yaml:1:37: accounts[0].findmes[0].id: 1 belongs to account A; take another id, or remove it there first`},
		{"a FindMe of another account for a new one", false, []string{"accounts: [{name: C, findmes: [{id: 1, numbers: []}]}]"}, `a.yaml:1:37: accounts[0].findmes[0].id: 1 belongs to account A; take another id, or remove it there first`},
		{"a new FindMe without numbers", false, []string{"accounts: [{name: B, findmes: [{id: 8}]}]"}, `a.yaml:1:32: accounts[0].findmes[0]: numbers is needed for a new FindMe: whom it rings`},
		{"a key's name twice", false, []string{"accounts: [{name: B, keys: [{name: k, api_key: hushx}, {name: k, api_key: hushy}]}]"}, `a.yaml:1:63: accounts[0].keys[1].name: "k" is the name of two keys of this account`},
		{"a credential twice", false, []string{"accounts: [{name: B, keys: [{name: k, api_key: hushx}, {name: l, api_key: hushx}]}]"}, `a.yaml:1:56: accounts[0].keys[1]: its credential is that of key k of account B; every key needs its own`},
		{"a credential of another account", false, []string{"accounts: [{name: B, keys: [{name: k, access_key: hush1, secret_access_key: hush9}]}]"}, `a.yaml:1:29: accounts[0].keys[0]: its credential is that of key back of account A; every key needs its own`},
		{"default caller id not owned", false, []string{"accounts: [{name: B, default_caller_id: '5557585902'}]"}, `a.yaml:1:41: accounts[0].default_caller_id: +15557585902 is not one of the account's numbers; add it to numbers`},
		{"public key for no FindMe", false, []string{one("    keys: [{name: k, key: 89abcdef0123456789abcdef0123456789abcdef, findmes: [1, 5]}]\n")}, `a.yaml:3:82: accounts[0].keys[0].findmes[1]: 5 is not a FindMe of this account`},
		{"public key for a FindMe that is pruned", true, []string{one("    keys: [{name: k, key: 89abcdef0123456789abcdef0123456789abcdef, findmes: [1]}]\n")}, `a.yaml:3:79: accounts[0].keys[0].findmes[0]: 1 is not a FindMe of this account`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changes, lines, err := Plan(current, files(t, tt.texts...), serverKey, tt.prune)
			if err == nil || changes != nil || lines != nil {
				t.Fatalf("got %v %v %v", changes, lines, err)
			}
			if d := cmp.Diff(tt.want, err.Error()); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Error("a secret is told")
			}
		})
	}
}

// A key that changes its kind takes nothing of its former life with it.
func TestKeyChangesKind(t *testing.T) {
	d, _ := plan(t, nil, false, small)
	next, said := plan(t, d, false, "accounts: [{name: A, keys: [{name: page, api_key: other}]}]")
	for _, k := range next.Keys {
		if k.Name == "page" && (k.Kind != clickbridge.APIKey || len(k.Origins)+len(k.FindMes) != 0) {
			t.Errorf("got %+v", k)
		}
	}
	if !strings.Contains(said, "kind: public -> api") {
		t.Errorf("got\n%s", said)
	}
}

// Plan may be asked again about the same files: first to show, then to do.
func TestPlanKeepsNothing(t *testing.T) {
	d, _ := plan(t, nil, false, small)
	fs := files(t, "accounts: [{name: B, findmes: [{id: 1, numbers: []}]}]")
	if _, _, err := Plan(d, fs, serverKey, false); err == nil {
		t.Fatal("no conflict")
	}
	if _, _, err := Plan(nil, fs, serverKey, false); err != nil {
		t.Errorf("the first conflict is told again: %v", err)
	}
}

// Whether a call may show one of its parties the other's number is off unless it
// is written, stays as it is where it is not, and goes with prune.
func TestShowDialled(t *testing.T) {
	d, said := plan(t, nil, false, strings.Replace(small, "daily_calls: 10", "show_dialled_number: true", 1))
	if !d.Accounts[0].ShowDialled || !strings.Contains(said, "show_dialled_number: true") {
		t.Errorf("%+v\n%s", d.Accounts[0], said)
	}
	for prune, want := range map[bool]bool{false: true, true: false} {
		if next, _ := plan(t, d, prune, small); next.Accounts[0].ShowDialled != want {
			t.Errorf("prune %v: %v", prune, next.Accounts[0].ShowDialled)
		}
	}
}
