package dialog

import (
	"clickbridge"
)

// abandon leaves an INVITE nobody waits for any more to the background: CANCEL
// as soon as a 1xx allows it (RFC 3261 9.1), then the final answer, which may
// still be a 200 that has to be acknowledged and hung up.
func (at *attempt) abandon(why *clickbridge.Cause) {
	at.agent.work.begin()
	at.mu.Lock()
	at.why = why
	heard := at.heard
	at.mu.Unlock()
	for {
		select {
		case came := <-at.came:
			if came.err == errQuiet {
				continue
			}
			at.seeOff(came.res, came.err)
			return
		default:
			if heard {
				at.cancel()
			}
			return
		}
	}
}

// seeOff takes what still comes to an abandoned INVITE, for at most 64*T1 from
// the CANCEL, or from the INVITE where no CANCEL may be sent.
func (at *attempt) seeOff(res *message, err error) {
	switch {
	case err == errQuiet:
	case err == nil && res.provisional():
		if res.status > 100 {
			at.noteEarly(res)
		}
		at.cancel()
	default:
		at.agent.dispatch(&at.set.path, func() { at.leave(res) })
	}
}

// leave ends an abandoned INVITE with its final answer; nil is none in 64*T1.
func (at *attempt) leave(res *message) {
	switch {
	case res == nil:
	case res.success():
		at.set.refuse(res, &clickbridge.Cause{Class: clickbridge.CauseCanceled, Text: "answered while it was taken back"})
	default:
		at.refused(res)
	}
	at.set.release()
	at.agent.work.done()
}

// cancel sends the CANCEL of this round's INVITE, once: the same Request-URI,
// branch, tags and CSeq number (RFC 3261 9.1). Its answer says nothing about the
// INVITE's.
func (at *attempt) cancel() {
	at.mu.Lock()
	cancelled := at.cancelled
	at.cancelled = true
	at.mu.Unlock()
	if cancelled {
		return
	}
	a, s := at.agent, at.set
	at.tx.limit(64 * a.t1)
	s.mu.Lock()
	rec := s.rec
	s.mu.Unlock()
	req := cancelOf(&rec, &s.path, reasonOf(at.why))
	a.work.begin()
	over := func(err error) {
		if err != nil {
			a.log.Info("CANCEL was not answered", "sip_call_id", rec.SIPCallID, "err", err)
		}
		a.work.done()
	}
	a.dispatch(&s.path, func() {
		_, err := a.start(a.life, req, 0, func(res *message, err error) {
			if err != nil || !res.provisional() {
				over(err)
			}
		})
		if err != nil {
			over(err)
		}
	})
}

// cancelOf makes the CANCEL of the INVITE on record.
func cancelOf(r *clickbridge.LegRecord, p *path, reason string) *request {
	return &request{
		ends: identify(r, ""), method: mCANCEL, uri: r.RequestURI, path: p, to: p.nextHop,
		cseq: r.CSeq, branch: r.Branch, lines: []string{reasonLine(reason)},
	}
}
