package callflow

import (
	"context"
	"log/slog"
	"time"

	"clickbridge"
	"clickbridge/hunt"
	"clickbridge/leg"
	"clickbridge/stack"
)

// hunted is how a hunt came out: an agent who accepted, or exhausted, or cut
// short for a cause.
type hunted struct {
	agent     leg.Leg
	exhausted bool
	cause     *clickbridge.Cause // why it was cut short
}

// hunt works through the list while someone waits (type 1) or nobody does. The
// first accept wins, and is committed before anybody is told; so is every
// verdict but those of the hunt's end: whoever comes next commits them, with
// what that end owes.
func (f *flow) hunt(waiting leg.Leg) hunted {
	f.call.State = clickbridge.CallHunting
	if waiting != nil && !alive(waiting) {
		return hunted{cause: errCallerLeft}
	}
	s := newSearch(f, waiting)
	cut := f.ctx.Done()
	s.do(hunt.Event{Kind: hunt.Start}, tried{})
	if !s.machine.Over() {
		s.hold.begin()
	}
	for !s.machine.Over() {
		select {
		case t := <-s.tries:
			s.tried(t)
		case <-s.hold.over():
			s.hold.next()
		case <-s.left:
			s.stop(errCallerLeft)
		case <-cut:
			s.stop(clickbridge.CauseOf(context.Cause(f.ctx)))
		}
	}
	return s.result
}

// Why a try is taken back. They are compared, and never changed.
var (
	errTaken      = canceled("another agent accepted")
	errHuntOver   = canceled("the hunt is over")
	errCallerLeft = canceled("the caller hung up")
	errWon        = released("the call is theirs")
)

// search drives one hunt machine.
type search struct {
	f       *flow
	machine *hunt.Hunt
	left    <-chan struct{} // who waits hung up; nil when nobody waits
	hold    *hold           // nil when nobody waits
	tries   chan tried      // has room for one report of each line
	runs    []run           // by line
	why     *clickbridge.Cause
	result  hunted
}

// run is the last try of a line.
type run struct {
	cancel  context.CancelCauseFunc
	journal *journal
	over    bool // it has reported
}

func newSearch(f *flow, waiting leg.Leg) *search {
	n := len(f.findMe.Numbers)
	s := &search{f: f, machine: hunt.New(f.plan()), tries: make(chan tried, n), runs: make([]run, n)}
	if waiting != nil {
		s.left = waiting.Context().Done()
		s.hold = f.newHold(waiting)
	}
	return s
}

func (s *search) stop(why *clickbridge.Cause) {
	s.why = why
	s.do(hunt.Event{Kind: hunt.Stop}, tried{})
}

// do feeds the machine and carries out what it asks for; t is the try the event
// is about. Those who ring in vain hear of it last: an accept must be on record
// by then.
func (s *search) do(e hunt.Event, t tried) {
	var lost []int
	for _, a := range s.machine.Step(e) {
		switch a.Kind {
		case hunt.Dial:
			s.dial(a)
		case hunt.Skip:
			s.skip(a)
		case hunt.Cancel:
			lost = append(lost, a.Index)
		case hunt.Won:
			s.accept(t)
		case hunt.Exhausted:
			s.result.exhausted = true
		case hunt.Stopped:
			s.result.cause = s.why
		}
	}
	for _, i := range lost {
		s.runs[i].cancel(s.why)
	}
	for _, i := range lost {
		s.lose(i)
	}
	if !s.machine.Over() && len(s.f.unsaved) > 0 && len(s.tries) == 0 {
		s.keep()
	}
}

// tried takes one try's report.
func (s *search) tried(t tried) {
	f := s.f
	f.settle(t.attempt)
	f.emitFor(&t.attempt, eventOf(t.attempt.Result), describe(t.attempt))
	s.runs[t.index].over = true
	if t.accepted {
		s.why = errTaken
		s.runs[t.index].cancel(errWon) // the leg is ours from here on
		s.do(hunt.Event{Kind: hunt.Accepted, Index: t.index}, t)
		return
	}
	s.runs[t.index].cancel(nil) // else the conductor would remember it for ever
	if why := s.cutShort(); why != nil {
		s.stop(why) // and ring nobody else
		return
	}
	s.why = errHuntOver
	s.do(hunt.Event{Kind: hunt.Ended, Index: t.index, Result: t.attempt.Result}, t)
}

// cutShort says why nobody waits any more; nil while somebody does.
func (s *search) cutShort() *clickbridge.Cause {
	select {
	case <-s.left:
		return errCallerLeft
	default:
	}
	if s.f.ctx.Err() != nil {
		return clickbridge.CauseOf(context.Cause(s.f.ctx))
	}
	return nil
}

// keepFor bounds how long the hunt waits for a verdict's commit: meanwhile it
// does not hear that the caller has left.
const keepFor = 2 * time.Second

// keep commits verdicts while the hunt goes on; a store that does not answer
// now is asked again at the next fact.
func (s *search) keep() {
	f := s.f
	ctx, cancel := context.WithTimeout(f.uncut, keepFor)
	defer cancel()
	if err := f.Calls.Save(ctx, f.call, f.unsaved, nil); err != nil {
		f.log().Warn("attempt not committed yet", "err", err)
		return
	}
	f.unsaved = f.unsaved[:0]
}

// accept commits who took the call, before anyone is told. Where somebody
// waits and nothing is to be said first, the bridge is the very next thing, and
// one commit tells both.
func (s *search) accept(t tried) {
	f := s.f
	now := time.Now()
	f.call.AcceptedAt, f.call.HuntEnded = now, now
	if s.hold != nil && !f.announces() {
		f.call.State, f.call.BridgedAt = clickbridge.CallBridged, now
	}
	f.call.Agent, f.call.AgentName = t.attempt.Number, t.attempt.Name
	s.result.agent = t.leg
	if f.commit(nil) {
		f.info("accepted", slog.String("agent", string(f.call.Agent)))
	}
}

// dial starts one try in a goroutine of its own, which alone owns what comes of
// it until it reports, and a leg that did not get the call until it is gone.
func (s *search) dial(a hunt.Action) {
	f := s.f
	attempt := f.newListed(a)
	ctx, cancel := context.WithCancelCause(f.ctx)
	j := newJournal(f.Calls, attempt, f.findMe.Numbers[a.Index].Extension)
	before := s.before(a.Index)
	s.runs[a.Index] = run{cancel: cancel, journal: j}
	s.hold.attempt()
	f.beside.Go(func() {
		stack.Grow()
		if before != nil {
			before.await(ctx)
		}
		t := f.try(ctx, j, a)
		s.tries <- t
		f.part(ctx, t)
	})
}

// before returns the last try of the same number, which is over by now: the
// machine never rings a number twice at once. nil = none.
func (s *search) before(index int) (last *journal) {
	numbers := s.f.findMe.Numbers
	for i := range s.runs {
		j := s.runs[i].journal
		if j != nil && numbers[i].Number == numbers[index].Number && (last == nil || last.attempt.Seq < j.attempt.Seq) {
			last = j
		}
	}
	return last
}

// skip keeps an attempt that was not dialled.
func (s *search) skip(a hunt.Action) {
	f := s.f
	attempt := verdict(f.newListed(a), a.Result, nil)
	f.settle(attempt)
	f.emitFor(&attempt, clickbridge.EventAttemptEnded, describe(attempt))
}

// lose settles a try that was taken back. Its own verdict, should it still
// report one, comes too late.
func (s *search) lose(index int) {
	f, r := s.f, s.runs[index]
	if r.over {
		return
	}
	attempt := verdict(r.journal.close(), s.why.AttemptResult(), s.why)
	f.settle(attempt)
	f.emitFor(&attempt, clickbridge.EventAttemptEnded, describe(attempt))
}

// newListed returns a new attempt on a line of the list.
func (f *flow) newListed(a hunt.Action) clickbridge.Attempt {
	n := &f.findMe.Numbers[a.Index]
	attempt := f.newAttempt(clickbridge.PartyFindMe, n.Number)
	attempt.Name, attempt.Pass = n.Name, a.Pass
	return attempt
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
