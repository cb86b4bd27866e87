package media

import "clickbridge/leg"

// play starts a playback; on a bridged leg it covers the other party while it
// lasts.
func (s *session) play(clips []*leg.Clip, loop bool, done chan struct{}) {
	if s.closed {
		close(done)
		return
	}
	if !s.bridged {
		s.unhear()
	}
	s.line.Break()
	s.player.start(clips, loop, done)
	s.shard.wheel.add(s, s.shard.now)
}

func (s *session) stop() {
	s.player.stop()
	if !s.bridged {
		s.unhear()
	}
	if !s.sender.active() {
		s.shard.wheel.remove(s)
	}
}

// hear connects source's incoming audio to what s is sent, one way. It does
// nothing to a bridge.
func (s *session) hear(source *session) {
	if s.closed || s.bridged {
		return
	}
	if source == nil || source.closed || source == s {
		s.unhear()
		return
	}
	s.stop()
	s.listen(source)
}

// bridge joins two sessions both ways. Whoever either was bridged to before is
// left alone. Bridging the same two again changes nothing.
func (s *session) bridge(peer *session) {
	if s.closed || peer.closed || s == peer || s.bridged && s.source == peer {
		return
	}
	for _, x := range [...]*session{s, peer} {
		if x.bridged {
			x.source.unhear()
		}
		x.unhear()
		x.stop()
	}
	s.listen(peer)
	peer.listen(s)
	s.bridged, peer.bridged = true, true
}

// listen adds s to those who hear source.
func (s *session) listen(source *session) {
	s.unhear()
	s.line.Break()
	s.source = source
	s.nextHeard = source.listeners
	source.listeners = s
}

// unhear takes s off its source. The other half of a bridge is taken off by
// whoever calls this for it too.
func (s *session) unhear() {
	if s.source == nil {
		return
	}
	for at := &s.source.listeners; *at != nil; at = &(*at).nextHeard {
		if *at == s {
			*at = s.nextHeard
			break
		}
	}
	if s.source.passOn == s {
		s.source.passOn = nil
	}
	s.source, s.nextHeard, s.bridged = nil, nil, false
	s.sender.forget()
	s.line.Break()
}
