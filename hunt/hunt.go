// Package hunt says who is rung next. It is a pure machine: no clock, no
// goroutine, no I/O, no chance of its own (Arrange gets a seed). callflow feeds
// it what happened and does what it answers; docs/states.md draws it.
//
// A hunt rings the numbers of a FindMe in the order Arrange drew, as many at
// once as the list says, for as many passes as its loop count says. The next
// number begins as soon as one ends; the next pass when nobody of the last one
// rings any more, so that a number that was busy is not asked again within the
// second. Who declined or opted out is left out from then on; agents behind one
// number are told apart by their extension.
package hunt

import (
	"fmt"
	"time"

	"clickbridge"
)

// EventKind names what happened.
type EventKind int

// What can happen to a hunt.
const (
	Start    EventKind = iota // begin; the first event, once
	Ended                     // the attempt on Index ended with Result, not accepted
	Accepted                  // who answered on Index accepted
	Stop                      // nobody waits any more: end it
)

// Event is something that happened.
type Event struct {
	Kind   EventKind
	Index  int // of the number in the list
	Result clickbridge.AttemptResult
}

// ActionKind names what is to be done.
type ActionKind int

// What a hunt asks for.
const (
	Dial      ActionKind = iota // wait Delay, then ring Index for Ring, as part of Pass
	Skip                        // Index is not dialled: note an attempt with Result
	Cancel                      // stop ringing Index, or waiting for it
	Won                         // Index accepted; the hunt is over
	Exhausted                   // nobody accepted; the hunt is over
	Stopped                     // it was stopped; the hunt is over
)

// AcceptMode says when the answer to a dial is an accept.
type AcceptMode int

// The modes.
const (
	Ask         AcceptMode = iota // when the accept key is pressed
	AskThenTake                   // also when the questions were put and no key was pressed
	Take                          // at once: nothing is asked
)

// Action is something to do.
type Action struct {
	Kind   ActionKind
	Index  int
	Pass   int // from 1
	Delay  time.Duration
	Ring   time.Duration
	Accept AcceptMode
	Result clickbridge.AttemptResult
}

// Plan is what one hunt goes by.
type Plan struct {
	List clickbridge.FindMe
	// Order holds the order of each pass, as Arrange drew it; passes beyond the
	// last use the last. nil is the order as written. A line that is not in an
	// order is not rung in that pass.
	Order [][]int
	// Off are the lines that must not be dialled, and what their attempts are
	// called. Each is skipped once, when its turn comes in the first pass.
	Off map[int]clickbridge.AttemptResult
}

// Hunt is one hunt's state. Make it with New.
type Hunt struct {
	plan    Plan
	pass    int   // the pass under way, from 1; 0 before the start
	todo    []int // lines of this pass whose turn has not come
	ringing map[int]bool
	engaged map[clickbridge.Number]bool // numbers that ring
	refused map[clickbridge.Number]bool // who declined, and numbers that opted out, in this hunt
	over    bool
}

// New returns a hunt by the plan, which must not change meanwhile.
func New(p Plan) *Hunt {
	if p.Order == nil {
		p.Order = [][]int{active(&p.List)}
	}
	return &Hunt{
		plan:    p,
		ringing: map[int]bool{},
		engaged: map[clickbridge.Number]bool{},
		refused: map[clickbridge.Number]bool{},
	}
}

// Over reports whether the hunt has given its last action.
func (h *Hunt) Over() bool { return h.over }

// Step takes one event and returns what to do, in order. After the action that
// ends the hunt it returns nothing more, whatever comes. An event about a
// number that is not ringing is ignored: it crossed a cancel.
func (h *Hunt) Step(e Event) []Action {
	if h.over {
		return nil
	}
	switch e.Kind {
	case Start:
		return h.advance()
	case Ended:
		return h.ended(e)
	case Accepted:
		if !h.ringing[e.Index] {
			return nil
		}
		delete(h.ringing, e.Index)
		return h.finish(Action{Kind: Won, Index: e.Index})
	case Stop:
		return h.finish(Action{Kind: Stopped})
	}
	panic(fmt.Sprintf("hunt: event kind %d", e.Kind))
}

func (h *Hunt) ended(e Event) []Action {
	if !h.ringing[e.Index] {
		return nil
	}
	n := h.number(e.Index)
	delete(h.ringing, e.Index)
	delete(h.engaged, n)
	switch e.Result {
	case clickbridge.AttemptDeclined:
		if h.plan.List.Settings.DeclineEndsHunt {
			return h.finish(Action{Kind: Exhausted})
		}
		h.refused[h.who(e.Index)] = true
	case clickbridge.AttemptOptedOut:
		h.refused[n] = true
	}
	return h.advance()
}

// advance rings as many as may ring now, or ends the hunt.
func (h *Hunt) advance() []Action {
	var out []Action
	for {
		out = append(out, h.turns()...)
		if len(h.ringing) > 0 {
			return out
		}
		if h.pass >= h.plan.List.LoopCount {
			return append(out, h.finish(Action{Kind: Exhausted})...)
		}
		h.todo = append([]int(nil), h.plan.Order[min(h.pass, len(h.plan.Order)-1)]...)
		h.pass++
	}
}

// turns gives the lines of this pass their turn while there is room. One whose
// number rings already, on another line, keeps its place and waits.
func (h *Hunt) turns() (out []Action) {
	later := h.todo[:0]
	for k, i := range h.todo {
		n := h.number(i)
		switch result, off := h.plan.Off[i]; {
		case len(h.ringing) >= h.plan.List.Simul(), h.engaged[n]:
			later = append(later, i)
		case off && h.pass == 1:
			out = append(out, Action{Kind: Skip, Index: i, Pass: h.pass, Result: result})
		case off, h.out(i):
		default:
			last := len(h.ringing) == 0 && !h.anyOf(h.todo[k+1:])
			h.ringing[i], h.engaged[n] = true, true
			out = append(out, Action{
				Kind: Dial, Index: i, Pass: h.pass, Delay: h.plan.List.Numbers[i].Delay,
				Ring: h.plan.List.RingTime(i), Accept: h.accept(last),
			})
		}
	}
	h.todo = later
	return out
}

// accept returns the mode of a dial; last says that nobody else rings and that
// nobody is to come in this pass.
func (h *Hunt) accept(last bool) AcceptMode {
	last = last && h.pass == h.plan.List.LoopCount
	switch a := h.plan.List.Settings.AutoAccept; {
	case a == clickbridge.AcceptFirst, a == clickbridge.AcceptLastUnasked && last:
		return Take
	case a == clickbridge.AcceptLastAsked && last:
		return AskThenTake
	}
	return Ask
}

// anyOf reports whether one of the lines may still be dialled.
func (h *Hunt) anyOf(lines []int) bool {
	for _, i := range lines {
		if _, off := h.plan.Off[i]; !off && !h.out(i) {
			return true
		}
	}
	return false
}

// who is the agent on a line: behind one number there may be several.
func (h *Hunt) who(i int) clickbridge.Number {
	if ext := h.plan.List.Numbers[i].Extension; ext != "" {
		return h.number(i) + "," + clickbridge.Number(ext)
	}
	return h.number(i)
}

// out reports whether a line is not rung again in this hunt.
func (h *Hunt) out(i int) bool { return h.refused[h.number(i)] || h.refused[h.who(i)] }

func (h *Hunt) number(i int) clickbridge.Number { return h.plan.List.Numbers[i].Number }

// finish ends the hunt, cancelling whoever still rings.
func (h *Hunt) finish(last Action) []Action {
	h.over = true
	var out []Action
	for i := range h.plan.List.Numbers {
		if h.ringing[i] {
			out = append(out, Action{Kind: Cancel, Index: i})
		}
	}
	return append(out, last)
}
