package prompt

import (
	"clickbridge"
	"clickbridge/leg"
)

// Greeting is what phone_to_call hears when it answers, before the hold audio.
func Greeting() []*leg.Clip { return named("greeting") }

// Hold is the music while agents are rung; play it in a loop.
func Hold() []*leg.Clip { return named("hold") }

// ScreenAgain is the short reminder of the two keys, for an agent who has not
// decided.
func ScreenAgain() []*leg.Clip { return named("press-again") }

// Accepted confirms the accept key.
func Accepted() []*leg.Clip { return named("accepted") }

// NobodyAvailable tells the caller that nobody accepted, and takes leave.
func NobodyAvailable() []*leg.Clip { return named("nobody-available") }

// TestCall is said by `check --call`.
func TestCall() []*leg.Clip { return named("test-call") }

// Taken tells an agent who answered late that someone else has the call.
func Taken() []*leg.Clip { return named("taken") }

// Goodbye takes leave.
func Goodbye() []*leg.Clip { return named("goodbye") }

// Unreachable tells the agent why phone_to_call was not reached, and takes
// leave. Every class has a sentence; those that say nothing to a person share
// one.
func Unreachable(c clickbridge.CauseClass) []*leg.Clip {
	switch c {
	case clickbridge.CauseBusy:
		return named("unreachable-busy")
	case clickbridge.CauseNoAnswer:
		return named("unreachable-no-answer")
	case clickbridge.CauseDeclined:
		return named("unreachable-declined")
	}
	return named("unreachable-failed")
}

// Screen asks an agent for the accept: who calls, digit by digit as people of
// the home country (ISO 3166 code) write it, and which keys to press.
func Screen(caller clickbridge.Number, home string) []*leg.Clip {
	return named(append(append([]string{"call-from"}, spoken(caller, home)...), "press")...)
}
