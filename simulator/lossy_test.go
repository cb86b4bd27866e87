package simulator_test

import (
	"bytes"
	"sync"
	"testing"

	"clickbridge/simulator"
	"clickbridge/simulator/lossy"
	"clickbridge/simulator/wire"
)

// TestThroughALossyProxy loses the first of each of the 200, the ACK, the BYE
// and its answer: the carrier repeats what is its own to repeat, and everything
// of the dialog passes through the proxy.
func TestThroughALossyProxy(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	lost := map[string]bool{}
	p, err := lossy.New(t.Context(), lossy.Config{Seed: 1, Rule: func(toCarrier bool, b []byte) bool {
		mu.Lock()
		defer mu.Unlock()
		for _, what := range []string{"SIP/2.0 200", "ACK ", "BYE "} {
			key := what
			if toCarrier {
				key += "to carrier"
			}
			if bytes.HasPrefix(b, []byte(what)) && !lost[key] {
				lost[key] = true
				return true
			}
		}
		return false
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	s := start(t, func(c *simulator.Config) { c.Contact, c.ViaSource = p.Addr().String(), true })
	p.SetTo(s.Addr())
	c := newCaller(t, p.Addr())
	k := c.call("3125550106").invite()
	ok := k.expect("200 INVITE")
	if got := wire.Address(ok.Get("Contact")); got != "sip:3125550106@"+p.Addr().String() {
		t.Errorf("Contact %s", got)
	}
	k.ack(ok)
	k.ack(k.expect("200 INVITE"))
	bye := k.expect("BYE")
	k.respond(bye, 200, "")
	k.respond(k.expect("BYE"), 200, "")
	leg(t, s, k.id, "closed", func(l simulator.Leg) bool { return l.Over() && !l.Dialogs[0].Closed.IsZero() })
	if p.Counts().Dropped != 4 {
		t.Errorf("lost %v", lost)
	}
}
