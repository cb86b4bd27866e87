package media

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"clickbridge/leg"
	"clickbridge/media/g711"
	"clickbridge/media/rtp"
	"clickbridge/media/sdp"
)

// listening gives a standing session a tap without an engine.
func listening(s *session) *tap {
	t := &tap{start: s.shard.now}
	t.end.Store(openEnd)
	s.tap(t)
	return t
}

// arrival is a packet of a far end and when it comes.
type arrival struct {
	at      int64 // ns
	header  rtp.Header
	payload []byte
}

// talker is a far end whose clock is off and whose network is bad. It clicks at
// every full second of the true time.
type talker struct {
	ppm     float64                // its clock is fast by
	law     uint8                  // payload type
	loses   float64                // share of packets
	jitter  int64                  // ns, the longest
	silent  func(sec float64) bool // it sends nothing (DTX, hold)
	frozen  bool                   // its timestamps stand still meanwhile
	packets []arrival
}

const (
	click   = 0x10 // both bytes are loud in both laws
	noClick = 0x70
)

// talk makes the packets of some seconds that begin at start.
func (f *talker) talk(start int64, seconds int) {
	r := rand.New(rand.NewPCG(1, uint64(1000+f.ppm)))
	ts, seq, rate := uint32(7000), uint16(65000), 8000*(1+f.ppm/1e6)
	for k := 0; k < seconds*8000; k += frameSize {
		p := make([]byte, frameSize)
		for i := range p {
			p[i] = noClick
			if at := float64(k+i) / rate; at-float64(int(at)) < 0.001 {
				p[i] = click
			}
		}
		sent := float64(k+frameSize) / rate
		if f.silent != nil && f.silent(sent) {
			if !f.frozen {
				ts += frameSize
			}
			continue
		}
		h := rtp.Header{Type: f.law, Seq: seq, TS: ts, SSRC: 9}
		ts, seq = ts+frameSize, seq+1
		if r.Float64() >= f.loses {
			at := start + int64(sent*1e9) + r.Int64N(f.jitter+1)
			f.packets = append(f.packets, arrival{at, h, p})
		}
	}
	slices.SortStableFunc(f.packets, func(a, b arrival) int { return cmp.Compare(a.at, b.at) })
}

// record plays a talker to a tap that is read twice a second, and returns what
// was read and how many blocks that took.
func (f *talker) record(seconds int) (all []byte, blocks int) {
	sh, s := standing(int(f.law))
	start := sh.now
	f.talk(start, seconds)
	t := listening(s[0])
	buf := make([]byte, 8000)
	read := start
	for _, p := range f.packets {
		for ; read < p.at; read += 500e6 {
			all = append(all, buf[:t.read(buf, read)]...)
		}
		sh.now = p.at
		b := make([]byte, rtp.HeaderSize+len(p.payload))
		p.header.Put(b)
		copy(b[rtp.HeaderSize:], p.payload)
		s[0].receive(b, here)
	}
	sh.now = start + int64(seconds)*1e9
	s[0].close()
	for n := t.read(buf, sh.now); n > 0; n = t.read(buf, sh.now) {
		all = append(all, buf[:n]...)
	}
	return all, t.used
}

// clicks returns where clicks begin in a recording, in samples.
func clicks(sound []byte, as byte) (at []int) {
	for i := 1; i < len(sound); i++ {
		if sound[i] == as && sound[i-1] != as {
			at = append(at, i)
		}
	}
	return at
}

// Whatever clocks and network do, what is said at one time is at one place of
// every tap, ten minutes long.
func TestTapsStayAligned(t *testing.T) {
	t.Parallel()
	pauses := func(sec float64) bool { return int(sec)%7 == 3 && int(sec*10)%10 < 6 }
	hold := func(sec float64) bool { return sec > 200 && sec < 261.5 }
	for name, f := range map[string]talker{
		"a good line":             {law: pcmuType},
		"a fast clock":            {law: pcmuType, ppm: 100, jitter: 2e6},
		"a slow clock":            {law: pcmuType, ppm: -100, jitter: 2e6},
		"A-law, jitter and loss":  {law: pcmaType, ppm: 100, jitter: 45e6, loses: 0.05},
		"silence not sent":        {law: pcmuType, ppm: -100, jitter: 30e6, loses: 0.01, silent: pauses},
		"hold":                    {law: pcmuType, ppm: 100, jitter: 30e6, silent: hold},
		"hold with a clock stood": {law: pcmaType, ppm: -100, jitter: 30e6, silent: hold, frozen: true},
		"silence, a clock stood":  {law: pcmuType, jitter: 20e6, silent: pauses, frozen: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const seconds = 600
			sound, blocks := f.record(seconds)
			if blocks > 40 {
				t.Errorf("%d blocks are in use for what half a second brings", blocks)
			}
			if len(sound) != seconds*8000 {
				t.Errorf("%d samples, want %d", len(sound), seconds*8000)
			}
			as := byte(click)
			if f.law == pcmaType {
				as = g711.ALawToULaw[click]
			}
			at, worst := clicks(sound, as), 0
			for _, c := range at {
				off := (c+4000)%8000 - 4000
				worst = max(worst, off, -off)
			}
			if worst > 20*samplesPerMs {
				t.Errorf("a click is %d ms from its place", worst/samplesPerMs)
			}
			if len(at) < seconds*85/100 {
				t.Errorf("%d clicks were heard of %d", len(at), seconds)
			}
			t.Logf("%d clicks, at most %.1f ms from their place", len(at), float64(worst)/samplesPerMs)
		})
	}
}

const (
	pcmuType = sdp.PCMU
	pcmaType = sdp.PCMA
)

// say sends frames of one byte each at the shard's pace.
func say(s *session, h *rtp.Header, frames ...byte) {
	b := make([]byte, rtp.HeaderSize+frameSize)
	for _, v := range frames {
		s.shard.now += frameTime
		h.Put(b)
		copy(b[rtp.HeaderSize:], bytes.Repeat([]byte{v}, frameSize))
		s.receive(b, here)
		h.Seq++
		h.TS += frameSize
	}
}

func TestTapGivesWhatWasSaid(t *testing.T) {
	t.Parallel()
	sh, s := standing(sdp.PCMU)
	h := rtp.Header{SSRC: 1}
	say(s[0], &h, 9) // before anybody listens
	one, two := listening(s[0]), listening(s[0])
	say(s[0], &h, 1, 2, 3)
	want := append(append(bytes.Repeat([]byte{1}, 160), bytes.Repeat([]byte{2}, 160)...), bytes.Repeat([]byte{3}, 160)...)
	buf := make([]byte, 1000)
	if n := one.read(buf, sh.now); n != 0 {
		t.Errorf("%d samples come before the network's delay is over", n)
	}
	if n := one.read(buf, sh.now+80e6); !bytes.Equal(buf[:n], want) {
		t.Errorf("% x", buf[:n])
	}
	if n := one.read(buf, sh.now+100e6); n != 160 || !bytes.Equal(buf[:n], quiet[:]) {
		t.Errorf("then %d samples % x, want silence", n, buf[:n])
	}
	s[0].close()
	if n := two.read(buf[:200], sh.now+1e9); n != 200 || buf[199] != 2 {
		t.Errorf("%d samples, the last %d", n, buf[199])
	}
	if n := two.read(buf, sh.now+1e9); !bytes.Equal(buf[:n], want[200:]) {
		t.Errorf("what is left when the leg ended: % x", buf[:n])
	}
	for _, tp := range []*tap{two, listening(s[0])} {
		if n := tp.read(buf, sh.now+9e9); n != 0 {
			t.Errorf("%d samples of a leg that ended", n)
		}
	}
}

// Nobody read for ten seconds: the last four are there, the others silent.
func TestTapKeepsFourSeconds(t *testing.T) {
	t.Parallel()
	sh, s := standing(sdp.PCMA)
	tp := listening(s[0])
	h := rtp.Header{SSRC: 1, Type: sdp.PCMA}
	for i := range 500 {
		say(s[0], &h, byte(i%50)+1)
	}
	got := make([]byte, 100_000)
	got = got[:tp.read(got, sh.now+80e6)]
	if len(got) != 80_000 {
		t.Fatalf("%d samples", len(got))
	}
	for i, v := range got {
		want := byte(g711.SilenceULaw)
		if i >= 48_000 {
			want = g711.ALawToULaw[byte(i/160%50)+1]
		}
		if v != want {
			t.Fatalf("sample %d is %x, want %x", i, v, want)
		}
	}
}

func TestUntap(t *testing.T) {
	t.Parallel()
	_, s := standing(sdp.PCMU)
	one, two, three := listening(s[0]), listening(s[0]), listening(s[0])
	s[0].untap(two)
	s[0].untap(two)
	s[0].untap(three)
	if s[0].taps != one || one.newer != nil {
		t.Error("the wrong taps are left")
	}
}

func TestNoAllocationPerTappedPacket(t *testing.T) {
	sh, s := standing(sdp.PCMA)
	listening(s[0])
	b := make([]byte, rtp.HeaderSize+frameSize)
	h := rtp.Header{SSRC: 5, Type: sdp.PCMA}
	if n := testing.AllocsPerRun(1000, func() {
		h.Seq++
		h.TS += frameSize
		h.Put(b)
		sh.now += frameTime
		s[0].receive(b, here)
	}); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
}

// A tap that nobody reads goes on with its oldest blocks, past silence too.
func TestTapThatNobodyReads(t *testing.T) {
	t.Parallel()
	sh, s := standing(sdp.PCMU)
	tp := listening(s[0])
	h := rtp.Header{SSRC: 1}
	for i := range 2000 {
		if i%100 == 99 {
			sh.now += 300 * frameTime
			h.TS += 300 * frameSize
		}
		say(s[0], &h, byte(i%50)+1)
	}
	buf := make([]byte, 160)
	for tp.next < tp.position(sh.now)-frameSize {
		tp.read(buf, sh.now+80e6)
	}
	if n := tp.read(buf, sh.now+80e6); n != 160 || buf[0] != 50 || buf[159] != 50 {
		t.Errorf("the last frame is %d of % x", n, buf[:3])
	}
}

// The reader may look at any time: -race watches.
func TestTapIsReadWhileItIsWritten(t *testing.T) {
	t.Parallel()
	sh, s := standing(sdp.PCMU)
	tp := listening(s[0])
	start := sh.now
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		buf, now := make([]byte, 333), start
		for {
			select {
			case <-done:
				return
			default:
				now += 20e6
				tp.read(buf, now)
			}
		}
	})
	h := rtp.Header{SSRC: 1}
	for range 5000 {
		say(s[0], &h, 1)
	}
	close(done)
	wg.Wait()
}

var _ leg.Tap = (*tap)(nil)
