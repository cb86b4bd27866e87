// Package bridge joins two answered legs and watches them talk: it says who
// left and why. The audio itself is relayed by the legs' media; the bridge
// neither hangs up nor records anything.
package bridge

import (
	"context"
	"time"

	"clickbridge"
	"clickbridge/leg"
)

// Limits bound a bridge. Zero means the default.
type Limits struct {
	MaxDuration time.Duration // of talk; default 4 h
	Silence     time.Duration // no packet from either leg outside hold; default 60 s
}

// watch is how often the legs' packet counts are looked at; silence is found
// at most this much late.
const watch = 5 * time.Second

// End is how a bridge ended.
type End struct {
	Left  leg.Leg // who hung up; nil when neither did
	Cause *clickbridge.Cause
	Notes []string // what was odd: a leg that never sent audio
}

// Join lets the legs talk until one hangs up, ctx is cancelled, nobody sends
// audio for the silence limit, or the duration is used up.
func Join(ctx context.Context, a, b leg.Leg, lim Limits) End {
	if lim.MaxDuration == 0 {
		lim.MaxDuration = 4 * time.Hour
	}
	if lim.Silence == 0 {
		lim.Silence = time.Minute
	}
	a.Media().Bridge(b.Media())
	limit := time.NewTimer(lim.MaxDuration)
	defer limit.Stop()
	tick := time.NewTicker(watch)
	defer tick.Stop()
	quiet := listener{a: a.Media(), b: b.Media(), alive: time.Now()}
	quiet.heardA, quiet.heardB = quiet.a.Stats().PacketsIn, quiet.b.Stats().PacketsIn
	for {
		select {
		case <-a.Context().Done():
			return quiet.end(a, clickbridge.CauseOf(context.Cause(a.Context())))
		case <-b.Context().Done():
			return quiet.end(b, clickbridge.CauseOf(context.Cause(b.Context())))
		case <-ctx.Done():
			return quiet.end(nil, clickbridge.CauseOf(context.Cause(ctx)))
		case <-limit.C:
			return quiet.end(nil, &clickbridge.Cause{Class: clickbridge.CauseMaxDuration, Text: "the longest call allowed"})
		case <-tick.C:
			if quiet.since() >= lim.Silence {
				return quiet.end(nil, &clickbridge.Cause{Class: clickbridge.CauseMediaTimeout, Text: "no audio from either side"})
			}
		}
	}
}

// listener remembers when the bridge last had a reason to live: a packet from
// either leg, or either leg on hold.
type listener struct {
	a, b  leg.Media
	alive time.Time

	heardA, heardB uint64 // packets before the bridge: a key, say
}

func (q *listener) since() time.Duration {
	now := time.Now()
	for _, s := range []leg.Stats{q.a.Stats(), q.b.Stats()} {
		if s.OnHold {
			q.alive = now
		}
		if s.LastIn.After(q.alive) {
			q.alive = s.LastIn
		}
	}
	return now.Sub(q.alive)
}

func (q *listener) end(left leg.Leg, c *clickbridge.Cause) End {
	e := End{Left: left, Cause: c}
	if q.a.Stats().PacketsIn == q.heardA {
		e.Notes = append(e.Notes, "the first party sent no audio")
	}
	if q.b.Stats().PacketsIn == q.heardB {
		e.Notes = append(e.Notes, "the second party sent no audio")
	}
	return e
}
