package callflow

import (
	"context"
	"time"

	"clickbridge"
	"clickbridge/hunt"
	"clickbridge/leg"
	"clickbridge/prompt"
	"clickbridge/screen"
	"clickbridge/stack"
)

// hunted is how a hunt came out: an agent who accepted, or exhausted, or cut
// short for a cause.
type hunted struct {
	agent     leg.Leg
	exhausted bool
	cause     *clickbridge.Cause // why it was cut short
}

// hunt works through the list while someone waits (type 1) or nobody does. An
// accept is committed before hunt returns it, and so is every verdict but those
// of a hunt that found nobody: its end is committed by the caller, with what it
// owes.
func (f *flow) hunt(waiting leg.Leg) hunted {
	f.call.State = clickbridge.CallHunting
	s := newSearch(f, waiting)
	defer s.close()
	cut := f.ctx.Done()
	s.do(hunt.Event{Kind: hunt.Start})
	for !s.over() {
		select {
		case t := <-s.tries:
			s.tried(t)
		case <-s.greeted:
			s.greeted = nil
			waiting.Media().Play(prompt.Hold(), true)
		case <-s.left:
			s.stop(canceled("the caller hung up"))
		case <-cut:
			cut = nil
			s.stop(clickbridge.CauseOf(context.Cause(f.ctx)))
		}
	}
	return s.result
}

// search drives one hunt machine.
type search struct {
	f       *flow
	machine *hunt.Hunt
	left    <-chan struct{} // who waits hung up; nil when nobody waits
	greeted <-chan struct{} // the greeting has been played
	tries   chan tried
	running map[int]context.CancelCauseFunc
	before  map[clickbridge.Number]*journal // the last try of each number
	stopped *clickbridge.Cause
	result  hunted
}

func newSearch(f *flow, waiting leg.Leg) *search {
	s := &search{
		f: f, machine: hunt.New(hunt.Plan{List: *f.findMe}),
		tries:   make(chan tried, len(f.findMe.Numbers)),
		running: map[int]context.CancelCauseFunc{},
		before:  map[clickbridge.Number]*journal{},
	}
	if waiting != nil {
		s.left = waiting.Context().Done()
		s.greeted = waiting.Media().Play(prompt.Greeting(), false)
	}
	return s
}

// over reports whether the machine is done and every try has reported.
func (s *search) over() bool { return s.machine.Over() && len(s.running) == 0 }

func (s *search) close() {
	for _, cancel := range s.running {
		cancel(canceled("the hunt is over"))
	}
}

func (s *search) stop(why *clickbridge.Cause) {
	s.left = nil
	if s.stopped != nil {
		return
	}
	s.stopped = why
	s.do(hunt.Event{Kind: hunt.Stop})
}

// do feeds the machine and carries out what it asks for.
func (s *search) do(e hunt.Event) {
	for _, a := range s.machine.Step(e) {
		switch a.Kind {
		case hunt.Dial:
			s.dial(a)
		case hunt.Cancel:
			s.running[a.Index](s.why())
		case hunt.Exhausted:
			s.result.exhausted = true
		case hunt.Stopped:
			s.result.cause = s.why()
		}
	}
}

func (s *search) why() *clickbridge.Cause {
	if s.stopped != nil {
		return s.stopped
	}
	return canceled("another agent accepted")
}

// tried takes one try's verdict. An accept that comes when the hunt has been
// stopped is let go.
func (s *search) tried(t tried) {
	f := s.f
	s.running[t.index](nil) // else the conductor would remember it for ever
	delete(s.running, t.index)
	f.settle(t.attempt)
	f.emitFor(&t.attempt, eventOf(t.attempt.Result), describe(t.attempt))
	if t.leg == nil {
		if !s.machine.Over() && len(f.findMe.Numbers)*f.findMe.LoopCount > 1 {
			s.keep()
		}
		s.do(hunt.Event{Kind: hunt.Ended, Index: t.index, Result: t.attempt.Result})
		return
	}
	if s.machine.Over() || s.stopped != nil {
		t.leg.Hangup(s.why())
		return
	}
	s.do(hunt.Event{Kind: hunt.Accepted, Index: t.index})
	s.accept(t)
}

// keepFor bounds how long the hunt waits for a verdict's commit: meanwhile it
// does not hear that the caller has left.
const keepFor = 2 * time.Second

// keep commits a verdict while the hunt goes on; a store that does not answer
// now is asked again at the next fact.
func (s *search) keep() {
	f := s.f
	ctx, cancel := context.WithTimeout(context.WithoutCancel(f.ctx), keepFor)
	defer cancel()
	if err := f.Calls.Save(ctx, f.call, f.unsaved, nil); err != nil {
		f.log().Warn("attempt not committed yet", "err", err)
		return
	}
	f.unsaved = f.unsaved[:0]
}

// accept commits who took the call, before anyone is told. Where somebody
// waits, the bridge is the very next thing, and one commit tells both.
func (s *search) accept(t tried) {
	f := s.f
	now := time.Now()
	f.call.AcceptedAt, f.call.HuntEnded = now, now
	if s.left != nil {
		f.call.State, f.call.BridgedAt = clickbridge.CallBridged, now
	}
	f.call.Agent, f.call.AgentName = t.attempt.Number, t.attempt.Name
	s.result.agent = t.leg
	if f.commit(nil) {
		f.info("accepted", "agent", f.call.Agent)
	}
}

// dial starts one try in a goroutine of its own, which alone owns the attempt
// until it reports.
func (s *search) dial(a hunt.Action) {
	f := s.f
	number := f.findMe.Numbers[a.Index]
	attempt := f.newAttempt(clickbridge.PartyFindMe, number.Number)
	attempt.Name, attempt.Pass = number.Name, a.Pass
	ctx, cancel := context.WithCancelCause(f.ctx)
	s.running[a.Index] = cancel
	j, before := newJournal(f.Calls, attempt), s.before[number.Number]
	s.before[number.Number] = j
	go func() {
		stack.Grow()
		if before != nil {
			before.await(ctx)
		}
		s.tries <- f.try(ctx, j, a)
	}()
}

// tried is one try's report: a live leg means accepted.
type tried struct {
	index   int
	attempt clickbridge.Attempt
	leg     leg.Leg
}

// try rings one number and asks whoever answers.
func (f *flow) try(ctx context.Context, j *journal, act hunt.Action) tried {
	a := j.begin()
	l, err := f.Dialer.Dial(ctx, leg.Order{
		CallID: f.call.ID, AttemptID: a.ID, To: a.Number, CallerID: f.call.HuntCallerID(),
		Country: f.home(), RingTime: act.Ring, Journal: j,
		Progress: func(p leg.Progress) { f.progress(&a, p) },
	})
	known := j.close()
	if err != nil {
		cause := clickbridge.CauseOf(err)
		return tried{index: act.Index, attempt: verdict(known, cause.AttemptResult(), cause)}
	}
	f.emitFor(&known, clickbridge.EventScreening, "")
	cause := screen.Ask(ctx, l, screen.Question{
		First: prompt.Screen(f.call.Phone, f.home()), Again: prompt.ScreenAgain(), Time: f.limits.AcceptTime,
	})
	if cause == nil {
		return tried{index: act.Index, attempt: verdict(known, clickbridge.AttemptAccepted, nil), leg: l}
	}
	l.Hangup(cause)
	return tried{index: act.Index, attempt: verdict(known, cause.AttemptResult(), cause)}
}

func eventOf(r clickbridge.AttemptResult) clickbridge.EventKind {
	if r == clickbridge.AttemptAccepted {
		return clickbridge.EventAccepted
	}
	return clickbridge.EventAttemptEnded
}

// describe words a verdict for people.
func describe(a clickbridge.Attempt) string {
	if a.Text == "" || a.Text == string(a.Result) {
		return string(a.Result)
	}
	return string(a.Result) + " (" + a.Text + ")"
}
