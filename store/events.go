package store

import (
	"context"
	"time"

	"clickbridge"
)

// Event is an event of an account as it is kept.
type Event struct {
	AccountID int64
	Seq       int64 // 1, 2, 3 … of the account, without gaps, in the order of commits
	ID        string
	At        time.Time
	CallID    clickbridge.CallID
	AttemptID clickbridge.AttemptID
	Kind      string
	Data      string // JSON
}

// Events are the events that are kept: of accounts that have a webhook, or of
// all where the configuration wants that.
type Events interface {
	// KeepEvents commits events, in order, and sets their Seq.
	KeepEvents(ctx context.Context, es []Event) error
	// EventsAfter returns events of an account with a Seq above after, in order.
	EventsAfter(ctx context.Context, account, after int64, limit int) ([]Event, error)
	// EventSpan returns the first and the last Seq that is kept of an account;
	// both 0 = none. last is kept when its event is not any more.
	EventSpan(ctx context.Context, account int64) (first, last int64, err error)
	// EventsOfCall returns what is kept of a call, in order.
	EventsOfCall(ctx context.Context, id clickbridge.CallID) ([]Event, error)
	// OpenCalls returns the calls that began since, per the events, and have not
	// ended.
	OpenCalls(ctx context.Context, since time.Time) ([]clickbridge.CallID, error)
	// ForgetEvents forgets those before a moment.
	ForgetEvents(ctx context.Context, before time.Time) error
}

// Webhook is an address that wants an account's events.
type Webhook struct {
	ID        string
	AccountID int64
	URL       string
	Kinds     []string // none = all
	Disabled  bool
	CreatedAt time.Time

	// What changes with each delivery.
	Cursor   int64 // Seq of the last event that was delivered, or is not wanted
	Tries    int   // failed in a row
	FirstAt  time.Time
	NextAt   time.Time // not before
	LastAt   time.Time
	LastCode int
	Answer   string // what the far end said, at most 512 bytes
}

// Webhooks are who is told of events.
type Webhooks interface {
	// PutWebhook creates a webhook, or changes URL, Kinds and Disabled of one.
	PutWebhook(ctx context.Context, w Webhook) error
	DeleteWebhook(ctx context.Context, account int64, id string) error
	// ListWebhooks returns those of an account, 0 = of all, by ID.
	ListWebhooks(ctx context.Context, account int64) ([]Webhook, error)
	// LeaseWebhook makes a webhook the node's until a moment, unless another
	// node has it; ok says that it is. until must grow.
	LeaseWebhook(ctx context.Context, id, node string, now, until time.Time) (ok bool, err error)
	// Delivered writes what changes with a delivery, unless the webhook was
	// rewound meanwhile: then its Cursor is not was any more. ErrConflict.
	Delivered(ctx context.Context, w Webhook, was int64) error
	// RewindWebhook sets the Cursor, and lets it be tried at once. ErrNotFound.
	RewindWebhook(ctx context.Context, account int64, id string, cursor int64) error
}
