package clickbridge

import (
	"fmt"
	"time"
)

// Ranges of FindMe settings.
const (
	MinRingTime     = 10 * time.Second
	MaxRingTime     = 60 * time.Second
	DefaultRingTime = 30 * time.Second
	MinLoops        = 1
	MaxLoops        = 5
	DefaultLoops    = 1
)

// FindMe is a saved hunt list.
type FindMe struct {
	ID        int64 // lives in customers' pages; unique over all accounts
	AccountID int64
	Name      string
	Timeout   time.Duration // ring time of numbers that have none of their own
	LoopCount int           // passes over the list
	Numbers   []FindMeNumber
}

// FindMeNumber is one line of a hunt list.
type FindMeNumber struct {
	Number  Number
	Name    string        // of the agent; may be empty
	Timeout time.Duration // 0 = the FindMe's
}

// RingTime returns how long the i-th number rings, counted from its INVITE.
func (f *FindMe) RingTime(i int) time.Duration {
	if t := f.Numbers[i].Timeout; t != 0 {
		return t
	}
	return f.Timeout
}

// Validate reports the first setting that is out of range.
func (f *FindMe) Validate() error {
	if f.ID <= 0 {
		return fmt.Errorf("id %d: must be a whole number above 0", f.ID)
	}
	if err := validRing("timeout", f.Timeout); err != nil {
		return err
	}
	if f.LoopCount < MinLoops || f.LoopCount > MaxLoops {
		return fmt.Errorf("loop_count %d: must be %d to %d", f.LoopCount, MinLoops, MaxLoops)
	}
	for _, n := range f.Numbers {
		if n.Timeout != 0 {
			if err := validRing("timeout of "+string(n.Number), n.Timeout); err != nil {
				return err
			}
		}
	}
	return nil
}

func validRing(what string, d time.Duration) error {
	if d < MinRingTime || d > MaxRingTime {
		return fmt.Errorf("%s %d: must be %d to %d seconds", what,
			int(d/time.Second), int(MinRingTime/time.Second), int(MaxRingTime/time.Second))
	}
	return nil
}
