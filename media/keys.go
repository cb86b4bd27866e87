package media

import (
	"clickbridge/leg"
	"clickbridge/media/rtp"
	"clickbridge/media/sdp"
)

// echoTime is how far apart one press may arrive by RTP and by SIP INFO. Some
// phones send both; a finger cannot press one key twice in that time.
const echoTime = 200e6 // ns

// dedupe makes one press of the two ways it can come.
type dedupe struct {
	key  leg.Key
	info bool
	at   int64
	open bool // its echo has not come yet
}

// press reports whether this is a press of its own. Two presses that come the
// same way are always two: RFC 4733 tells them apart by itself.
func (d *dedupe) press(key leg.Key, info bool, now int64) bool {
	if d.open && key == d.key && info != d.info && now-d.at < echoTime {
		d.open = false
		return false
	}
	*d = dedupe{key: key, info: info, at: now, open: true}
	return true
}

// event takes a telephone-event packet: a press is delivered with its first
// one, whichever it is, and all of them go to the bridged party.
func (s *session) event(h rtp.Header, payload []byte) {
	e, ok := rtp.ParseEvent(payload)
	if !ok {
		s.skipped(h)
		return
	}
	if s.presses.Packet(h.TS, e) {
		s.passOn = nil
		if s.agreed.Final && s.pressed(e.Code, false) && s.bridged {
			s.passOn = s.source
		}
	}
	for l := s.listeners; l != nil; l = l.nextHeard {
		// The rest of the press that accepted the call is not for the party
		// it was then bridged to: only presses that began in the bridge are.
		if l == s.passOn {
			l.relayEvent(h, e)
		} else {
			l.line.Skip(h)
		}
	}
}

// pressed delivers a press unless it is the echo of one.
func (s *session) pressed(code uint8, info bool) bool {
	key, ok := rtp.KeyOf(code)
	if !ok {
		return true // flash and tones: passed on, never delivered
	}
	if !s.dedupe.press(leg.Key(key), info, s.shard.now) {
		return false
	}
	select {
	case s.keys <- leg.Key(key):
	default: // nobody reads: leg.Media allows to drop
	}
	return true
}

// relayEvent passes a key press on with the payload type its receiver takes.
func (s *session) relayEvent(h rtp.Header, e rtp.Event) {
	if s.agreed.Event == sdp.None || s.sender.active() || !s.maySend() {
		s.line.Skip(h)
		return
	}
	out, ok := s.line.Map(h, uint32(e.Duration), true, s.shard.now)
	if !ok {
		return
	}
	out.Type = uint8(s.agreed.Event)
	tx := s.shard.tx[:rtp.HeaderSize+rtp.EventSize]
	out.Put(tx)
	e.Put(tx[rtp.HeaderSize:])
	s.send(tx)
}

// info takes a key that came by SIP INFO and, in a bridge, makes the RFC 4733
// press of it that the other party would have got from a phone with RTP keys.
func (s *session) info(key leg.Key) {
	code, ok := rtp.CodeOf(rune(key))
	if s.closed || !ok || !s.agreed.Final || !s.pressed(code, true) {
		return
	}
	if s.bridged {
		s.source.pressFor(code)
	}
}

// A press we make lasts 100 ms: one packet each 20 ms, the last one three
// times (RFC 4733 2.5.1.4).
const (
	pressStep  = frameSize // timestamp units a packet
	pressSteps = 5
	pressEnds  = 3
	pressQueue = 16
)

// keySender sends presses of our making, one after another.
type keySender struct {
	queue [pressQueue]uint8
	count int // queued, the one being sent first
	step  int // packets of it sent
	ts    uint32
}

func (k *keySender) active() bool { return k.count > 0 }

func (k *keySender) reset() { k.count, k.step = 0, 0 }

// pressFor queues a press for the far end, if it takes keys at all.
func (s *session) pressFor(code uint8) {
	k := &s.sender
	if s.agreed.Event == sdp.None || k.count == pressQueue {
		return
	}
	k.queue[k.count] = code
	k.count++
	s.shard.wheel.add(s, s.shard.now)
}

// sendKey sends the next packet of the press at the head of the queue.
func (s *session) sendKey() {
	k := &s.sender
	now := s.shard.now
	if k.step == 0 {
		k.ts = s.line.Resume(now)
	}
	k.step++
	e := rtp.Event{Code: k.queue[0], End: k.step >= pressSteps, Duration: uint16(min(k.step, pressSteps) * pressStep)}
	if s.maySend() {
		h := s.line.Insert(k.ts, uint32(e.Duration), now)
		h.Type, h.Marker = uint8(s.agreed.Event), k.step == 1
		tx := s.shard.tx[:rtp.HeaderSize+rtp.EventSize]
		h.Put(tx)
		e.Put(tx[rtp.HeaderSize:])
		s.send(tx)
	}
	if k.step == pressSteps+pressEnds-1 {
		copy(k.queue[:], k.queue[1:k.count])
		k.count--
		k.step = 0
	}
}
