package intake_test

import (
	"errors"
	"testing"
	"time"

	"clickbridge/intake"
)

// A click that found room before the server began to refuse is the conductor's
// when Settle returns: a drain that counts calls then counts it.
func TestSettleWaitsForTheCommit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asked := make(chan struct{})
	b.ready = func() error {
		close(asked)
		return nil
	}
	b.calls.mu.Lock() // the commit takes its time
	go func() { _, _ = b.Click(t.Context(), click()) }()
	<-asked
	settled := make(chan int, 1)
	go func() {
		b.Settle()
		settled <- len(b.conductor.begun)
	}()
	select {
	case <-settled:
		b.calls.mu.Unlock()
		t.Fatal("Settle returned while a click was between room and conductor")
	case <-time.After(50 * time.Millisecond):
	}
	b.calls.mu.Unlock()
	if n := <-settled; n != 1 {
		t.Errorf("%d calls were begun when Settle returned", n)
	}
}

// A click that waits for its answer, or was refused, holds nothing up.
func TestSettleDoesNotWaitForAnswers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.conductor.answer = nil
	go func() { _, _ = b.Click(t.Context(), click()) }()
	<-b.conductor.begun
	b.Settle()
	b.ready = func() error { return errors.New("draining") }
	if _, err := b.Click(t.Context(), click(func(c *intake.Click) { c.Ref = "another" })); err == nil {
		t.Error("a click was taken")
	}
	b.Settle()
}
