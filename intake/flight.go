package intake

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"clickbridge"
)

// identity is what makes two clicks the same click: the account and everything
// that changes what is dialled, shown or told, after normalising. The key is
// not part of it: one visitor reaching us by two doors is still one lead.
func identity(c *clickbridge.Call, findMe *clickbridge.FindMe) string {
	return strings.Join([]string{
		fmt.Sprintf("%d %d %d", c.AccountID, c.FindMeID, c.Order),
		string(c.Phone), string(c.FirstCallerID), string(c.SecondCallerID), c.Page, c.Ref,
		c.NoAnswer.Email, string(c.NoAnswer.SMS), c.NoAnswer.URL, string(c.NoAnswer.Phone),
		listIdentity(c, findMe),
	}, "\x00")
}

// flight is a click between its acceptance and its answer, and for a while
// longer when who asked first was gone by then.
type flight struct {
	id    string
	gone  func() error // the first client's context: not nil once it hung up
	done  chan struct{}
	stays chan struct{} // slots for clients that hung up and wait on

	outcome clickbridge.Outcome // valid when done is closed
	err     error
}

// flights finds the flight an identical click may join.
type flights struct {
	mu   sync.Mutex
	keep time.Duration // how long an answer nobody took is kept
	byID map[string]*flight
}

func newFlights(keep time.Duration) *flights {
	return &flights{keep: keep, byID: make(map[string]*flight)}
}

// join returns the flight of the click's twin, nil when there is none.
func (fs *flights) join(id string) *flight {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.byID[id]
}

// enter returns the flight of the click, and whether this client is its first.
func (fs *flights) enter(ctx context.Context, id string) (f *flight, first bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f := fs.byID[id]; f != nil {
		return f, false
	}
	f = &flight{id: id, gone: ctx.Err, done: make(chan struct{}), stays: make(chan struct{}, maxStays)}
	fs.byID[id] = f
	return f, true
}

// land ends a flight with its answer. A refused click is forgotten at once; so
// is an answered one, unless its first client had gone: then the answer waits
// for the repeat.
func (fs *flights) land(f *flight, o clickbridge.Outcome, err error) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	f.outcome, f.err = o, err
	close(f.done)
	if err == nil && f.gone() != nil {
		time.AfterFunc(fs.keep, func() { fs.forget(f) })
		return
	}
	delete(fs.byID, f.id)
}

func (fs *flights) forget(f *flight) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	delete(fs.byID, f.id)
}

// maxStays bounds the clients of one flight that hung up and are waited for
// all the same.
const maxStays = 8

// wait returns the flight's answer. A client whose side of the connection is
// closed may still read (a half-closed TCP connection looks just like one that
// is gone), so a few wait on to the end; more would let a script of
// hang-ups pile up.
func (f *flight) wait(ctx context.Context) (clickbridge.Outcome, error) {
	select {
	case <-f.done:
		return f.outcome, f.err
	case <-ctx.Done():
	}
	select {
	case f.stays <- struct{}{}:
		<-f.done
		return f.outcome, f.err
	default:
		return clickbridge.Outcome{}, &clickbridge.Error{
			Code: clickbridge.EUNAVAILABLE, RetryAfter: defaultRetryAfter,
			Message: "Service unavailable: too many clients wait for this call",
		}
	}
}
