// Package screen asks the person who answered whether they take the call: a
// small dialogue of clips and keys over one leg. Answer is not accept; a
// voicemail cannot press 1. The package decides nothing about the call: it says
// what the person decided, and callflow acts.
package screen

import (
	"context"
	"time"

	"clickbridge"
	"clickbridge/leg"
)

// The keys that decide; every other key is ignored.
const (
	AcceptKey  leg.Key = '1'
	DeclineKey leg.Key = '2'
)

// DefaultAcceptTime is how long a person has to decide, counted from the
// answer.
const DefaultAcceptTime = 15 * time.Second

// pause is the silence between one playing of the question and the next.
const pause = 2 * time.Second

// Question is what the person hears.
type Question struct {
	First []*leg.Clip   // who is calling and which keys to press
	Again []*leg.Clip   // repeated until the person decides
	Time  time.Duration // 0 = DefaultAcceptTime
}

// Ask plays the question and returns nil when the person accepted. Otherwise
// the *clickbridge.Cause says why not: CauseDeclined, CauseNotAccepted (no key
// in time, or hung up before one), or the cause of ctx. Ask neither hangs up nor
// keeps anything playing when it returns.
func Ask(ctx context.Context, l leg.Leg, q Question) *clickbridge.Cause {
	m := l.Media()
	defer m.Stop()
	limit := q.Time
	if limit == 0 {
		limit = DefaultAcceptTime
	}
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	done := m.Play(q.First, false)
	var again <-chan time.Time
	for {
		select {
		case k := <-m.Keys():
			switch k {
			case AcceptKey:
				return nil
			case DeclineKey:
				return &clickbridge.Cause{Class: clickbridge.CauseDeclined, Text: "pressed 2"}
			}
		case <-done:
			done, again = nil, time.After(pause)
		case <-again:
			done, again = m.Play(q.Again, false), nil
		case <-deadline.C:
			return &clickbridge.Cause{Class: clickbridge.CauseNotAccepted, Text: "answered, no key pressed"}
		case <-l.Context().Done():
			return gone(ctx, l)
		case <-ctx.Done():
			return clickbridge.CauseOf(context.Cause(ctx))
		}
	}
}

// gone says what a leg's end means here: a cancelled call stays cancelled, any
// other end is a person who left without pressing a key.
func gone(ctx context.Context, l leg.Leg) *clickbridge.Cause {
	if ctx.Err() != nil {
		return clickbridge.CauseOf(context.Cause(ctx))
	}
	c := *clickbridge.CauseOf(context.Cause(l.Context()))
	c.Class = clickbridge.CauseNotAccepted
	if c.Text == "" {
		c.Text = "hung up before pressing a key"
	}
	return &c
}
