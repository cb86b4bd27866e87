package dialog

import (
	"context"
	"fmt"
	"time"

	"clickbridge"
	"clickbridge/trace"
)

// Release ends at the carrier what a record of an earlier life of the server
// says it may still hold: BYE for an answered leg, CANCEL for a ringing one, and
// for 64*T1 ACK and BYE for every 200 that comes late. Nil means that the carrier
// is done with it; an error that it did not say so before ctx was done.
func (a *Agent) Release(ctx context.Context, r clickbridge.LegRecord) error {
	nextHop, err := addrPort(r.NextHop)
	if err != nil {
		return fmt.Errorf("leg record %s: %w", r.ID, err)
	}
	p, err := a.path(r.Transport, nextHop)
	if err != nil {
		return fmt.Errorf("leg record %s: %w", r.ID, err)
	}
	p.about = trace.About{Call: r.CallID, Attempt: r.AttemptID, Trunk: r.Trunk}
	if r.LocalAddr != "" { // the dialog knows us by what we said then
		if p.us, err = presented(r.LocalAddr, p.port); err != nil {
			return fmt.Errorf("leg record %s: %w", r.ID, err)
		}
	}
	s := &set{agent: a, path: p, rec: r, decided: true, holds: 1, final: make(chan struct{})}
	if a.cfg.Credentials != nil {
		s.auth.username, s.auth.password = a.cfg.Credentials(r.Trunk)
	}
	a.sets.add(r.SIPCallID, s)
	defer s.release()
	if r.State == clickbridge.LegAnswered {
		return a.releaseDialog(ctx, s)
	}
	return a.releaseInvite(ctx, s)
}

const interrupted = `Q.850;cause=41;text="Server restarted"`

// releaseDialog hangs up an answered leg.
func (a *Agent) releaseDialog(ctx context.Context, s *set) error {
	d := &state{ends: identify(&s.rec, s.rec.RemoteTag), path: &s.path, target: s.rec.RemoteTarget, routes: s.rec.Routes, cseq: s.rec.CSeq}
	if d.target == "" {
		d.target = s.rec.RequestURI
	}
	_, err := a.settle(ctx, &s.path, &s.auth, func() *request {
		req := a.requestIn(d, mBYE)
		req.lines = []string{reasonLine(interrupted)}
		return req
	})
	return err
}

// releaseInvite takes back an INVITE that may be on its way. There may have
// been no 1xx; what RFC 3261 9.1 asks to wait for was lost with the old server.
func (a *Agent) releaseInvite(ctx context.Context, s *set) error {
	res, err := a.settle(ctx, &s.path, new(auth), func() *request { return cancelOf(&s.rec, &s.path, interrupted) })
	if err != nil {
		return err
	}
	if res.success() {
		// The INVITE's own answer follows: a 487, or the 200 that was quicker. It
		// goes to where the INVITE came from, which may be another node's address:
		// after 64*T1 it counts as cancelled (RFC 3261 9.1).
		limit := time.NewTimer(64 * a.t1)
		defer limit.Stop()
		select {
		case <-s.final:
			return nil
		case <-limit.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	// Nothing to cancel: it never came, or is over, or was answered and then the
	// server died before the record said so. The early dialog's names may fit.
	if s.rec.RemoteTag != "" {
		return a.releaseDialog(ctx, s)
	}
	return nil
}
