package dialog

import (
	"github.com/emiago/sipgo/sip"

	"clickbridge"
	"clickbridge/stack"
)

// arrived sees every message in the order of the wire, in the goroutine that
// reads it: it must not block. It only books places, takes ACKs
// and notes ringing.
func (a *Agent) arrived(msg sip.Message) {
	defer a.survive("arrival")
	a.traceIn(msg)
	if res, ok := msg.(*sip.Response); ok {
		// A refusal may overtake the ringing before it, and a 408 means something
		// else then.
		if res.StatusCode >= 180 && res.StatusCode <= 189 {
			if set := a.sets.find(callID(res)); set != nil {
				set.rang.Store(true)
			}
		}
		return
	}
	req, ok := msg.(*sip.Request)
	if !ok || req.Method == sip.CANCEL {
		return
	}
	cseq := req.CSeq()
	if cseq == nil || req.Via() == nil {
		return
	}
	s := a.sessionOf(req)
	switch {
	case s == nil:
	case req.Method == sip.ACK:
		s.acked(req, cseq.SeqNo)
	default:
		s.book(cseq.SeqNo)
	}
}

// sessionOf finds the live session a request belongs to.
func (a *Agent) sessionOf(req *sip.Request) *session {
	set := a.sets.find(callID(req))
	if set == nil {
		return nil
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	if set.session == nil || set.rec.LocalTag != toTag(req) || set.session.dialog.remoteTag != fromTag(req) {
		return nil
	}
	return set.session
}

// stray takes responses no transaction waits for.
func (a *Agent) stray(res *sip.Response) {
	defer a.survive("response")
	cseq := res.CSeq()
	if cseq == nil || cseq.MethodName != sip.INVITE || res.IsProvisional() {
		return
	}
	if set := a.sets.find(callID(res)); set != nil {
		set.repeated(res)
		return
	}
	if res.IsSuccess() {
		a.log.Warn("a 2xx for no call of ours", "sip_call_id", printable(callID(res)), "from", res.Source())
	}
}

// survive keeps one bad message from taking the server along.
func (a *Agent) survive(where string) {
	if r := recover(); r != nil {
		a.log.Error("SIP message could not be handled", "where", where, "panic", r)
	}
}

// request answers what a carrier asks. It runs in a goroutine of its own for
// every request that is not a repetition.
func (a *Agent) request(req *sip.Request, tx *sip.ServerTx) {
	defer a.survive("request")
	stack.Grow()
	switch {
	case req.Method == sip.ACK:
		tx.Terminate() // it was taken on arrival; an ACK has no transaction to keep
	case req.Method == sip.CANCEL:
		a.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
	case toTag(req) != "":
		a.inDialog(req, tx)
	default:
		a.outOfDialog(req, tx)
	}
}

// inDialog answers a request with a To-tag.
func (a *Agent) inDialog(req *sip.Request, tx *sip.ServerTx) {
	if s := a.sessionOf(req); s != nil {
		s.deliver(req, tx)
		return
	}
	set := a.sets.find(callID(req))
	if req.Method == sip.BYE && set != nil && set.rec.LocalTag == toTag(req) {
		// It crossed our own BYE, is for a fork we are hanging up, or overtook the
		// answer.
		if s := set.left(fromTag(req)); s != nil {
			s.bye(req, tx)
			return
		}
		a.respond(tx, req, sip.StatusOK, "OK", nil)
		return
	}
	a.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
}

// outOfDialog answers a request that belongs to no call.
func (a *Agent) outOfDialog(req *sip.Request, tx *sip.ServerTx) {
	switch req.Method {
	case sip.OPTIONS:
		a.respond(tx, req, sip.StatusOK, "OK", nil, sip.NewHeader("Allow", allowed), sip.NewHeader("Accept", "application/sdp"))
	case sip.INVITE:
		a.respond(tx, req, sip.StatusForbidden, "No Calls Are Taken Here", nil)
	case sip.BYE, sip.INFO, sip.UPDATE, sip.PRACK:
		a.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
	default:
		a.unsupported(req, tx)
	}
}

// unsupported answers a method we do not have: 405 to those of an RFC, 501 to
// what we have never heard of (RFC 3261 8.2.1, 21.5.2).
func (a *Agent) unsupported(req *sip.Request, tx *sip.ServerTx) {
	switch req.Method {
	case sip.REGISTER, sip.SUBSCRIBE, sip.NOTIFY, sip.REFER, sip.MESSAGE, sip.PRACK, sip.PUBLISH:
		a.respond(tx, req, sip.StatusMethodNotAllowed, "Method Not Allowed", nil, sip.NewHeader("Allow", allowed))
	default:
		a.respond(tx, req, sip.StatusNotImplemented, "Not Implemented", nil, sip.NewHeader("Allow", allowed))
	}
}

// respond answers a request. The transaction keeps it for 32 s to answer
// repetitions from the response, so the request is emptied.
func (a *Agent) respond(tx *sip.ServerTx, req *sip.Request, status int, reason string, body []byte, extra ...sip.Header) *sip.Response {
	res := sip.NewResponseFromRequest(req, status, reason, body)
	for _, h := range extra {
		res.AppendHeader(h)
	}
	a.traceOut(res)
	if err := tx.Respond(res); err != nil {
		a.log.Debug("response not sent", "status", status, "err", err)
	}
	if req.Method != sip.INVITE {
		req.MessageData = sip.MessageData{}
	}
	return res
}

// handle answers one request inside the dialog, in the order of the wire.
func (s *session) handle(req *sip.Request, tx *sip.ServerTx) {
	a := s.set.agent
	s.mu.Lock()
	ended, media := s.ended, s.media
	s.mu.Unlock()
	switch {
	case req.Method == sip.BYE:
		s.bye(req, tx)
	case ended:
		a.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil)
	case headerValue(req, "require") != "":
		// Nothing beyond RFC 3261 is offered, so nothing may be required (8.2.2.3).
		a.respond(tx, req, sip.StatusBadExtension, "Bad Extension", nil, sip.NewHeader("Unsupported", headerValue(req, "require")))
	case req.Method == sip.INVITE:
		s.reinvited(req, tx, media)
	case req.Method == sip.UPDATE:
		s.updated(req, tx, media)
	case req.Method == sip.INFO:
		s.informed(req, tx)
	case req.Method == sip.OPTIONS:
		a.respond(tx, req, sip.StatusOK, "OK", nil, sip.NewHeader("Allow", allowed), sip.NewHeader("Accept", "application/sdp"))
	default:
		a.unsupported(req, tx)
	}
}

// bye ends the session the far end hung up. A BYE that crosses ours gets its
// 200 like any other (RFC 3261 15.1.2).
func (s *session) bye(req *sip.Request, tx *sip.ServerTx) {
	c := &clickbridge.Cause{Class: clickbridge.CauseHangup}
	readReasons(req, c)
	s.over(c)
	s.set.agent.respond(tx, req, sip.StatusOK, "OK", nil)
}

// informed takes a key. An INFO with nothing in it is a sign of life.
func (s *session) informed(req *sip.Request, tx *sip.ServerTx) {
	a := s.set.agent
	if len(req.Body()) == 0 {
		a.respond(tx, req, sip.StatusOK, "OK", nil)
		return
	}
	kind := headerValue(req, "content-type")
	if kind == "" {
		kind = headerValue(req, "c")
	}
	k, ok := infoKey(kind, req.Body())
	if !ok {
		a.respond(tx, req, sip.StatusUnsupportedMediaType, "Unsupported Media Type", nil,
			sip.NewHeader("Accept", "application/dtmf-relay, application/dtmf"))
		return
	}
	s.mu.Lock()
	media := s.media
	s.mu.Unlock()
	if media != nil {
		media.Key(k)
	}
	a.respond(tx, req, sip.StatusOK, "OK", nil)
}
