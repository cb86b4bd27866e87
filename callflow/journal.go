package callflow

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// journal binds signalling's facts to an attempt. Signalling may go on after
// the attempt has its verdict (a 200 that crosses our CANCEL); then only the leg
// is kept, so that an old copy never overwrites the verdict.
type journal struct {
	calls     Calls
	extension string // behind the number: who is rung is both

	mu      sync.Mutex
	attempt clickbridge.Attempt
	begun   bool
	closed  bool
	writing sync.WaitGroup // facts on their way to the store; none once closed
	held    []string       // records a carrier may hold something of
	empty   chan struct{}  // closed when held is; nil while nobody waits
}

func newJournal(c Calls, a clickbridge.Attempt, extension string) *journal {
	return &journal{calls: c, extension: extension, attempt: a}
}

// begin sets the attempt's start, which may have had to wait for another's end.
func (j *journal) begin() clickbridge.Attempt {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.attempt.StartedAt, j.begun = time.Now(), true
	return j.attempt
}

// whom says which agent a leg occupies: behind one number there may be many.
func (j *journal) whom(r clickbridge.LegRecord) clickbridge.LegRecord {
	if r.Agent != "" && j.extension != "" {
		r.Agent += clickbridge.Number("," + j.extension)
	}
	return r
}

// awaitFor is how long a carrier may take to end a leg before the same number
// is rung again. It owes the answer to a CANCEL or BYE at once; one that says
// nothing at all is not worth the 32 s after which SIP gives up.
const awaitFor = 4 * time.Second

// await returns when the carriers hold nothing of this attempt any more. An
// INVITE that overtakes the end of the last leg finds the number busy.
func (j *journal) await(ctx context.Context) {
	j.mu.Lock()
	if len(j.held) == 0 {
		j.mu.Unlock()
		return
	}
	if j.empty == nil {
		j.empty = make(chan struct{})
	}
	empty := j.empty
	j.mu.Unlock()
	limit := time.NewTimer(awaitFor)
	defer limit.Stop()
	select {
	case <-empty:
	case <-limit.C:
	case <-ctx.Done():
	}
}

// hold notes a record once; the caller holds mu.
func (j *journal) hold(id string) {
	if !slices.Contains(j.held, id) {
		j.held = append(j.held, id)
	}
}

func (j *journal) forget(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.held = slices.DeleteFunc(j.held, func(held string) bool { return held == id })
	if len(j.held) == 0 && j.empty != nil {
		close(j.empty)
		j.empty = nil
	}
}

// Dialing implements leg.Journal.
func (j *journal) Dialing(ctx context.Context, r clickbridge.LegRecord) error {
	j.mu.Lock()
	if j.attempt.Trunk == "" {
		j.attempt.StartedAt = time.Now() // the first INVITE may have waited for room on a trunk
	}
	j.attempt.Trunk = r.Trunk
	a, closed := j.attempt, j.closed
	if !closed {
		j.hold(r.ID)
		j.writing.Add(1)
	}
	j.mu.Unlock()
	if closed {
		return context.Canceled
	}
	defer j.writing.Done()
	err := written(ctx, func() error { return j.calls.Dialing(ctx, a, j.whom(r)) })
	if err != nil {
		j.forget(r.ID) // nothing leaves
	}
	if errors.Is(err, store.ErrOccupied) {
		return &clickbridge.Cause{Class: clickbridge.CauseOccupied, Text: "on another call, or being rung for one"}
	}
	return err
}

// Early implements leg.Journal.
func (j *journal) Early(r clickbridge.LegRecord) { j.calls.Early(j.whom(r)) }

// Answered implements leg.Journal.
func (j *journal) Answered(ctx context.Context, r clickbridge.LegRecord) error {
	j.mu.Lock()
	if j.attempt.AnsweredAt.IsZero() && !j.closed {
		j.attempt.AnsweredAt = time.Now()
	}
	a, closed := j.attempt, j.closed
	if !closed {
		j.writing.Add(1)
	}
	j.mu.Unlock()
	r = j.whom(r)
	if closed {
		j.calls.Early(r)
		return nil
	}
	defer j.writing.Done()
	return written(ctx, func() error { return j.calls.Answered(ctx, a, r) })
}

// written has the store take a fact of a leg, asking again while it does not
// answer: a store that is away for a moment must not look like agents who are.
func written(ctx context.Context, write func() error) error {
	for limit := time.Now().Add(saveSoon); ; {
		err := write()
		if err == nil || errors.Is(err, store.ErrOccupied) || errors.Is(err, store.ErrNotOwner) ||
			!time.Now().Before(limit) || !passed(ctx, saveAgain) {
			return err
		}
	}
}

// Gone implements leg.Journal.
func (j *journal) Gone(id string) {
	j.calls.Gone(id)
	j.forget(id)
}

// close ends the journal's hold on the attempt and returns what it knows, once
// the facts on their way are written: none must come after the verdict. An
// attempt that never began rang for no time.
func (j *journal) close() clickbridge.Attempt {
	j.mu.Lock()
	if !j.begun && !j.closed {
		j.attempt.StartedAt = time.Now()
	}
	j.closed = true
	j.mu.Unlock()
	j.writing.Wait()
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.attempt
}
