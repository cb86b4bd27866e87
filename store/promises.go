package store

import (
	"context"
	"time"

	"clickbridge"
)

// Promise is what an Idempotency-Key of an account stands for: the call that
// was made, or will be, for the request that came with it.
type Promise struct {
	AccountID int64
	Key       string
	Hash      string // of the request: another one must not use the key
	CallID    clickbridge.CallID
	At        time.Time
}

// Promises are the Idempotency-Keys of accounts.
type Promises interface {
	// Promise keeps p unless the account has had that key since; kept is what
	// holds now, p or what was there. Of any number of nodes one keeps its own.
	Promise(ctx context.Context, p Promise, since time.Time) (kept Promise, err error)
	// Unpromise forgets a promise that came to nothing.
	Unpromise(ctx context.Context, p Promise) error
	// ForgetPromises forgets those made before a moment.
	ForgetPromises(ctx context.Context, before time.Time) error
}

// Cancels are calls that somebody wants to end, for the node that has them.
type Cancels interface {
	// AskCancel asks the node of a call to end it.
	AskCancel(ctx context.Context, id clickbridge.CallID, node string, at time.Time) error
	// Canceling returns the calls a node is to end, and forgets that it was asked.
	Canceling(ctx context.Context, node string) ([]clickbridge.CallID, error)
}
