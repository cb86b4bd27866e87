package media

import (
	"net/netip"
	"testing"

	"clickbridge/leg"
	"clickbridge/media/rtp"
	"clickbridge/media/sdp"
)

// sink is a socket that counts, so that the inner functions can be watched
// alone.
type sink struct{ sent int }

func (s *sink) aim(netip.AddrPort) {}
func (s *sink) send([]byte) bool   { s.sent++; return true }
func (s *sink) rest() bool         { return false }
func (s *sink) close()             {}

// stand is a loop that runs what it is given at once.
type stand struct{}

func (stand) run(f func()) bool                     { f(); return true }
func (stand) listen(netip.AddrPort) (socket, error) { return &sink{}, nil }
func (stand) watch(*session)                        {}
func (stand) stop()                                 {}

var here = netip.MustParseAddrPort("192.0.2.1:4000")

func standing(codecs ...int) (*shard, []*session) {
	sh := &shard{loop: stand{}, now: 1}
	var all []*session
	for _, c := range codecs {
		s := newSession(sh, &sink{})
		sh.add(s)
		s.negotiated(sdp.Agreed{Remote: here, Codec: c, Event: 101, Send: true, Recv: true, Final: true})
		all = append(all, s)
	}
	return sh, all
}

func TestNoAllocationPerPacket(t *testing.T) {
	for name, codecs := range map[string][]int{"verbatim": {sdp.PCMU, sdp.PCMU}, "translated": {sdp.PCMU, sdp.PCMA}} {
		sh, s := standing(codecs...)
		s[0].bridge(s[1])
		b := make([]byte, rtp.HeaderSize+frameSize)
		h := rtp.Header{SSRC: 5}
		if n := testing.AllocsPerRun(1000, func() {
			h.Seq++
			h.TS += frameSize
			h.Put(b)
			sh.now += frameTime
			s[0].receive(b, here)
		}); n != 0 {
			t.Errorf("%s: %v allocations per relayed packet", name, n)
		}
		if got := s[1].sock.(*sink).sent; got != 1001 {
			t.Errorf("%s: %d packets relayed", name, got)
		}
	}
	sh, s := standing(sdp.PCMA)
	audio := make([]byte, 250)
	s[0].play([]*leg.Clip{{ULaw: audio, ALaw: audio}}, true, make(chan struct{}))
	if n := testing.AllocsPerRun(1000, func() {
		sh.now += wheelStep
		sh.wheel.run(sh.now)
	}); n != 0 {
		t.Errorf("%v allocations per turn of the wheel", n)
	}
	if got := s[0].sock.(*sink).sent; got < 250 || got > 252 {
		t.Errorf("%d frames in 1001 steps of 5 ms", got)
	}
}

func TestWheelSleeps(t *testing.T) {
	t.Parallel()
	sh, s := standing(sdp.PCMU, sdp.PCMU)
	if w := sh.wheel.wait(sh.now); w != -1 {
		t.Errorf("an idle wheel waits %d", w)
	}
	audio := make([]byte, 16000)
	s[0].play([]*leg.Clip{{ULaw: audio, ALaw: audio}}, true, make(chan struct{}))
	sh.wheel.run(sh.now)
	if w := sh.wheel.wait(sh.now); w != frameTime {
		t.Errorf("with one leg it waits %d, want 20 ms", w)
	}
	s[1].play([]*leg.Clip{{ULaw: audio, ALaw: audio}}, true, make(chan struct{}))
	if w := sh.wheel.wait(sh.now); s[0].slot != s[1].slot || w != frameTime {
		t.Errorf("two legs in slots %d and %d wait %d, want one sleep of 20 ms for both", s[0].slot, s[1].slot, w)
	}
	// A thread that was away for a second drops the time instead of bursting.
	sh.now += 1e9
	before := s[0].sock.(*sink).sent
	sh.wheel.run(sh.now)
	if n := s[0].sock.(*sink).sent - before; n > 1 {
		t.Errorf("%d frames at once", n)
	}
	s[0].stop()
	s[1].stop()
	if w := sh.wheel.wait(sh.now); w != -1 || sh.wheel.count != 0 {
		t.Errorf("a wheel that was emptied waits %d", w)
	}
}

func TestWheelSpreadsACrowd(t *testing.T) {
	t.Parallel()
	var w wheel
	for range 2*wheelCrowd + 8 {
		w.add(&session{slot: -1}, 0)
	}
	if want := [wheelSlots]int{wheelCrowd, wheelCrowd, 8, 0}; w.sizes != want {
		t.Errorf("slots hold %v, want %v", w.sizes, want)
	}
	for range 4 * wheelCrowd {
		w.add(&session{slot: -1}, 0)
	}
	least, most := w.sizes[0], w.sizes[0]
	for _, n := range w.sizes {
		least, most = min(least, n), max(most, n)
	}
	if most-least > 1 {
		t.Errorf("slots hold %v, want even ones", w.sizes)
	}
}

// Late by less than wheelLag is made good: no frame is lost.
func TestWheelCatchesUp(t *testing.T) {
	t.Parallel()
	sh, s := standing(sdp.PCMU)
	audio := make([]byte, 160*50)
	s[0].play([]*leg.Clip{{ULaw: audio, ALaw: audio}}, false, make(chan struct{}))
	for range 13 {
		sh.now += 85e6 // irregular wake-ups
		sh.wheel.run(sh.now)
	}
	if got := s[0].sock.(*sink).sent; got != 50 {
		t.Errorf("%d frames of 50", got)
	}
}

func TestLatchWindowCloses(t *testing.T) {
	t.Parallel()
	other := netip.MustParseAddrPort("192.0.2.9:5000")
	moved := netip.MustParseAddrPort("192.0.2.1:5000")
	for _, c := range []struct {
		name  string
		steps func(l *latch) bool
		want  bool
	}{
		{"a stranger in time", func(l *latch) bool { return l.admit(other, latchWindow) }, true},
		{"a stranger too late", func(l *latch) bool { return l.admit(other, latchWindow+1) }, false},
		{"the SDP's address at any time", func(l *latch) bool { return l.admit(here, 1e15) }, true},
		{"a second stranger", func(l *latch) bool { l.admit(other, 1); return l.admit(moved, 2) }, false},
		{"another port in time", func(l *latch) bool { l.admit(here, 1); return l.admit(moved, moveWindow) }, true},
		{"another port too late", func(l *latch) bool { l.admit(here, 1); return l.admit(moved, moveWindow+2) }, false},
		{"back after moving", func(l *latch) bool { l.admit(here, 1); l.admit(moved, 2); return l.admit(here, 3) }, false},
		{"the SDP's address after a stranger", func(l *latch) bool { l.admit(other, 1); return l.admit(here, 2) }, true},
		{"not if the window is over", func(l *latch) bool { l.admit(other, 1); return l.admit(here, latchWindow+1) }, false},
		{"the same negotiation again keeps the source", func(l *latch) bool {
			l.admit(other, 1)
			l.negotiate(here, 2)
			return l.admit(other, 1e15)
		}, true},
		{"a stray of the source before", func(l *latch) bool {
			l.admit(other, 1)
			l.negotiate(moved, 2)
			return l.admit(other, strayTime)
		}, false},
		{"a stray of the address before", func(l *latch) bool {
			l.negotiate(moved, 2)
			return l.admit(here, strayTime)
		}, false},
		{"a NAT that kept its address", func(l *latch) bool {
			l.admit(other, 1)
			l.negotiate(moved, 2)
			return l.admit(other, strayTime+3)
		}, true},
		{"a new address starts anew", func(l *latch) bool {
			l.admit(here, 1)
			l.negotiate(moved, 2)
			return l.admit(here, 1e15)
		}, false},
	} {
		l := &latch{}
		l.negotiate(here, 0)
		if got := c.steps(l); got != c.want {
			t.Errorf("%s: admitted %t", c.name, got)
		}
	}
}

func TestSharedAddr(t *testing.T) {
	t.Parallel()
	var a sharedAddr
	for _, s := range []string{"192.0.2.1:4000", "[2001:db8::1]:5000"} {
		want := netip.MustParseAddrPort(s)
		a.store(want)
		if got := a.load(); got != want {
			t.Errorf("%v came back as %v", want, got)
		}
	}
	a.store(netip.AddrPort{})
	if a.load().IsValid() {
		t.Error("no address came back as one")
	}
}

// FuzzPacket throws datagrams at a bridged leg: nothing may panic, and what is
// passed on must be an RTP packet of the negotiated types.
func FuzzPacket(f *testing.F) {
	audio := make([]byte, rtp.HeaderSize+frameSize)
	rtp.Header{Seq: 1}.Put(audio)
	event := make([]byte, rtp.HeaderSize+rtp.EventSize)
	rtp.Header{Type: 101, Seq: 2}.Put(event)
	for _, seed := range [][]byte{audio, event, audio[:12], {0x80}, {}, {0xBF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255}} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		sh, s := standing(sdp.PCMU, sdp.PCMA)
		s[0].bridge(s[1])
		check := &checker{t: t}
		s[1].sock = check
		for _, b := range [][]byte{one, two, audio, one} {
			sh.now += frameTime
			s[0].receive(b, here)
		}
		if check.sent == 0 {
			t.Error("the good packet did not get through")
		}
	})
}

type checker struct {
	t    *testing.T
	sent int
}

func (*checker) aim(netip.AddrPort) {}

func (c *checker) send(b []byte) bool {
	h, _, err := rtp.Parse(b)
	if err != nil || h.Type != sdp.PCMA && h.Type != 101 {
		c.t.Errorf("passed on: % x", b)
	}
	c.sent++
	return true
}

func (*checker) rest() bool { return false }
func (c *checker) close()   {}
