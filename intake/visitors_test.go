package intake_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"clickbridge"
	"clickbridge/intake"
)

// visit is a click with the public key that any page may use.
func visit(address, phone string) intake.Click {
	return click(func(c *intake.Click) {
		c.Credentials, c.RemoteAddr, c.PhoneToCall = intake.Credentials{PublicKey: openKey}, address, phone
	})
}

func phone(i int) string { return fmt.Sprintf("312555%04d", i) }

func TestVisitorsByAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		most := intake.DefaultVisitors.PerAddress.Count
		for i := range most {
			if _, err := b.Click(t.Context(), visit("2001:db8::1", phone(i))); err != nil {
				t.Fatalf("click %d: %v", i+1, err)
			}
		}
		_, err := b.Click(t.Context(), visit("2001:db8::ffff:2", phone(90))) // another address of the same house
		e, ok := err.(*clickbridge.Error)
		if !ok || e.Code != clickbridge.ELIMIT || e.Message != "Too many requests: this visitor has clicked too often; try again in 6 seconds" || e.RetryAfter <= 0 {
			t.Fatalf("got %v", err)
		}
		if len(b.refusals) != 1 || b.refusals[0].Code != clickbridge.ELIMIT {
			t.Errorf("recorded %+v", b.refusals)
		}
		if _, err := b.Click(t.Context(), visit("2001:db8:0:1::1", phone(91))); err != nil {
			t.Errorf("another house: %v", err)
		}
		server := click(func(c *intake.Click) { c.RemoteAddr, c.PhoneToCall = "2001:db8::1", phone(92) })
		if _, err := b.Click(t.Context(), server); err != nil {
			t.Errorf("a pair is limited: %v", err)
		}
		<-time.After(e.RetryAfter)
		if _, err := b.Click(t.Context(), visit("2001:db8::1", phone(93))); err != nil {
			t.Errorf("after the time that was told: %v", err)
		}
	})
}

func TestVisitorsByNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		most := intake.DefaultVisitors.PerNumber.Count
		for i := range most {
			if _, err := b.Click(t.Context(), visit(fmt.Sprintf("192.0.2.%d", i), "(312) 555-0100")); err != nil {
				t.Fatalf("click %d: %v", i+1, err)
			}
		}
		_, err := b.Click(t.Context(), visit("192.0.2.99", "+13125550100"))
		if clickbridge.ErrorMessage(err) != "Too many requests: this number was called too often; try again in 150 seconds" {
			t.Errorf("got %v", err)
		}
	})
}

// A repeat joins its twin and rings nobody, so it is not counted; neither is a
// click that is refused for another reason.
func TestVisitorsCountWhatRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		b.conductor.answer = nil
		for range 30 {
			go func() { _, _ = b.Click(t.Context(), visit("192.0.2.7", "3125550100")) }()
		}
		synctest.Wait()
		for range 30 {
			_, _ = b.Click(t.Context(), visit("192.0.2.7", "911"))
		}
		if n := b.calls.count(); n != 1 {
			t.Fatalf("%d calls", n)
		}
		for _, r := range b.refusals {
			if r.Code == clickbridge.ELIMIT {
				t.Fatalf("limited: %+v", r)
			}
		}
		b.conductor.told[0] <- connected
	})
}

func TestVisitorsUnlimited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	in := intake.New(intake.Config{
		Directory: b.dir, Calls: b.calls, Conductor: b.conductor, Log: b.discard(),
		Visitors: intake.Visitors{PerAddress: intake.NoLimit, PerNumber: intake.NoLimit},
	})
	for range 50 {
		if _, err := in.Click(t.Context(), visit("192.0.2.7", "3125550100")); err != nil {
			t.Fatal(err)
		}
	}
}
