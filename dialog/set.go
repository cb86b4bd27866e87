package dialog

import (
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"

	"clickbridge"
	"clickbridge/leg"
)

// set is a dialog set: everything one Call-ID of ours may have become at the
// carrier. It lives from the INVITE until 64*T1 after the carrier holds nothing
// any more, because answers may come that late (RFC 3261 13.2.2.4), and keeps
// little more than the record and the ACKs by then.
type set struct {
	agent   *Agent
	path    path
	journal leg.Journal // nil for a recovered leg
	rang    atomic.Bool // a 18x came

	mu      sync.Mutex
	rec     clickbridge.LegRecord
	auth    auth
	inAuth  []string // what the INVITE was authorised with; its ACKs repeat it (RFC 3261 22.1)
	acks    []ack
	session *session // the dialog that was kept; nil before the answer and after the end
	decided bool     // the first final answer was taken, so other 2xx are forks
	holds   int      // what the carrier may still hold: the INVITE, forks, the session
	gone    bool
	byes    []string       // From-tags of BYEs that came before there was a session
	media   leg.Negotiator // nil once over
	final   chan struct{}  // closed when a recovered INVITE met its end; nil otherwise
}

// ack answers one final response, as often as that comes.
type ack struct {
	cseq  uint32
	tag   string
	bytes []byte // nil while the answer is being looked at
	to    netip.AddrPort
}

// hold counts one more thing the carrier may hold.
func (s *set) hold() {
	s.mu.Lock()
	s.holds++
	s.mu.Unlock()
}

// release says that one thing is over. The last one tells the journal.
func (s *set) release() {
	s.mu.Lock()
	s.holds--
	last := s.holds == 0 && !s.gone
	if last {
		s.gone = true
		s.session, s.media = nil, nil
		s.decided = true
	}
	s.mu.Unlock()
	if !last {
		return
	}
	// Who stops without the carrier's answer does not know that it is over: the
	// record stays for the next start.
	if s.journal != nil && s.agent.life.Err() == nil {
		s.journal.Gone(s.rec.ID)
	}
	s.agent.sets.retire(s.rec.SIPCallID)
}

// maxByes bounds how many early BYEs are remembered; forks are few.
const maxByes = 8

// left notes a BYE that found no session: the 200 that makes one may be looked at
// this very moment. It returns the session that was made meanwhile.
func (s *set) left(tag string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session != nil && s.session.dialog.remoteTag == tag {
		return s.session
	}
	if !s.gone && len(s.byes) < maxByes {
		s.byes = append(s.byes, strings.Clone(tag))
	}
	return nil
}

// hangup ends what is there, for Close.
func (s *set) hangup(c *clickbridge.Cause) {
	s.mu.Lock()
	session := s.session
	s.mu.Unlock()
	if session != nil {
		session.Hangup(c)
	}
}

// claim takes the first 2xx as the one that is looked at; its repetitions are
// ignored until it has an ACK.
func (s *set) claim(tag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decided = true
	s.acks = append(s.acks, ack{cseq: s.rec.CSeq, tag: tag})
}

// acknowledge sends the ACK of a 2xx and keeps it for its repetitions. It is a
// request of its own with a new branch (RFC 3261 13.2.2.4).
func (s *set) acknowledge(d *state) {
	s.mu.Lock()
	r := &request{
		ends: d.ends, method: mACK, uri: d.requestURI(), path: &s.path, cseq: s.rec.CSeq,
		branch: newBranch(), routes: d.routeSet(), lines: s.inAuth,
	}
	k := ack{cseq: s.rec.CSeq, tag: d.remoteTag, bytes: r.render(""), to: s.agent.destination(d)}
	s.keep(k)
	s.mu.Unlock()
	s.write(k)
}

// acknowledgeFinal sends the ACK of a refusal, with the INVITE's branch (RFC
// 3261 17.1.1.3), and keeps it.
func (s *set) acknowledgeFinal(res *message, branch string) {
	s.mu.Lock()
	tag := strings.Clone(res.toTag)
	r := &request{
		ends: identify(&s.rec, tag), method: mACK, uri: s.rec.RequestURI, path: &s.path,
		cseq: res.cseq, branch: branch,
	}
	k := ack{cseq: res.cseq, tag: tag, bytes: r.render(""), to: s.path.nextHop}
	s.keep(k)
	s.mu.Unlock()
	s.write(k)
}

// keep replaces the ACK of the same answer. s.mu is held.
func (s *set) keep(k ack) {
	for i := range s.acks {
		if s.acks[i].cseq == k.cseq && s.acks[i].tag == k.tag {
			s.acks[i] = k
			return
		}
	}
	s.acks = append(s.acks, k)
}

func (s *set) write(k ack) {
	a := s.agent
	if err := a.send(a.life, &s.path, k.to, k.bytes); err != nil {
		a.log.Warn("ACK could not be sent", "sip_call_id", s.rec.SIPCallID, "err", err)
	}
}

// repeated takes an answer to our INVITE that no transaction waits for: a
// repetition gets its ACK again, another 2xx is a fork's or came after we had given up,
// and is answered and hung up (RFC 3261 13.2.2.4).
func (s *set) repeated(res *message) {
	s.mu.Lock()
	for _, k := range s.acks {
		if k.cseq == res.cseq && k.tag == res.toTag {
			s.mu.Unlock()
			if k.bytes != nil {
				s.write(k)
			}
			return
		}
	}
	decided, recovered := s.decided, s.final != nil
	s.mu.Unlock()
	switch {
	case res.success() && decided:
		s.refuse(res, &clickbridge.Cause{Class: clickbridge.CauseCanceled, Text: "answered too late"})
	case !res.success() && recovered:
		s.acknowledgeFinal(res, s.rec.Branch)
		s.finish()
	}
	// A 2xx before the first was looked at comes again in T1.
}

// finish says that a recovered INVITE met its end.
func (s *set) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.final:
	default:
		close(s.final)
	}
}

// refuse ends a dialog that a 2xx made and nobody wants: ACK, then BYE.
func (s *set) refuse(res *message, why *clickbridge.Cause) {
	s.mu.Lock()
	s.decided = true
	s.holds++
	d := s.stateOf(res)
	rec, only := s.rec, s.journal != nil && s.session == nil && !s.gone
	s.mu.Unlock()
	if only {
		// Should the server die before the BYE has arrived, a CANCEL comes too late.
		rec.State, rec.RemoteTag, rec.RemoteTarget, rec.Routes = clickbridge.LegAnswered, d.remoteTag, d.target, d.routes
		s.journal.Early(rec)
	}
	s.acknowledge(d)
	s.agent.log.Info("answer not wanted, hung up", "sip_call_id", d.callID, "why", why.Text)
	s.agent.bye(d, &s.auth, reasonOf(why), func() {
		if s.final != nil {
			s.finish()
		}
		s.release()
	})
}

// stateOf makes the dialog a 2xx created (RFC 3261 12.1.2). s.mu is held.
func (s *set) stateOf(res *message) *state {
	d := &state{
		ends: identify(&s.rec, strings.Clone(res.toTag)), path: &s.path, cseq: s.rec.CSeq,
		target: remoteTarget(res), routes: recordRoutes(res),
	}
	if d.target == "" {
		d.target = s.rec.RequestURI
	}
	return d
}
