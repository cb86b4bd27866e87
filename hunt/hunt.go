// Package hunt says who is rung next. It is a pure machine: no clock, no
// goroutine, no I/O. callflow feeds it what happened and does what it answers;
// docs/states.md draws it.
//
// A hunt rings the numbers of a FindMe in order, one at a time, for as many
// passes as its loop count says. Who declined is left out of later passes.
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
	Accepted                  // who answered on Index pressed 1
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
	Dial      ActionKind = iota // ring Index for Ring, as part of Pass
	Cancel                      // stop ringing Index
	Won                         // Index accepted; the hunt is over
	Exhausted                   // nobody accepted; the hunt is over
	Stopped                     // it was stopped; the hunt is over
)

// Action is something to do.
type Action struct {
	Kind  ActionKind
	Index int
	Pass  int // from 1
	Ring  time.Duration
}

// Hunt is one hunt's state. Make it with New.
type Hunt struct {
	list     clickbridge.FindMe
	pass     int // the pass the next number belongs to, from 1
	next     int // the next number of that pass
	ringing  map[int]bool
	declined map[clickbridge.Number]bool
	over     bool
}

// New returns a hunt over the list.
func New(list clickbridge.FindMe) *Hunt {
	return &Hunt{
		list:     list,
		pass:     1,
		ringing:  map[int]bool{},
		declined: map[clickbridge.Number]bool{},
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
		if !h.ringing[e.Index] {
			return nil
		}
		delete(h.ringing, e.Index)
		if e.Result == clickbridge.AttemptDeclined {
			h.declined[h.list.Numbers[e.Index].Number] = true
		}
		return h.advance()
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

// advance rings the next number that may be rung, or ends the hunt.
func (h *Hunt) advance() []Action {
	if len(h.ringing) > 0 {
		return nil
	}
	for h.pass <= h.list.LoopCount {
		for h.next < len(h.list.Numbers) {
			i := h.next
			h.next++
			if h.declined[h.list.Numbers[i].Number] {
				continue
			}
			h.ringing[i] = true
			return []Action{{Kind: Dial, Index: i, Pass: h.pass, Ring: h.list.RingTime(i)}}
		}
		h.pass++
		h.next = 0
	}
	return h.finish(Action{Kind: Exhausted})
}

// finish ends the hunt, cancelling whoever still rings.
func (h *Hunt) finish(last Action) []Action {
	h.over = true
	var out []Action
	for i := range h.list.Numbers {
		if h.ringing[i] {
			out = append(out, Action{Kind: Cancel, Index: i})
		}
	}
	clear(h.ringing)
	return append(out, last)
}
