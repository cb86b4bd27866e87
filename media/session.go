package media

import (
	"net/netip"
	"sync/atomic"

	"clickbridge/leg"
	"clickbridge/media/g711"
	"clickbridge/media/rtp"
	"clickbridge/media/sdp"
)

const (
	// maxPayload is the longest audio passed on; 60 ms of G.711 is 480.
	maxPayload = 1400
	maxPacket  = rtp.HeaderSize + maxPayload
	// keysKept is how many keys wait for a reader (leg.Media).
	keysKept = 32
)

// session is the media of one leg. All of it belongs to its shard, save the
// fields that say otherwise.
type session struct {
	// First what sending a frame needs, so that the cache has it at once.
	shard     *shard
	sock      socket
	wheelNext *session
	line      rtp.Timeline // what the far end is sent
	player    player
	sender    keySender
	agreed    sdp.Agreed
	sends     bool // the far end is known and wants to be sent something
	closed    bool
	bridged   bool // see source
	heard     bool // the far end has sent something
	slot      int8 // on the wheel; -1 = off

	ssrcIn uint32 // of the far end
	latch  latch

	// Whom it hears. A bridge is two sessions that hear each other and take
	// each other's keys.
	source    *session
	listeners *session // who hears it, linked by nextHeard
	nextHeard *session
	taps      *tap // who copies it, linked by newer

	presses rtp.Presses
	dedupe  dedupe
	ear     *ear         // nil where keys come as events
	passOn  *session     // who gets the rest of the press that is going on
	keys    chan leg.Key // read by anyone

	older, newer *session // in the shard
	wheelPrev    *session

	// Written by the shard alone, read by anyone.
	packetsIn, packetsOut, bytesIn, bytesOut, droppedIn atomic.Uint64
	lastIn                                              atomic.Int64 // engine clock; 0 = never
	remote                                              sharedAddr
}

func newSession(sh *shard, sock socket) *session {
	s := &session{shard: sh, sock: sock, slot: -1, keys: make(chan leg.Key, keysKept)}
	s.agreed.Event = sdp.None
	s.line = freshTimeline()
	return s
}

// negotiated takes what an answer or an offer agreed.
func (s *session) negotiated(a sdp.Agreed) {
	if s.closed {
		return
	}
	if s.agreed.Codec != a.Codec {
		s.line.Break()
	}
	s.agreed = a
	if !a.Final || a.Event != sdp.None {
		s.ear = nil
	} else if s.ear == nil {
		s.ear = &ear{}
	}
	if a.Remote.IsValid() || !s.latch.open {
		s.latch.negotiate(a.Remote, s.shard.now)
	}
	s.aim()
}

// aim takes what the latch and the negotiation say about where to send.
func (s *session) aim() {
	to := s.latch.target()
	s.remote.store(to)
	s.sock.aim(to)
	s.sends = s.agreed.Send && to.IsValid()
}

// receive takes one datagram. b is only valid during the call.
func (s *session) receive(b []byte, from netip.AddrPort) {
	h, payload, err := rtp.Parse(b)
	if err != nil || len(payload) > maxPayload || !s.expects(h.Type) {
		s.drop()
		return
	}
	if from != s.latch.source {
		if !s.latch.admit(from, s.shard.now) {
			s.drop()
			return
		}
		s.aim()
	}
	s.lastIn.Store(s.shard.now) // before the count: who sees the packet sees when
	s.bytesIn.Store(s.bytesIn.Load() + uint64(len(b)))
	bump(&s.packetsIn)
	bump(&s.shard.packetsIn)
	if h.SSRC != s.ssrcIn || !s.heard {
		s.ssrcIn, s.heard = h.SSRC, true
		s.presses.Reset()
	}
	switch h.Type {
	case sdp.PCMU, sdp.PCMA:
		for l := s.listeners; l != nil; l = l.nextHeard {
			l.relayAudio(h, payload)
		}
		for t := s.taps; t != nil; t = t.newer {
			t.hear(h, payload, s.shard.now)
		}
		if s.ear != nil && !s.bridged {
			s.inBand(h, payload)
		}
	case sdp.CN:
		// Nobody was offered comfort noise: silence is passed on as silence.
		s.skipped(h)
	default:
		s.event(h, payload)
	}
}

// expects reports whether a payload type was negotiated. Keys come with the
// type we offered; some far ends use the one of their answer.
func (s *session) expects(pt uint8) bool {
	switch int(pt) {
	case sdp.PCMU, sdp.PCMA, sdp.CN:
		return true
	case sdp.EventType, s.agreed.Event:
		return s.agreed.Event != sdp.None
	}
	return false
}

func (s *session) drop() {
	bump(&s.droppedIn)
	bump(&s.shard.droppedIn)
}

// skipped tells who listens that a packet of ours is not for them.
func (s *session) skipped(h rtp.Header) {
	for l := s.listeners; l != nil; l = l.nextHeard {
		l.line.Skip(h)
	}
}

// relayAudio sends another leg's audio on, in our codec.
func (s *session) relayAudio(h rtp.Header, payload []byte) {
	if s.player.active() || s.sender.active() || !s.sends {
		s.line.Skip(h)
		return
	}
	out, ok := s.line.Map(h, uint32(len(payload)), false, s.shard.now)
	if !ok {
		return
	}
	out.Type = uint8(s.agreed.Codec)
	tx := s.shard.tx[:rtp.HeaderSize+len(payload)]
	out.Put(tx)
	body := tx[rtp.HeaderSize:]
	switch {
	case out.Type == h.Type:
		copy(body, payload)
	case out.Type == sdp.PCMA:
		translate(body, payload, g711.ULawToALaw)
	default:
		translate(body, payload, g711.ALawToULaw)
	}
	s.send(tx)
}

func translate(dst, src []byte, table *[256]byte) {
	dst = dst[:len(src)] // spares a check a sample
	for i, b := range src {
		dst[i] = table[b]
	}
}

func (s *session) send(b []byte) {
	if !s.sock.send(b) {
		return
	}
	bump(&s.packetsOut)
	bump(&s.shard.packetsOut)
	s.bytesOut.Store(s.bytesOut.Load() + uint64(len(b)))
}

// tick is called every 20 ms while the session is on the wheel.
func (s *session) tick() {
	switch {
	case s.sender.active():
		s.sendKey()
	case s.player.active():
		s.playFrame()
	}
	if !s.player.active() && !s.sender.active() {
		s.shard.wheel.remove(s)
	}
}

// playFrame sends the next frame of a prompt. While the far end holds, the
// prompt goes on unheard, so that its end comes when it should.
func (s *session) playFrame() {
	alaw, silence := false, byte(g711.SilenceULaw)
	if s.agreed.Codec == sdp.PCMA {
		alaw, silence = true, g711.SilenceALaw
	}
	tx := s.shard.tx[:rtp.HeaderSize+frameSize]
	if !s.player.fill(tx[rtp.HeaderSize:], alaw, silence) {
		s.player.stop()
		s.line.Break()
		return
	}
	if !s.sends {
		s.line.Break()
		return
	}
	h := s.line.Own(s.shard.now, frameSize)
	h.Type = uint8(s.agreed.Codec)
	h.Put(tx)
	s.send(tx)
}

// close ends the session and its socket.
func (s *session) close() {
	if s.end() {
		s.sock.close()
	}
}

// end ends the session; whoever was bridged to it is alone again. It reports
// false when it had ended before, and its socket was closed.
func (s *session) end() bool {
	if s.closed {
		return false
	}
	s.closed = true
	s.player.stop()
	s.sender.end()
	for ; s.taps != nil; s.taps = s.taps.newer {
		s.taps.finish(s.shard.now)
	}
	s.unhear()
	for s.listeners != nil {
		s.listeners.unhear()
	}
	s.shard.wheel.remove(s)
	s.shard.remove(s)
	return true
}
