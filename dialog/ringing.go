package dialog

import (
	"strings"
)

// hear takes what comes of a round's INVITE. It runs where the socket is read.
func (at *attempt) hear(round int, res *message, err error) {
	at.mu.Lock()
	if round != at.round {
		at.mu.Unlock()
		return
	}
	waited := at.why == nil
	if waited && err == nil && res.provisional() {
		at.provisional(res)
		at.mu.Unlock()
		return
	}
	if waited {
		at.came <- incoming{res, err} // there is room: see came
	}
	at.mu.Unlock()
	if !waited {
		at.seeOff(res, err)
	}
}

// provisional notes what a 1xx says and passes it on. at.mu is held.
func (at *attempt) provisional(res *message) {
	at.heard = true
	if res.status >= 180 && res.status <= 189 {
		at.set.rang.Store(true) // a 408 means something else then
	}
	if res.status > 100 {
		at.noteEarly(res)
	}
	early := false
	if len(res.body) > 0 && res.toTag != "" {
		if err := at.in.Media.Answer(res.body, res.toTag, true); err != nil {
			at.agent.log.Info("early media not usable", "sip_call_id", at.set.rec.SIPCallID, "err", err)
		} else {
			early = true
			if at.early == nil {
				at.early = make(map[string][]byte)
			}
			at.early[res.toTag] = res.body
		}
	}
	if at.in.Progress != nil {
		at.in.Progress(res.status, early)
	}
}

// noteEarly puts an early dialog on record, where it is news.
func (at *attempt) noteEarly(res *message) {
	if res.toTag == "" {
		return
	}
	s := at.set
	s.mu.Lock()
	news := s.rec.RemoteTag != res.toTag
	if target := remoteTarget(res); target != "" && target != s.rec.RemoteTarget {
		s.rec.RemoteTarget, news = target, true
	}
	if news {
		s.rec.RemoteTag, s.rec.Routes = strings.Clone(res.toTag), recordRoutes(res)
	}
	rec := s.rec
	s.mu.Unlock()
	if news {
		at.in.Journal.Early(rec)
	}
}

// refused acknowledges a final answer above 299 (RFC 3261 17.1.1.3), and again
// when it is repeated.
func (at *attempt) refused(res *message) {
	s := at.set
	s.mu.Lock()
	branch := s.rec.Branch
	s.mu.Unlock()
	s.acknowledgeFinal(res, branch)
}
