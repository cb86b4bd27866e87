package media_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"clickbridge/media"
	"clickbridge/media/tone"
)

func TestToneCrossesBridge(t *testing.T) {
	t.Parallel()
	for _, laws := range [][2]uint8{{pcmu, pcmu}, {pcma, pcma}, {pcmu, pcma}} {
		t.Run(fmt.Sprint(laws), func(t *testing.T) {
			t.Parallel()
			forms(t, func(t *testing.T, e *media.Engine) {
				a, b := answered(t, e, "call", laws[0]), answered(t, e, "call", laws[1])
				a.port.Bridge(b.port)
				atB := cross(a, b, 1000)
				atA := cross(b, a, 600)
				if got := tone.Detect(atB, 600, 1000); got != 1000 {
					t.Errorf("the second phone hears %v Hz", got)
				}
				if got := tone.Detect(atA, 600, 1000); got != 600 {
					t.Errorf("the first phone hears %v Hz", got)
				}
				if p := tone.Power(atB, 1000); p < 0.95 {
					t.Errorf("%.2f of the energy is the tone's", p)
				}
			})
		})
	}
}

// cross sends 200 ms of a tone from one phone and returns what the other got.
func cross(from, to *phone, freq float64) []int16 {
	from.t.Helper()
	var got []packet
	for _, f := range from.frames(freq, 200*time.Millisecond) {
		from.send(f)
		got = append(got, to.receive())
	}
	continuous(from.t, got)
	return to.samples(got)
}

// continuous checks that packets look like one stream without loss.
func continuous(t testing.TB, got []packet) {
	t.Helper()
	for i := 1; i < len(got); i++ {
		p, q := got[i-1], got[i]
		if q.SSRC != p.SSRC {
			t.Errorf("packet %d: SSRC changed", i)
		}
		if q.Seq != p.Seq+1 {
			t.Errorf("packet %d: seq %d after %d", i, q.Seq, p.Seq)
		}
		if q.TS != p.TS+uint32(len(p.payload)) {
			t.Errorf("packet %d: timestamp went on by %d", i, q.TS-p.TS)
		}
		if q.Marker {
			t.Errorf("packet %d: a marker in the middle of speech", i)
		}
	}
}

func TestPayloadIsVerbatim(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a, b := answered(t, e, "call", pcmu), answered(t, e, "call", pcmu)
		a.port.Bridge(b.port)
		for _, size := range []int{80, 160, 240, 480} { // 10, 20, 30, 60 ms
			want := bytes.Repeat([]byte{byte(size), 1, 2, 3}, size/4)
			a.send(want)
			if got := b.receive(); !bytes.Equal(got.payload, want) {
				t.Errorf("%d bytes came as %d others", size, len(got.payload))
			}
		}
	})
}

func TestPaddingAndExtension(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a, b := answered(t, e, "call", pcmu), answered(t, e, "call", pcmu)
		a.port.Bridge(b.port)
		raw := []byte{2<<6 | 0x20 | 0x10 | 1, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 7, // P, X, one CSRC
			1, 1, 1, 1, // CSRC
			0xBE, 0xDE, 0, 1, 9, 9, 9, 9, // extension
			'a', 'u', 'd', 'i', 'o',
			0, 0, 3} // padding
		if _, err := a.conn.WriteToUDP(raw, a.to); err != nil {
			t.Fatal(err)
		}
		if got := b.receive(); string(got.payload) != "audio" {
			t.Errorf("payload %q", got.payload)
		}
	})
}

func TestLossAndDisorderStayVisible(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a, b := answered(t, e, "call", pcmu), answered(t, e, "call", pcmu)
		a.port.Bridge(b.port)
		base := a.header
		sent := []uint16{0, 1, 4, 3, 5, 9, 8}
		var first packet
		for i, n := range sent {
			h := base
			h.Seq, h.TS = base.Seq+n, base.TS+160*uint32(n)
			a.sendRaw(a.conn, h, bytes.Repeat([]byte{byte(n)}, 160))
			got := b.receive()
			if i == 0 {
				first = got
			}
			if got.Seq != first.Seq+n || got.TS != first.TS+160*uint32(n) || got.payload[0] != byte(n) {
				t.Errorf("packet %d came with seq +%d, timestamp +%d", n, got.Seq-first.Seq, got.TS-first.TS)
			}
		}
		h := base
		h.Seq-- // from before the bridge: its number is taken
		a.sendRaw(a.conn, h, make([]byte, 160))
		b.silent()
	})
}

func TestSourceStartsAnew(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a, b := answered(t, e, "call", pcmu), answered(t, e, "call", pcmu)
		a.port.Bridge(b.port)
		a.send(make([]byte, 160))
		last := b.receive()
		for _, change := range []func(){
			func() { a.header.SSRC++; a.header.Seq += 20000; a.header.TS += 1 << 30 },
			func() { a.header.Seq += 20000 },
			func() { a.header.TS += 1 << 30 },
		} {
			change()
			a.send(make([]byte, 160))
			got := b.receive()
			if got.SSRC != last.SSRC || got.Seq != last.Seq+1 || !got.Marker {
				t.Errorf("after %+v came %+v", last.Header, got.Header)
			}
			if step := got.TS - last.TS; step < 160 || step > 8000 {
				t.Errorf("the timestamp went on by %d", step)
			}
			last = got
		}
	})
}

func TestUnknownTypesAndComfortNoise(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a, b := answered(t, e, "call", pcmu), answered(t, e, "call", pcmu)
		relay(a, b)
		for _, pt := range []uint8{13, 3, 18, 72, 96} { // CN, GSM, G.729, RTCP SR, dynamic
			a.header.Type = pt
			a.send([]byte{64})
		}
		if st := a.port.Stats(); st.DroppedIn > 4 {
			t.Errorf("dropped %d", st.DroppedIn)
		}
		b.silent()
		a.header.Type = pcmu
		a.send(make([]byte, 160))
		b.receive()
		if st := a.port.Stats(); st.DroppedIn != 4 {
			t.Errorf("dropped %d packets, want 4: comfort noise is known", st.DroppedIn)
		}
	})
}

func TestBridgeMoves(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a, b, c := answered(t, e, "call", pcmu), answered(t, e, "call", pcmu), answered(t, e, "call", pcma)
		relay(a, b)
		a.port.Bridge(b.port) // again: nothing changes
		a.send(make([]byte, 160))
		if got := b.receive(); got.Marker {
			t.Error("bridging twice broke the stream")
		}
		a.port.Bridge(c.port)
		a.send(make([]byte, 160))
		c.receive()
		b.silent()
		b.send(make([]byte, 160))
		a.silent()
		c.port.Close()
		a.send(make([]byte, 160)) // to nobody
		a.port.Bridge(c.port)     // a closed port
		a.port.Bridge(a.port)
		a.port.Bridge(b.port)
		a.send(make([]byte, 160))
		b.receive()
		b.port.Close()
		b.port.Close()
		b.send(make([]byte, 160)) // late, to a closed port
		b.port.Stop()
		<-b.port.Play(nil, true)
		a.silent()
	})
}

func TestHearIsOneWay(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		agent, caller := answered(t, e, "call", pcmu), open(t, e, "call", pcma)
		if err := caller.port.Answer([]byte(caller.sdp("sendrecv")), "f1", true); err != nil {
			t.Fatal(err)
		}
		agent.port.Hear(caller.port)
		if got := tone.Detect(cross(caller, agent, 425), 425, 1000); got != 425 {
			t.Errorf("early media has %v Hz", got)
		}
		agent.send(make([]byte, 160))
		caller.silent()
		caller.press(5)
		agent.silent()
		agent.port.Hear(nil)
		caller.header.Type = pcma
		caller.send(make([]byte, 160))
		agent.silent()
	})
}
