package rtp_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	pion "github.com/pion/rtp"
	"pgregory.net/rapid"

	"clickbridge/media/rtp"
)

// Whatever pion/rtp writes is read back the same, and what we write pion
// reads.
func TestHeaderAgreesWithPion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := pion.Packet{Header: pion.Header{
			Version:        2,
			Marker:         rapid.Bool().Draw(t, "marker"),
			PayloadType:    rapid.Uint8Range(0, 127).Draw(t, "type"),
			SequenceNumber: rapid.Uint16().Draw(t, "seq"),
			Timestamp:      rapid.Uint32().Draw(t, "ts"),
			SSRC:           rapid.Uint32().Draw(t, "ssrc"),
			CSRC:           rapid.SliceOfN(rapid.Uint32(), 0, 15).Draw(t, "csrc"),
		}, Payload: rapid.SliceOfN(rapid.Byte(), 1, 500).Draw(t, "payload")}
		if rapid.Bool().Draw(t, "extension") {
			p.Header.Extension, p.Header.ExtensionProfile = true, 0xBEDE
			if err := p.Header.SetExtension(3, []byte{1, 2, 3}); err != nil {
				t.Fatal(err)
			}
		}
		if n := rapid.Uint8Range(0, 40).Draw(t, "padding"); n > 0 {
			p.Header.Padding, p.Header.PaddingSize = true, n
		}
		b, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		want := rtp.Header{Marker: p.Marker, Type: p.PayloadType, Seq: p.SequenceNumber, TS: p.Timestamp, SSRC: p.SSRC}
		h, payload, err := rtp.Parse(b)
		if err != nil || h != want || !cmp.Equal(payload, p.Payload) {
			t.Fatalf("%v: %+v, want %+v", err, h, want)
		}
		out := make([]byte, rtp.HeaderSize, rtp.HeaderSize+len(payload))
		h.Put(out)
		var back pion.Packet
		if err := back.Unmarshal(append(out, payload...)); err != nil || back.SequenceNumber != h.Seq ||
			back.Timestamp != h.TS || back.SSRC != h.SSRC || back.PayloadType != h.Type || back.Marker != h.Marker {
			t.Fatalf("%v: pion reads %+v of %+v", err, back.Header, h)
		}
	})
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	good := make([]byte, 20)
	rtp.Header{}.Put(good)
	for name, spoil := range map[string]func(b []byte) []byte{
		"nothing":            func(b []byte) []byte { return nil },
		"a header alone":     func(b []byte) []byte { return b[:12] },
		"cut":                func(b []byte) []byte { return b[:11] },
		"version 1":          func(b []byte) []byte { b[0] = 1 << 6; return b },
		"CSRCs beyond":       func(b []byte) []byte { b[0] |= 15; return b },
		"extension cut":      func(b []byte) []byte { b[0] |= 0x10; return b[:14] },
		"extension beyond":   func(b []byte) []byte { b[0] |= 0x10; b[15] = 99; return b },
		"padding of 0":       func(b []byte) []byte { b[0] |= 0x20; return b },
		"all padding":        func(b []byte) []byte { b[0] |= 0x20; b[19] = 8; return b },
		"padding beyond all": func(b []byte) []byte { b[0] |= 0x20; b[19] = 255; return b },
	} {
		b := spoil(append([]byte(nil), good...))
		if _, _, err := rtp.Parse(b); !errors.Is(err, rtp.ErrPacket) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, p, err := rtp.Parse(good); err != nil || len(p) != 8 {
		t.Errorf("the good one: %d bytes, %v", len(p), err)
	}
}

func TestKeyCodes(t *testing.T) {
	t.Parallel()
	for _, k := range "0123456789*#ABCD" {
		code, ok := rtp.CodeOf(k)
		if back, is := rtp.KeyOf(code); !ok || !is || back != k {
			t.Errorf("%c is %d is %c", k, code, back)
		}
	}
	if _, ok := rtp.KeyOf(16); ok {
		t.Error("flash is a key")
	}
	if _, ok := rtp.CodeOf('E'); ok {
		t.Error("E is a key")
	}
}

func TestEventBytes(t *testing.T) {
	t.Parallel()
	b := make([]byte, rtp.EventSize)
	want := rtp.Event{Code: 11, End: true, Duration: 1440}
	want.Put(b)
	if diff := cmp.Diff([]byte{11, 0x8A, 0x05, 0xA0}, b); diff != "" {
		t.Error(diff)
	}
	if got, ok := rtp.ParseEvent(b); !ok || got != want {
		t.Errorf("%+v", got)
	}
	if _, ok := rtp.ParseEvent(b[:3]); ok {
		t.Error("three bytes are an event")
	}
}

func TestPresses(t *testing.T) {
	t.Parallel()
	type packet struct {
		ts    uint32
		code  uint8
		end   bool
		press bool // begins one
	}
	for name, packets := range map[string][]packet{
		"repeats and stragglers":    {{900, 1, false, true}, {900, 1, true, false}, {5000, 2, false, true}, {900, 1, true, false}, {5000, 2, true, false}},
		"a clock that stands still": {{900, 1, false, true}, {900, 1, true, false}, {900, 2, false, true}, {900, 2, true, false}},
		"a clock set back":          {{900_000, 1, false, true}, {900_000, 1, true, false}, {700, 1, false, true}, {700, 1, true, false}, {9000, 1, true, true}},
		"set back, the end lost":    {{900_000, 1, false, true}, {700, 1, false, true}},
		"a clock that wraps":        {{0xFFFF_FF00, 1, true, true}, {0x300, 1, true, true}, {0xFFFF_FF00, 1, true, false}},
	} {
		var p rtp.Presses
		for i, c := range packets {
			if got := p.Packet(c.ts, rtp.Event{Code: c.code, End: c.end, Duration: 160}); got != c.press {
				t.Errorf("%s: packet %d begins a press: %t", name, i, got)
			}
		}
	}
}

const ms = int64(1e6)

// Whatever is sent, in whatever order sources change, the receiver sees one
// SSRC, every sequence number once, and timestamps that never go back by more
// than disorder explains.
func TestTimelineIsOneStream(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		line := rtp.NewTimeline(7, rapid.Uint16().Draw(t, "seq"), rapid.Uint32().Draw(t, "ts"))
		src := rtp.Header{SSRC: 1, Seq: rapid.Uint16().Draw(t, "source seq"), TS: rapid.Uint32().Draw(t, "source ts")}
		var now int64
		var last rtp.Header
		sent := 0
		check := func(h rtp.Header) {
			if h.SSRC != 7 {
				t.Fatal("the SSRC changed")
			}
			if sent > 0 && (h.Seq != last.Seq+1 || int32(h.TS-last.TS) < 0) {
				t.Fatalf("%+v after %+v", h, last)
			}
			last = h
			sent++
		}
		t.Repeat(map[string]func(*rapid.T){
			"own":   func(*rapid.T) { now += 20 * ms; check(line.Own(now, 160)) },
			"break": func(*rapid.T) { line.Break() },
			"wait":  func(t *rapid.T) { now += rapid.Int64Range(0, 5000).Draw(t, "wait") * ms },
			"press": func(*rapid.T) {
				ts := line.Resume(now)
				for i := range uint32(3) {
					now += 20 * ms
					check(line.Insert(ts, 160*(i+1), now))
				}
			},
			"relay": func(t *rapid.T) {
				now += 20 * ms
				src.Seq++
				src.TS += 160
				if h, ok := line.Map(src, 160, false, now); ok {
					check(h)
				}
			},
			"relay after silence": func(t *rapid.T) {
				now += 700 * ms
				src.Seq++
				src.TS += 5600
				if h, ok := line.Map(src, 160, false, now); ok {
					check(h)
				}
			},
			"skip":       func(*rapid.T) { now += 20 * ms; src.Seq++; src.TS += 160; line.Skip(src) },
			"new stream": func(t *rapid.T) { src.SSRC++; src.Seq += 999; src.TS = rapid.Uint32().Draw(t, "new ts") },
		})
	})
}

func TestStragglersOfASkippedPacket(t *testing.T) {
	t.Parallel()
	line := rtp.NewTimeline(7, 100, 0)
	src := func(seq uint16) rtp.Header { return rtp.Header{SSRC: 1, Seq: seq, TS: uint32(seq) * 160} }
	first, _ := line.Map(src(10), 160, false, 0)
	line.Skip(src(12)) // 11 is late
	line.Skip(src(12)) // a repeat
	if _, ok := line.Map(src(11), 160, false, 20*ms); ok {
		t.Error("a straggler got a number that is no longer free")
	}
	next, ok := line.Map(src(13), 160, false, 40*ms)
	if !ok || next.Seq != first.Seq+2 {
		t.Errorf("after one loss and one skipped comes seq +%d, want +2", next.Seq-first.Seq)
	}
}

func FuzzParse(f *testing.F) {
	good := make([]byte, 20)
	rtp.Header{Type: 8}.Put(good)
	f.Add(good)
	f.Add([]byte{0xB1, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 7, 1, 1, 1, 1, 0xBE, 0xDE, 0, 1, 9, 9, 9, 9, 5, 2, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, payload, err := rtp.Parse(b)
		if err == nil && (len(payload) == 0 || len(payload) > len(b)-rtp.HeaderSize) {
			t.Errorf("%d bytes of payload in %d", len(payload), len(b))
		}
	})
}

func BenchmarkMap(b *testing.B) {
	line := rtp.NewTimeline(1, 2, 3)
	h := rtp.Header{}
	b.ReportAllocs()
	for b.Loop() {
		h.Seq++
		h.TS += 160
		line.Map(h, 160, false, int64(h.TS)*125000)
	}
}
