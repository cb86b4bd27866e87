package media

import (
	"net/netip"
	"testing"

	"clickbridge/leg"
	"clickbridge/media/g711"
	"clickbridge/media/rtp"
	"clickbridge/media/sdp"
	"clickbridge/media/tone"
)

// sentPacket is what a leg was sent, and when.
type sentPacket struct {
	at int64
	rtp.Header
	payload []byte
}

func (p sentPacket) event() rtp.Event {
	e, _ := rtp.ParseEvent(p.payload)
	return e
}

// tape is a socket that keeps what it is given.
type tape struct {
	shard *shard
	sent  []sentPacket
}

func (*tape) aim(netip.AddrPort) {}

func (s *tape) send(b []byte) bool {
	h, payload, _ := rtp.Parse(append([]byte(nil), b...))
	s.sent = append(s.sent, sentPacket{s.shard.now, h, payload})
	return true
}
func (*tape) rest() bool { return false }
func (*tape) close()     {}

// pressing returns a leg whose far end agreed to events as said, and its tape.
func pressing(codec, event int) (*port, *tape) {
	sh, s := standing(codec)
	s[0].agreed.Event = event
	tp := &tape{shard: sh}
	s[0].sock = tp
	return &port{session: s[0]}, tp
}

// elapse lets the shard's time pass.
func elapse(sh *shard, ms int) {
	for range ms / 5 {
		sh.wheel.run(sh.now)
		sh.now += wheelStep
	}
}

func over(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

func TestPressAsEvents(t *testing.T) {
	t.Parallel()
	p, tp := pressing(sdp.PCMU, 96)
	music := []*leg.Clip{{ULaw: []byte{7}, ALaw: []byte{7}}}
	p.Play(music, true)
	elapse(tp.shard, 60)
	before := len(tp.sent)
	done := p.Press("5#")
	elapse(tp.shard, 320)
	if over(done) {
		t.Error("the end was told before it came")
	}
	elapse(tp.shard, 100)
	if !over(done) {
		t.Error("the end was not told")
	}
	sent := tp.sent[before:]
	for i, e := range sent {
		if e.Seq != tp.sent[before-1].Seq+uint16(i)+1 {
			t.Fatalf("packet %d has seq %d", i, e.Seq)
		}
	}
	five, gap, hash, after := sent[:7], sent[7:10], sent[10:17], sent[17:]
	wantPress(t, five, 5)
	wantPress(t, hash, 11)
	if d := hash[0].at - five[0].at; d != 200e6 {
		t.Errorf("the keys are %d ms apart, want 200", d/1e6)
	}
	if d := hash[0].TS - five[0].TS; d != 1600 {
		t.Errorf("their timestamps are %d apart, want 1600", d)
	}
	if d := five[0].TS - tp.sent[before-1].TS; d != frameSize {
		t.Errorf("the press begins %d after the audio before it, want %d", d, frameSize)
	}
	for _, q := range gap {
		if q.Type != sdp.PCMU || q.payload[0] != g711.SilenceULaw {
			t.Errorf("between the keys: %+v", q)
		}
	}
	if len(after) == 0 || after[0].payload[0] != 7 || !after[0].Marker || int32(after[0].TS-hash[0].TS) < 800 {
		t.Errorf("the music does not go on: %+v", after)
	}
}

// wantPress checks the packets of one press (RFC 4733 2.5.1).
func wantPress(t *testing.T, packets []sentPacket, code uint8) {
	t.Helper()
	for i, p := range packets {
		want := rtp.Event{Code: code, End: i >= 4, Duration: uint16(min(i+1, 5) * 160)}
		if p.Type != 96 || p.event() != want || p.Marker != (i == 0) || p.TS != packets[0].TS || p.at != packets[0].at+int64(i)*frameTime {
			t.Errorf("packet %d of the press: %+v %+v", i, p.Header, p.event())
		}
	}
}

func TestPressAsTones(t *testing.T) {
	t.Parallel()
	for _, codec := range []int{sdp.PCMU, sdp.PCMA} {
		p, tp := pressing(codec, sdp.None)
		done := p.Press("1D")
		elapse(tp.shard, 400)
		if !over(done) || len(tp.sent) != 15 {
			t.Fatalf("%d packets", len(tp.sent))
		}
		var sound []byte
		for i, s := range tp.sent {
			if s.Type != uint8(codec) || s.Marker != (i == 0) || s.TS != tp.sent[0].TS+uint32(i*frameSize) {
				t.Errorf("packet %d: %+v", i, s.Header)
			}
			sound = append(sound, s.payload...)
		}
		samples := g711.DecodeULawAll(sound)
		if codec == sdp.PCMA {
			samples = g711.DecodeALawAll(sound)
		}
		for _, c := range []struct {
			from      int
			low, high float64
		}{{0, 697, 1209}, {1600, 941, 1633}} {
			low, high := tone.Power(samples[c.from:c.from+800], c.low), tone.Power(samples[c.from:c.from+800], c.high)
			if low < 0.3 || high < 0.5 || low+high < 0.98 {
				t.Errorf("codec %d: %.2f of the sound is %.0f Hz, %.2f %.0f Hz", codec, low, c.low, high, c.high)
			}
		}
		if tone.Audible(samples[800:1600]) {
			t.Error("no silence between the keys")
		}
	}
}

func TestPressWaits(t *testing.T) {
	t.Parallel()
	p, tp := pressing(sdp.PCMU, 96)
	first := p.Press("1,x,2")
	second := p.Press("3")
	elapse(tp.shard, 1400)
	if !over(first) || over(second) {
		t.Error("the second Press did not wait for the first")
	}
	elapse(tp.shard, 200)
	var codes []uint8
	var at []int64
	for _, s := range tp.sent {
		if s.Type == 96 && s.Marker {
			codes, at = append(codes, s.event().Code), append(at, (s.at-tp.sent[0].at)/1e6)
		}
	}
	if len(codes) != 3 || codes[1] != 2 || codes[2] != 3 || at[1] != 1200 || at[2] != 1400 {
		t.Errorf("keys %v at %v ms", codes, at)
	}
	if !over(second) {
		t.Error("the second never ended")
	}
}

func TestPressEndsWithTheLeg(t *testing.T) {
	t.Parallel()
	p, tp := pressing(sdp.PCMU, 96)
	if !over(p.Press("x")) {
		t.Error("no key is not done at once")
	}
	one, two := p.Press("123"), p.Press("4")
	elapse(tp.shard, 40)
	p.session.close()
	if !over(one) || !over(two) || !over(p.Press("1")) {
		t.Error("it goes on after the leg")
	}
}

// A far end that holds, or that is not known yet, hears nothing of it.
func TestPressWhileHeld(t *testing.T) {
	t.Parallel()
	for _, event := range []int{96, sdp.None} {
		p, tp := pressing(sdp.PCMU, event)
		p.session.agreed.Send = false
		p.session.aim()
		done := p.Press("1,2")
		elapse(tp.shard, 1000)
		if !over(done) || len(tp.sent) != 0 {
			t.Errorf("%d packets were sent", len(tp.sent))
		}
	}
}

// What was pressed for a leg goes on when it is bridged or unbridged; what the
// other party pressed is dropped with them, save the key that goes on.
func TestPressAcrossABridge(t *testing.T) {
	t.Parallel()
	sh, s := standing(sdp.PCMU, sdp.PCMU)
	tp := &tape{shard: sh}
	s[0].sock = tp
	done := (&port{session: s[0]}).Press("1")
	s[0].bridge(s[1])
	s[0].pressFor(2)
	s[0].pressFor(3)
	elapse(sh, 250)
	if !over(done) {
		t.Error("the bridge ended the press")
	}
	s[0].unhear()
	elapse(sh, 1000)
	var codes []uint8
	for _, p := range tp.sent {
		if p.Type == 101 && p.event().End {
			codes = append(codes, p.event().Code)
		}
	}
	if string(codes) != string([]uint8{1, 1, 1, 2, 2, 2}) {
		t.Errorf("ends of %v were sent", codes)
	}
}
