package media_test

import (
	"testing"
	"time"

	"clickbridge/leg"
	"clickbridge/media"
	"clickbridge/media/rtp"
)

// key waits for a key, "none" for 60 ms without one.
func key(t *testing.T, p leg.Port) string {
	t.Helper()
	select {
	case k := <-p.Keys():
		return string(k)
	case <-time.After(60 * time.Millisecond):
		return "none"
	}
}

func wantKeys(t *testing.T, p leg.Port, want ...string) {
	t.Helper()
	for _, w := range append(want, "none") {
		if got := key(t, p); got != w {
			t.Fatalf("key %s, want %s", got, w)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		send func(f *phone)
		want []string
	}{
		{"a press is one key", func(f *phone) { f.press(1) }, []string{"1"}},
		{"one key twice", func(f *phone) { f.press(1); f.press(1) }, []string{"1", "1"}},
		{"every key", func(f *phone) { f.press(0); f.press(9); f.press(10); f.press(11); f.press(15) },
			[]string{"0", "9", "*", "#", "D"}},
		{"start lost", func(f *phone) { f.key(2, 5000, 480, false); f.key(2, 5000, 640, true) }, []string{"2"}},
		{"only an end", func(f *phone) { f.key(2, 5000, 640, true) }, []string{"2"}},
		{"ends lost", func(f *phone) { f.key(3, 5000, 160, false); f.key(3, 9000, 160, false) }, []string{"3", "3"}},
		{"ends lost, another key", func(f *phone) { f.key(3, 5000, 160, false); f.key(4, 5100, 160, false) },
			[]string{"3", "4"}},
		{"a straggler of the press before", func(f *phone) {
			f.key(3, 5000, 160, false)
			f.key(4, 9000, 160, false)
			f.key(3, 5000, 640, true)
		}, []string{"3", "4"}},
		{"a press longer than a packet can say", func(f *phone) {
			f.key(5, 1000, 65500, false)
			f.key(5, 1000+65535, 160, false)
			f.key(5, 1000+65535, 480, true)
		}, []string{"5"}},
		{"a sender that moves the timestamp", func(f *phone) {
			f.key(6, 1000, 160, false)
			f.key(6, 1160, 160, false)
			f.key(6, 1320, 160, true)
		}, []string{"6"}},
		{"timestamps wrap", func(f *phone) {
			f.key(7, 0xFFFFFF00, 160, true)
			f.key(7, 0x300, 160, true)
		}, []string{"7", "7"}},
		{"a new stream", func(f *phone) {
			f.key(8, 50000, 160, true)
			f.header.SSRC++
			f.key(8, 100, 160, true)
		}, []string{"8", "8"}},
		{"flash is no key", func(f *phone) { f.key(16, 100, 160, true) }, nil},
		{"a type not negotiated", func(f *phone) { f.event = 97; f.press(1) }, nil},
		{"the type we offered", func(f *phone) { f.event = 101; f.press(1) }, []string{"1"}},
		{"too short", func(f *phone) { h := f.header; h.Type = 96; f.sendRaw(f.conn, h, []byte{1, 2}) }, nil},
		{"INFO", func(f *phone) { f.port.Key('1'); f.port.Key('1'); f.port.Key('x') }, []string{"1", "1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			forms(t, func(t *testing.T, e *media.Engine) {
				f := open(t, e, "call", pcmu)
				f.event = 96
				f.answer(f.sdp("sendrecv"))
				c.send(f)
				wantKeys(t, f.port, c.want...)
			})
		})
	}
}

// Some phones send a press by RTP and by INFO.
func TestPressByBothWays(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		f := answered(t, e, "call", pcmu)
		f.press(1)
		if got := key(t, f.port); got != "1" {
			t.Fatalf("key %s", got)
		}
		f.port.Key('1')
		f.port.Key('2') // another key is another press
		wantKeys(t, f.port, "2")
		f.port.Key('3')
		if got := key(t, f.port); got != "3" {
			t.Fatalf("key %s", got)
		}
		f.press(3)
		wantKeys(t, f.port)
	})
}

func TestKeysCountFromTheAnswer(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		f := open(t, e, "call", pcmu)
		if err := f.port.Answer([]byte(f.sdp("sendrecv")), "f", true); err != nil {
			t.Fatal(err)
		}
		f.press(1)
		f.port.Key('2')
		wantKeys(t, f.port)
		f.answer(f.sdp("sendrecv"))
		f.port.Play(silence(50), false)
		f.press(4)
		wantKeys(t, f.port, "4")
	})
}

func TestKeysBeyondTheBufferAreDropped(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		f := answered(t, e, "call", pcmu)
		for i := range uint32(40) {
			f.key(1, i*1000, 160, true)
		}
		eventually(t, "all came", func() bool { return f.port.Stats().PacketsIn == 40 })
		n := 0
		for key(t, f.port) == "1" {
			n++
		}
		if n != 32 {
			t.Errorf("%d keys were kept", n)
		}
	})
}

func TestKeysCrossTheBridge(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a := open(t, e, "call", pcmu)
		a.event = 96
		a.answer(a.sdp("sendrecv"))
		b := answered(t, e, "call", pcmu)
		relay(a, b)
		a.send(make([]byte, 160))
		before := b.receive()
		a.press(7)
		for i := range 7 {
			p := b.receive()
			ev, _ := rtp.ParseEvent(p.payload)
			if p.Type != 101 || p.Seq != before.Seq+1+uint16(i) || p.TS != before.TS+160 || ev.Code != 7 {
				t.Errorf("packet %d: %+v %+v", i, p.Header, ev)
			}
		}
		a.send(make([]byte, 160))
		if p := b.receive(); p.Type != pcmu || p.Seq != before.Seq+8 {
			t.Errorf("after the press: %+v", p.Header)
		}
		wantKeys(t, a.port, "7")
	})
}

func TestKeysTowardsAPhoneWithoutThem(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a, b := answered(t, e, "call", pcmu), open(t, e, "call", pcmu)
		b.event = 0
		b.answer(b.sdp("sendrecv"))
		relay(a, b)
		a.send(make([]byte, 160))
		before := b.receive()
		a.press(7)
		a.port.Key('8')
		b.silent()
		a.send(make([]byte, 160))
		if p := b.receive(); p.Seq != before.Seq+1 {
			t.Errorf("what was not sent looks lost: %d after %d", p.Seq, before.Seq)
		}
		if !a.port.Stats().TelephoneEventsAccepted || b.port.Stats().TelephoneEventsAccepted {
			t.Error("TelephoneEventsAccepted is wrong")
		}
	})
}

// The 1 that accepted the call is still being sent when the bridge stands.
func TestThePressThatAcceptedStaysOut(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a, b := answered(t, e, "call", pcmu), answered(t, e, "call", pcmu)
		ts := a.header.TS
		a.key(1, ts, 160, false)
		wantKeys(t, a.port, "1")
		relay(a, b)
		a.key(1, ts, 320, false)
		a.key(1, ts, 480, true)
		b.silent()
		a.header.TS += 1000
		a.press(2)
		if ev, _ := rtp.ParseEvent(b.receive().payload); ev.Code != 2 {
			t.Errorf("event %d crossed", ev.Code)
		}
	})
}

func TestInfoBecomesAPress(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		a, b := answered(t, e, "call", pcmu), answered(t, e, "call", pcmu)
		relay(a, b)
		a.send(make([]byte, 160))
		before := b.receive()
		a.port.Key('#')
		var events []rtp.Event
		var first packet
		for i := range 7 {
			p := b.receive()
			if i == 0 {
				first = p
			}
			ev, ok := rtp.ParseEvent(p.payload)
			if !ok || p.Type != 101 || p.TS != first.TS || p.Marker != (i == 0) || p.Seq != before.Seq+1+uint16(i) {
				t.Errorf("packet %d: %+v", i, p.Header)
			}
			events = append(events, ev)
			a.send(make([]byte, 160)) // not heard: the press covers it
		}
		for i, ev := range events {
			if ev.Code != 11 || ev.End != (i >= 4) || ev.Duration != uint16(min(i+1, 5)*160) {
				t.Errorf("event %d: %+v", i, ev)
			}
		}
		a.header.TS += 160 * 10
		a.send(make([]byte, 160))
		p := b.receive()
		if p.Type != pcmu || p.Seq != before.Seq+8 || int32(p.TS-first.TS) < 800 {
			t.Errorf("after the press: %+v, press at %d", p.Header, first.TS)
		}
	})
}
