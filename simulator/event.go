package simulator

import (
	"sync"
	"time"
)

// Event is something that happened to one phone.
type Event struct {
	At     time.Time
	CallID string // SIP Call-ID; "" for a registration
	Number string // the phone, national digits
	Caller string // the caller id it saw
	What   What
	Text   string // for people
}

// What names an event.
type What string

// The events. Refused, Ended and Cancelled end a leg.
const (
	Invited    What = "invited"
	Challenged What = "challenged"
	Ringing    What = "ringing"
	Early      What = "early media"
	Answered   What = "answered"
	Acked      What = "acked"
	Refused    What = "refused"
	Cancelled  What = "cancelled"
	KeySent    What = "key"
	KeyHeard   What = "key heard"
	Speaking   What = "speaking"
	Hears      What = "hears"
	Held       What = "held"
	Resumed    What = "resumed"
	ByePhone   What = "hangs up"
	ByeServer  What = "hung up on"
	Trouble    What = "trouble"
	Ended      What = "ended"
	Registered What = "registered"
)

// teller hands events to the observer in order, away from the carrier's lock.
type teller struct {
	to   func(Event)
	mu   sync.Mutex
	cond *sync.Cond
	wait []Event
	quit bool
	done sync.WaitGroup
}

func newTeller(to func(Event)) *teller {
	if to == nil {
		return nil
	}
	t := &teller{to: to}
	t.cond = sync.NewCond(&t.mu)
	t.done.Go(t.run)
	return t
}

func (t *teller) tell(e Event) {
	if t == nil {
		return
	}
	t.mu.Lock()
	t.wait = append(t.wait, e)
	t.mu.Unlock()
	t.cond.Signal()
}

func (t *teller) run() {
	for {
		t.mu.Lock()
		for len(t.wait) == 0 && !t.quit {
			t.cond.Wait()
		}
		batch := t.wait
		t.wait = nil
		t.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for _, e := range batch {
			t.to(e)
		}
	}
}

// close tells what is left and stops.
func (t *teller) close() {
	if t == nil {
		return
	}
	t.mu.Lock()
	t.quit = true
	t.mu.Unlock()
	t.cond.Signal()
	t.done.Wait()
}
