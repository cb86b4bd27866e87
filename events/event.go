package events

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"clickbridge"
)

// Type says what an event is about.
type Type string

// The types. Of each leg there is one LegStarted and one LegEnded.
const (
	CallCreated      Type = "call.created"
	CallOutcome      Type = "call.outcome" // the first leg's fate: connected, processed, or why not
	CallHuntEnded    Type = "call.hunt_ended"
	CallTransferring Type = "call.transferring"
	CallBridged      Type = "call.bridged"
	CallReleased     Type = "call.released" // who hung up
	CallEnded        Type = "call.ended"
	LegStarted       Type = "leg.started"
	LegRinging       Type = "leg.ringing"
	LegEarlyMedia    Type = "leg.early_media"
	LegAnswered      Type = "leg.answered"
	LegAccepted      Type = "leg.accepted"
	LegEnded         Type = "leg.ended"
	LegSkipped       Type = "leg.skipped" // a number that was not dialled, and why
	NoticeTried      Type = "notice.tried"
)

// Types lists all of them.
var Types = []Type{
	CallCreated, CallOutcome, CallHuntEnded, CallTransferring, CallBridged, CallReleased, CallEnded,
	LegStarted, LegRinging, LegEarlyMedia, LegAnswered, LegAccepted, LegEnded, LegSkipped, NoticeTried,
}

// Item is an event as it is told.
type Item struct {
	ID     string                `json:"id" doc:"The event's own name; the same wherever and however often it is told"`
	Seq    int64                 `json:"seq,omitempty" doc:"Number among the account's events, without gaps; left out where events are not kept"`
	Type   Type                  `json:"type"`
	At     time.Time             `json:"at"`
	CallID clickbridge.CallID    `json:"call_id,omitempty"`
	LegID  clickbridge.AttemptID `json:"leg_id,omitempty" doc:"The attempt's id"`
	Party  clickbridge.Party     `json:"party,omitempty"`
	Number clickbridge.Number    `json:"number,omitempty"`
	Name   string                `json:"name,omitempty" doc:"Of the agent, or of the FindMe"`
	Result string                `json:"result,omitempty" doc:"How a leg or a call ended"`
	Text   string                `json:"text,omitempty" doc:"One phrase for people"`

	account int64
	stamp   int64  // microseconds; its ID is made of it when it is told
	frame   []byte // as server-sent, where somebody follows
}

// JSON returns the event's text.
func (i *Item) JSON() []byte {
	b, err := json.Marshal(i)
	if err != nil { // strings, a number and a time always can be
		panic("events: " + err.Error())
	}
	return b
}

var words = map[clickbridge.EventKind]Type{
	clickbridge.EventClick:        CallCreated,
	clickbridge.EventReplied:      CallOutcome,
	clickbridge.EventHuntEnded:    CallHuntEnded,
	clickbridge.EventTransferring: CallTransferring,
	clickbridge.EventBridged:      CallBridged,
	clickbridge.EventLegEnded:     CallReleased,
	clickbridge.EventCallEnded:    CallEnded,
	clickbridge.EventDialing:      LegStarted,
	clickbridge.EventRinging:      LegRinging,
	clickbridge.EventEarlyMedia:   LegEarlyMedia,
	clickbridge.EventAnswered:     LegAnswered,
	clickbridge.EventScreening:    LegAnswered,
	clickbridge.EventAccepted:     LegAccepted,
	clickbridge.EventAttemptEnded: LegEnded,
	clickbridge.EventNotice:       NoticeTried,
}

// itemOf gives an event the API's words; ok is false for what is not told.
func itemOf(e *clickbridge.Event) (i Item, ok bool) {
	t, ok := words[e.Kind]
	if !ok {
		return i, false
	}
	i = Item{
		Type: t, At: e.At.UTC(), CallID: e.CallID, LegID: e.AttemptID, Party: e.Party, Number: e.Number,
		Name: e.Name, Text: e.Text, account: e.AccountID,
	}
	switch t {
	case LegEnded:
		i.Result, _, _ = strings.Cut(e.Text, " (")
	case CallEnded:
		i.Result = e.Text
	}
	return i, true
}

// name is an event's own: its time and its node.
func name(stamp int64, node string) string {
	return strconv.FormatInt(stamp, 36) + "-" + node
}
