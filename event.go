package clickbridge

import "time"

// EventKind names something that happened in a call.
type EventKind string

// What happens in a call, in the order it usually does.
const (
	EventClick        EventKind = "click"
	EventDialing      EventKind = "dialing"
	EventRinging      EventKind = "ringing"
	EventEarlyMedia   EventKind = "early-media"
	EventAnswered     EventKind = "answered"
	EventScreening    EventKind = "screening"
	EventKey          EventKind = "key"
	EventAccepted     EventKind = "accepted"
	EventAttemptEnded EventKind = "attempt-ended"
	EventReplied      EventKind = "replied"
	EventHuntEnded    EventKind = "hunt-ended"
	EventTransferring EventKind = "transferring"
	EventBridged      EventKind = "bridged"
	EventLegEnded     EventKind = "leg-ended"
	EventNotice       EventKind = "notice"
	EventCallEnded    EventKind = "call-ended"
)

// Event is one thing that happened in a call, for people and programs that
// watch.
type Event struct {
	At        time.Time
	Kind      EventKind
	AccountID int64 // 0 where who tells does not know
	CallID    CallID
	AttemptID AttemptID // where it is about one attempt
	Party     Party
	Number    Number
	Name      string // of the agent or the FindMe, where known
	Text      string // one phrase for people: a result, a reason, what was answered
}
