package trunk

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"clickbridge"
	"clickbridge/leg"
)

// hurry is how long an order waits for one trunk's calls_per_second while
// another might take it at once.
const hurry = time.Second

// order is one leg.Order on its way over the trunks.
type order struct {
	leg.Order
	group  *Group
	port   leg.Port
	ring   context.CancelCauseFunc // ends the ringing
	timer  *time.Timer             // RingTime, running from the first INVITE
	cause  *clickbridge.Cause      // of the last fault
	faults int
}

// Dial implements leg.Dialer.
func (g *Group) Dial(ctx context.Context, o leg.Order) (leg.Leg, error) {
	if ctx.Err() != nil {
		return nil, causeOf(ctx)
	}
	if len(g.lines) == 0 {
		return nil, &clickbridge.Cause{Class: clickbridge.CauseTrunkFault, Text: "no trunk is configured"}
	}
	port, err := g.cfg.Ports.Open(o.CallID)
	if err != nil {
		return nil, &clickbridge.Cause{Class: clickbridge.CauseFailed, Text: "no media port: " + err.Error()}
	}
	ringing, cancel := context.WithCancelCause(ctx)
	d := &order{Order: o, group: g, port: port, ring: cancel}
	phone, cause := d.patiently(ringing)
	if d.timer != nil {
		d.timer.Stop()
	}
	cancel(nil)
	if cause != nil {
		port.Close()
		return nil, cause
	}
	return phone, nil
}

// causeOf returns why ctx is done as a cause of ours.
func causeOf(ctx context.Context) *clickbridge.Cause {
	var c *clickbridge.Cause
	if errors.As(context.Cause(ctx), &c) {
		return c
	}
	return &clickbridge.Cause{Class: clickbridge.CauseCanceled, Text: context.Cause(ctx).Error()}
}

// errFull is what over returns when no trunk had room.
var errFull = &clickbridge.Cause{Class: clickbridge.CauseTrunkFault, Text: "all trunks at max_calls"}

// patiently waits for room while every trunk is at its max_calls, at most as
// long as the number would ring.
func (d *order) patiently(ctx context.Context) (leg.Leg, *clickbridge.Cause) {
	phone, cause := d.over(ctx)
	if cause != errFull {
		return phone, cause
	}
	limit := d.RingTime
	if limit <= 0 {
		limit = roomTime
	}
	over := time.NewTimer(limit)
	defer over.Stop()
	for cause == errFull && d.group.room.wait(ctx, over.C, d.group.full) {
		phone, cause = d.over(ctx)
	}
	if cause == errFull && ctx.Err() != nil {
		cause = causeOf(ctx)
	}
	return phone, cause
}

// over tries one trunk after the other until one is not at fault. Those that
// would have to be waited for come again after the rest.
func (d *order) over(ctx context.Context) (leg.Leg, *clickbridge.Cause) {
	lines := d.group.choice(time.Now())
	var later []*line
	for _, patient := range []bool{false, true} {
		for i, l := range lines {
			limit := hurry
			if patient || i == len(lines)-1 && len(later) == 0 {
				limit = 0
			}
			phone, cause, next := d.try(ctx, l, limit)
			switch {
			case next == stop:
				return phone, cause
			case next == wait:
				later = append(later, l)
			}
			if ctx.Err() != nil {
				return nil, causeOf(ctx)
			}
		}
		lines, later = later, nil
	}
	switch {
	case d.faults == 0:
		return nil, errFull
	case d.faults > 1:
		c := *d.cause
		c.Text = "every trunk failed, the last: " + c.Text
		return nil, &c
	}
	return nil, d.cause
}

// verdict says how an order goes on after one trunk.
type verdict int

const (
	stop verdict = iota // answered, or an end no other trunk would change
	next                // at fault or full: the next one
	wait                // in time perhaps, should no other do it sooner
)

// choice returns the trunks in the order they are tried now: as configured,
// those that failed lately last.
func (g *Group) choice(now time.Time) []*line {
	if !slices.ContainsFunc(g.lines, func(l *line) bool { return l.demoted(now) }) {
		return g.lines
	}
	lines := slices.Clone(g.lines)
	slices.SortStableFunc(lines, func(a, b *line) int {
		return rank(a.demoted(now)) - rank(b.demoted(now))
	})
	return lines
}

func rank(last bool) int {
	if last {
		return 1
	}
	return 0
}

// try sends the order over one trunk, waiting for its calls_per_second at most
// limit (0 = as long as it takes).
func (d *order) try(ctx context.Context, l *line, limit time.Duration) (leg.Leg, *clickbridge.Cause, verdict) {
	if !l.take() {
		return nil, nil, next
	}
	free := sync.OnceFunc(func() {
		l.give()
		d.group.room.give()
	})
	if !l.pace(ctx, limit) {
		free()
		return nil, nil, wait
	}
	session, cause := d.invite(ctx, l)
	if cause == nil {
		l.fine()
		return d.answered(session, l, free), nil, stop
	}
	free()
	if cause.Class != clickbridge.CauseTrunkFault {
		if cause.SIPCode != 0 {
			l.fine() // it did its work: the number is busy, away, not in service
		}
		return nil, cause, stop
	}
	d.cause = cause
	d.faults++
	l.fault(time.Now(), cause)
	d.group.log.Warn("trunk fault", "call_id", d.CallID, "trunk", l.Name, "cause", cause.Error())
	return nil, cause, next
}

// invite places the INVITE with one carrier.
func (d *order) invite(ctx context.Context, l *line) (leg.Session, *clickbridge.Cause) {
	to, err := d.group.address(ctx, l)
	if err != nil {
		if ctx.Err() != nil {
			return nil, causeOf(ctx)
		}
		return nil, &clickbridge.Cause{Class: clickbridge.CauseTrunkFault, Text: err.Error()}
	}
	if d.timer == nil && d.RingTime > 0 {
		d.timer = time.AfterFunc(d.RingTime, func() {
			d.ring(&clickbridge.Cause{Class: clickbridge.CauseNoAnswer, Text: "rang out"})
		})
	}
	d.report(leg.Progress{Trunk: l.Name})
	first := l.FirstResponse
	if first <= 0 {
		first = 5 * time.Second
	}
	var early leg.Media
	session, err := d.group.cfg.Inviter.Invite(ctx, leg.Invite{
		CallID: d.CallID, AttemptID: d.AttemptID, Trunk: l.Name, Agent: d.agent(), Exclusive: d.Exclusive,
		Callee: l.NumberFormat.Format(d.To, d.Country), Caller: l.NumberFormat.Format(d.CallerID, d.Country),
		Host: l.uriHost(), NextHop: to, Transport: l.Transport,
		Username: l.Username, Password: l.Password, FirstResponse: first,
		Media: d.port, Journal: d.Journal,
		Progress: func(status int, heard bool) {
			if heard {
				early = d.port
			}
			d.report(leg.Progress{Trunk: l.Name, SIPCode: status, Early: early})
		},
	})
	if err != nil {
		return nil, clickbridge.CauseOf(err)
	}
	return session, nil
}

// agent returns whom the leg occupies.
func (d *order) agent() clickbridge.Number {
	if d.Agent {
		return d.To
	}
	return ""
}

func (d *order) report(p leg.Progress) {
	if d.Progress != nil {
		d.Progress(p)
	}
}
