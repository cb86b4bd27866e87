package dialog

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/trace"
)

// attempt is one INVITE on its way to a session, 407 rounds included. Provisional
// answers are taken where the socket is read; the final one by the goroutine that
// called Invite, or, when that has gone, where it is read too.
type attempt struct {
	agent *Agent
	set   *set
	in    leg.Invite
	tx    *clientTx     // of this round
	came  chan incoming // a final answer or none, and errQuiet: at most two a round

	mu        sync.Mutex
	round     int                // of challenges; what comes late of one that is over is not heard
	why       *clickbridge.Cause // nobody waits any more; nil while somebody does
	heard     bool               // this round had a 1xx: it may be cancelled
	cancelled bool
	early     map[string][]byte // each fork's last provisional SDP
}

type incoming struct {
	res *message
	err error
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
	p.about = trace.About{Call: in.CallID, Attempt: in.AttemptID, Trunk: in.Trunk}
	remote := "sip:" + userPart(in.Callee) + "@" + in.Host
	requestURI := remote
	if p.tcp {
		requestURI += ";transport=tcp"
	}
	s := &set{agent: a, path: p, journal: in.Journal, media: in.Media, holds: 1, rec: clickbridge.LegRecord{
		ID: newID(), CallID: in.CallID, AttemptID: in.AttemptID, Trunk: in.Trunk,
		Agent: in.Agent, Exclusive: in.Exclusive,
		State: clickbridge.LegInviting, SIPCallID: newID(),
		LocalURI: "sip:" + userPart(in.Caller) + "@" + uriHost(p.host), LocalTag: newID(),
		RemoteURI: remote, RequestURI: requestURI,
		NextHop: in.NextHop.String(), Transport: p.network(), LocalAddr: p.sentBy,
	}}
	s.auth.username, s.auth.password = in.Username, in.Password
	if in.FirstResponse <= 0 {
		in.FirstResponse = 5 * time.Second
	}
	a.sets.add(s.rec.SIPCallID, s)
	return &attempt{agent: a, set: s, in: in, came: make(chan incoming, 2)}, nil
}

// run sends the INVITE, again with credentials where that is asked for, and
// sees it to its end.
func (at *attempt) run(ctx context.Context) (*session, *clickbridge.Cause) {
	for round := 1; ; round++ {
		if cause := at.send(ctx); cause != nil {
			at.set.release()
			return nil, cause
		}
		res, cause := at.await(ctx)
		if cause != nil {
			return nil, cause
		}
		if res.success() {
			return at.answered(ctx, res)
		}
		at.refused(res)
		if challenged(res) && round < maxRounds && at.set.auth.accept(res, round > 1) {
			continue
		}
		at.set.release()
		return nil, finalCause(res, at.set.rang.Load())
	}
}

// send journals the next INVITE and, once that is durable, lets it go.
func (at *attempt) send(ctx context.Context) *clickbridge.Cause {
	s := at.set
	s.mu.Lock()
	s.rec.CSeq++
	s.rec.Branch = newBranch()
	rec := s.rec
	s.mu.Unlock()
	at.mu.Lock()
	at.heard = false
	at.round++
	round := at.round
	at.mu.Unlock()
	if err := at.in.Journal.Dialing(ctx, rec); err != nil {
		var refused *clickbridge.Cause
		switch {
		case ctx.Err() != nil:
			return causeOf(ctx)
		case errors.As(err, &refused):
			return refused // the store knows why this leg must not be
		}
		return &clickbridge.Cause{Class: clickbridge.CauseFailed, Text: "the call could not be recorded: " + err.Error()}
	}
	if ctx.Err() != nil {
		return causeOf(ctx)
	}
	dial := ctx
	if s.path.tcp { // its connection may not be there yet
		var cancel context.CancelFunc
		dial, cancel = context.WithTimeout(ctx, at.in.FirstResponse)
		defer cancel()
	}
	tx, err := at.agent.start(dial, at.build(&rec), at.in.FirstResponse, func(res *message, err error) { at.hear(round, res, err) })
	switch {
	case err == nil:
		at.tx = tx
		return nil
	case ctx.Err() != nil:
		return causeOf(ctx)
	}
	return &clickbridge.Cause{Class: clickbridge.CauseTrunkFault, Text: "INVITE could not be sent: " + err.Error()}
}

// build makes the INVITE that rec describes.
func (at *attempt) build(rec *clickbridge.LegRecord) *request {
	s := at.set
	authorised := s.auth.headers(mINVITE, rec.RequestURI)
	s.mu.Lock()
	s.inAuth = authorised
	s.mu.Unlock()
	lines := append([]string{s.path.contact(userPart(at.in.Caller)), allowed, sdpType}, authorised...)
	return &request{
		ends: identify(rec, ""), method: mINVITE, uri: rec.RequestURI, path: &s.path, to: s.path.nextHop,
		cseq: rec.CSeq, branch: rec.Branch, lines: lines, body: at.in.Media.Offer(),
	}
}

// await waits for the final answer. With a cause, the INVITE has been left to
// the background.
func (at *attempt) await(ctx context.Context) (*message, *clickbridge.Cause) {
	select {
	case came := <-at.came:
		switch came.err {
		case nil:
			return came.res, nil
		case errQuiet:
			c := &clickbridge.Cause{Class: clickbridge.CauseTrunkFault,
				Text: "no answer at all in " + strconv.FormatFloat(at.in.FirstResponse.Seconds(), 'g', 3, 64) + " s"}
			at.abandon(c)
			return nil, c
		}
		at.set.release()
		return nil, &clickbridge.Cause{Class: clickbridge.CauseTrunkFault, Text: "INVITE failed: " + came.err.Error()}
	case <-ctx.Done():
		c := causeOf(ctx)
		at.abandon(c)
		return nil, c
	}
}

// answered makes a session of the first 2xx, or ends what it made.
func (at *attempt) answered(ctx context.Context, res *message) (*session, *clickbridge.Cause) {
	s := at.set
	tag := strings.Clone(res.toTag)
	s.claim(tag)
	if err := at.applyAnswer(res, tag); err != nil {
		c := &clickbridge.Cause{Class: clickbridge.CauseFailed, SIPCode: res.status, Text: "answer not usable: " + err.Error()}
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
func (at *attempt) applyAnswer(res *message, tag string) error {
	body := res.body
	if len(body) == 0 {
		at.mu.Lock()
		body = at.early[tag]
		at.mu.Unlock()
	}
	if len(body) == 0 {
		return errors.New("200 without SDP")
	}
	return at.in.Media.Answer(body, tag, false)
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
