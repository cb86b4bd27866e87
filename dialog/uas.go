package dialog

import (
	"clickbridge"
	"clickbridge/trace"
)

// receive takes a message, in the order of the wire. Everything that follows
// from it here happens in the goroutine that reads the socket: it must not block.
// raw is the message as it came.
func (a *Agent) receive(m *message, raw []byte) {
	var tx *clientTx
	if m.status != 0 {
		tx = a.clients.find(m)
	}
	a.cfg.Trace.Add(a.about(m, tx), trace.Wire{Peer: m.from, In: true, TCP: m.in == nil}, raw)
	switch {
	case m.status == 0:
		a.request(m)
	case tx == nil || !tx.receive(m):
		a.stray(m)
	}
}

// stray takes responses no transaction waits for.
func (a *Agent) stray(res *message) {
	if res.method != mINVITE || res.provisional() {
		return
	}
	if set := a.sets.find(res.callID); set != nil {
		a.dispatch(&set.path, func() { set.repeated(res) })
		return
	}
	if res.success() {
		a.log.Warn("a 2xx for no call of ours", "sip_call_id", printable(res.callID), "from", res.from)
	}
}

// request answers what a carrier asks, once: a repetition gets the answer that
// was given.
func (a *Agent) request(m *message) {
	switch m.method {
	case mACK:
		a.acked(m)
		return
	case mCANCEL:
		// Whatever it would cancel has been answered (RFC 3261 9.2).
		if a.served.find(serverKey(m, mINVITE)) != nil {
			a.respond(m, 200, "OK", nil)
		} else {
			a.respond(m, 481, "Call/Transaction Does Not Exist", nil)
		}
		return
	}
	switch old := a.served.find(serverKey(m, m.method)); {
	case old != nil:
		old.send()
	case m.foreign:
		a.respond(m, 505, "Version Not Supported", nil)
	case m.toTag != "":
		a.inDialog(m)
	default:
		a.outOfDialog(m)
	}
}

// acked takes an ACK: of a refusal, which has its INVITE's branch, or of a
// re-INVITE's 200.
func (a *Agent) acked(m *message) {
	if old := a.served.find(serverKey(m, mINVITE)); old != nil && old.status >= 300 {
		old.ack()
	} else if s := a.sessionOf(m); s != nil {
		s.acked(m)
	}
}

// sessionOf finds the live session a request belongs to.
func (a *Agent) sessionOf(m *message) *session {
	set := a.sets.find(m.callID)
	if set == nil {
		return nil
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	if set.session == nil || set.rec.LocalTag != m.toTag || set.session.dialog.remoteTag != m.fromTag {
		return nil
	}
	return set.session
}

// inDialog answers a request with a To-tag.
func (a *Agent) inDialog(m *message) {
	if s := a.sessionOf(m); s != nil {
		s.handle(m)
		return
	}
	set := a.sets.find(m.callID)
	if m.method == mBYE && set != nil && set.rec.LocalTag == m.toTag {
		// It crossed our own BYE, is for a fork we are hanging up, or overtook the
		// answer.
		if s := set.left(m.fromTag); s != nil {
			s.bye(m)
			return
		}
		a.respond(m, 200, "OK", nil)
		return
	}
	a.respond(m, 481, "Call/Transaction Does Not Exist", nil)
}

// outOfDialog answers a request that belongs to no call.
func (a *Agent) outOfDialog(m *message) {
	switch m.method {
	case mOPTIONS:
		a.respond(m, 200, "OK", nil, allowed, "Accept: application/sdp")
	case mINVITE:
		a.respond(m, 403, "No Calls Are Taken Here", nil)
	case mBYE, mINFO, mUPDATE, mPRACK:
		a.respond(m, 481, "Call/Transaction Does Not Exist", nil)
	default:
		a.unsupported(m)
	}
}

// unsupported answers a method we do not have: 405 to those of an RFC, 501 to
// what we have never heard of (RFC 3261 8.2.1, 21.5.2).
func (a *Agent) unsupported(m *message) {
	switch m.method {
	case mREGISTER, mPRACK, "SUBSCRIBE", "NOTIFY", "REFER", "MESSAGE", "PUBLISH":
		a.respond(m, 405, "Method Not Allowed", nil, allowed)
	default:
		a.respond(m, 501, "Not Implemented", nil, allowed)
	}
}

// handle answers one request inside the dialog.
func (s *session) handle(m *message) {
	a := s.set.agent
	s.mu.Lock()
	ended, media := s.ended, s.media
	s.mu.Unlock()
	switch {
	case !s.inTurn(m.cseq):
		a.respond(m, 500, "CSeq Out Of Order", nil)
	case m.method == mBYE:
		s.bye(m)
	case ended:
		a.respond(m, 481, "Call/Transaction Does Not Exist", nil)
	case m.get("require") != "":
		// Nothing beyond RFC 3261 is offered, so nothing may be required (8.2.2.3).
		a.respond(m, 420, "Bad Extension", nil, "Unsupported: "+m.get("require"))
	case m.method == mINVITE:
		s.reinvited(m, media)
	case m.method == mUPDATE:
		s.updated(m, media)
	case m.method == mINFO:
		s.informed(m)
	case m.method == mOPTIONS:
		a.respond(m, 200, "OK", nil, allowed, "Accept: application/sdp")
	default:
		a.unsupported(m)
	}
}

// bye ends the session the far end hung up. A BYE that crosses ours gets its
// 200 like any other (RFC 3261 15.1.2).
func (s *session) bye(m *message) {
	c := &clickbridge.Cause{Class: clickbridge.CauseHangup}
	readReasons(m, c)
	s.over(c)
	s.set.agent.respond(m, 200, "OK", nil)
}

// informed takes a key. An INFO with nothing in it is a sign of life.
func (s *session) informed(m *message) {
	a := s.set.agent
	if len(m.body) == 0 {
		a.respond(m, 200, "OK", nil)
		return
	}
	k, ok := infoKey(m.get("content-type"), m.body)
	if !ok {
		a.respond(m, 415, "Unsupported Media Type", nil, "Accept: application/dtmf-relay, application/dtmf")
		return
	}
	s.mu.Lock()
	media := s.media
	s.mu.Unlock()
	if media != nil {
		media.Key(k)
	}
	a.respond(m, 200, "OK", nil)
}
