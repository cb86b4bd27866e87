package clickbridge_test

import (
	"testing"
	"time"

	"clickbridge"
)

func TestAccountCallerID(t *testing.T) {
	t.Parallel()
	registered := clickbridge.OwnedNumber{Number: "+18887776666", Kind: clickbridge.Registered}
	tracking := clickbridge.OwnedNumber{Number: "+15557585902", Kind: clickbridge.Tracking, SMS: true}
	tests := []struct {
		name    string
		account clickbridge.Account
		want    clickbridge.Number
		ok      bool
	}{
		{"Default", clickbridge.Account{DefaultCallerID: "+19998887777", Numbers: []clickbridge.OwnedNumber{tracking}}, "+19998887777", true},
		{"FirstTracking", clickbridge.Account{Numbers: []clickbridge.OwnedNumber{registered, tracking}}, "+15557585902", true},
		{"RegisteredOnly", clickbridge.Account{Numbers: []clickbridge.OwnedNumber{registered}}, "", false},
		{"None", clickbridge.Account{}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, ok := tt.account.CallerID(); got != tt.want || ok != tt.ok {
				t.Errorf("got %q, %v; want %q, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestAccountNumbers(t *testing.T) {
	t.Parallel()
	a := clickbridge.Account{DefaultCallerID: "+19998887777", Numbers: []clickbridge.OwnedNumber{
		{Number: "+18887776666", Kind: clickbridge.Registered},
		{Number: "+15557585902", Kind: clickbridge.Tracking, SMS: true},
	}}
	for n, want := range map[clickbridge.Number]bool{"+18887776666": true, "+15557585902": true, "+15551112222": false, "": false} {
		if got := a.Owns(n); got != want {
			t.Errorf("owns %q: %v, want %v", n, got, want)
		}
	}
	if n, ok := a.SMSNumber(); n != "+15557585902" || !ok {
		t.Errorf("SMS number %q, %v", n, ok)
	}
	if n, ok := (&clickbridge.Account{}).SMSNumber(); n != "" || ok {
		t.Errorf("SMS number of none: %q, %v", n, ok)
	}
}

func TestAccountMayDial(t *testing.T) {
	t.Parallel()
	home := clickbridge.Account{Country: "US"}
	listed := clickbridge.Account{Country: "US", Destinations: []string{"CA", "GB"}}
	tests := []struct {
		a       *clickbridge.Account
		country string
		want    bool
	}{
		{&home, "US", true}, {&home, "CA", false}, {&home, "JM", false}, {&home, "", false},
		{&listed, "CA", true}, {&listed, "GB", true}, {&listed, "US", false},
	}
	for _, tt := range tests {
		if got := tt.a.MayDial(tt.country); got != tt.want {
			t.Errorf("%v may dial %q: %v, want %v", tt.a.Destinations, tt.country, got, tt.want)
		}
	}
}

func TestAccountLocation(t *testing.T) {
	t.Parallel()
	a := clickbridge.Account{TimeZone: "America/Chicago"}
	at := time.Date(2026, 7, 1, 3, 0, 0, 0, time.UTC).In(a.Location())
	if got := at.Format(time.DateTime); got != "2026-06-30 22:00:00" {
		t.Errorf("Chicago summer evening: %s", got)
	}
	if got := (&clickbridge.Account{TimeZone: "Mars/Olympus"}).Location(); got != time.UTC {
		t.Errorf("unknown zone: %v", got)
	}
}

func TestHashSecret(t *testing.T) {
	t.Parallel()
	key := []byte("server key")
	pair := clickbridge.HashSecret(key, clickbridge.PairKey, "foo")
	if len(pair) != 64 {
		t.Errorf("%d hex digits, want 64", len(pair))
	}
	if pair != clickbridge.HashSecret(key, clickbridge.PairKey, "foo") {
		t.Error("not the same twice")
	}
	for name, other := range map[string]string{
		"kind":       clickbridge.HashSecret(key, clickbridge.APIKey, "foo"),
		"server key": clickbridge.HashSecret([]byte("another"), clickbridge.PairKey, "foo"),
		"credential": clickbridge.HashSecret(key, clickbridge.PairKey, "fop"),
	} {
		if other == pair {
			t.Errorf("another %s gives the same hash", name)
		}
	}
}

func TestKeyMayClick(t *testing.T) {
	t.Parallel()
	public := clickbridge.Key{Kind: clickbridge.PublicKey, FindMes: []int64{98765}}
	if !public.MayClick(98765) || public.MayClick(98766) {
		t.Error("a public key clicks what it lists")
	}
	if (&clickbridge.Key{Kind: clickbridge.PublicKey}).MayClick(98765) {
		t.Error("a public key that lists nothing clicked")
	}
	for _, kind := range []clickbridge.KeyKind{clickbridge.PairKey, clickbridge.APIKey} {
		if !(&clickbridge.Key{Kind: kind}).MayClick(98765) {
			t.Errorf("a key of kind %s may not click", kind)
		}
	}
}
