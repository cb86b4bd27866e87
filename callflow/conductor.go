// Package callflow conducts calls: reach the first leg, hunt, screen, bridge,
// tell who waits, end. One goroutine owns each call and reads like the story in
// story.go; dialling, audio, storage and delivery belong to other rooms and come
// in through the seams. intake starts calls here; cmd wires and drains.
package callflow

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"clickbridge"
	"clickbridge/bridge"
	"clickbridge/leg"
	"clickbridge/stack"
	"clickbridge/store"
)

// Config is what a Conductor needs. Limits may be zero.
type Config struct {
	Dialer  leg.Dialer
	Calls   Calls
	Render  Render
	Logger  *slog.Logger
	Observe func(clickbridge.Event) // may be nil; called from many goroutines
	Limits  Limits
	// Recovered hears of each call that Recover closed, as it is on record then;
	// may be nil.
	Recovered func(store.Record)

	// What is nil is not there: calls go on without it and note so.
	Hunting    Hunting
	Speech     Speech
	Clips      Clips
	Recorder   Recorder
	Message    RenderMessage // without it there is no voicemail
	Machines   Machines
	Recordings Recordings // for Recover
	FindMe     FindMeByID // for Recover
}

// Limits are lengths of time; zero means the default.
type Limits struct {
	RingTime   time.Duration // of phone_to_call and no_answer_phone; default 30 s
	AcceptTime time.Duration // default screen.DefaultAcceptTime
	Bridge     bridge.Limits
}

// Conductor runs calls.
type Conductor struct {
	cfg    Config
	limits atomic.Pointer[Limits]
	ctx    context.Context // of the calls; done when they are cut
	uncut  context.Context // of what must be done even then
	stop   context.CancelCauseFunc

	outs    optOuts
	running running

	mu      sync.Mutex
	active  int
	drained chan struct{} // closed when active falls to 0 while draining
}

// New returns a conductor. ctx lives as long as the process: a call outlives
// the click that made it.
func New(ctx context.Context, cfg Config) *Conductor {
	if cfg.Observe == nil {
		cfg.Observe = func(clickbridge.Event) {}
	}
	c := &Conductor{cfg: cfg}
	c.SetLimits(cfg.Limits)
	c.uncut = context.WithoutCancel(ctx)
	c.ctx, c.stop = context.WithCancelCause(c.uncut)
	return c
}

// SetLimits changes the limits of calls that begin from now on.
func (c *Conductor) SetLimits(l Limits) {
	if l.RingTime == 0 {
		l.RingTime = clickbridge.DefaultRingTime
	}
	c.limits.Store(&l)
}

// Conduct runs a committed call to its end and returns at once. The channel
// delivers exactly one outcome, when the first leg's fate is committed.
func (c *Conductor) Conduct(call clickbridge.Call, account *clickbridge.Account, findMe *clickbridge.FindMe) <-chan clickbridge.Outcome {
	ctx, leave := c.running.enter(c.ctx, call.ID)
	f := &flow{
		Config:  &c.cfg,
		limits:  c.limits.Load(),
		ctx:     ctx,
		uncut:   c.uncut,
		call:    call,
		account: account,
		findMe:  findMe,
		outs:    &c.outs,
		outcome: make(chan clickbridge.Outcome, 1),
	}
	c.count(+1)
	go func() {
		defer c.count(-1)
		stack.Grow()
		f.run()
		leave()
		f.beside.Wait()
	}()
	return f.outcome
}

// Active returns how many calls have not ended.
func (c *Conductor) Active() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.active
}

func (c *Conductor) count(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.active += n
	if c.active == 0 && c.drained != nil {
		close(c.drained)
		c.drained = nil
	}
}

// idle returns a channel that is closed once no call is active.
func (c *Conductor) idle() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	done := make(chan struct{})
	if c.active == 0 {
		close(done)
		return done
	}
	if c.drained == nil {
		c.drained = done
	}
	return c.drained
}

// cutGrace is how long cut calls may take to write their records.
const cutGrace = 10 * time.Second

// Drain waits for the active calls until ctx is done, then cuts those that are
// left: every leg is hung up and each call gets its record. It returns how many
// were cut. No new call may be conducted meanwhile.
func (c *Conductor) Drain(ctx context.Context) (cut int) {
	idle := c.idle()
	select {
	case <-idle:
		return 0
	case <-ctx.Done():
	}
	cut = c.Active()
	c.stop(&clickbridge.Cause{Class: clickbridge.CauseDrained, Text: "the server was stopped"})
	grace := time.NewTimer(cutGrace)
	defer grace.Stop()
	select {
	case <-idle:
	case <-grace.C:
		c.cfg.Logger.Error("calls did not end in time", "calls", c.Active())
	}
	return cut
}
