package clickbridge

import (
	"time"

	"github.com/google/uuid"
)

// AttemptID names an attempt.
type AttemptID string

// NewAttemptID returns a fresh, time-ordered id.
func NewAttemptID() AttemptID { return AttemptID(uuid.Must(uuid.NewV7()).String()) }

// Party says which side of a call an attempt was for.
type Party string

// The parties.
const (
	PartyPhone    Party = "phone_to_call"
	PartyFindMe   Party = "findme"
	PartyTransfer Party = "no_answer_phone"
)

// AttemptResult is how one dial of one number ended, as notices and reports
// show it.
type AttemptResult string

// The results of an attempt. Answered is for parties who are not asked to
// accept (phone_to_call, no_answer_phone).
const (
	AttemptDialing     AttemptResult = "" // still going
	AttemptNoAnswer    AttemptResult = "No Answer"
	AttemptBusy        AttemptResult = "Busy"
	AttemptDeclined    AttemptResult = "Declined"
	AttemptNotAccepted AttemptResult = "Not Accepted"
	AttemptFailed      AttemptResult = "Failed"
	AttemptCanceled    AttemptResult = "Canceled"
	AttemptAccepted    AttemptResult = "Accepted"
	AttemptAnswered    AttemptResult = "Answered"
	AttemptInterrupted AttemptResult = "Interrupted"

	// Of numbers that were not dialled.
	AttemptNotOnShift    AttemptResult = "Not On Shift"
	AttemptOnAnotherCall AttemptResult = "On Another Call"
	AttemptOptedOut      AttemptResult = "Opted Out"
)

// Attempt is one number being tried once: a 407 round or a failover to
// another trunk is the same attempt.
type Attempt struct {
	ID         AttemptID
	CallID     CallID
	Seq        int // 1, 2, 3 … within the call
	Party      Party
	Number     Number
	Name       string
	Pass       int    // which pass over the list, from 1; 0 off the list
	Trunk      string // the last one tried
	StartedAt  time.Time
	AnsweredAt time.Time
	EndedAt    time.Time // the attempt's verdict, not the leg's end
	Result     AttemptResult
	SIPCode    int    // the final status; 0 where none came
	Text       string // one phrase for people
}

// RingSeconds returns how long the number rang: from its INVITE to the answer
// or the end.
func (a *Attempt) RingSeconds() float64 {
	end := a.AnsweredAt
	if end.IsZero() {
		end = a.EndedAt
	}
	s, _ := between(a.StartedAt, end)
	return s
}
