package intake_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clickbridge"
	"clickbridge/intake"
)

// answered is what one client got.
type answered struct {
	o   clickbridge.Outcome
	err error
}

// send clicks in a goroutine, as a client would.
func (b *bundle) send(ctx context.Context, c intake.Click) <-chan answered {
	ch := make(chan answered, 1)
	go func() {
		o, err := b.Click(ctx, c)
		ch <- answered{o, err}
	}()
	return ch
}

// pass lets a bubble's time go by.
func pass(d time.Duration) { <-time.After(d) }

// slow is an intake whose calls connect when the test says so.
func slow(t *testing.T) *bundle {
	b := setup(t)
	b.conductor.answer = nil
	return b
}

func TestHundredIdenticalClicksAreOneCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := slow(t)
		var clients []<-chan answered
		for range 100 {
			clients = append(clients, b.send(t.Context(), click()))
		}
		synctest.Wait()
		if b.calls.count() != 1 || len(b.conductor.told) != 1 {
			t.Fatalf("%d calls, %d conducted", b.calls.count(), len(b.conductor.told))
		}
		b.conductor.told[0] <- connected
		for _, c := range clients {
			if a := <-c; a.err != nil || a.o.Kind != clickbridge.OutcomeConnected {
				t.Fatalf("got %+v", a)
			}
		}
		// Everyone has the answer: the next is a click of its own.
		again := b.send(t.Context(), click())
		synctest.Wait()
		if b.calls.count() != 2 {
			t.Errorf("%d calls after a new click", b.calls.count())
		}
		b.conductor.told[1] <- connected
		<-again
	})
}

// Other spellings of the same click are the same; any parameter that matters
// makes another.
func TestWhatMakesATwin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*intake.Click)
		twin   bool
	}{
		{"Spelling", func(c *intake.Click) { c.PhoneToCall, c.Type = "+1 (555) 111-2222", "1" }, true},
		{"DefaultSpelledOut", func(c *intake.Click) { c.FirstCallerID = "9998887777" }, true},
		{"IgnoredParameter", func(c *intake.Click) { c.NoAnswerEmail = "a@example.com" }, true},
		{"OtherKeyOfTheAccount", func(c *intake.Click) { c.Credentials = intake.Credentials{APIKey: apiKey} }, true},
		{"OtherVisitorAddress", func(c *intake.Click) { c.RemoteAddr = "192.0.2.8" }, true},
		{"Phone", func(c *intake.Click) { c.PhoneToCall = "5551112223" }, false},
		{"FindMe", func(c *intake.Click) { c.FindMeID = "98766" }, false},
		{"Type", func(c *intake.Click) { c.Type = "2" }, false},
		{"FirstCallerID", func(c *intake.Click) { c.FirstCallerID = "8887776666" }, false},
		{"SecondCallerID", func(c *intake.Click) { c.SecondCallerID = "8887776666" }, false},
		{"Page", func(c *intake.Click) { c.Page = "other" }, false},
		{"Ref", func(c *intake.Click) { c.Ref = "other" }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := slow(t)
				first := b.send(t.Context(), click())
				synctest.Wait()
				second := b.send(t.Context(), click(tt.change))
				synctest.Wait()
				if got := b.calls.count() == 1; got != tt.twin {
					t.Errorf("%d calls", b.calls.count())
				}
				for _, ch := range b.conductor.told {
					ch <- connected
				}
				<-first
				<-second
			})
		})
	}
}

// A client that hung up before the answer finds it for a minute.
func TestRepeatAfterTheFirstClientHadGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := slow(t)
		ctx, hangUp := context.WithCancel(t.Context())
		first := b.send(ctx, click())
		synctest.Wait()
		hangUp()
		synctest.Wait()
		b.conductor.told[0] <- clickbridge.Outcome{Kind: clickbridge.OutcomeProcessed}
		if a := <-first; a.o.Kind != clickbridge.OutcomeProcessed {
			t.Errorf("a half-closed client got %+v", a)
		}
		for _, after := range []time.Duration{0, 30 * time.Second, 29*time.Second + 999*time.Millisecond} {
			pass(after)
			if a := <-b.send(t.Context(), click()); a.err != nil || a.o.Kind != clickbridge.OutcomeProcessed {
				t.Fatalf("a repeat got %+v", a)
			}
		}
		if b.calls.count() != 1 {
			t.Fatalf("%d calls within the minute", b.calls.count())
		}
		pass(2 * time.Millisecond)
		b.conductor.answer = &connected
		if a := <-b.send(t.Context(), click()); a.err != nil || b.calls.count() != 2 {
			t.Errorf("after the minute: %+v, %d calls", a, b.calls.count())
		}
	})
}

// The repeat joins while the first is still before its answer, whether or not
// the first client is still there, and its own hanging up changes nothing.
func TestHangingUpCancelsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := slow(t)
		ctx, hangUp := context.WithCancel(t.Context())
		gone := []<-chan answered{b.send(ctx, click()), b.send(ctx, click())}
		synctest.Wait()
		hangUp()
		synctest.Wait()
		repeat := b.send(t.Context(), click())
		synctest.Wait()
		b.conductor.told[0] <- connected
		for _, c := range append(gone, repeat) {
			if a := <-c; a.err != nil || a.o.Kind != clickbridge.OutcomeConnected {
				t.Errorf("got %+v", a)
			}
		}
		if b.calls.count() != 1 {
			t.Errorf("%d calls", b.calls.count())
		}
	})
}

// A click whose client is gone before it is even stored is stored and dialled.
func TestDeadContextStillCommits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Click(ctx, click()); err != nil || b.calls.count() != 1 {
		t.Errorf("%v, %d calls", err, b.calls.count())
	}
}

// A script that clicks and hangs up cannot pile up waiting requests.
func TestHangUpsDoNotPileUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := slow(t)
		ctx, hangUp := context.WithCancel(t.Context())
		var clients []<-chan answered
		for range 50 {
			clients = append(clients, b.send(ctx, click()))
		}
		synctest.Wait()
		hangUp()
		synctest.Wait()
		let := 0
		for _, c := range clients {
			select {
			case a := <-c:
				if clickbridge.ErrorCode(a.err) != clickbridge.EUNAVAILABLE {
					t.Fatalf("got %+v", a)
				}
				let++
			default:
			}
		}
		if let != 42 {
			t.Errorf("%d of 50 were let go, want 42", let)
		}
		b.conductor.told[0] <- connected
		synctest.Wait()
	})
}

// Repeats are answered while the server drains; new clicks are not.
func TestRepeatWhileDraining(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := slow(t)
		first := b.send(t.Context(), click())
		synctest.Wait()
		b.ready = func() error { return errors.New("draining") }
		repeat := b.send(t.Context(), click())
		other := <-b.send(t.Context(), click(func(c *intake.Click) { c.Ref = "new" }))
		if clickbridge.ErrorCode(other.err) != clickbridge.EUNAVAILABLE {
			t.Errorf("a new click got %+v", other)
		}
		synctest.Wait()
		b.conductor.told[0] <- connected
		for _, c := range []<-chan answered{first, repeat} {
			if a := <-c; a.err != nil {
				t.Errorf("got %+v", a)
			}
		}
	})
}

// A conductor that stops without a word has failed the call.
func TestConductorSaysNothing(t *testing.T) {
	t.Parallel()
	b := slow(t)
	client := b.send(t.Context(), click())
	<-b.conductor.begun
	close(b.conductor.told[0])
	if a := <-client; a.err != nil || a.o.Kind != clickbridge.OutcomeFailed || a.o.Cause.Class != clickbridge.CauseInterrupted {
		t.Errorf("got %+v", a)
	}
}

// Twins of a click that is refused by the store are refused with it.
func TestTwinsOfARefusedClick(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.calls.err = errors.New("disk full")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := b.Click(t.Context(), click()); clickbridge.ErrorCode(err) != clickbridge.EUNAVAILABLE {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if len(b.refusals) != 20 {
		t.Errorf("%d refusals", len(b.refusals))
	}
}
