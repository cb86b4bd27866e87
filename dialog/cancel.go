package dialog

import (
	"time"

	"github.com/emiago/sipgo/sip"

	"clickbridge"
)

// abandon leaves an INVITE nobody waits for any more to the background: CANCEL
// as soon as a 1xx allows it (RFC 3261 9.1), then the final answer, which may
// still be a 200 that has to be acknowledged and hung up.
func (at *attempt) abandon(tx *sip.ClientTx, why *clickbridge.Cause) {
	at.in.Progress = nil
	at.agent.work.start(func() {
		at.seeOff(tx, why)
		at.set.release()
	})
}

// seeOff waits for the final answer of an abandoned INVITE, at most 64*T1 from
// the CANCEL, or from now where no CANCEL may be sent.
func (at *attempt) seeOff(tx *sip.ClientTx, why *clickbridge.Cause) {
	limit := time.NewTimer(64 * at.agent.t1)
	defer limit.Stop()
	cancelled := false
	cancel := func() {
		cancelled = true
		limit.Reset(64 * at.agent.t1)
		req := at.cancelRequest(why)
		at.agent.work.start(func() { at.agent.cancel(req) })
	}
	if at.heard {
		cancel()
	}
	for {
		select {
		case res := <-tx.Responses():
			switch {
			case res.IsProvisional():
				if res.StatusCode > 100 {
					at.noteEarly(res, toTag(res))
				}
				if !cancelled {
					cancel()
				}
				continue
			case res.IsSuccess():
				at.accepted(tx)
				at.set.refuse(res, &clickbridge.Cause{Class: clickbridge.CauseCanceled, Text: "answered while it was taken back"})
			default:
				at.refused(tx, res)
			}
			return
		case <-tx.Done():
			return // nothing came in 64*T1
		case <-limit.C:
			tx.Terminate()
			return
		case <-at.agent.life.Done():
			return
		}
	}
}

// cancelRequest makes the CANCEL of this round's INVITE: the same Request-URI,
// branch, tags and CSeq number (RFC 3261 9.1).
func (at *attempt) cancelRequest(why *clickbridge.Cause) *sip.Request {
	s := at.set
	s.mu.Lock()
	rec := s.rec
	s.mu.Unlock()
	req := at.agent.newRequest(sip.CANCEL, at.req.Recipient, s.path, identify(&rec, ""), rec.CSeq, rec.Branch)
	req.AppendHeader(sip.NewHeader("Reason", reasonOf(why)))
	req.SetBody(nil)
	return req
}

// cancel sends a CANCEL. Its answer says nothing about the INVITE's, which is
// awaited elsewhere.
func (a *Agent) cancel(req *sip.Request) {
	if _, err := a.transact(a.life, req); err != nil {
		a.log.Info("CANCEL was not answered", "sip_call_id", callID(req), "err", err)
	}
}
