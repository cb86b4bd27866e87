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

const _ = uint8(tapBlocks) // as tap.free counts

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

	consumed atomic.Int64 // blocks before this number are read

	// What follows is the shard's, save the blocks a slot leads to.
	newer  *tap // of the same session
	place  placement
	free   [tapBlocks]uint8         // read blocks, the one to be used next last
	unused int                      // how many those are
	used   int                      // how many blocks were ever used
	slots  [tapBlocks]atomic.Uint32 // by number: one more than the block's index
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
			t.readBlock(part, number, offset)
		}
		t.next += int64(len(part))
		rest = rest[len(part):]
	}
	t.consumed.Store(t.next / frameSize)
	return n
}

// readBlock copies a part of a block, or silence where there is none.
func (t *tap) readBlock(p []byte, number int64, offset int) {
	i := t.slots[number%tapBlocks].Load()
	if i == 0 {
		silence(p)
		return
	}
	b := &t.blocks[i-1]
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

// write puts samples at a position. What belongs before what was read is cut
// off; a block that is being read at this moment is too late to be written.
func (t *tap) write(samples []byte, position int64, law *[256]byte) {
	if cut := t.consumed.Load()*frameSize - position; cut > 0 {
		cut = min(cut, int64(len(samples)))
		samples, position = samples[cut:], position+cut
	}
	for len(samples) > 0 {
		number, offset := position/frameSize, int(position%frameSize)
		n := min(len(samples), frameSize-offset)
		if b := t.block(number); b != nil {
			b.write(samples[:n], offset, law)
			b.taken.Store(false)
		}
		samples, position = samples[n:], position+int64(n)
	}
}

// block returns a block of that number, taken, or nil when it is being read.
func (t *tap) block(number int64) *tapBlock {
	slot := &t.slots[number%tapBlocks]
	if i := slot.Load(); i != 0 && t.blocks[i-1].number == number+1 {
		if b := &t.blocks[i-1]; b.taken.CompareAndSwap(false, true) {
			return b
		}
		return nil
	}
	i := t.take()
	b := &t.blocks[i]
	if !b.taken.CompareAndSwap(false, true) {
		return nil
	}
	b.number, b.samples = number+1, quiet
	slot.Store(uint32(i) + 1)
	return b
}

// take returns a block for new use: one that was read, as few different ones as
// there can be, so that the cache has it; else a fresh one; else the oldest.
func (t *tap) take() int {
	if t.unused == 0 {
		t.collect()
	}
	if t.unused > 0 {
		t.unused--
		return int(t.free[t.unused])
	}
	if t.used < tapBlocks {
		t.used++
		return t.used - 1
	}
	oldest := 0
	for i := range t.blocks {
		if t.blocks[i].number < t.blocks[oldest].number {
			oldest = i
		}
	}
	return oldest
}

// collect finds the blocks that were read.
func (t *tap) collect() {
	consumed := t.consumed.Load()
	for i := range t.blocks[:t.used] {
		if t.blocks[i].number <= consumed {
			t.free[t.unused] = uint8(i)
			t.unused++
		}
	}
}

// write puts samples into a taken block.
func (b *tapBlock) write(samples []byte, offset int, law *[256]byte) {
	if law == nil {
		copy(b.samples[offset:], samples)
	} else {
		translate(b.samples[offset:], samples, law)
	}
}

// silence fills p, which is no longer than a frame.
func silence(p []byte) { copy(p, quiet[:]) }

// clock is the time of the shards.
func (e *Engine) clock() int64 { return int64(time.Since(e.start)) }
