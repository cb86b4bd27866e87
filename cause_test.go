package clickbridge_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"clickbridge"
)

// Every final SIP status, with what an attempt and a call that ended so are
// called.
func TestSIPCause(t *testing.T) {
	t.Parallel()
	for status := 300; status <= 699; status++ {
		for _, rang := range []bool{false, true} {
			want := wantClass(status, rang)
			c := clickbridge.SIPCause(status, "Reason", rang)
			if c.Class != want || c.SIPCode != status || c.Text != "Reason" {
				t.Errorf("%d, rang %v: %+v, want class %s", status, rang, c, want)
			}
		}
	}
}

// wantClass restates the contract's table, not the code.
func wantClass(status int, rang bool) clickbridge.CauseClass {
	table := map[int]clickbridge.CauseClass{
		480: clickbridge.CauseNoAnswer,
		486: clickbridge.CauseBusy, 600: clickbridge.CauseBusy,
		603: clickbridge.CauseDeclined,
		487: clickbridge.CauseCanceled,
		404: clickbridge.CauseFailed, 410: clickbridge.CauseFailed, 484: clickbridge.CauseFailed,
		604: clickbridge.CauseFailed, 403: clickbridge.CauseFailed, 606: clickbridge.CauseFailed,
		607: clickbridge.CauseFailed, 608: clickbridge.CauseFailed,
	}
	if c, ok := table[status]; ok {
		return c
	}
	switch {
	case status == 408 && rang:
		return clickbridge.CauseNoAnswer
	case status == 408, status/100 == 5:
		return clickbridge.CauseTrunkFault
	}
	return clickbridge.CauseFailed
}

func TestCauseResults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		class   clickbridge.CauseClass
		attempt clickbridge.AttemptResult
		call    clickbridge.Result
	}{
		{clickbridge.CauseNoAnswer, "No Answer", "No Answer"},
		{clickbridge.CauseBusy, "Busy", "Busy"},
		{clickbridge.CauseDeclined, "Declined", "Declined"},
		{clickbridge.CauseNotAccepted, "Not Accepted", "No Answer"},
		{clickbridge.CauseHangup, "Not Accepted", "Canceled"},
		{clickbridge.CauseFailed, "Failed", "Failed"},
		{clickbridge.CauseTrunkFault, "Failed", "Failed"},
		{clickbridge.CauseMediaTimeout, "Failed", "Failed"},
		{clickbridge.CauseMaxDuration, "Failed", "Failed"},
		{clickbridge.CauseCanceled, "Canceled", "Canceled"},
		{clickbridge.CauseReleased, "Canceled", "Canceled"},
		{clickbridge.CauseDrained, "Interrupted", "Interrupted"},
		{clickbridge.CauseInterrupted, "Interrupted", "Interrupted"},
		{"", "Failed", "Failed"},
	}
	for _, tt := range tests {
		c := &clickbridge.Cause{Class: tt.class}
		if got := c.AttemptResult(); got != tt.attempt {
			t.Errorf("%s: attempt %q, want %q", tt.class, got, tt.attempt)
		}
		if got := c.CallResult(); got != tt.call {
			t.Errorf("%s: call %q, want %q", tt.class, got, tt.call)
		}
	}
}

func TestCauseOf(t *testing.T) {
	t.Parallel()
	busy := &clickbridge.Cause{Class: clickbridge.CauseBusy, SIPCode: 486}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(busy)
	for name, err := range map[string]error{
		"itself":  busy,
		"wrapped": fmt.Errorf("dial: %w", busy),
		"context": context.Cause(ctx),
	} {
		if got := clickbridge.CauseOf(err); got != busy {
			t.Errorf("%s: %v, want the cause itself", name, got)
		}
	}
	if got := clickbridge.CauseOf(errors.New("no route")); got.Class != clickbridge.CauseFailed || got.Text != "no route" {
		t.Errorf("another error: %+v", got)
	}
	if got := clickbridge.CauseOf(nil); got.Class != clickbridge.CauseReleased {
		t.Errorf("nil: %+v", got)
	}
	if got := clickbridge.CauseOf(errors.Join(errors.New("first"), busy)); got != busy {
		t.Errorf("joined: %v, want the cause itself", got)
	}
}

func TestCauseText(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]clickbridge.Cause{
		"busy: 486 Busy Here": {Class: clickbridge.CauseBusy, SIPCode: 486, Text: "Busy Here"},
		"busy: 486":           {Class: clickbridge.CauseBusy, SIPCode: 486},
		"failed: no trunk":    {Class: clickbridge.CauseFailed, Text: "no trunk"},
		"drained":             {Class: clickbridge.CauseDrained},
	} {
		if got := c.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
