package clickbridge

import (
	"time"

	"github.com/google/uuid"
)

// MaxKeep bounds how long a recording is kept that is not kept for ever.
const MaxKeep = 3650 * 24 * time.Hour

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
	RecordingFailed  RecordingState = "failed" // nothing was kept; Note says why
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
