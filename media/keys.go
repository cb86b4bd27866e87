package media

import (
	"clickbridge/leg"
	"clickbridge/media/rtp"
	"clickbridge/media/sdp"
)

// way is how a press came.
type way uint8

const (
	byEvent way = iota // RFC 4733
	byInfo             // SIP INFO
	byTone             // in the audio
)

// echoTime is how far apart one press may arrive by two ways. Some phones send
// both; a finger cannot press one key twice in that time.
const echoTime = 200e6 // ns

// dedupe makes one press of the two ways it can come.
type dedupe struct {
	key  leg.Key
	way  way
	at   int64
	open bool // its echo has not come yet
}

// press reports whether this is a press of its own. Two presses that come the
// same way are always two: RFC 4733 tells them apart by itself.
func (d *dedupe) press(key leg.Key, by way, now int64) bool {
	if d.open && key == d.key && by != d.way && now-d.at < echoTime {
		d.open = false
		return false
	}
	*d = dedupe{key: key, way: by, at: now, open: true}
	return true
}

// lasts notes that a tone goes on: SIP INFO may come when the key is let go.
func (d *dedupe) lasts(key leg.Key, now int64) {
	if d.open && d.key == key && d.way == byTone {
		d.at = now
	}
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
		if s.agreed.Final && s.pressed(e.Code, byEvent) && s.bridged {
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
func (s *session) pressed(code uint8, by way) bool {
	key, ok := rtp.KeyOf(code)
	if !ok {
		return true // flash and tones: passed on, never delivered
	}
	if !s.dedupe.press(leg.Key(key), by, s.shard.now) {
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
	if s.agreed.Event == sdp.None || s.sender.active() || !s.sends {
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
	if s.closed || !ok || !s.agreed.Final || !s.pressed(code, byInfo) {
		return
	}
	if s.bridged {
		s.source.pressFor(code)
	}
}
