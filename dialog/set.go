package dialog

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

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
	inAuth  []sip.Header // what the INVITE was authorised with; its ACKs repeat it (RFC 3261 22.1)
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
	s.agent.sets.retire(s)
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
		s.byes = append(s.byes, tag)
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

// acknowledge sends the ACK of a 2xx and keeps it for its repetitions.
func (s *set) acknowledge(d *state) {
	s.mu.Lock()
	b := ackBytes(d.requestURI(), s.path, d.ends, s.rec.CSeq, newBranch(), d.routeSet(), s.inAuth)
	to := s.agent.destination(d)
	s.keep(ack{cseq: s.rec.CSeq, tag: d.remoteTag, bytes: b, to: to})
	s.mu.Unlock()
	s.write(to, b)
}

// acknowledgeFinal keeps the ACK of a refusal. The transaction has sent it once
// and is then done with: it would answer a repetition only after T2.
func (s *set) acknowledgeFinal(res *sip.Response, cseq uint32, branch string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	tag := toTag(res)
	b := ackBytes(s.rec.RequestURI, s.path, identify(&s.rec, tag), cseq, branch, nil, nil)
	s.keep(ack{cseq: cseq, tag: tag, bytes: b, to: s.path.nextHop})
	return b
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

func (s *set) write(to netip.AddrPort, b []byte) {
	if err := s.agent.send(s.path, to, b); err != nil {
		s.agent.log.Warn("ACK could not be sent", "sip_call_id", s.rec.SIPCallID, "err", err)
	}
}

// repeated takes an answer to our INVITE that no transaction waits for: a
// repetition gets its ACK again, another 2xx is a fork's or came after we had given up,
// and is answered and hung up (RFC 3261 13.2.2.4).
func (s *set) repeated(res *sip.Response) {
	cseq := res.CSeq()
	if cseq == nil || cseq.MethodName != sip.INVITE || res.IsProvisional() {
		return
	}
	tag := toTag(res)
	s.mu.Lock()
	for _, k := range s.acks {
		if k.cseq == cseq.SeqNo && k.tag == tag {
			s.mu.Unlock()
			if k.bytes != nil {
				s.write(k.to, k.bytes)
			}
			return
		}
	}
	decided, recovered := s.decided, s.final != nil
	s.mu.Unlock()
	switch {
	case res.IsSuccess() && decided:
		s.refuse(res, &clickbridge.Cause{Class: clickbridge.CauseCanceled, Text: "answered too late"})
	case !res.IsSuccess() && recovered:
		b := s.acknowledgeFinal(res, cseq.SeqNo, s.rec.Branch)
		s.write(s.path.nextHop, b)
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
func (s *set) refuse(res *sip.Response, why *clickbridge.Cause) {
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
	wait := s.agent.bye(s.agent.life, d, &s.auth, reasonOf(why))
	s.agent.work.start(func() {
		wait()
		if s.final != nil {
			s.finish()
		}
		s.release()
	})
}

// stateOf makes the dialog a 2xx created (RFC 3261 12.1.2). s.mu is held.
func (s *set) stateOf(res *sip.Response) *state {
	d := &state{
		ends: identify(&s.rec, toTag(res)), path: s.path, cseq: s.rec.CSeq,
		target: remoteTarget(res), routes: recordRoutes(res),
	}
	if d.target == "" {
		d.target = s.rec.RequestURI
	}
	return d
}

// table finds the dialog set of a message by its Call-ID.
type table struct {
	mu      sync.Mutex
	keep    time.Duration // how long a set stays after its end
	byID    map[string]*set
	retired []retired // in the order of their end
	timer   *time.Timer
	closed  bool
}

type retired struct {
	callID string
	at     time.Time
}

func newTable(keep time.Duration) *table {
	return &table{keep: keep, byID: make(map[string]*set)}
}

func (t *table) add(s *set) {
	t.mu.Lock()
	t.byID[s.rec.SIPCallID] = s
	t.mu.Unlock()
}

func (t *table) find(callID string) *set {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byID[callID]
}

func (t *table) all() []*set {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]*set, 0, len(t.byID))
	for _, s := range t.byID {
		out = append(out, s)
	}
	return out
}

func (t *table) held() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.byID) - len(t.retired)
}

// retire lets a set go after t.keep. One timer serves all: they leave in the
// order they came.
func (t *table) retire(s *set) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.retired = append(t.retired, retired{s.rec.SIPCallID, time.Now().Add(t.keep)})
	if t.timer == nil && !t.closed {
		t.timer = time.AfterFunc(t.keep, t.sweep)
	}
}

func (t *table) sweep() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, n := time.Now(), 0
	for n < len(t.retired) && !t.retired[n].at.After(now) {
		delete(t.byID, t.retired[n].callID)
		n++
	}
	t.retired = append(t.retired[:0:0], t.retired[n:]...)
	t.timer = nil
	if len(t.retired) > 0 && !t.closed {
		// Not before a little later, so that a busy second is one sweep.
		t.timer = time.AfterFunc(max(t.retired[0].at.Sub(now), t.keep/64), t.sweep)
	}
}

func (t *table) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.timer != nil {
		t.timer.Stop()
	}
}
