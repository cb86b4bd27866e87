package simulator_test

import (
	"testing"
	"time"

	"clickbridge/media/g711"
	"clickbridge/media/tone"
	"clickbridge/simulator"
)

// scripted is a carrier whose every number plays one scene.
func scripted(t *testing.T, scene simulator.Scene) *simulator.Simulator {
	return start(t, func(c *simulator.Config) {
		c.Script = func(string) (simulator.Scene, bool) { return scene, true }
	})
}

func TestMenuWantsItsKeys(t *testing.T) {
	t.Parallel()
	s := scripted(t, simulator.Scene{Name: "menu", Menu: "204", Key: '1'})
	c := newCaller(t, s.Addr())
	k := c.call("3125550120").invite()
	ok := k.expect("200 INVITE")
	k.ack(ok)
	for i, key := range "7204" {
		if l := leg(t, s, k.id, "up", func(l simulator.Leg) bool { return l.Answered() }); l.Keys != "" {
			t.Fatalf("pressed %q after %d keys", l.Keys, i)
		}
		k.within(ok, "INFO", "Signal="+string(key)+"\r\nDuration=160\r\n")
		k.expect("200 INFO")
	}
	c.until("its own key", func() bool { return c.keys == "1" })
	if l := leg(t, s, k.id, "heard all", func(l simulator.Leg) bool { return l.KeysHeard == "7204" }); l.Keys != "1" {
		t.Errorf("%+v", l)
	}
	k.hangUp(ok)
}

func TestSaysAndTapes(t *testing.T) {
	t.Parallel()
	clip := g711.EncodeULawAll(tone.Generate([]float64{700}, 300*time.Millisecond, 0.5))
	s := scripted(t, simulator.Scene{Name: "speaks", Say: clip, SayAfter: time.Second, Tape: true})
	c := newCaller(t, s.Addr())
	k := c.call("3125550120").invite()
	ok := k.expect("200 INVITE")
	k.ack(ok)
	c.hears(700)
	k.hangUp(ok)
	if l := leg(t, s, k.id, "over", over); len(l.Tape) != 0 {
		t.Errorf("%d bytes on a tape that nobody spoke to", len(l.Tape))
	}
}
