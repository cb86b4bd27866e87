package clickbridge

import (
	"time"

	"github.com/google/uuid"
)

// NoticeKind is the channel of a notice.
type NoticeKind string

// The channels.
const (
	NoticeEmail NoticeKind = "email"
	NoticeSMS   NoticeKind = "sms"
	NoticeURL   NoticeKind = "url"
)

// NoticeState says how far a notice has come.
type NoticeState string

// The states of a notice. Failed means its retries are used up or the far end
// refused it for good; it can be sent again by hand.
const (
	NoticePending NoticeState = "pending"
	NoticeSent    NoticeState = "sent"
	NoticeFailed  NoticeState = "failed"
)

// NoticeID names a notice; it is also its Message-ID and webhook-id, the same
// on every repeat.
type NoticeID string

// NewNoticeID returns a fresh, time-ordered id.
func NewNoticeID() NoticeID { return NoticeID(uuid.Must(uuid.NewV7()).String()) }

// Notice is one message owed because nobody on the list accepted. It is
// rendered when the hunt ends, so a repeat is the same to the byte.
type Notice struct {
	ID        NoticeID
	CallID    CallID
	Kind      NoticeKind
	To        string      // address, E.164 number or URL
	From      string      // SMS: E.164 number; email: "" = the configured sender
	Subject   string      // email only
	Body      string      // text, or the XML document
	Recording RecordingID // attached to an email; "" = none
	State     NoticeState
	CreatedAt time.Time
	Tries     []NoticeTry
}

// NoticeTry is one attempt to deliver a notice.
type NoticeTry struct {
	NoticeID NoticeID
	At       time.Time
	Duration time.Duration
	OK       bool
	Answer   string // what the far end said, at most 512 bytes
}
