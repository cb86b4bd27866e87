package callflow

import (
	"context"
	"sync"
	"time"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/prompt"
)

// dial is a party to be reached without screening.
type dial struct {
	party    clickbridge.Party
	number   clickbridge.Number
	callerID clickbridge.Number
}

func (f *flow) dialPhone() dial {
	return dial{clickbridge.PartyPhone, f.call.Phone, f.call.PhoneCallerID()}
}

// dialTransfer is the number off the list that need not accept: it takes the
// agents' place, and sees what they see.
func (f *flow) dialTransfer(to clickbridge.Number) dial {
	f.emit(clickbridge.Event{Kind: clickbridge.EventTransferring, Number: to})
	return dial{clickbridge.PartyTransfer, to, f.call.HuntCallerID()}
}

// reach dials a party that need not accept. Whoever waits meanwhile hears
// ringback, then the far end's early media; their hang-up takes the dial back.
func (f *flow) reach(d dial, waiting leg.Leg) (leg.Leg, *clickbridge.Cause) {
	ctx, cancel := context.WithCancelCause(f.ctx)
	defer cancel(nil)
	var ear *ear
	if waiting != nil {
		defer context.AfterFunc(waiting.Context(), func() { cancel(canceled("who waited hung up")) })()
		waiting.Media().Play(prompt.Ringback(f.home()), true)
		ear = newEar(ctx, waiting.Media())
		defer ear.close()
	}
	a := f.newAttempt(d.party, d.number)
	j := newJournal(f.Calls, a, "")
	j.begin()
	l, err := f.Dialer.Dial(ctx, leg.Order{
		CallID: f.call.ID, AttemptID: a.ID, To: d.number, CallerID: d.callerID,
		Country: f.home(), RingTime: f.limits.RingTime, Journal: j,
		Progress: func(p leg.Progress) {
			f.progress(&a, p)
			if ear != nil && p.Early != nil {
				ear.listen(p.Early)
			}
		},
	})
	a = j.close()
	if err == nil && waiting != nil && !alive(waiting) {
		err = canceled("who waited hung up")
		l.Hangup(clickbridge.CauseOf(err))
	}
	if err != nil {
		cause := clickbridge.CauseOf(err)
		f.settle(verdict(a, cause.AttemptResult(), cause))
		f.emitFor(&a, clickbridge.EventAttemptEnded, f.attempts[len(f.attempts)-1].Text)
		return nil, cause
	}
	f.settle(verdict(a, clickbridge.AttemptAnswered, nil))
	f.emitFor(&a, clickbridge.EventAnswered, "")
	return l, nil
}

func (f *flow) newAttempt(p clickbridge.Party, n clickbridge.Number) clickbridge.Attempt {
	f.seq++
	return clickbridge.Attempt{
		ID: clickbridge.NewAttemptID(), CallID: f.call.ID, Seq: f.seq,
		Party: p, Number: n, StartedAt: time.Now(),
	}
}

// verdict closes an attempt.
func verdict(a clickbridge.Attempt, r clickbridge.AttemptResult, c *clickbridge.Cause) clickbridge.Attempt {
	a.Result, a.EndedAt = r, time.Now()
	switch r {
	case clickbridge.AttemptNotOnShift, clickbridge.AttemptOnAnotherCall:
		a.EndedAt, a.Trunk = a.StartedAt, "" // nothing was sent
	}
	if !a.AnsweredAt.IsZero() {
		a.SIPCode = 200 // what the INVITE was answered, whatever became of the leg
	}
	if c != nil {
		a.Text = c.Text
		if c.SIPCode != 0 {
			a.SIPCode = c.SIPCode
		}
	}
	return a
}

// progress tells watchers what a far end says before it answers. It runs on
// the dialler's goroutine and touches nothing of the flow's.
func (f *flow) progress(a *clickbridge.Attempt, p leg.Progress) {
	switch {
	case p.SIPCode == 0:
		f.emitFor(a, clickbridge.EventDialing, p.Trunk)
	case p.Early != nil:
		f.emitFor(a, clickbridge.EventEarlyMedia, "")
	case p.SIPCode >= 180:
		f.emitFor(a, clickbridge.EventRinging, "")
	}
}

// ear lets someone who waits hear a far end's early media, but only once there
// is any: a 183 that brings no audio must not replace ringback by silence.
type ear struct {
	ctx   context.Context
	media leg.Media

	mu     sync.Mutex
	source leg.Media
	closed bool
}

func newEar(ctx context.Context, m leg.Media) *ear { return &ear{ctx: ctx, media: m} }

// earEvery is how often a silent early stream is looked at.
const earEvery = 100 * time.Millisecond

func (e *ear) listen(source leg.Media) {
	e.mu.Lock()
	first := e.source == nil
	e.source = source
	e.mu.Unlock()
	if first {
		go e.wait()
	}
}

func (e *ear) wait() {
	tick := time.NewTicker(earEvery)
	defer tick.Stop()
	for !e.try() {
		select {
		case <-tick.C:
		case <-e.ctx.Done():
			return
		}
	}
}

// try switches over when audio has come; true ends the waiting.
func (e *ear) try() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return true
	}
	if e.source.Stats().PacketsIn == 0 {
		return false
	}
	e.media.Hear(e.source)
	return true
}

// close makes sure that nothing is switched any more: the bridge comes next.
func (e *ear) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
}
