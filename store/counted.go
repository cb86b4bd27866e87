package store

import "context"

// Counted is what was counted once and does not change any more: days of
// reports. What is in it is its owner's business.
type Counted interface {
	// Counted returns those of an account whose names lie between two, both
	// included.
	Counted(ctx context.Context, account int64, from, to string) (map[string]string, error)
	// KeepCounted creates or replaces one.
	KeepCounted(ctx context.Context, account int64, name, data string) error
}
