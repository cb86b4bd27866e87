package clickbridge

import (
	"time"

	"github.com/google/uuid"
)

// CallID names a call; ours, time-ordered (UUID v7). A carrier's Call-ID is a
// SIPCallID.
type CallID string

// NewCallID returns a fresh id.
func NewCallID() CallID { return CallID(uuid.Must(uuid.NewV7()).String()) }

// Order says who is dialled first; its values are the API's type parameter.
type Order int

// The two orders.
const (
	PhoneFirst  Order = 1 // phone_to_call, then the FindMe
	FindMeFirst Order = 2 // the FindMe, then phone_to_call
)

// CallState says where in its life a call is. It is for people and for
// recovery; the goroutine that owns the call knows better.
type CallState string

// The states of a call in the order they are reached; docs/states.md draws
// them.
const (
	CallQueued       CallState = "queued"       // committed, nothing dialled
	CallReaching     CallState = "reaching"     // the lone party rings: phone_to_call
	CallHunting      CallState = "hunting"      // the list is worked through
	CallScreening    CallState = "screening"    // someone answered and is asked to press 1
	CallTransferring CallState = "transferring" // no_answer_phone is dialled
	CallBridged      CallState = "bridged"      // two legs talk
	CallFinishing    CallState = "finishing"    // decided, legs being released
	CallEnded        CallState = "ended"        // has its one result
)

// Result is how a call ended, as the report shows it.
type Result string

// The results of a call.
const (
	ResultInProgress  Result = "In Progress"
	ResultConnected   Result = "Connected" // bridged to who accepted
	ResultTransferred Result = "Transferred"
	ResultNoAnswer    Result = "No Answer"
	ResultBusy        Result = "Busy"
	ResultDeclined    Result = "Declined"
	ResultFailed      Result = "Failed"
	ResultCanceled    Result = "Canceled"
	ResultInterrupted Result = "Interrupted"
)

// NoAnswer holds what a click asked for should nobody accept (type 2).
type NoAnswer struct {
	Email string
	SMS   Number
	URL   string
	Phone Number
}

// Call is one click from its acceptance to its record.
type Call struct {
	ID             CallID
	AccountID      int64
	KeyName        string
	Node           string // which server owns it while it lives
	Order          Order
	FindMeID       int64
	FindMeName     string
	Phone          Number // phone_to_call
	FirstCallerID  Number // shown on the first leg
	SecondCallerID Number // shown on the second leg
	Page           string // at most 255 characters
	Ref            string // at most 32 characters
	NoAnswer       NoAnswer
	Notes          []string   // what was cut or ignored, for the report
	Callback       CallbackID // the callback it was made for; "" = a click

	State      CallState
	Result     Result // ResultInProgress until the call ended
	Cause      string // one phrase for people: why it ended
	Agent      Number // who accepted
	AgentName  string
	CreatedAt  time.Time
	AcceptedAt time.Time // someone on the list pressed 1
	HuntEnded  time.Time // the hunt's end was committed, with its notices
	BridgedAt  time.Time
	EndedAt    time.Time

	// Later is the callback it owes because nobody accepted: kept with the next
	// Save unless it is there already. It is not read back.
	Later *Callback
}

// InFlight reports whether the call has no result yet.
func (c *Call) InFlight() bool { return c.State != CallEnded }

// HuntCallerID returns the number the agents see.
func (c *Call) HuntCallerID() Number {
	if c.Order == FindMeFirst {
		return c.FirstCallerID
	}
	return c.SecondCallerID
}

// PhoneCallerID returns the number phone_to_call sees.
func (c *Call) PhoneCallerID() Number {
	if c.Order == FindMeFirst {
		return c.SecondCallerID
	}
	return c.FirstCallerID
}

// SecondsToAccept returns the seconds from click to accept; ok is false when
// nobody accepted.
func (c *Call) SecondsToAccept() (s float64, ok bool) { return between(c.CreatedAt, c.AcceptedAt) }

// SecondsToBridge returns the seconds from click to bridge.
func (c *Call) SecondsToBridge() (s float64, ok bool) { return between(c.CreatedAt, c.BridgedAt) }

// TalkSeconds returns how long the two legs talked.
func (c *Call) TalkSeconds() (s float64, ok bool) { return between(c.BridgedAt, c.EndedAt) }

func between(from, to time.Time) (float64, bool) {
	if from.IsZero() || to.IsZero() {
		return 0, false
	}
	return to.Sub(from).Seconds(), true
}
