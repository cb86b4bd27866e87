package media_test

import (
	"slices"
	"testing"
	"time"

	"clickbridge/leg"
	"clickbridge/media"
	"clickbridge/media/g711"
	"clickbridge/media/rtp"
	"clickbridge/media/tone"
)

// heard reads a tap until it has n samples.
func heard(t *testing.T, tap leg.Tap, n int) []int16 {
	t.Helper()
	var all []byte
	buf := make([]byte, 500)
	eventually(t, "the tap goes on", func() bool {
		all = append(all, buf[:tap.Read(buf)]...)
		return len(all) >= n
	})
	return g711.DecodeULawAll(all)
}

// Two listen to a leg that is bridged and played to: what they get is what the
// far end says, and nothing else.
func TestListen(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a, b := answered(t, e, "call", pcma), answered(t, e, "call", pcmu)
		relay(a, b)
		a.port.Play(silence(500), false)
		one, two := a.port.Listen(), a.port.Listen()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for _, f := range a.frames(440, 300*time.Millisecond) {
			<-tick.C
			a.send(f)
		}
		for _, tap := range []leg.Tap{one, two} {
			pure := 0
			for piece := range slices.Chunk(heard(t, tap, 2400)[400:2000], 160) {
				if tone.Power(piece, 440) > 0.9 {
					pure++
				}
			}
			if pure < 4 { // of 10; a busy machine sends late
				t.Errorf("%d pieces of what was heard are what was said", pure)
			}
		}
		one.Close()
		one.Close()
		buf := make([]byte, 16000)
		one.Read(buf)
		if n := one.Read(buf); n != 0 {
			t.Errorf("a closed tap has %d samples", n)
		}
		a.port.Close()
		<-time.After(30 * time.Millisecond)
		two.Read(buf) // what is left
		<-time.After(30 * time.Millisecond)
		if n := two.Read(buf); n != 0 {
			t.Errorf("a tap of a leg that ended has %d samples", n)
		}
		if n := a.port.Listen().Read(buf); n != 0 {
			t.Errorf("a closed leg says %d samples", n)
		}
	})
}

func TestPressIsSent(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		f := answered(t, e, "call", pcmu)
		done := f.port.Press("4*")
		var codes []uint8
		for len(codes) < 2 {
			p := f.receive()
			if ev, ok := rtp.ParseEvent(p.payload); ok && p.Type == 101 && p.Marker {
				codes = append(codes, ev.Code)
			}
		}
		<-done
		if codes[0] != 4 || codes[1] != 10 {
			t.Errorf("keys %v were sent", codes)
		}
		f.port.Close()
		<-f.port.Press("1")
	})
}

// What we press as tones is what we hear as keys: two legs, each the other's
// far end.
func TestTonesThereAndBack(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a, b := open(t, e, "one", pcma), open(t, e, "two", pcma)
		a.event, b.event = 0, 0
		a.answer(a.sdpAt(b.to.AddrPort(), "sendrecv"))
		b.answer(b.sdpAt(a.to.AddrPort(), "sendrecv"))
		<-a.port.Press("147*0D")
		wantKeys(t, b.port, "1", "4", "7", "*", "0", "D")
	})
}
