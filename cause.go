package clickbridge

import (
	"errors"
	"fmt"
	"time"
)

// CauseClass sorts the reasons a leg or a call ended. There is one
// classification; every face maps from it and none adds to it.
type CauseClass string

// The classes.
const (
	CauseNoAnswer     CauseClass = "no-answer"     // rang and nobody came
	CauseBusy         CauseClass = "busy"          // 486, 600
	CauseDeclined     CauseClass = "declined"      // 603, or the decline key
	CauseNotAccepted  CauseClass = "not-accepted"  // answered, no accept key
	CauseFailed       CauseClass = "failed"        // the number cannot be reached
	CauseOccupied     CauseClass = "occupied"      // the agent is on another call of ours
	CauseMachine      CauseClass = "machine"       // a machine answered
	CausePassed       CauseClass = "passed"        // the pass-on key
	CauseOptedOut     CauseClass = "opted-out"     // the opt-out key, or on the list of those
	CauseTrunkFault   CauseClass = "trunk-fault"   // the carrier, not the number: another trunk may try
	CauseCanceled     CauseClass = "canceled"      // we or the other party took it back
	CauseHangup       CauseClass = "hangup"        // the far end hung up
	CauseReleased     CauseClass = "released"      // we hung up because the work is done
	CauseMediaTimeout CauseClass = "media-timeout" // no audio from anyone
	CauseMaxDuration  CauseClass = "max-duration"  // talked as long as is allowed
	CauseDrained      CauseClass = "drained"       // the server was stopped
	CauseInterrupted  CauseClass = "interrupted"   // the server died
)

// Cause is why a leg or a call ended. It is an error, so it can be the cause
// of a cancelled context.
type Cause struct {
	Class   CauseClass
	SIPCode int    // the status that said so; 0 where none did
	Q850    int    // from a Reason header (RFC 3326); 0 where none
	Text    string // one phrase for people
	// RetryAfter is how long the carrier asked to be left alone (Retry-After of
	// a 503, RFC 3261 20.33); 0 where it did not.
	RetryAfter time.Duration
}

func (c *Cause) Error() string {
	switch {
	case c.SIPCode != 0 && c.Text != "":
		return fmt.Sprintf("%s: %d %s", c.Class, c.SIPCode, c.Text)
	case c.SIPCode != 0:
		return fmt.Sprintf("%s: %d", c.Class, c.SIPCode)
	case c.Text != "":
		return string(c.Class) + ": " + c.Text
	}
	return string(c.Class)
}

// CauseOf returns the cause in err, or a failure with err's text when it holds
// none; no error at all is a leg we released.
func CauseOf(err error) *Cause {
	if err == nil {
		return &Cause{Class: CauseReleased}
	}
	var c *Cause
	if errors.As(err, &c) {
		return c
	}
	return &Cause{Class: CauseFailed, Text: err.Error()}
}

// SIPCause classifies a final status above 299 that answered an INVITE
// (RFC 3261 21). rang says that a 18x had come before it: a 408 without one is
// the carrier's fault, with one it is nobody at home.
func SIPCause(status int, reason string, rang bool) *Cause {
	c := &Cause{SIPCode: status, Text: reason}
	switch {
	case status == 480, status == 408 && rang:
		c.Class = CauseNoAnswer
	case status == 486, status == 600:
		c.Class = CauseBusy
	case status == 603:
		c.Class = CauseDeclined
	case status == 487:
		c.Class = CauseCanceled
	case status == 408, status >= 500 && status <= 599:
		c.Class = CauseTrunkFault
	default:
		c.Class = CauseFailed
	}
	return c
}

// AttemptResult returns what the attempt that ended so is called in notices
// and reports.
func (c *Cause) AttemptResult() AttemptResult {
	switch c.Class {
	case CauseNoAnswer:
		return AttemptNoAnswer
	case CauseBusy:
		return AttemptBusy
	case CauseDeclined:
		return AttemptDeclined
	case CauseNotAccepted, CauseHangup, CauseMachine, CausePassed:
		return AttemptNotAccepted
	case CauseOccupied:
		return AttemptOnAnotherCall
	case CauseOptedOut:
		return AttemptOptedOut
	case CauseCanceled, CauseReleased:
		return AttemptCanceled
	case CauseDrained, CauseInterrupted:
		return AttemptInterrupted
	}
	return AttemptFailed
}

// CallResult returns the result of a call whose lone party could not be
// reached for this cause.
func (c *Cause) CallResult() Result {
	switch c.Class {
	case CauseNoAnswer, CauseNotAccepted:
		return ResultNoAnswer
	case CauseBusy:
		return ResultBusy
	case CauseDeclined:
		return ResultDeclined
	case CauseCanceled, CauseHangup, CauseReleased:
		return ResultCanceled
	case CauseDrained, CauseInterrupted:
		return ResultInterrupted
	}
	return ResultFailed
}
