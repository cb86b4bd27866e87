package legtest

import (
	"context"
	"sync"
	"time"

	"clickbridge"
	"clickbridge/leg"
)

// Phone is how a fake number behaves.
type Phone struct {
	Ring        time.Duration      // before it answers or fails
	Fail        *clickbridge.Cause // nil = it answers
	Forever     bool               // it rings until the ring time is over
	Keys        string             // pressed KeyAfter its answer
	KeyAfter    time.Duration
	HangupAfter time.Duration // after its answer; 0 = never
	Early       *Media        // early media it sends while it rings
	Says        []byte        // µ-law at 8 kHz, from its answer on
}

// Dialer is a fake carrier: numbers behave as Phones says, all others answer
// at once and press 1.
type Dialer struct {
	Phones map[clickbridge.Number]Phone

	mu     sync.Mutex
	orders []leg.Order
	legs   []*Leg
}

// Dial implements leg.Dialer.
func (d *Dialer) Dial(ctx context.Context, o leg.Order) (leg.Leg, error) {
	p, ok := d.Phones[o.To]
	if !ok {
		p = Phone{Keys: "1"}
	}
	d.mu.Lock()
	d.orders = append(d.orders, o)
	d.mu.Unlock()
	rec := clickbridge.LegRecord{
		ID: string(o.AttemptID) + "/1", CallID: o.CallID, AttemptID: o.AttemptID, Trunk: "fake", State: clickbridge.LegInviting,
	}
	if o.Agent {
		rec.Agent, rec.Exclusive = o.To, o.Exclusive
	}
	if err := o.Journal.Dialing(ctx, rec); err != nil {
		return nil, clickbridge.CauseOf(err)
	}
	if err := d.ring(ctx, o, p); err != nil {
		o.Journal.Gone(rec.ID)
		return nil, err
	}
	rec.State = clickbridge.LegAnswered
	if err := o.Journal.Answered(ctx, rec); err != nil {
		return nil, &clickbridge.Cause{Class: clickbridge.CauseFailed, Text: err.Error()}
	}
	return d.answer(o, p, rec.ID), nil
}

func (d *Dialer) ring(ctx context.Context, o leg.Order, p Phone) error {
	o.Progress(leg.Progress{Trunk: "fake"})
	pr := leg.Progress{Trunk: "fake", SIPCode: 180}
	if p.Early != nil {
		pr.SIPCode, pr.Early = 183, p.Early
	}
	o.Progress(pr)
	limit := time.NewTimer(o.RingTime)
	defer limit.Stop()
	var answers <-chan time.Time
	if !p.Forever {
		answers = time.After(p.Ring)
	}
	select {
	case <-answers:
		if p.Fail != nil {
			return p.Fail
		}
		return nil
	case <-limit.C:
		return &clickbridge.Cause{Class: clickbridge.CauseNoAnswer}
	case <-ctx.Done():
		return clickbridge.CauseOf(context.Cause(ctx))
	}
}

func (d *Dialer) answer(o leg.Order, p Phone, record string) *Leg {
	l := New(o.To)
	d.mu.Lock()
	d.legs = append(d.legs, l)
	d.mu.Unlock()
	context.AfterFunc(l.ctx, func() { o.Journal.Gone(record) })
	if p.Says != nil {
		l.Audio.Say(p.Says)
	}
	go func() {
		select {
		case <-time.After(p.KeyAfter):
			l.Press(p.Keys)
		case <-l.ctx.Done():
			return
		}
		if p.HangupAfter == 0 {
			return
		}
		select {
		case <-time.After(p.HangupAfter - p.KeyAfter):
			l.FarHangup()
		case <-l.ctx.Done():
		}
	}()
	return l
}

// Orders returns what was dialled so far.
func (d *Dialer) Orders() []leg.Order {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]leg.Order(nil), d.orders...)
}

// Legs returns the legs answered so far.
func (d *Dialer) Legs() []*Leg {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]*Leg(nil), d.legs...)
}
