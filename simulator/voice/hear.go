package voice

import (
	"encoding/binary"
	"errors"
	"math"
	"net"
	"time"

	"clickbridge/media/g711"
	"clickbridge/media/tone"
)

// Ear is told what a line hears. Both may be nil; they are called by the
// line's reading goroutine and must not block.
type Ear struct {
	// Tone is called when a pure tone starts (Hz) and when it stops (0).
	Tone func(hz int)
	// Key is called once for every key that arrives as RFC 4733 event.
	Key func(key byte)
	// Match names the whole-Hz tone nearest to a frequency, 0 for none.
	Match func(hz float64) int
}

// Heard is one tone and for how long it was heard.
type Heard struct {
	Hz  int           `json:"hz"`
	For time.Duration `json:"for_ns"`
}

// windowSamples is how much audio one look at it takes: 200 ms, which tells
// tones 5 Hz apart.
const windowSamples = 1600

// pureShare is the share of the energy a tone must hold to count as one voice:
// two voices at once, music and speech stay below it.
const pureShare = 0.6

type hearing struct {
	window []int16
	now    int // the tone being heard, 0 for none
	tones  []Heard
	keyTS  uint32
	anyKey bool
	audio  uint64 // windows above silence
}

// Hearing returns the tones heard so far, in the order of their first hearing,
// and the one being heard now (0 for none).
func (l *Line) Hearing() (tones []Heard, now int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Heard(nil), l.listening.tones...), l.listening.now
}

// HeardSound reports for how long anything above silence was heard.
func (l *Line) HeardSound() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Duration(l.listening.audio) * windowSamples * time.Second / tone.Rate
}

func (l *Line) listen() {
	buf := make([]byte, 1500)
	for {
		n, _, err := l.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			l.take(buf[:n])
		}
	}
}

// take reads one RTP packet.
func (l *Line) take(p []byte) {
	if len(p) < 12 || p[0]>>6 != 2 {
		return
	}
	off := 12 + 4*int(p[0]&0x0f)
	if p[0]&0x10 != 0 && len(p) >= off+4 { // header extension, RFC 3550 5.3.1
		off += 4 + 4*int(binary.BigEndian.Uint16(p[off+2:]))
	}
	if off > len(p) {
		return
	}
	pt, payload := int(p[1]&0x7f), p[off:]
	ts := binary.BigEndian.Uint32(p[4:])

	l.mu.Lock()
	l.stats.PacketsIn++
	var key byte
	tell, hz := false, 0
	switch {
	case l.own.event >= 0 && pt == l.eventIn() && len(payload) >= 4:
		key = l.listening.event(payload, ts)
	case pt == PCMU || pt == PCMA:
		l.tape.keep(payload, pt, ts, binary.BigEndian.Uint32(p[8:]))
		tell, hz = l.listening.audioIn(payload, pt, l.ear.Match)
	}
	l.mu.Unlock()
	if key != 0 && l.ear.Key != nil {
		l.ear.Key(key)
	}
	if tell && l.ear.Tone != nil {
		l.ear.Tone(hz)
	}
}

// eventIn is the telephone-event type we told the far end to use: the one
// agreed, which our answers echo.
func (l *Line) eventIn() int {
	if l.event >= 0 {
		return l.event
	}
	return l.own.event
}

// event returns the key of a new event, 0 for a repeat of one already seen:
// all packets of one press carry one timestamp.
func (h *hearing) event(payload []byte, ts uint32) byte {
	if h.anyKey && h.keyTS == ts {
		return 0
	}
	h.anyKey, h.keyTS = true, ts
	k, ok := eventKey(payload[0])
	if !ok {
		return 0
	}
	return k
}

// audioIn collects audio and looks at each full window. It reports a change of
// the tone heard.
func (h *hearing) audioIn(payload []byte, pt int, match func(float64) int) (changed bool, hz int) {
	for _, b := range payload {
		if pt == PCMA {
			h.window = append(h.window, g711.DecodeALaw(b))
		} else {
			h.window = append(h.window, g711.DecodeULaw(b))
		}
	}
	for len(h.window) >= windowSamples {
		w := h.window[:windowSamples]
		hz, changed = h.look(w, match)
		h.window = append(h.window[:0], h.window[windowSamples:]...)
	}
	return changed, hz
}

func (h *hearing) look(w []int16, match func(float64) int) (int, bool) {
	hz := 0
	if tone.Audible(w) {
		h.audio++
		if match != nil {
			hz = match(pitch(w))
		}
		if hz != 0 && tone.Power(w, float64(hz)) < pureShare {
			hz = 0
		}
	}
	if hz != 0 {
		h.count(hz)
	}
	changed := hz != h.now
	h.now = hz
	return hz, changed
}

// maxTones bounds what one line remembers.
const maxTones = 16

func (h *hearing) count(hz int) {
	const d = windowSamples * time.Second / tone.Rate
	for i := range h.tones {
		if h.tones[i].Hz == hz {
			h.tones[i].For += d
			return
		}
	}
	if len(h.tones) < maxTones {
		h.tones = append(h.tones, Heard{Hz: hz, For: d})
	}
}

// pitch estimates the frequency of a pure tone by the time between its first
// and last rising zero crossing: far cheaper than looking for each of a hundred
// tones, and the caller confirms the guess. For anything but a pure tone it is
// just a number.
func pitch(w []int16) float64 {
	first, last, n := math.NaN(), math.NaN(), 0
	for i := 1; i < len(w); i++ {
		if w[i-1] < 0 && w[i] >= 0 {
			at := float64(i-1) + float64(-int(w[i-1]))/float64(int(w[i])-int(w[i-1]))
			if n == 0 {
				first = at
			}
			last = at
			n++
		}
	}
	if n < 2 {
		return 0
	}
	return float64(n-1) * tone.Rate / (last - first)
}
