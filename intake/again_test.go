package intake_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"clickbridge"
	"clickbridge/store"
)

func owed() clickbridge.Callback {
	return clickbridge.Callback{
		ID: "cb-1", AccountID: 1, FindMeID: 98765, Order: clickbridge.FindMeFirst, Phone: "+15551112222",
		FirstCallerID: "+18887776666", SecondCallerID: "+15550009999", KeyName: "website backend",
		Page: "LeadResponse.html", Ref: "lead-1", NoAnswer: clickbridge.NoAnswer{Email: "sales@example.com"}, Tries: 1,
	}
}

func TestAgainMakesTheCall(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if err := b.Again(t.Context(), owed(), "call-2"); err != nil {
		t.Fatal(err)
	}
	want := clickbridge.Call{
		ID: "call-2", Callback: "cb-1", AccountID: 1, KeyName: "website backend", Node: "node-1",
		Order: clickbridge.FindMeFirst, FindMeID: 98765, FindMeName: "Sales", Phone: "+15551112222",
		FirstCallerID: "+18887776666", SecondCallerID: "+19998887777", // the account gave the old one up
		Page: "LeadResponse.html", Ref: "lead-1", NoAnswer: clickbridge.NoAnswer{Email: "sales@example.com"},
		State: clickbridge.CallQueued, Result: clickbridge.ResultInProgress,
	}
	if d := cmp.Diff(want, b.calls.last(t), cmpopts.IgnoreFields(clickbridge.Call{}, "CreatedAt")); d != "" {
		t.Error(d)
	}
	if c := <-b.conductor.begun; c.ID != "call-2" {
		t.Errorf("conducted %+v", c)
	}
	if d := b.calls.days[0]; d.Limit != 5000 || len(d.Day) != len(time.DateOnly) {
		t.Errorf("counted against %+v", d)
	}
}

func TestAgainRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*clickbridge.Callback, *bundle)
		code   clickbridge.Code
	}{
		"NoAccount":   {func(cb *clickbridge.Callback, _ *bundle) { cb.AccountID = 77 }, clickbridge.EFORBIDDEN},
		"NoFindMe":    {func(cb *clickbridge.Callback, _ *bundle) { cb.FindMeID = 1 }, clickbridge.EINVALID},
		"Theirs":      {func(cb *clickbridge.Callback, _ *bundle) { cb.FindMeID = 500 }, clickbridge.EINVALID},
		"Destination": {func(cb *clickbridge.Callback, _ *bundle) { cb.Phone = "+442079460123" }, clickbridge.EFORBIDDEN},
		"NoCallerID":  {func(cb *clickbridge.Callback, _ *bundle) { cb.AccountID, cb.FindMeID = 2, 500 }, clickbridge.EFORBIDDEN},
		"DailyLimit":  {func(_ *clickbridge.Callback, b *bundle) { b.calls.err = store.ErrDailyLimit }, clickbridge.ELIMIT},
		"Store":       {func(_ *clickbridge.Callback, b *bundle) { b.calls.err = errors.New("no") }, clickbridge.EUNAVAILABLE},
		"Draining":    {func(_ *clickbridge.Callback, b *bundle) { b.ready = func() error { return errors.New("draining") } }, clickbridge.EUNAVAILABLE},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, cb := setup(t), owed()
			c.change(&cb, b)
			var e *clickbridge.Error
			if err := b.Again(t.Context(), cb, "call-2"); !errors.As(err, &e) || e.Code != c.code {
				t.Errorf("got %v, want %v", err, c.code)
			}
			if b.calls.count() != 0 || len(b.conductor.begun) != 0 {
				t.Error("a call was made")
			}
		})
	}
}
