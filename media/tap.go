package media

import (
	"math"
	"runtime"
	"sync/atomic"
	"time"

	"clickbridge/leg"
	"clickbridge/media/g711"
	"clickbridge/media/rtp"
	"clickbridge/media/sdp"
)

const (
	samplesPerMs = 8
	// tapDelay is how far Read stays behind the clock, so that packets which
	// come late still find their place: four packets.
	tapDelay = 80 * samplesPerMs
	// tapKept is how much waits for a reader (leg.Tap).
	tapKept = 4000 * samplesPerMs
	// tapBlocks hold that, what is not yet read for tapDelay, and the two that
	// are being written.
	tapBlocks = (tapKept+tapDelay)/frameSize + 2
)

// openEnd is the end of a tap that has none yet.
const openEnd = math.MaxInt64

// tap is a copy of what one far end says. The shard writes each packet where
// its time of arrival and its timestamp put it, and the reader follows the clock
// at a distance. Positions are samples since the tap was opened.
type tap struct {
	port  *port
	start int64        // engine clock of position 0
	end   atomic.Int64 // position after the last sample
	next  int64        // the reader's

	// What follows is the shard's, save the blocks.
	newer  *tap // of the same session
	place  placement
	blocks [tapBlocks]tapBlock
}

// tapBlock is 20 ms of a tap. Shard and reader take turns at it without either
// waiting for long: both only copy.
type tapBlock struct {
	taken   atomic.Bool
	number  int64 // position / frameSize, plus one; 0 = never written
	samples [frameSize]byte
}

// Listen implements leg.Media.
func (p *port) Listen() leg.Tap {
	t := &tap{port: p, start: p.engine.clock()}
	t.end.Store(openEnd)
	if !p.run(func() { p.session.tap(t) }) {
		t.end.Store(0)
	}
	return t
}

// tap begins to copy what the far end says.
func (s *session) tap(t *tap) {
	if s.closed {
		t.finish(t.start)
		return
	}
	t.newer, s.taps = s.taps, t
}

// untap ends it.
func (s *session) untap(t *tap) {
	for at := &s.taps; *at != nil; at = &(*at).newer {
		if *at == t {
			*at = t.newer
			return
		}
	}
}

// finish sets the tap's end, once.
func (t *tap) finish(now int64) { t.end.CompareAndSwap(openEnd, t.position(now)) }

func (t *tap) position(now int64) int64 { return (now - t.start) / (1e6 / samplesPerMs) }

// Close implements leg.Tap.
func (t *tap) Close() {
	t.finish(t.port.engine.clock())
	t.port.run(func() { t.port.session.untap(t) })
}

// Read implements leg.Tap.
func (t *tap) Read(p []byte) int { return t.read(p, t.port.engine.clock()) }

func (t *tap) read(p []byte, now int64) int {
	limit := t.end.Load()
	if limit == openEnd {
		limit = t.position(now) - tapDelay
	}
	n := max(min(len(p), int(limit-t.next)), 0)
	oldest := limit - tapKept
	for rest := p[:n]; len(rest) > 0; {
		number, offset := t.next/frameSize, int(t.next%frameSize)
		part := rest[:min(len(rest), frameSize-offset)]
		if t.next < oldest {
			silence(part)
		} else {
			t.blocks[number%tapBlocks].read(part, number, offset)
		}
		t.next += int64(len(part))
		rest = rest[len(part):]
	}
	return n
}

// read copies a part of the block, or silence where it holds another time.
func (b *tapBlock) read(p []byte, number int64, offset int) {
	for !b.taken.CompareAndSwap(false, true) {
		runtime.Gosched() // the shard copies 160 bytes
	}
	if b.number == number+1 {
		copy(p, b.samples[offset:])
	} else {
		silence(p)
	}
	b.taken.Store(false)
}

// hear takes an audio packet of the far end, on the shard.
func (t *tap) hear(h rtp.Header, payload []byte, now int64) {
	position, stretch := t.place.of(h, int64(len(payload)), t.position(now))
	var law *[256]byte // nil = as it is
	if h.Type == sdp.PCMA {
		law = g711.ALawToULaw
	}
	if stretch > 0 {
		first := payload[:1]
		for i := range stretch {
			t.write(first, position-stretch+i, law)
		}
	}
	t.write(payload, position, law)
}

// write puts samples at a position. What belongs before the tap is cut off; a
// block that is being read at this moment is too late to be written.
func (t *tap) write(samples []byte, position int64, law *[256]byte) {
	if position < 0 {
		cut := min(-position, int64(len(samples)))
		samples, position = samples[cut:], position+cut
	}
	for len(samples) > 0 {
		number, offset := position/frameSize, int(position%frameSize)
		n := min(len(samples), frameSize-offset)
		t.blocks[number%tapBlocks].write(samples[:n], number, offset, law)
		samples, position = samples[n:], position+int64(n)
	}
}

func (b *tapBlock) write(samples []byte, number int64, offset int, law *[256]byte) {
	if b.number > number+1 || !b.taken.CompareAndSwap(false, true) {
		return
	}
	if b.number != number+1 {
		b.number = number + 1
		b.samples = quiet
	}
	if law == nil {
		copy(b.samples[offset:], samples)
	} else {
		translate(b.samples[offset:], samples, law)
	}
	b.taken.Store(false)
}

// silence fills p, which is no longer than a frame.
func silence(p []byte) { copy(p, quiet[:]) }

// clock is the time of the shards.
func (e *Engine) clock() int64 { return int64(time.Since(e.start)) }
