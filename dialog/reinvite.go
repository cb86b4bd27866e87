package dialog

import (
	"math/rand/v2"
	"strconv"
	"time"

	"clickbridge"
	"clickbridge/leg"
)

// reinvite is a re-INVITE we said 200 to and whose ACK has not come. The 200 is
// repeated until then (RFC 3261 13.3.1.4): the transaction does not do it.
type reinvite struct {
	cseq    uint32
	res     *served
	delayed bool // the offer was ours, so the ACK brings the answer
	timer   *time.Timer
	wait    time.Duration
	waited  time.Duration
}

// reinvited answers a re-INVITE: hold, resume, another codec or address, or an
// empty one that asks for our offer.
func (s *session) reinvited(req *message, media leg.Negotiator) {
	a := s.set.agent
	s.mu.Lock()
	if p := s.pending; p != nil && !p.delayed {
		// Who sends the next one has our 200 and only its ACK is missing: a carrier
		// that resumes must not be left on hold for a lost datagram (RFC 5407 3.1.4).
		p.timer.Stop()
		s.pending = nil
	}
	busy := s.pending != nil
	s.mu.Unlock()
	if busy {
		// RFC 3261 14.2: our offer still waits for its answer in the ACK.
		a.respond(req, 500, "Overlapping Requests", nil, "Retry-After: "+strconv.Itoa(rand.IntN(11)))
		return
	}
	offer := req.body
	sdp, err := media.Reoffer(offer)
	if err != nil {
		a.respond(req, 488, "Not Acceptable Here", nil)
		return
	}
	s.refresh(req)
	p := &reinvite{cseq: req.cseq, delayed: len(offer) == 0, wait: a.t1}
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		a.respond(req, 481, "Call/Transaction Does Not Exist", nil)
		return
	}
	s.pending = p // before the 200 leaves: the ACK may be that quick
	p.timer = time.AfterFunc(p.wait, func() { s.repeat(p) })
	s.mu.Unlock()
	res := a.respond(req, 200, "OK", sdp, s.answerHeaders()...)
	s.mu.Lock()
	p.res = res
	s.mu.Unlock()
}

// answerHeaders are those of a 200 with SDP.
func (s *session) answerHeaders() []string {
	return []string{s.dialog.path.contact(s.user), allowed, sdpType}
}

// refresh takes a new remote target (RFC 3261 12.2.2).
func (s *session) refresh(req *message) {
	target := remoteTarget(req)
	if target == "" {
		return
	}
	s.mu.Lock()
	s.dialog.target = target
	s.mu.Unlock()
}

// repeat sends the 200 once more, and hangs up on a far end that never
// acknowledges it.
func (s *session) repeat(p *reinvite) {
	s.mu.Lock()
	if s.pending != p {
		s.mu.Unlock()
		return
	}
	a := s.set.agent
	p.waited += p.wait
	if p.waited >= 64*a.t1 {
		s.pending = nil
		s.mu.Unlock()
		s.Hangup(&clickbridge.Cause{Class: clickbridge.CauseFailed, Text: "re-INVITE was never acknowledged"})
		return
	}
	p.wait = min(2*p.wait, a.t2)
	p.timer.Reset(p.wait)
	res := p.res
	s.mu.Unlock()
	if res != nil {
		res.send()
	}
}

// acked ends the wait of a re-INVITE.
func (s *session) acked(req *message) {
	s.mu.Lock()
	p, media := s.pending, s.media
	if p == nil || p.cseq != req.cseq {
		s.mu.Unlock()
		return
	}
	p.timer.Stop()
	s.pending = nil
	tag := s.dialog.remoteTag
	s.mu.Unlock()
	if !p.delayed || media == nil {
		return
	}
	if err := media.Answer(req.body, tag, false); err != nil {
		s.Hangup(&clickbridge.Cause{Class: clickbridge.CauseFailed, Text: "re-INVITE's answer not usable: " + err.Error()})
	}
}

// updated answers an UPDATE (RFC 3311): a target refresh, with or without an
// offer.
func (s *session) updated(req *message, media leg.Negotiator) {
	a := s.set.agent
	offer := req.body
	if len(offer) == 0 {
		s.refresh(req)
		a.respond(req, 200, "OK", nil, s.answerHeaders()[:2]...)
		return
	}
	s.mu.Lock()
	offering := s.pending != nil && s.pending.delayed
	s.mu.Unlock()
	if offering {
		a.respond(req, 491, "Request Pending", nil)
		return
	}
	sdp, err := media.Reoffer(offer)
	if err != nil {
		a.respond(req, 488, "Not Acceptable Here", nil)
		return
	}
	s.refresh(req)
	a.respond(req, 200, "OK", sdp, s.answerHeaders()...)
}
