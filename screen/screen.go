// Package screen is the small talk with a person on one leg before a call is
// theirs: the agent who answered is asked whether they take it, an extension is
// keyed to reach them, a caller says their name. Answer is not accept; a
// voicemail cannot press 1. The package decides nothing about the call: it says
// what the person decided, and callflow acts.
package screen

import (
	"context"
	"time"

	"clickbridge"
	"clickbridge/leg"
)

// Keys are those that decide; every other key is ignored.
type Keys struct {
	Accept, Decline leg.Key // 0 = 1 and 2
	Pass, OptOut    leg.Key // 0 = none
}

// The keys of a question that names none.
const (
	AcceptKey  leg.Key = '1'
	DeclineKey leg.Key = '2'
)

// WithDefaults returns the keys with none missing that must be there.
func (k Keys) WithDefaults() Keys {
	if k.Accept == 0 {
		k.Accept = AcceptKey
	}
	if k.Decline == 0 {
		k.Decline = DeclineKey
	}
	return k
}

// Default times.
const (
	// DefaultAcceptTime is how long a person has to decide, counted from the
	// answer.
	DefaultAcceptTime = 15 * time.Second
	// DefaultTryTime is how long after each of a counted number of questions.
	DefaultTryTime = 5 * time.Second
)

// pause is the silence between one playing of the question and the next, and
// what is left to decline who is to take the call unasked.
const pause = 2 * time.Second

// Question is what the person hears and how long they may think. It is put in
// one of three ways: again and again until Time is over; Tries times with
// TryTime after each, counted from the end of the playing; or, with Take, once.
type Question struct {
	First []*leg.Clip // who is calling and which keys to press
	Again []*leg.Clip // every later time
	Keys  Keys
	Time  time.Duration // from the call of Ask; 0 = DefaultAcceptTime
	Tries int           // 0 = until Time is over
	// TryTime is used with Tries only; 0 = DefaultTryTime.
	TryTime time.Duration
	// Take makes silence an accept: who heard the question and did not decline
	// has the call. Without First nothing is asked at all.
	Take bool
	// Machine tells once whether a machine answered. nil = nobody listens. Who
	// has not pressed a key is not taken before it has told.
	Machine <-chan bool
}

// Ask puts the question and returns nil when the person accepted. Otherwise the
// *clickbridge.Cause says why not: CauseDeclined, CausePassed, CauseOptedOut,
// CauseMachine, CauseNotAccepted (no key in time, or hung up before one), or the
// cause of ctx. Ask neither hangs up nor keeps anything playing when it returns.
func Ask(ctx context.Context, l leg.Leg, q Question) *clickbridge.Cause {
	d := dialogue{Question: q, media: l.Media()}
	defer d.media.Stop()
	d.begin()
	defer d.stop()
	for !d.over {
		select {
		case k := <-d.media.Keys():
			d.key(k)
		case <-d.played:
			d.think()
		case <-d.next:
			d.repeat()
		case <-d.deadline:
			d.refuse(clickbridge.CauseNotAccepted, "answered, no key pressed")
		case machine := <-d.Machine:
			d.heard(machine)
		case <-l.Context().Done():
			return gone(ctx, l)
		case <-ctx.Done():
			return clickbridge.CauseOf(context.Cause(ctx))
		}
	}
	return d.verdict
}

// dialogue is one question being put.
type dialogue struct {
	Question
	media    leg.Media
	timer    *time.Timer      // of the deadline
	deadline <-chan time.Time // nil where the tries are counted
	played   <-chan struct{}  // the clips have been played
	next     <-chan time.Time // the thinking is over
	put      int              // how often so far
	silent   bool             // it is to be taken once Machine has told
	over     bool
	verdict  *clickbridge.Cause // nil = accepted
}

func (d *dialogue) begin() {
	d.Keys = d.Keys.WithDefaults()
	if d.TryTime == 0 {
		d.TryTime = DefaultTryTime
	}
	if d.Time == 0 {
		d.Time = DefaultAcceptTime
	}
	if d.Tries == 0 && !d.Take {
		d.timer = time.NewTimer(d.Time)
		d.deadline = d.timer.C
	}
	if d.Take && len(d.First) == 0 {
		d.take()
		return
	}
	d.played = d.media.Play(d.First, false)
}

func (d *dialogue) stop() {
	if d.timer != nil {
		d.timer.Stop()
	}
}

func (d *dialogue) key(k leg.Key) {
	switch k {
	case d.Keys.Accept:
		d.accept()
	case d.Keys.Decline:
		d.refuse(clickbridge.CauseDeclined, "pressed "+string(k))
	case d.Keys.Pass:
		d.refuse(clickbridge.CausePassed, "passed on with "+string(k))
	case d.Keys.OptOut:
		d.refuse(clickbridge.CauseOptedOut, "opted out with "+string(k))
	}
}

// think waits for a key once the question has been played.
func (d *dialogue) think() {
	d.put++
	wait := pause
	if d.Tries > 0 && !d.Take {
		wait = d.TryTime
	}
	d.played, d.next = nil, time.After(wait)
}

func (d *dialogue) repeat() {
	d.next = nil
	switch {
	case d.Take:
		d.take()
	case d.Tries > 0 && d.put >= d.Tries:
		d.refuse(clickbridge.CauseNotAccepted, "answered, no key pressed")
	default:
		d.played = d.media.Play(d.Again, false)
	}
}

// take accepts for the person, unless it may yet be a machine.
func (d *dialogue) take() {
	if d.Machine == nil {
		d.accept()
	}
	d.silent = true
}

func (d *dialogue) heard(machine bool) {
	d.Machine = nil
	switch {
	case machine:
		d.refuse(clickbridge.CauseMachine, "a machine answered")
	case d.silent:
		d.accept()
	}
}

func (d *dialogue) accept() { d.over = true }

func (d *dialogue) refuse(class clickbridge.CauseClass, text string) {
	d.over, d.verdict = true, &clickbridge.Cause{Class: class, Text: text}
}

// gone says what a leg's end means here: a cancelled call stays cancelled, any
// other end is a person who left without pressing a key.
func gone(ctx context.Context, l leg.Leg) *clickbridge.Cause {
	if ctx.Err() != nil {
		return clickbridge.CauseOf(context.Cause(ctx))
	}
	c := *clickbridge.CauseOf(context.Cause(l.Context()))
	c.Class = clickbridge.CauseNotAccepted
	if c.Text == "" {
		c.Text = "hung up before pressing a key"
	}
	return &c
}
