package intake

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// Calls is where an accepted click is committed.
type Calls interface {
	// CreateCall inserts a call and counts it against the account's day in one
	// transaction; store.ErrDailyLimit when it is one too many.
	CreateCall(ctx context.Context, c clickbridge.Call, d store.Daily) error
}

// Conductor dials what was committed.
type Conductor interface {
	// Conduct takes the call over and returns at once. The channel delivers
	// exactly one outcome, when the first leg's fate is known. Account and FindMe
	// are a snapshot and must not be changed.
	Conduct(call clickbridge.Call, account *clickbridge.Account, findMe *clickbridge.FindMe) <-chan clickbridge.Outcome
}

// Config is what an Intake works with.
type Config struct {
	Directory *Directory
	Calls     Calls
	Conductor Conductor
	// Ready returns why no new click can be taken now (draining, no free
	// channel); a *clickbridge.Error is answered as it is. nil = always ready.
	Ready func() error
	// Refuse records a click that was turned away. nil = nowhere.
	Refuse func(clickbridge.Refusal)
	Node   string // owns the calls made here
	// Keep is how long an answer waits for the repeat of a client that was gone;
	// 0 = 60 s.
	Keep     time.Duration
	Visitors Visitors // limits of public keys; zero = DefaultVisitors
	Log      *slog.Logger
}

const (
	defaultKeep       = time.Minute
	defaultRetryAfter = 30 * time.Second
	commitTimeout     = 10 * time.Second
)

// Intake accepts clicks. Its methods may be called from any goroutine.
type Intake struct {
	cfg      Config
	flights  *flights
	visitors *visitors
	// gate is held for reading from the question whether there is room until
	// the conductor has the call, so that Settle can wait for those between.
	gate sync.RWMutex
}

// New returns an intake.
func New(cfg Config) *Intake {
	if cfg.Keep == 0 {
		cfg.Keep = defaultKeep
	}
	return &Intake{cfg: cfg, flights: newFlights(cfg.Keep), visitors: newVisitors(cfg.Visitors)}
}

// Authorize returns what the credentials give access to.
func (in *Intake) Authorize(c Credentials) (Access, error) { return in.cfg.Directory.Authorize(c) }

// AllowsOrigin reports whether a page of the origin may read answers to clicks
// with the public key.
func (in *Intake) AllowsOrigin(publicKey, origin string) bool {
	return in.cfg.Directory.AllowsOrigin(publicKey, origin)
}

// Click accepts a click and returns when its first leg connected or failed.
// The error is a *clickbridge.Error: the click was refused and nothing rang.
// That ctx is done cancels nothing; the call belongs to the conductor.
func (in *Intake) Click(ctx context.Context, c Click) (clickbridge.Outcome, error) {
	dir := in.cfg.Directory.current.Load()
	who, err := dir.authorize(c.Credentials, in.cfg.Directory.secret)
	if err != nil {
		return clickbridge.Outcome{}, in.refuse(ctx, who, c, err)
	}
	call, findMe, err := dir.check(who, c, time.Now())
	if err != nil {
		return clickbridge.Outcome{}, in.refuse(ctx, who, c, err)
	}
	o, err := in.connect(ctx, who, c.RemoteAddr, call, findMe)
	if err != nil {
		return o, in.refuse(ctx, who, c, err)
	}
	return o, nil
}

// connect starts a call for a click that may be, or joins the call its twin
// has started, and returns the answer of either.
func (in *Intake) connect(ctx context.Context, who Access, from string, call clickbridge.Call, findMe *clickbridge.FindMe) (clickbridge.Outcome, error) {
	call.Node = in.cfg.Node
	f, err := in.board(ctx, who, from, call, findMe)
	if err != nil {
		return clickbridge.Outcome{}, err
	}
	return f.wait(ctx)
}

// board returns the click's flight, begun or joined.
func (in *Intake) board(ctx context.Context, who Access, from string, call clickbridge.Call, findMe *clickbridge.FindMe) (*flight, error) {
	in.gate.RLock()
	defer in.gate.RUnlock()
	id := identity(&call, findMe)
	f, first := in.flights.join(id), false
	if f == nil {
		// Only what is new needs room: a repeat joins its twin even while the
		// server drains.
		if err := in.ready(); err != nil {
			return nil, err
		}
		if err := in.visitors.welcome(who, from, call.Phone); err != nil {
			return nil, err
		}
		f, first = in.flights.enter(ctx, id)
	}
	if !first {
		in.cfg.Log.Info("click joins its twin", "account", who.Account.Name, "key", who.Key.Name, "findme_id", call.FindMeID)
	} else if err := in.start(ctx, f, who, call, findMe); err != nil {
		in.flights.land(f, clickbridge.Outcome{}, err)
	}
	return f, nil
}

// Settle returns when every click that has found Ready is in the conductor's
// hands, or refused; that takes a commit at most. Once Ready says no, no call
// begins after Settle has returned.
func (in *Intake) Settle() {
	in.gate.Lock()
	defer in.gate.Unlock()
}

// start commits the call and hands it over. From the commit on the request's
// own life does not matter.
func (in *Intake) start(ctx context.Context, f *flight, who Access, call clickbridge.Call, findMe *clickbridge.FindMe) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	if err := in.commit(ctx, who, call); err != nil {
		return err
	}
	in.cfg.Log.Info("click accepted", "call_id", call.ID, "account", who.Account.Name, "key", who.Key.Name,
		"findme_id", call.FindMeID, "type", int(call.Order), "phone_to_call", call.Phone)
	told := in.cfg.Conductor.Conduct(call, who.Account, findMe)
	go func() {
		o, ok := <-told
		if !ok {
			o = clickbridge.Outcome{Kind: clickbridge.OutcomeFailed, Cause: &clickbridge.Cause{Class: clickbridge.CauseInterrupted}}
		}
		in.flights.land(f, o, nil)
	}()
	return nil
}

// untilMidnight returns the time to the account's next day; days with a change
// of clocks are shorter or longer.
func untilMidnight(local time.Time) time.Duration {
	y, m, d := local.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, local.Location()).Sub(local)
}

func (in *Intake) ready() error {
	if in.cfg.Ready == nil {
		return nil
	}
	err := in.cfg.Ready()
	var e *clickbridge.Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	return &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, RetryAfter: defaultRetryAfter,
		Message: "Service unavailable: " + err.Error(), Err: err}
}
