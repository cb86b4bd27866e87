package dialog

import (
	"context"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"clickbridge"
	"clickbridge/leg"
)

// session is the dialog that was answered, acknowledged and kept.
type session struct {
	set    *set
	user   string // of our Contact
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	dialog  *state
	media   leg.Negotiator
	ended   bool
	inbox   inbox
	pending *reinvite // its 200 waits for the ACK
}

// newSession takes over a dialog. ctx lends its values only: the session ends
// with its dialog, not with who asked for it.
func newSession(ctx context.Context, s *set, d *state, media leg.Negotiator, user string) *session {
	ses := &session{set: s, dialog: d, media: media, user: userPart(user)}
	ses.ctx, ses.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	return ses
}

// Context implements leg.Session.
func (s *session) Context() context.Context { return s.ctx }

// SIPCallID implements leg.Session.
func (s *session) SIPCallID() string { return s.set.rec.SIPCallID }

// Hangup implements leg.Session.
func (s *session) Hangup(c *clickbridge.Cause) {
	if c == nil {
		c = &clickbridge.Cause{Class: clickbridge.CauseReleased}
	}
	d := s.end()
	if d == nil {
		return
	}
	a := s.set.agent
	wait := a.bye(a.life, d, &s.set.auth, reasonOf(c))
	s.cancel(c) // after the BYE has left: whoever waits for it closes the media
	a.work.start(func() {
		wait()
		s.set.release()
	})
}

// end makes the session over and returns its dialog, for a last request; nil
// when it was over already. Who ended it cancels the context.
func (s *session) end() *state {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil
	}
	s.ended = true
	s.media = nil
	if s.pending != nil {
		s.pending.timer.Stop()
		s.pending = nil
	}
	last := *s.dialog // a target refresh may still be under way
	return &last
}

// over ends the session the far end has left.
func (s *session) over(c *clickbridge.Cause) {
	first := s.end() != nil
	s.cancel(c)
	if first {
		s.set.release()
	}
}

// inbox puts requests in the order of the wire. The library gives each to a
// goroutine of its own, so an INFO can overtake another; the reader, which sees
// them one by one, books a place for each.
type inbox struct {
	highest uint32 // CSeq booked
	any     bool
	places  []place
	busy    bool // someone empties it
	overdue *time.Timer
}

type place struct {
	cseq uint32
	req  *sip.Request // nil until delivered
	tx   *sip.ServerTx
}

// maxPlaces bounds what a far end may have in flight inside one dialog.
const maxPlaces = 64

// lostAfter is how long a booked request may take from the reader to its
// goroutine before the ones behind it are let past.
const lostAfter = 200 * time.Millisecond

// book keeps a place for a request that the reader has seen.
func (s *session) book(cseq uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &s.inbox
	if b.any && cseq <= b.highest || len(b.places) >= maxPlaces {
		return // a repetition, or out of order (RFC 3261 12.2.2)
	}
	b.any, b.highest = true, cseq
	b.places = append(b.places, place{cseq: cseq})
}

// deliver handles a request when its turn has come, and whatever waited for it.
func (s *session) deliver(req *sip.Request, tx *sip.ServerTx) {
	cseq := req.CSeq()
	s.mu.Lock()
	at := -1
	for i, p := range s.inbox.places {
		if cseq != nil && p.cseq == cseq.SeqNo && p.req == nil {
			at = i
		}
	}
	if at < 0 {
		s.mu.Unlock()
		s.set.agent.respond(tx, req, sip.StatusInternalServerError, "CSeq Out Of Order", nil)
		return
	}
	s.inbox.places[at].req, s.inbox.places[at].tx = req, tx
	s.drain()
}

// drain handles what is at the head of the inbox. s.mu is held and released.
func (s *session) drain() {
	b := &s.inbox
	if b.busy {
		s.mu.Unlock()
		return
	}
	b.busy = true
	for len(b.places) > 0 && b.places[0].req != nil {
		p := b.places[0]
		b.places = append(b.places[:0], b.places[1:]...)
		s.mu.Unlock()
		s.handle(p.req, p.tx)
		s.mu.Lock()
	}
	b.busy = false
	if len(b.places) > 0 && b.overdue == nil {
		b.overdue = time.AfterFunc(lostAfter, s.skip)
	}
	s.mu.Unlock()
}

// skip gives up on requests that were booked and never came.
func (s *session) skip() {
	s.mu.Lock()
	b := &s.inbox
	b.overdue = nil
	waiting := false
	for _, p := range b.places {
		waiting = waiting || p.req != nil
	}
	for waiting && len(b.places) > 0 && b.places[0].req == nil {
		b.places = append(b.places[:0], b.places[1:]...)
	}
	s.drain()
}
