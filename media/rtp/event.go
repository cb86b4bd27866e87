package rtp

import "encoding/binary"

// EventSize is the size of a telephone-event payload (RFC 4733 2.3).
const EventSize = 4

// Event is a telephone-event payload. The volume is ignored: what a person
// pressed does not depend on how loud.
type Event struct {
	Code     uint8 // 0-9, 10 = *, 11 = #, 12-15 = A-D, 16 = flash
	End      bool
	Duration uint16 // timestamp units since the packet's timestamp
}

// eventVolume is sent with our events: -10 dBm0, the usual one.
const eventVolume = 10

// ParseEvent reads a payload; ok is false when it is too short.
func ParseEvent(p []byte) (e Event, ok bool) {
	if len(p) < EventSize {
		return e, false
	}
	return Event{Code: p[0], End: p[1]&0x80 != 0, Duration: binary.BigEndian.Uint16(p[2:])}, true
}

// Put writes the payload to the first EventSize bytes of b.
func (e Event) Put(b []byte) {
	b[0], b[1] = e.Code, eventVolume
	if e.End {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], e.Duration)
}

// KeyOf returns the key of an event code; ok is false for codes that are no
// key (flash and the tones).
func KeyOf(code uint8) (key rune, ok bool) {
	if int(code) >= len(keys) {
		return 0, false
	}
	return rune(keys[code]), true
}

// CodeOf returns the event code of a key.
func CodeOf(key rune) (code uint8, ok bool) {
	for i, k := range keys {
		if k == key {
			return uint8(i), true
		}
	}
	return 0, false
}

// keys are in the order of their codes (RFC 4733 3.2).
const keys = "0123456789*#ABCD"

// longest is the longest duration an event packet can say; a longer press goes
// on in a segment with a timestamp of its own (RFC 4733 2.5.1.3).
const longest = 0xFFFF

// stutter is the least time between two presses of one key, in timestamp
// units (60 ms). A sender that moves the timestamp within one press, against
// RFC 4733 2.5.1.2, stays below it; no finger does.
const stutter = 480

// stale is how far a packet of an older press may lie behind, in timestamp units
// (10 s): network delay never reaches it. A source that goes back further has
// begun to count anew without a new SSRC, as some gateways do when a call is
// handed over; the key that accepts a call must not be lost on it.
const stale = 80_000

// Presses tells presses from their repeated packets. Its zero value is ready.
type Presses struct {
	seen  bool
	ended bool
	code  uint8
	ts    uint32
	last  uint16 // duration of the newest packet
}

// Reset forgets: the source started a new stream.
func (p *Presses) Reset() { *p = Presses{} }

// Packet takes one event packet and reports whether a new press began with it.
// The first packet of a press counts, whichever it is: start, middle or end
// may be lost. Presses are told apart by their timestamp, and by their key where
// a source's clock stands still while keys are pressed.
func (p *Presses) Packet(ts uint32, e Event) bool {
	diff := int32(ts - p.ts)
	switch {
	case !p.seen || diff < -stale:
	case diff < 0:
		return false // a straggler of an older press
	case diff == 0 && e.Code == p.code:
		p.ended, p.last = p.ended || e.End, max(p.last, e.Duration)
		return false // a repeat
	}
	same := p.seen && e.Code == p.code && !p.ended && diff > 0 &&
		(diff < stutter || p.last > longest-stutter && diff <= longest)
	p.seen, p.ended, p.code, p.ts, p.last = true, e.End, e.Code, ts, e.Duration
	return !same
}
