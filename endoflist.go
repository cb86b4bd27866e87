package clickbridge

import "time"

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
	MinVoicemail     = 5 * time.Second
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
