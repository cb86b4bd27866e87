package media_test

import (
	"testing"
	"time"

	"clickbridge/leg"
	"clickbridge/media"
)

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestPlay(t *testing.T) {
	t.Parallel()
	for _, codec := range []uint8{pcmu, pcma} {
		forms(t, func(t *testing.T, e *media.Engine) {
			f := answered(t, e, "call", codec)
			// 400 bytes and 100: three frames and a short one, across the seam.
			start := time.Now()
			done := f.port.Play([]*leg.Clip{clip("one", 400, 1), clip("two", 100, 2)}, false)
			var got []packet
			for range 4 {
				got = append(got, f.receive())
			}
			if took := got[3].at.Sub(start); took < 55*time.Millisecond {
				t.Errorf("four frames in %v", took)
			}
			if !got[0].Marker {
				t.Error("no marker on the first packet")
			}
			got[0].Marker = false
			continuous(t, got)
			one, two, quiet := byte(1), byte(2), byte(0xFF)
			if codec == pcma {
				one, two, quiet = 1^0x2A, 2^0x2A, 0xD5
			}
			if p := got[2].payload; got[2].Type != codec || p[0] != one || p[79] != one || p[80] != two {
				t.Errorf("the clips do not follow each other: %d %d %d", p[0], p[79], p[80])
			}
			if p := got[3].payload; len(p) != 160 || p[19] != two || p[20] != quiet || p[159] != quiet {
				t.Errorf("the last frame is not padded: %d bytes", len(p))
			}
			<-done
			f.silent()
		})
	}
}

func TestPlayLoopsUntilReplaced(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		f := answered(t, e, "call", pcmu)
		first := f.port.Play([]*leg.Clip{clip("loop", 240, 1)}, true)
		var got []packet
		for range 6 {
			got = append(got, f.receive())
		}
		got[0].Marker = false
		continuous(t, got)
		if closed(first) {
			t.Fatal("a loop ended")
		}
		second := f.port.Play([]*leg.Clip{clip("next", 1600, 2)}, false)
		<-first
		f.port.Stop()
		<-second
		f.flush()
		f.silent()
		third := f.port.Play(silence(100), true)
		f.port.Close()
		<-third
		<-f.port.Play(silence(1), false)
	})
}

func TestPlayNothing(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		f := answered(t, e, "call", pcmu)
		<-f.port.Play(nil, false)
		<-f.port.Play(nil, true)
		<-f.port.Play([]*leg.Clip{{Name: "empty"}}, true)
		f.silent()
	})
}

func TestBridgeEndsPlaying(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a, b := answered(t, e, "call", pcmu), answered(t, e, "call", pcmu)
		playing := a.port.Play(silence(10), true)
		last := a.receive()
		b.port.Bridge(a.port)
		<-playing
		a.flush()
		b.send(make([]byte, 160))
		p := a.receive()
		if p.SSRC != last.SSRC || p.Seq-last.Seq > 5 || !p.Marker || int32(p.TS-last.TS) < 160 {
			t.Errorf("after the prompt's %+v came %+v", last.Header, p.Header)
		}
		// A prompt in the middle of a talk covers it, and the talk goes on.
		done := a.port.Play(silence(3), false)
		n := a.receive()
		if n.Seq != p.Seq+1 || !n.Marker {
			t.Errorf("prompt began with %+v after %+v", n.Header, p.Header)
		}
		<-done
		a.flush()
		b.send(make([]byte, 160))
		if q := a.receive(); q.Seq != p.Seq+4 || !q.Marker || q.SSRC != p.SSRC {
			t.Errorf("the talk went on with %+v", q.Header)
		}
	})
}

func TestSilenceCountsInTimestamps(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		f := answered(t, e, "call", pcmu)
		f.port.Play(silence(1), false)
		p := f.receive()
		f.silent() // 60 ms
		f.port.Play(silence(1), false)
		q := f.receive()
		passed := q.at.Sub(p.at).Milliseconds() * 8
		if step := int64(q.TS - p.TS); step < passed-200 || step > passed+200 {
			t.Errorf("%d units of time are %d of timestamp", passed, step)
		}
		if q.Seq != p.Seq+1 || !q.Marker {
			t.Errorf("%+v after %+v", q.Header, p.Header)
		}
	})
}

func TestHold(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a, b := answered(t, e, "call", pcmu), answered(t, e, "call", pcmu)
		relay(a, b)
		a.send(make([]byte, 160))
		before := b.receive()
		for _, direction := range []string{"sendonly", "inactive"} {
			if _, err := b.port.Reoffer([]byte(b.sdp(direction))); err != nil {
				t.Fatal(err)
			}
			if !b.port.Stats().OnHold {
				t.Errorf("%s is not a hold", direction)
			}
			a.send(make([]byte, 160))
			b.silent()
		}
		if _, err := b.port.Reoffer([]byte(b.sdp("sendrecv"))); err != nil {
			t.Fatal(err)
		}
		a.send(make([]byte, 160))
		if p := b.receive(); b.port.Stats().OnHold || p.Seq != before.Seq+1 || p.SSRC != before.SSRC {
			t.Errorf("after the hold: %+v, before %+v", p.Header, before.Header)
		}
		b.send(make([]byte, 160))
		a.receive()
		// A prompt to a leg on hold takes its time and is not sent.
		if _, err := b.port.Reoffer([]byte(b.sdp("sendonly"))); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		<-b.port.Play(silence(4), false)
		if took := time.Since(start); took < 55*time.Millisecond {
			t.Errorf("80 ms of prompt took %v", took)
		}
		b.silent()
	})
}
