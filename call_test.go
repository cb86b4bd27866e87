package clickbridge_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"clickbridge"
)

// First and second caller id are leg order, not party.
func TestCallerIDsFollowTheOrder(t *testing.T) {
	t.Parallel()
	c := clickbridge.Call{FirstCallerID: "+19998887777", SecondCallerID: "+18887776666", Order: clickbridge.PhoneFirst}
	if c.PhoneCallerID() != "+19998887777" || c.HuntCallerID() != "+18887776666" {
		t.Errorf("type 1: phone sees %s, agents see %s", c.PhoneCallerID(), c.HuntCallerID())
	}
	c.Order = clickbridge.FindMeFirst
	if c.HuntCallerID() != "+19998887777" || c.PhoneCallerID() != "+18887776666" {
		t.Errorf("type 2: agents see %s, phone sees %s", c.HuntCallerID(), c.PhoneCallerID())
	}
}

func TestCallSeconds(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 8, 12, 0, 0, 0, time.UTC)
	c := clickbridge.Call{CreatedAt: at, AcceptedAt: at.Add(4 * time.Second), BridgedAt: at.Add(6 * time.Second), EndedAt: at.Add(66 * time.Second)}
	for name, f := range map[string]func() (float64, bool){"4": c.SecondsToAccept, "6": c.SecondsToBridge, "60": c.TalkSeconds} {
		if s, ok := f(); !ok || fmt.Sprint(s) != name {
			t.Errorf("got %v, %v; want %s", s, ok, name)
		}
	}
	c = clickbridge.Call{CreatedAt: at, EndedAt: at.Add(time.Minute)}
	for _, f := range []func() (float64, bool){c.SecondsToAccept, c.SecondsToBridge, c.TalkSeconds} {
		if s, ok := f(); ok {
			t.Errorf("%v seconds of what never was", s)
		}
	}
	a := clickbridge.Attempt{StartedAt: at, EndedAt: at.Add(30 * time.Second)}
	if s := a.RingSeconds(); s != 30 {
		t.Errorf("not answered: rang %v", s)
	}
	a.AnsweredAt = at.Add(5 * time.Second)
	if s := a.RingSeconds(); s != 5 {
		t.Errorf("answered: rang %v", s)
	}
}

func TestRingTime(t *testing.T) {
	t.Parallel()
	f := clickbridge.FindMe{ID: 98765, Timeout: 30 * time.Second, LoopCount: 1,
		Numbers: []clickbridge.FindMeNumber{{Number: "+15558688950"}, {Number: "+15555550100", Timeout: 10 * time.Second}}}
	if f.RingTime(0) != 30*time.Second || f.RingTime(1) != 10*time.Second {
		t.Errorf("ring times %v, %v", f.RingTime(0), f.RingTime(1))
	}
}

func TestErrorsSay(t *testing.T) {
	t.Parallel()
	inner := errors.New("disk full")
	e := fmt.Errorf("click: %w", &clickbridge.Error{Code: clickbridge.EINVALID, Message: "Invalid type: must be 1 or 2", Err: inner})
	if clickbridge.ErrorCode(e) != clickbridge.EINVALID || clickbridge.ErrorMessage(e) != "Invalid type: must be 1 or 2" || !errors.Is(e, inner) {
		t.Errorf("code %s, message %q", clickbridge.ErrorCode(e), clickbridge.ErrorMessage(e))
	}
	for _, e := range []error{inner, &clickbridge.Error{Code: clickbridge.EINTERNAL, Message: "secret", Err: inner}} {
		if clickbridge.ErrorCode(e) != clickbridge.EINTERNAL || clickbridge.ErrorMessage(e) != "Internal error" {
			t.Errorf("a client reads %q", clickbridge.ErrorMessage(e))
		}
	}
}

func TestTrunkNumberFormat(t *testing.T) {
	t.Parallel()
	for format, want := range map[clickbridge.NumberFormat]string{
		clickbridge.FormatNational: "5558688950",
		clickbridge.FormatE164:     "+15558688950",
		clickbridge.FormatDigits:   "15558688950",
	} {
		if got := format.Format("+15558688950", "US"); got != want {
			t.Errorf("%s: %s, want %s", format, got, want)
		}
	}
}
