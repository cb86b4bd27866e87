package callflow

import (
	"context"
	"sync"
	"time"

	"clickbridge"
)

// journal binds signalling's facts to an attempt. Signalling may go on after
// the attempt has its verdict (a 200 that crosses our CANCEL); then only the leg
// is kept, so that an old copy never overwrites the verdict.
type journal struct {
	calls Calls

	mu      sync.Mutex
	attempt clickbridge.Attempt
	closed  bool
}

func newJournal(c Calls, a clickbridge.Attempt) *journal { return &journal{calls: c, attempt: a} }

// Dialing implements leg.Journal.
func (j *journal) Dialing(ctx context.Context, r clickbridge.LegRecord) error {
	j.mu.Lock()
	j.attempt.Trunk = r.Trunk
	a, closed := j.attempt, j.closed
	j.mu.Unlock()
	if closed {
		return context.Canceled
	}
	return j.calls.Dialing(ctx, a, r)
}

// Early implements leg.Journal.
func (j *journal) Early(r clickbridge.LegRecord) { j.calls.Early(r) }

// Answered implements leg.Journal.
func (j *journal) Answered(ctx context.Context, r clickbridge.LegRecord) error {
	j.mu.Lock()
	if j.attempt.AnsweredAt.IsZero() && !j.closed {
		j.attempt.AnsweredAt = time.Now()
	}
	a, closed := j.attempt, j.closed
	j.mu.Unlock()
	if closed {
		j.calls.Early(r)
		return nil
	}
	return j.calls.Answered(ctx, a, r)
}

// Gone implements leg.Journal.
func (j *journal) Gone(id string) { j.calls.Gone(id) }

// close ends the journal's hold on the attempt and returns what it knows.
func (j *journal) close() clickbridge.Attempt {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	return j.attempt
}
