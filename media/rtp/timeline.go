package rtp

// What a jump in a source's stream is (RFC 3550 A.1): beyond these it is not
// loss or disorder but a stream that began anew.
const (
	maxDropout  = 3000
	maxMisorder = 100
	// maxDrift is how far a source's timestamps may leave the clock on the
	// wall, in timestamp units (3 s): network delay never reaches it.
	maxDrift = 24000
)

// Timeline makes everything one leg is sent (prompts, the other party, keys)
// look like one stream to its receiver: one SSRC, sequence numbers without a
// step, timestamps that follow the clock, a marker where sound begins anew.
// Times are monotonic nanoseconds. Use NewTimeline.
type Timeline struct {
	ssrc uint32
	seq  uint16 // the next to be sent

	floor   uint16 // numbers before it were given to something else
	started bool
	own     bool   // the newest packet was one of our own, the next goes on from it
	last    uint32 // timestamp of the newest packet
	span    uint32 // how much it covers
	at      int64  // when it was sent

	mapped  bool // a source is relayed
	srcSSRC uint32
	srcSeq  uint16 // the next one expected of it
	srcTS   uint32 // its newest audio timestamp
	srcAt   int64
	offset  uint32 // ours minus its timestamps
	mark    bool   // the next relayed packet begins a talkspurt
}

// NewTimeline starts a stream; all three numbers should be random (RFC 3550
// 5.1).
func NewTimeline(ssrc uint32, seq uint16, ts uint32) Timeline {
	return Timeline{ssrc: ssrc, seq: seq, last: ts}
}

// Own returns the header of the next packet of our own audio, span units
// long. Payload type is the caller's to set.
func (t *Timeline) Own(now int64, span uint32) Header {
	h := Header{Seq: t.seq, SSRC: t.ssrc}
	if t.own {
		h.TS = t.last + t.span
	} else {
		h.TS, h.Marker = t.resume(now), true
	}
	t.Break()
	t.own = true
	t.sent(h.TS, span, now)
	return h
}

// Insert returns the header of an event packet of our own that belongs to
// timestamp ts. A relayed source goes on after it.
func (t *Timeline) Insert(ts, duration uint32, now int64) Header {
	h := Header{Seq: t.seq, SSRC: t.ssrc, TS: ts}
	if t.own || t.last != ts || !t.started {
		t.at = now // its start: the repeats of its end last longer than it
	}
	t.own = false
	t.mark = true
	t.sent(ts, duration, t.at)
	return h
}

// Resume returns the timestamp for sound that begins now, after silence.
func (t *Timeline) Resume(now int64) uint32 { return t.resume(now) }

func (t *Timeline) resume(now int64) uint32 {
	if !t.started {
		return t.last
	}
	silence := uint32((now - t.at) / 125000) // 8 units a millisecond
	return t.last + max(silence, t.span)
}

// Break ends whatever was sent: the next packet, from wherever, begins anew
// with a marker.
func (t *Timeline) Break() { t.own, t.mapped = false, false }

func (t *Timeline) sent(ts, span uint32, now int64) {
	t.seq++
	t.floor = t.seq
	t.started = true
	t.last, t.span, t.at = ts, span, now
}

// Map returns the header a relayed packet is passed on with: the source's
// losses and disorder stay visible, its origin does not. ok is false for a
// straggler from before a switch. span is how much time the packet covers;
// event tells that its timestamp is the start of a key press and may lie back.
func (t *Timeline) Map(h Header, span uint32, event bool, now int64) (out Header, ok bool) {
	if !t.mapped || t.jumped(h, event, now) {
		t.begin(h, now)
	}
	ahead := int16(h.Seq - t.srcSeq)
	out = Header{Marker: h.Marker, Seq: t.seq + uint16(ahead), TS: h.TS + t.offset, SSRC: t.ssrc}
	if ahead < 0 {
		return out, int16(out.Seq-t.floor) >= 0
	}
	if t.mark {
		// The first after a press of ours: a source whose clock stood still
		// meanwhile must not take the receiver back in time.
		if behind := int32(t.last + t.span - out.TS); behind > 0 {
			t.offset += uint32(behind)
			out.TS += uint32(behind)
		}
		out.Marker, t.mark = true, false
	}
	t.srcSeq, t.seq = h.Seq+1, out.Seq+1
	if !event {
		t.srcTS, t.srcAt = h.TS, now
	}
	if int32(out.TS-t.last) >= 0 || !t.started {
		t.last, t.span, t.at = out.TS, span, now
	}
	t.started = true
	return out, true
}

// Skip notes a source's packet that is not passed on, so that the receiver
// sees no loss where there is none.
func (t *Timeline) Skip(h Header) {
	if !t.mapped || h.SSRC != t.srcSSRC {
		return
	}
	ahead := int16(h.Seq - t.srcSeq)
	if ahead < 0 || ahead > maxDropout {
		return
	}
	t.seq += uint16(ahead) // what was lost before it stays lost
	t.srcSeq = h.Seq + 1
	t.floor = t.seq
}

func (t *Timeline) begin(h Header, now int64) {
	t.offset = t.resume(now) - h.TS
	t.mapped, t.own, t.mark = true, false, true
	t.srcSSRC, t.srcSeq = h.SSRC, h.Seq
	t.srcTS, t.srcAt = h.TS, now
	t.floor = t.seq
}

// jumped reports whether the source began a stream anew.
func (t *Timeline) jumped(h Header, event bool, now int64) bool {
	if h.SSRC != t.srcSSRC {
		return true
	}
	if d := int16(h.Seq - t.srcSeq); d > maxDropout || d < -maxMisorder {
		return true
	}
	if event {
		return false
	}
	clock := t.srcTS + uint32((now-t.srcAt)/125000)
	drift := int32(h.TS - clock)
	return drift > maxDrift || drift < -maxDrift
}
