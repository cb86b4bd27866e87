package callflow_test

import (
	"context"
	"log/slog"
	"testing"

	"clickbridge"
	"clickbridge/callflow"
	"clickbridge/leg"
)

// ideal is a store and a carrier that take no time: agents press 1 at once, and
// phone_to_call hangs up as soon as it is bridged.
type ideal struct{}

func (ideal) Dialing(context.Context, clickbridge.Attempt, clickbridge.LegRecord) error  { return nil }
func (ideal) Early(clickbridge.LegRecord)                                                {}
func (ideal) Answered(context.Context, clickbridge.Attempt, clickbridge.LegRecord) error { return nil }
func (ideal) Gone(string)                                                                {}
func (ideal) Save(context.Context, clickbridge.Call, []clickbridge.Attempt, []clickbridge.Notice) error {
	return nil
}

func (ideal) Dial(ctx context.Context, o leg.Order) (leg.Leg, error) {
	r := clickbridge.LegRecord{ID: string(o.AttemptID), Trunk: "ideal"}
	if err := o.Journal.Dialing(ctx, r); err != nil {
		return nil, err
	}
	o.Progress(leg.Progress{Trunk: "ideal"})
	if err := o.Journal.Answered(ctx, r); err != nil {
		return nil, err
	}
	l := &idealLeg{to: o.To, keys: make(chan leg.Key, 1)}
	l.ctx, l.end = context.WithCancelCause(context.Background())
	if o.Agent {
		l.keys <- '1'
	}
	return l, nil
}

// media is what an ideal leg does not need.
type media = interface {
	Hear(leg.Media)
	Press(string) <-chan struct{}
	Listen() leg.Tap
}

type idealLeg struct {
	media
	ctx  context.Context
	end  context.CancelCauseFunc
	to   clickbridge.Number
	keys chan leg.Key
}

func (l *idealLeg) Context() context.Context               { return l.ctx }
func (l *idealLeg) Media() leg.Media                       { return l }
func (l *idealLeg) Hangup(c *clickbridge.Cause)            { l.end(c) }
func (l *idealLeg) Info() leg.Info                         { return leg.Info{Number: l.to} }
func (l *idealLeg) Play([]*leg.Clip, bool) <-chan struct{} { return nil }
func (l *idealLeg) Stop()                                  {}
func (l *idealLeg) Keys() <-chan leg.Key                   { return l.keys }
func (l *idealLeg) Stats() leg.Stats                       { return leg.Stats{} }
func (l *idealLeg) Bridge(peer leg.Media)                  { l.end(nil) }

// BenchmarkCall is what conducting costs, without store and carrier: a click
// without settings, its one agent accepts.
func BenchmarkCall(b *testing.B) {
	for name, order := range map[string]clickbridge.Order{"type 1": clickbridge.PhoneFirst, "type 2": clickbridge.FindMeFirst} {
		b.Run(name, func(b *testing.B) {
			c := callflow.New(b.Context(), callflow.Config{Dialer: ideal{}, Calls: ideal{}, Render: render, Logger: slog.New(slog.DiscardHandler)})
			account, list, call := &clickbridge.Account{Country: "US"}, findMe(1, agent(0)), click(order)
			ctx := b.Context()
			b.ReportAllocs()
			for b.Loop() {
				<-c.Conduct(call, account, list)
				c.Drain(ctx)
			}
		})
	}
}
