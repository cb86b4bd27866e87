// Package legtest has the fake leg: what tests of the rooms above the seam use
// instead of SIP and RTP. It works inside a synctest bubble.
package legtest

import (
	"context"

	"clickbridge"
	"clickbridge/leg"
)

// Leg is a fake answered leg. It records what was played and how it ended.
type Leg struct {
	Number clickbridge.Number
	Audio  *Media

	ctx    context.Context
	cancel context.CancelCauseFunc
}

// New returns a live fake leg.
func New(number clickbridge.Number) *Leg {
	ctx, cancel := context.WithCancelCause(context.Background())
	l := &Leg{Number: number, ctx: ctx, cancel: cancel}
	l.Audio = &Media{ctx: ctx, keys: make(chan leg.Key, 32)}
	return l
}

// Context implements leg.Leg.
func (l *Leg) Context() context.Context { return l.ctx }

// Media implements leg.Leg.
func (l *Leg) Media() leg.Media { return l.Audio }

// Hangup implements leg.Leg.
func (l *Leg) Hangup(c *clickbridge.Cause) { l.cancel(c) }

// Info implements leg.Leg.
func (l *Leg) Info() leg.Info {
	return leg.Info{Number: l.Number, Trunk: "fake", SIPCallID: "fake-" + string(l.Number)}
}

// FarHangup ends the leg as the far end's BYE does.
func (l *Leg) FarHangup() { l.cancel(&clickbridge.Cause{Class: clickbridge.CauseHangup}) }

// Press presses keys, all at once.
func (l *Leg) Press(keys string) {
	for _, k := range keys {
		l.Audio.keys <- leg.Key(k)
	}
}

// Cause returns why the leg ended, nil while it lives.
func (l *Leg) Cause() *clickbridge.Cause {
	if l.ctx.Err() == nil {
		return nil
	}
	return clickbridge.CauseOf(context.Cause(l.ctx))
}
