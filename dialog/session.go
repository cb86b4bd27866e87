package dialog

import (
	"context"
	"sync"

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
	highest uint32    // CSeq of the far end's last request
	any     bool      // there was one
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
	a.bye(d, &s.set.auth, reasonOf(c), s.set.release)
	s.cancel(c) // after the BYE has left: whoever waits for it closes the media
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

// inTurn reports whether a request is newer than all before it (RFC 3261
// 12.2.2).
func (s *session) inTurn(cseq uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.any && cseq <= s.highest {
		return false
	}
	s.any, s.highest = true, cseq
	return true
}
