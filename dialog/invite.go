package dialog

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"clickbridge"
	"clickbridge/leg"
)

// attempt is one INVITE on its way to a session, 407 rounds included. It
// belongs to one goroutine: the caller's until Invite returns, then, if there is
// something to clean up, one of its own.
type attempt struct {
	agent *Agent
	set   *set
	in    leg.Invite
	req   *sip.Request      // the INVITE of this round
	heard bool              // this round had a 1xx: it may be cancelled
	early map[string][]byte // each fork's last provisional SDP
}

// Invite implements leg.Inviter.
func (a *Agent) Invite(ctx context.Context, in leg.Invite) (leg.Session, error) {
	if ctx.Err() != nil {
		return nil, causeOf(ctx)
	}
	if a.closing.Load() {
		return nil, &clickbridge.Cause{Class: clickbridge.CauseTrunkFault, Text: "the server stops"}
	}
	at, err := a.newAttempt(in)
	if err != nil {
		return nil, &clickbridge.Cause{Class: clickbridge.CauseTrunkFault, Text: err.Error()}
	}
	s, cause := at.run(ctx)
	if cause != nil {
		return nil, cause
	}
	return s, nil
}

// causeOf returns why ctx is done as a cause of ours.
func causeOf(ctx context.Context) *clickbridge.Cause {
	var c *clickbridge.Cause
	if errors.As(context.Cause(ctx), &c) {
		return c
	}
	return &clickbridge.Cause{Class: clickbridge.CauseCanceled, Text: context.Cause(ctx).Error()}
}

func (a *Agent) newAttempt(in leg.Invite) (*attempt, error) {
	p, err := a.path(in.Transport, in.NextHop)
	if err != nil {
		return nil, err
	}
	remote := "sip:" + userPart(in.Callee) + "@" + in.Host
	requestURI := remote
	if p.transport == "TCP" {
		requestURI += ";transport=tcp"
	}
	s := &set{agent: a, path: p, journal: in.Journal, media: in.Media, holds: 1, rec: clickbridge.LegRecord{
		ID: newID(), CallID: in.CallID, AttemptID: in.AttemptID, Trunk: in.Trunk,
		Agent: in.Agent, Exclusive: in.Exclusive,
		State: clickbridge.LegInviting, SIPCallID: newID(),
		LocalURI: "sip:" + userPart(in.Caller) + "@" + uriHost(p.host), LocalTag: newID(),
		RemoteURI: remote, RequestURI: requestURI,
		NextHop: in.NextHop.String(), Transport: networkOf(p), LocalAddr: p.sentBy(),
	}}
	s.auth.username, s.auth.password = in.Username, in.Password
	if in.FirstResponse <= 0 {
		in.FirstResponse = 5 * time.Second
	}
	a.sets.add(s)
	return &attempt{agent: a, set: s, in: in}, nil
}

func networkOf(p path) string {
	if p.transport == "TCP" {
		return "tcp"
	}
	return "udp"
}

// run sends the INVITE, again with credentials where that is asked for, and
// sees it to its end.
func (at *attempt) run(ctx context.Context) (*session, *clickbridge.Cause) {
	for round := 1; ; round++ {
		tx, cause := at.send(ctx)
		if cause != nil {
			at.set.release()
			return nil, cause
		}
		res, cause := at.await(ctx, tx)
		if cause != nil {
			return nil, cause
		}
		if res.IsSuccess() {
			return at.answered(ctx, tx, res)
		}
		at.refused(tx, res)
		if challenged(res) && round < maxRounds && at.set.auth.accept(res, round > 1) {
			continue
		}
		at.set.release()
		return nil, finalCause(res, at.set.rang.Load())
	}
}

// send journals the next INVITE and, once that is durable, lets it go.
func (at *attempt) send(ctx context.Context) (*sip.ClientTx, *clickbridge.Cause) {
	s := at.set
	s.mu.Lock()
	s.rec.CSeq++
	s.rec.Branch = newBranch()
	rec := s.rec
	s.mu.Unlock()
	at.heard = false
	if err := at.in.Journal.Dialing(ctx, rec); err != nil {
		if ctx.Err() != nil {
			return nil, causeOf(ctx)
		}
		var refused *clickbridge.Cause
		if errors.As(err, &refused) {
			return nil, refused // the store knows why this leg must not be
		}
		return nil, &clickbridge.Cause{Class: clickbridge.CauseFailed, Text: "the call could not be recorded: " + err.Error()}
	}
	if ctx.Err() != nil {
		return nil, causeOf(ctx)
	}
	if err := at.build(&rec); err != nil {
		return nil, &clickbridge.Cause{Class: clickbridge.CauseFailed, Text: err.Error()}
	}
	at.agent.traceOut(at.req)
	dial := ctx
	if s.path.transport == "TCP" { // its connection may not be there yet
		var cancel context.CancelFunc
		dial, cancel = context.WithTimeout(ctx, at.in.FirstResponse)
		defer cancel()
	}
	tx, err := at.agent.tx.NewClientTransaction(dial, at.req)
	if err == nil {
		tx.OnRetransmission(s.repeated)
		if err = tx.Init(); err != nil {
			tx.Terminate()
		}
	}
	switch {
	case err == nil:
		return tx, nil
	case ctx.Err() != nil:
		return nil, causeOf(ctx)
	}
	return nil, &clickbridge.Cause{Class: clickbridge.CauseTrunkFault, Text: "INVITE could not be sent: " + err.Error()}
}

// build makes the INVITE that rec describes.
func (at *attempt) build(rec *clickbridge.LegRecord) error {
	s := at.set
	var uri sip.Uri
	if err := sip.ParseUri(rec.RequestURI, &uri); err != nil {
		return err
	}
	req := at.agent.newRequest(sip.INVITE, uri, s.path, identify(rec, ""), rec.CSeq, rec.Branch)
	req.AppendHeader(sip.NewHeader("Contact", s.path.contact(userPart(at.in.Caller))))
	authorised := s.auth.headers(req)
	for _, h := range authorised {
		req.AppendHeader(h)
	}
	req.AppendHeader(sip.NewHeader("Allow", allowed))
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(at.in.Media.Offer())
	s.mu.Lock()
	s.inAuth = authorised
	s.mu.Unlock()
	at.req = req
	return nil
}

// await handles what comes before the final answer. With a cause, the INVITE
// has been left to the background.
func (at *attempt) await(ctx context.Context, tx *sip.ClientTx) (*sip.Response, *clickbridge.Cause) {
	first := time.NewTimer(at.in.FirstResponse)
	defer first.Stop()
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
			first.Stop()
			at.provisional(res)
		case <-tx.Done():
			at.set.release()
			return nil, &clickbridge.Cause{Class: clickbridge.CauseTrunkFault, Text: "INVITE failed: " + tx.Err().Error()}
		case <-first.C:
			c := &clickbridge.Cause{Class: clickbridge.CauseTrunkFault,
				Text: "no answer at all in " + strconv.FormatFloat(at.in.FirstResponse.Seconds(), 'g', 3, 64) + " s"}
			at.abandon(tx, c)
			return nil, c
		case <-ctx.Done():
			c := causeOf(ctx)
			at.abandon(tx, c)
			return nil, c
		}
	}
}

// provisional notes what a 1xx says and passes it on.
func (at *attempt) provisional(res *sip.Response) {
	at.heard = true
	tag := toTag(res)
	if res.StatusCode > 100 {
		at.noteEarly(res, tag)
	}
	early := false
	if body := res.Body(); len(body) > 0 && tag != "" {
		if err := at.in.Media.Answer(body, tag, true); err != nil {
			at.agent.log.Info("early media not usable", "sip_call_id", at.set.rec.SIPCallID, "err", err)
		} else {
			early = true
			if at.early == nil {
				at.early = make(map[string][]byte)
			}
			at.early[tag] = body
		}
	}
	if at.in.Progress != nil {
		at.in.Progress(res.StatusCode, early)
	}
}

// noteEarly puts an early dialog on record, where it is news.
func (at *attempt) noteEarly(res *sip.Response, tag string) {
	if tag == "" {
		return
	}
	s := at.set
	s.mu.Lock()
	news := s.rec.RemoteTag != tag
	if target := remoteTarget(res); target != "" && target != s.rec.RemoteTarget {
		s.rec.RemoteTarget, news = target, true
	}
	if news {
		s.rec.RemoteTag, s.rec.Routes = tag, recordRoutes(res)
	}
	rec := s.rec
	s.mu.Unlock()
	if news {
		at.in.Journal.Early(rec)
	}
}

// refused lets the transaction of a final answer above 299 go; the transaction
// has sent the ACK, repetitions are acknowledged from the set.
func (at *attempt) refused(tx *sip.ClientTx, res *sip.Response) {
	_ = tx.Err() // the ACK is out
	at.set.mu.Lock()
	cseq, branch := at.set.rec.CSeq, at.set.rec.Branch
	at.set.mu.Unlock()
	at.set.acknowledgeFinal(res, cseq, branch)
	tx.Terminate()
}

// answered makes a session of the first 2xx, or ends what it made.
func (at *attempt) answered(ctx context.Context, tx *sip.ClientTx, res *sip.Response) (*session, *clickbridge.Cause) {
	s := at.set
	tag := toTag(res)
	s.claim(tag)
	at.accepted(tx)
	defer func() { res.MessageData = sip.MessageData{} }()
	if err := at.applyAnswer(res, tag); err != nil {
		c := &clickbridge.Cause{Class: clickbridge.CauseFailed, SIPCode: res.StatusCode, Text: "answer not usable: " + err.Error()}
		s.refuse(res, c)
		s.release()
		return nil, c
	}
	s.hold() // Gone must not overtake Answered, should the far end hang up meanwhile
	defer s.release()
	s.mu.Lock()
	d := s.stateOf(res)
	s.rec.State, s.rec.RemoteTag, s.rec.RemoteTarget, s.rec.Routes = clickbridge.LegAnswered, tag, d.target, d.routes
	rec := s.rec
	ses := newSession(ctx, s, d, at.in.Media, at.in.Caller)
	s.session = ses // the INVITE's hold is the session's now
	left := slices.Contains(s.byes, tag)
	s.mu.Unlock()
	if left {
		ses.over(&clickbridge.Cause{Class: clickbridge.CauseHangup})
	}
	// On record before the ACK: until then the carrier repeats its 200, which a
	// restarted server can still hang up by.
	err := at.in.Journal.Answered(ctx, rec)
	s.acknowledge(d)
	switch {
	case ctx.Err() != nil:
		ses.Hangup(causeOf(ctx))
	case err != nil:
		ses.Hangup(&clickbridge.Cause{Class: clickbridge.CauseFailed, Text: "the answer could not be recorded: " + err.Error()})
	case at.agent.closing.Load():
		ses.Hangup(&clickbridge.Cause{Class: clickbridge.CauseDrained, Text: "the server stops"})
	}
	if ses.ctx.Err() != nil {
		return nil, causeOf(ses.ctx)
	}
	return ses, nil
}

// applyAnswer gives the negotiator the answer's SDP. Some carriers send it only
// with a provisional of the same fork.
func (at *attempt) applyAnswer(res *sip.Response, tag string) error {
	body := res.Body()
	if len(body) == 0 {
		body = at.early[tag]
	}
	if len(body) == 0 {
		return errors.New("200 without SDP")
	}
	return at.in.Media.Answer(body, tag, false)
}

// accepted lets the transaction of a 2xx go. The library's Timer M keeps the
// transaction for 32 s whatever is done, so the messages in it, 14 KB a call, are
// emptied: nothing in it reads them any more (RFC 6026's Accepted state only
// counts time). Repetitions go through the set.
func (at *attempt) accepted(tx *sip.ClientTx) {
	settled(tx)
	at.req.MessageData = sip.MessageData{}
	at.req = nil
}

// addrPort reads the ip:port of a record.
func addrPort(s string) (netip.AddrPort, error) {
	ap, err := netip.ParseAddrPort(s)
	if err == nil {
		return ap, nil
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return netip.AddrPort{}, err
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return netip.AddrPortFrom(ip, uint16(n)), err
}
