package speech

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// resting is an engine that is left alone for a while after it failed: callers
// wait for speech on the telephone, and the next engine answers at once.
type resting struct {
	engine
	mu    sync.Mutex
	until time.Time
	why   error
}

// awake returns why the engine rests, if it does.
func (r *resting) awake() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.why == nil || !time.Now().Before(r.until) {
		return nil
	}
	return fmt.Errorf("not asked again so soon: %w", r.why)
}

// result notes how it went; that a text is no text says nothing of the engine.
func (r *resting) result(err error) {
	if errors.Is(err, ErrText) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.why, r.until = err, time.Now().Add(restTime)
}
