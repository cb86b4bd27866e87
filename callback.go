package clickbridge

import (
	"time"

	"github.com/google/uuid"
)

// CallbackID names a call that is owed later.
type CallbackID string

// NewCallbackID returns a fresh, time-ordered id.
func NewCallbackID() CallbackID { return CallbackID(uuid.Must(uuid.NewV7()).String()) }

// CallbackState says how far a callback has come.
type CallbackState string

// The states. Who made a callback due again sets it back to waiting.
const (
	CallbackWaiting  CallbackState = "waiting"
	CallbackCalling  CallbackState = "calling"  // a node has made a call of it
	CallbackDone     CallbackState = "done"     // somebody talked to them
	CallbackCanceled CallbackState = "canceled" // by hand, or they opted out
	CallbackGivenUp  CallbackState = "given up" // its tries are used up
)

// CallbackPlan says why a call is owed later.
type CallbackPlan int

// The plans. One that was scheduled is made once, unless its list calls again
// those who found nobody.
const (
	CallbackOfHunt    CallbackPlan = 0 // nobody on the list accepted
	CallbackScheduled CallbackPlan = 1 // somebody wants it at that time, whatever the hour
	CallbackPolite    CallbackPlan = 2 // at that time, or the first hour after it in which people may be called
)

// Callback is a call that is owed later.
type Callback struct {
	ID                            CallbackID
	CallID                        CallID // the last call made for it; at first the one that found nobody
	AccountID                     int64
	FindMeID                      int64
	Order                         Order
	Phone                         Number
	FirstCallerID, SecondCallerID Number
	KeyName                       string
	Page, Ref                     string
	NoAnswer                      NoAnswer
	Plan                          CallbackPlan
	State                         CallbackState
	Tries                         int // calls made for it so far, the first included
	DueAt                         time.Time
	Node                          string // who calls, while calling
	Text                          string // why it is in this state, for people
	CreatedAt                     time.Time
}

// OptOut is a number that must not be called for an account.
type OptOut struct {
	AccountID int64
	Number    Number
	At        time.Time
	Why       string
}

// Tries returns how often a customer is called in all before the callback is
// given up.
func (e *EndOfList) Tries() int {
	if e.MaxCalls == 0 {
		return DefaultCallTries
	}
	return e.MaxCalls
}

// Pause returns the time between the end of one hunt and the next call.
func (e *EndOfList) Pause() time.Duration { return max(e.After, MinCallLater) }

// CallAgainAt returns the first moment, not before at, at which a customer may
// be called again: within the calling hours of every zone they may be in and,
// where the list wants it, while the list is open. ok is false when there is
// none within a year. zone is the account's.
func (f *FindMe) CallAgainAt(customer Number, zone string, at time.Time) (next time.Time, ok bool) {
	e := &f.Settings.End
	for next = at; next.Before(at.AddDate(1, 0, 0)); {
		open := next
		if e.NextOpen {
			if open, ok = f.Settings.Schedule.NextOpen(next, zone); !ok {
				return time.Time{}, false
			}
		}
		allowed := NextCallingHours(customer, e.From, e.To, open)
		if allowed.IsZero() {
			return time.Time{}, false
		}
		if allowed.Equal(next) {
			return next, true
		}
		next = allowed
	}
	return time.Time{}, false
}
