package trunk

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// health is what OPTIONS and REGISTER said of a trunk. It changes nothing about
// which trunk is tried.
type health struct {
	up         bool
	failures   int // OPTIONS in a row
	status     int // last answer to OPTIONS
	err        string
	checked    time.Time
	registered time.Time // until
	regErr     string
	fault      string // last fault of a call
}

// Status is a snapshot of one trunk for checks, readiness and metrics.
type Status struct {
	Name      string
	Host      string
	Addresses []netip.AddrPort
	// Up is true until two OPTIONS in a row had no answer.
	Up            bool
	OptionsStatus int       // the last answer to OPTIONS; 0 = none yet
	OptionsError  string    // why the last OPTIONS failed, "" when it did not
	CheckedAt     time.Time // of the last OPTIONS
	// Registered is set where REGISTER is wanted and holds now.
	Register, Registered bool
	RegisterError        string
	Calls, MaxCalls      int
	Faults               int       // calls in a row that failed for the carrier's fault
	LastFault            string    // the last one's cause
	LastUntil            time.Time // tried last until then
}

// Statuses returns a snapshot of every trunk in their order.
func (g *Group) Statuses() []Status {
	out := make([]Status, len(g.lines))
	for i, l := range g.lines {
		out[i] = l.snapshot(time.Now())
	}
	return out
}

func (l *line) snapshot(now time.Time) Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := &l.health
	return Status{
		Name: l.Name, Host: hostPort(l.Host, l.Port), Addresses: append([]netip.AddrPort(nil), l.addrs...),
		Up: h.up, OptionsStatus: h.status, OptionsError: h.err, CheckedAt: h.checked,
		Register: l.Register, Registered: l.Register && now.Before(h.registered), RegisterError: h.regErr,
		Calls: l.calls, MaxCalls: l.MaxCalls, Faults: l.faults, LastFault: h.fault, LastUntil: l.lastTill,
	}
}

// Check looks up every trunk and asks it OPTIONS now, and returns what came of
// it; ctx bounds the wait.
func (g *Group) Check(ctx context.Context) []Status {
	var wg sync.WaitGroup
	for _, l := range g.lines {
		wg.Go(func() { g.probe(ctx, l) })
	}
	wg.Wait()
	return g.Statuses()
}

// optionsTimeout is how long an answer to OPTIONS may take.
const optionsTimeout = 5 * time.Second

// keepWatch asks OPTIONS every OptionsEvery.
func (g *Group) keepWatch(ctx context.Context, l *line) {
	for pause(ctx, g.cfg.OptionsEvery) {
		g.probe(ctx, l)
	}
}

// probe asks OPTIONS once. Any answer means that the carrier is there.
func (g *Group) probe(ctx context.Context, l *line) {
	ask, cancel := context.WithTimeout(ctx, optionsTimeout)
	defer cancel()
	status := 0
	to, err := g.address(ask, l)
	if err == nil && g.cfg.Carrier != nil {
		status, err = g.cfg.Carrier.Options(ask, l.peer(to))
	}
	if ctx.Err() != nil && err != nil && context.Cause(ask) != context.DeadlineExceeded {
		return // stopped, not unanswered
	}
	l.mu.Lock()
	h := &l.health
	was := h.up
	h.checked, h.status, h.err = time.Now(), status, ""
	if err != nil {
		h.err = err.Error()
		h.failures++
		h.up = h.up && h.failures < 2
	} else {
		h.failures, h.up = 0, true
	}
	is := h.up
	l.mu.Unlock()
	if was != is {
		g.log.Warn("trunk health changed", "trunk", l.Name, "up", is, "err", err)
	}
}

// Backoff of a registration that fails.
const (
	registerRetry    = 5 * time.Second
	registerRetryMax = 5 * time.Minute
	unregisterWithin = 2 * time.Second
)

// keepRegistered refreshes a registration at 80 % of its life, and takes it
// back when ctx is done.
func (g *Group) keepRegistered(ctx context.Context, l *line) {
	retry := registerRetry
	for {
		life, err := g.register(ctx, l, g.cfg.Register)
		wait := life * 8 / 10
		if err != nil {
			if ctx.Err() == nil {
				g.log.Warn("registration failed", "trunk", l.Name, "err", err)
			}
			wait, retry = retry, min(2*retry, registerRetryMax)
		} else {
			retry = registerRetry
			wait = max(wait, registerRetry) // a registrar that grants nothing is not stormed
		}
		if !pause(ctx, wait) {
			break
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), unregisterWithin)
	defer cancel()
	l.mu.Lock()
	held := time.Now().Before(l.health.registered)
	l.mu.Unlock()
	if !held {
		return
	}
	if _, err := g.register(last, l, 0); err != nil {
		g.log.Warn("registration could not be taken back", "trunk", l.Name, "err", err)
	}
}

// register sends one REGISTER and notes what came of it.
func (g *Group) register(ctx context.Context, l *line, expires time.Duration) (time.Duration, error) {
	to, err := g.address(ctx, l)
	var life time.Duration
	if err == nil {
		life, err = g.cfg.Carrier.Register(ctx, l.peer(to), expires)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.health.regErr = ""
	if err != nil {
		l.health.regErr = err.Error()
		l.next++ // another address, where the name has several
		return 0, err
	}
	l.health.registered = time.Now().Add(life)
	if expires == 0 {
		l.health.registered = time.Time{}
	}
	return life, nil
}
