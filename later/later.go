// Package later makes the calls that are owed because nobody on a list accepted,
// or somebody wants them at a time: when they are due, within the hours in which
// people may be called, never to a number that opted out, and at most as often as
// the list says. One that was scheduled may be for any hour. The calls themselves
// are like any other; cmd starts and stops the runner.
package later

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// Store is where callbacks are kept.
type Store interface {
	DueCallbacks(ctx context.Context, node string, now time.Time, limit int) ([]clickbridge.Callback, error)
	LostCallbacks(ctx context.Context, node string, deadline time.Time) ([]clickbridge.Callback, error)
	PutCallback(ctx context.Context, c clickbridge.Callback) error
	CallbacksOf(ctx context.Context, account int64, state clickbridge.CallbackState, before clickbridge.CallbackID, limit int) ([]clickbridge.Callback, error)
	Call(ctx context.Context, id clickbridge.CallID) (store.Record, error)
	EachCall(ctx context.Context, f store.Filter, each func(store.Record) error) error
	OptedOut(ctx context.Context, account int64, n clickbridge.Number) (bool, error)
}

// Caller makes a call of a callback, with the id given. The error is a
// *clickbridge.Error: EUNAVAILABLE and ELIMIT may be over later.
type Caller interface {
	Again(ctx context.Context, c clickbridge.Callback, id clickbridge.CallID) error
}

// Directory knows accounts and lists as they are now.
type Directory interface {
	Account(id int64) (*clickbridge.Account, bool)
	FindMe(id int64) (*clickbridge.FindMe, bool)
}

// Config is what a Runner needs.
type Config struct {
	Store     Store
	Caller    Caller
	Directory Directory
	Node      string
	DeadAfter time.Duration // a node not heard of for so long is dead
	Log       *slog.Logger
}

// Runner makes calls when they are due.
type Runner struct{ cfg Config }

// New returns a runner.
func New(cfg Config) *Runner { return &Runner{cfg: cfg} }

const (
	// every is how often the runner looks: a call is at most this much late.
	every = 2 * time.Second
	// atOnce bounds the calls begun in one look.
	atOnce = 20
	gone   = "the account or its list is gone"
	// again is the least pause after something that may be over later.
	again = 30 * time.Second
)

// Run makes calls until ctx is done.
func (r *Runner) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := r.look(ctx); err != nil && ctx.Err() == nil {
			r.cfg.Log.Warn("calls that are owed were not looked at; trying again", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// look settles what has ended and begins what is due.
func (r *Runner) look(ctx context.Context) error {
	now := time.Now()
	ended, err := r.cfg.Store.LostCallbacks(ctx, r.cfg.Node, now.Add(-r.cfg.DeadAfter))
	if err != nil {
		return err
	}
	twins := pending{}
	for _, c := range ended {
		if err := r.settle(ctx, twins, c, now); err != nil {
			return err
		}
	}
	due, err := r.cfg.Store.DueCallbacks(ctx, r.cfg.Node, now, atOnce)
	if err != nil {
		return err
	}
	twins = pending{}
	for _, c := range due {
		if err := r.begin(ctx, twins, c, now); err != nil {
			return err
		}
	}
	return nil
}

// settle says what becomes of a callback whose call has ended. A call that was
// never made is not a try, and one that was made before the callback was due has
// been counted.
func (r *Runner) settle(ctx context.Context, p pending, c clickbridge.Callback, now time.Time) error {
	made, err := r.cfg.Store.Call(ctx, c.CallID)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && (made.Call.Callback != c.ID || made.Call.CreatedAt.Before(c.DueAt)):
		return r.wait(ctx, c, now.Add(again), "the call was not made; trying again")
	case err != nil:
		return err
	}
	c.Tries++
	if res := made.Call.Result; res == clickbridge.ResultConnected || res == clickbridge.ResultTransferred {
		return r.endAll(ctx, p, c, clickbridge.CallbackDone, string(res))
	}
	_, f, ok := r.list(c)
	if !ok {
		return r.end(ctx, c, clickbridge.CallbackCanceled, gone)
	}
	if c.Plan != clickbridge.CallbackOfHunt && f.Settings.End.Action != clickbridge.EndCallLater {
		return r.end(ctx, c, clickbridge.CallbackDone, string(made.Call.Result))
	}
	if c.Tries >= f.Settings.End.Tries() {
		return r.endAll(ctx, p, c, clickbridge.CallbackGivenUp, "nobody was reached in as many calls as the list allows")
	}
	return r.wait(ctx, c, now.Add(f.Settings.End.Pause()), string(made.Call.Result))
}

// begin makes the call of a callback that is due, or says why not now. The
// callback names its call before that is made: after a crash each call is found
// with what it was made for.
func (r *Runner) begin(ctx context.Context, p pending, c clickbridge.Callback, now time.Time) error {
	out, err := r.cfg.Store.OptedOut(ctx, c.AccountID, c.Phone)
	if err != nil {
		return err
	}
	if out {
		return r.end(ctx, c, clickbridge.CallbackCanceled, "the number has opted out")
	}
	a, f, ok := r.list(c)
	if !ok {
		return r.end(ctx, c, clickbridge.CallbackCanceled, gone)
	}
	if older, err := r.older(ctx, p, c); err != nil {
		return err
	} else if older {
		return r.end(ctx, c, clickbridge.CallbackCanceled, "they are called for an earlier click")
	}
	if talked, err := r.talked(ctx, c); err != nil {
		return err
	} else if talked {
		return r.end(ctx, c, clickbridge.CallbackDone, "they talked to somebody meanwhile")
	}
	switch at, ok := hour(c, a, f, now); {
	case !ok:
		return r.end(ctx, c, clickbridge.CallbackCanceled, "there is no hour in which it may be called")
	case at.After(now):
		return r.wait(ctx, c, at, "outside the hours in which it may be called")
	}
	c.CallID, c.State, c.Node, c.Text = clickbridge.NewCallID(), clickbridge.CallbackCalling, r.cfg.Node, "calling"
	if err := r.put(ctx, c); err != nil {
		if errors.Is(err, store.ErrConflict) {
			return nil // canceled in this moment
		}
		return err
	}
	return r.made(ctx, c, r.cfg.Caller.Again(ctx, c, c.CallID))
}

// hour is the first moment at which a call may be made. One that somebody
// wanted at its time is not bound to hours; its repetitions are.
func hour(c clickbridge.Callback, a *clickbridge.Account, f *clickbridge.FindMe, now time.Time) (time.Time, bool) {
	if c.Plan == clickbridge.CallbackScheduled && c.Tries == 0 {
		return now, true
	}
	return f.CallAgainAt(c.Phone, a.TimeZone, now)
}

// talked reports whether the customer has talked to somebody of the list since
// nobody came, by a click of their own. What was asked for at a time is called
// all the same.
func (r *Runner) talked(ctx context.Context, c clickbridge.Callback) (talked bool, err error) {
	if c.Tries == 0 {
		return false, nil
	}
	err = r.cfg.Store.EachCall(ctx, store.Filter{
		AccountID: c.AccountID, FindMeID: c.FindMeID, Phone: c.Phone, Result: clickbridge.ResultConnected, From: c.CreatedAt, Limit: 1,
	}, func(store.Record) error {
		talked = true
		return nil
	})
	return talked, err
}

// made takes a refusal: some are over later.
func (r *Runner) made(ctx context.Context, c clickbridge.Callback, err error) error {
	if err == nil {
		return nil
	}
	r.cfg.Log.Info("a call that is owed was not made", "callback", c.ID, "err", err)
	var e *clickbridge.Error
	if !errors.As(err, &e) {
		return err
	}
	if e.Code == clickbridge.EUNAVAILABLE || e.Code == clickbridge.ELIMIT {
		return r.wait(ctx, c, time.Now().Add(max(again, e.RetryAfter)), e.Message)
	}
	return r.end(ctx, c, clickbridge.CallbackCanceled, e.Message)
}

func (r *Runner) list(c clickbridge.Callback) (*clickbridge.Account, *clickbridge.FindMe, bool) {
	a, known := r.cfg.Directory.Account(c.AccountID)
	f, saved := r.cfg.Directory.FindMe(c.FindMeID)
	return a, f, known && saved && f.AccountID == c.AccountID
}

func (r *Runner) wait(ctx context.Context, c clickbridge.Callback, until time.Time, why string) error {
	c.State, c.Node, c.DueAt, c.Text = clickbridge.CallbackWaiting, "", until, why
	return r.put(ctx, c)
}

func (r *Runner) end(ctx context.Context, c clickbridge.Callback, s clickbridge.CallbackState, why string) error {
	c.State, c.Node, c.Text = s, "", why
	return r.put(ctx, c)
}

// put keeps a callback; one that was canceled meanwhile stays so.
func (r *Runner) put(ctx context.Context, c clickbridge.Callback) error {
	err := r.cfg.Store.PutCallback(ctx, c)
	if c.State != clickbridge.CallbackCalling && (errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound)) {
		return nil
	}
	return err
}
