package media_test

import (
	"net/netip"
	"strings"
	"testing"

	"clickbridge/leg"
	"clickbridge/media"
)

func remote(f *phone) string { return f.port.Stats().RemoteAddr }

func TestLatchOntoNAT(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a := open(t, e, "call", pcmu)
		// The phone says an address behind its NAT.
		a.answer(a.sdpAt(netip.MustParseAddrPort("127.0.0.9:4000"), "sendrecv"))
		eventually(t, "the SDP's address is the target", func() bool { return remote(a) == "127.0.0.9:4000" })
		a.send(make([]byte, 160))
		eventually(t, "the source is learned", func() bool { return remote(a) == a.conn.LocalAddr().String() })
		a.port.Play(silence(10), true)
		a.receive()
	})
}

// RTP bleed: nobody may take a leg over once its source is known.
func TestStrangersAreDropped(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a, b := answered(t, e, "call", pcmu), answered(t, e, "call", pcmu)
		relay(a, b)
		stranger := socketAt(t, "127.0.0.2")
		before := a.port.Stats()
		for range 5 {
			h := a.header
			h.SSRC = 666
			a.sendRaw(stranger, h, make([]byte, 160))
		}
		eventually(t, "five drops", func() bool { return a.port.Stats().DroppedIn == before.DroppedIn+5 })
		b.silent()
		if got := remote(a); got != a.conn.LocalAddr().String() {
			t.Errorf("audio now goes to %s", got)
		}
		if got := a.port.Stats().PacketsIn; got != before.PacketsIn {
			t.Errorf("%d packets counted as the leg's", got-before.PacketsIn)
		}
		a.send(make([]byte, 160))
		b.receive()
	})
}

func TestSDPAddressWinsOverAFasterStranger(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a := answered(t, e, "call", pcmu)
		stranger := socketAt(t, "127.0.0.2")
		a.sendRaw(stranger, a.header, make([]byte, 160))
		eventually(t, "the stranger is learned", func() bool { return strings.HasPrefix(remote(a), "127.0.0.2:") })
		a.send(make([]byte, 160))
		eventually(t, "the phone is learned", func() bool { return remote(a) == a.conn.LocalAddr().String() })
		a.sendRaw(stranger, a.header, make([]byte, 160))
		eventually(t, "the stranger is dropped", func() bool { return a.port.Stats().DroppedIn == 1 })
	})
}

func TestPortMovesOnce(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a := answered(t, e, "call", pcmu)
		a.send(make([]byte, 160))
		second, third := socketAt(t, "127.0.0.1"), socketAt(t, "127.0.0.1")
		a.sendRaw(second, a.header, make([]byte, 160))
		eventually(t, "the new port is learned", func() bool { return remote(a) == second.LocalAddr().String() })
		a.sendRaw(third, a.header, make([]byte, 160))
		a.send(make([]byte, 160))
		eventually(t, "the others are dropped", func() bool { return a.port.Stats().DroppedIn == 2 })
	})
}

func TestNothingIsTakenBeforeAnAnswer(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a := open(t, e, "call", pcmu)
		a.send(make([]byte, 160))
		eventually(t, "a drop", func() bool { return a.port.Stats().DroppedIn == 1 })
		a.answer(a.sdp("sendrecv"))
		a.send(make([]byte, 160))
		eventually(t, "a packet", func() bool { return a.port.Stats().PacketsIn == 1 })
		if a.port.Stats().LastIn.IsZero() {
			t.Error("LastIn is not set")
		}
	})
}

func TestReofferLearnsAnew(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a := answered(t, e, "call", pcmu)
		a.send(make([]byte, 160))
		eventually(t, "the first packet", func() bool { return a.port.Stats().PacketsIn == 1 })
		next := socketAt(t, "127.0.0.3")
		at := next.LocalAddr().String()
		if _, err := a.port.Reoffer([]byte(a.sdpAt(netip.MustParseAddrPort(at), "sendrecv"))); err != nil {
			t.Fatal(err)
		}
		eventually(t, "audio goes to the new address", func() bool { return remote(a) == at })
		a.sendRaw(next, a.header, make([]byte, 160))
		eventually(t, "and comes from it", func() bool { return a.port.Stats().PacketsIn == 2 })
		a.send(make([]byte, 160))
		eventually(t, "no longer from the old", func() bool { return a.port.Stats().DroppedIn == 1 })
	})
}

func TestForksLastOneWins(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a := open(t, e, "call", pcmu)
		for fork, addr := range []string{"127.0.0.5:4000", "127.0.0.6:4000"} {
			sdp := a.sdpAt(netip.MustParseAddrPort(addr), "sendrecv")
			if err := a.port.Answer([]byte(sdp), string(rune('a'+fork)), true); err != nil {
				t.Fatal(err)
			}
			eventually(t, addr, func() bool { return remote(a) == addr })
		}
		a.answer(a.sdp("sendrecv"))
		late := a.sdpAt(netip.MustParseAddrPort("127.0.0.7:4000"), "sendrecv")
		if err := a.port.Answer([]byte(late), "c", true); err != nil {
			t.Fatal(err)
		}
		a.port.Play(silence(10), true)
		a.receive()
		if got := remote(a); got != a.conn.LocalAddr().String() {
			t.Errorf("a late fork moved the audio to %s", got)
		}
	})
}

// silence is a clip of so many frames.
func silence(frames int) []*leg.Clip { return []*leg.Clip{clip("silence", frames*160, 0xFF)} }

func clip(name string, n int, b byte) *leg.Clip {
	c := &leg.Clip{Name: name, ULaw: make([]byte, n), ALaw: make([]byte, n)}
	for i := range n {
		c.ULaw[i], c.ALaw[i] = b, b^0x2A
	}
	return c
}
