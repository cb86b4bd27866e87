package clickbridge

// OutcomeKind says how the part of a call that a click waits for went.
type OutcomeKind string

// The outcomes. Every call has exactly one, told once, whatever becomes of the
// call afterwards.
const (
	// OutcomeConnected: the first leg connected. Type 1: phone_to_call
	// answered; type 2: someone on the FindMe accepted.
	OutcomeConnected OutcomeKind = "connected"
	// OutcomeProcessed: type 2, nobody accepted; the hunt's end is committed
	// with its notices.
	OutcomeProcessed OutcomeKind = "processed"
	// OutcomeFailed: the first leg did not connect, and Cause says why. Also a
	// call that was drained or interrupted before its answer.
	OutcomeFailed OutcomeKind = "failed"
)

// Outcome is what a click is answered with: the first leg's fate.
type Outcome struct {
	Kind  OutcomeKind
	Cause *Cause // why, for OutcomeFailed; else nil
	// Last is how the last number of a list was dialled in vain, for
	// OutcomeProcessed; "" when none was.
	Last AttemptResult
}
