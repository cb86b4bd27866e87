package intake_test

import (
	"errors"
	"testing"

	"clickbridge"
)

// A call is committed and handed over before anybody waits for its outcome.
func TestBegin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.conductor.answer = nil // nobody ever hears how it went
	who, err := b.Authorize(pair)
	if err != nil {
		t.Fatal(err)
	}
	c := click()
	c.NoAnswerEmail, c.BothOrders = "sales@example.com", true
	id := clickbridge.NewCallID()
	call, err := b.Begin(t.Context(), who, c, id)
	if err != nil {
		t.Fatal(err)
	}
	if made := b.calls.last(t); call.ID != id || made.ID != id || made.Node != "node-1" || made.NoAnswer.Email == "" || len(made.Notes) > 0 {
		t.Errorf("made %+v", made)
	}
	if begun := <-b.conductor.begun; begun.ID != id {
		t.Errorf("begun %s", begun.ID)
	}
	if _, err := b.Check(who, click()); err != nil || b.calls.count() != 1 {
		t.Errorf("a check made a call, or %v", err)
	}
}

func TestBeginRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	who, err := b.Authorize(pair)
	if err != nil {
		t.Fatal(err)
	}
	c := click()
	c.PhoneToCall = "911"
	if _, err := b.Begin(t.Context(), who, c, "x"); clickbridge.ErrorCode(err) != clickbridge.EINVALID && clickbridge.ErrorCode(err) != clickbridge.EFORBIDDEN {
		t.Errorf("911: %v", err)
	}
	b.ready = func() error { return errors.New("draining") }
	if _, err := b.Begin(t.Context(), who, click(), "x"); clickbridge.ErrorCode(err) != clickbridge.EUNAVAILABLE {
		t.Errorf("draining: %v", err)
	}
	b.ready, b.calls.err = nil, errors.New("the disk is full")
	if _, err := b.Begin(t.Context(), who, click(), "x"); clickbridge.ErrorCode(err) != clickbridge.EUNAVAILABLE {
		t.Errorf("no store: %v", err)
	}
	if b.calls.count() != 0 || len(b.refusals) != 3 {
		t.Errorf("%d calls, %d refusals", b.calls.count(), len(b.refusals))
	}
}
