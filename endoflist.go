package clickbridge

import (
	"time"

	"github.com/google/uuid"
)

// EndAction says what happens when nobody on a list accepted and the click
// itself did not say (no_answer_phone).
type EndAction string

// The actions.
const (
	EndHangup    EndAction = "" // an apology to who waits
	EndTransfer  EndAction = "transfer"
	EndVoicemail EndAction = "voicemail"
	EndCallLater EndAction = "call_later"
)

// Ranges of the end of a list.
const (
	DefaultVoicemail = 3 * time.Minute
	MaxVoicemail     = 10 * time.Minute
	DefaultCallTries = 3
	MaxCallTries     = 10
	MinCallLater     = time.Minute
	MaxCallLater     = 7 * 24 * time.Hour
)

// EndOfList is a FindMe's own no-answer action, for either order.
type EndOfList struct {
	Action     EndAction
	Number     Number        // transfer
	Emails     []string      // voicemail: who gets it
	MaxMessage time.Duration // voicemail; 0 = 3 min
	After      time.Duration // call later: this long after the end of the hunt, and between tries
	NextOpen   bool          // call later: not before the FindMe's next open hour
	MaxCalls   int           // call later: tries in all; 0 = 3
	From, To   int           // call later: minutes after midnight in the called person's zones; 0, 0 = 8:00-21:00
}

// RecordSettings say whether calls are recorded and who is told.
type RecordSettings struct {
	On       bool
	Announce Announce      // who hears "this call is recorded" before it begins
	Keep     time.Duration // 0 = the server's
}

// Announce says to whom a recording is announced.
type Announce string

// To whom.
const (
	AnnounceBoth     Announce = "" // the safe default
	AnnounceCustomer Announce = "customer"
	AnnounceAgent    Announce = "agent"
	AnnounceNobody   Announce = "nobody"
)

// RecordingID names a recording; its file is named by its call.
type RecordingID string

// NewRecordingID returns a fresh, time-ordered id.
func NewRecordingID() RecordingID { return RecordingID(uuid.Must(uuid.NewV7()).String()) }

// RecordingKind says what was recorded.
type RecordingKind string

// The kinds.
const (
	RecordedCall      RecordingKind = "call"      // customer left, agent right
	RecordedVoicemail RecordingKind = "voicemail" // one channel
)

// RecordingState says how far a recording has come.
type RecordingState string

// The states. A recording that was cut by a full disk or a crash is ready with
// a Note.
const (
	RecordingRunning RecordingState = "recording"
	RecordingReady   RecordingState = "ready"
	RecordingDeleted RecordingState = "deleted"
)

// Recording is one file of sound of a call.
type Recording struct {
	ID        RecordingID
	CallID    CallID
	AccountID int64
	FindMeID  int64
	Node      string
	Kind      RecordingKind
	State     RecordingState
	File      string // name in the store of recordings
	Consent   string // who was told, and when: "both legs told at 2026-11-23T10:00:00Z"
	Note      string // what went wrong
	StartedAt time.Time
	Length    time.Duration
	Bytes     int64
	KeepUntil time.Time // zero = for ever
}

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

// Callback is a call that is owed later because nobody on the list accepted.
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
