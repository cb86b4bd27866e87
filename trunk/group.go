package trunk

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"clickbridge"
	"clickbridge/leg"
)

// Resolver finds the addresses of a carrier's name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Carrier is what the group asks of signalling besides calls.
type Carrier interface {
	// Options returns the status a carrier answered OPTIONS with.
	Options(ctx context.Context, to leg.Peer) (int, error)
	// Register tells a carrier where we are, for expires (0 takes it back), and
	// returns for how long it will remember.
	Register(ctx context.Context, to leg.Peer, expires time.Duration) (time.Duration, error)
}

// Config says which trunks there are and who does the work.
type Config struct {
	Trunks  []clickbridge.Trunk // in the order they are tried
	Inviter leg.Inviter
	Ports   leg.Ports
	// Carrier may be nil: no OPTIONS, no REGISTER.
	Carrier  Carrier
	Resolver Resolver
	Logger   *slog.Logger
	// OptionsEvery is the pause between OPTIONS to one trunk; 0 = 30 s.
	OptionsEvery time.Duration
	// ResolveEvery is how long a name's addresses are believed; 0 = 60 s.
	ResolveEvery time.Duration
	// Register is the expiry asked for; 0 = 10 min.
	Register time.Duration
}

// Group is all trunks. Its methods may be called from any goroutine.
type Group struct {
	cfg   Config
	log   *slog.Logger
	lines []*line
	trust trustees
	room  room
}

var _ leg.Dialer = (*Group)(nil)

// New returns the group of cfg.Trunks. Addresses given as such are trusted from
// here on; names are once Run or Resolve has looked them up.
func New(cfg Config) (*Group, error) {
	if cfg.OptionsEvery <= 0 {
		cfg.OptionsEvery = 30 * time.Second
	}
	if cfg.ResolveEvery <= 0 {
		cfg.ResolveEvery = time.Minute
	}
	if cfg.Register <= 0 {
		cfg.Register = 10 * time.Minute
	}
	g := &Group{cfg: cfg, log: cfg.Logger}
	names := make(map[string]bool)
	for _, t := range cfg.Trunks {
		if t.Name == "" || names[t.Name] {
			return nil, errors.New("trunks need names of their own")
		}
		names[t.Name] = true
		l := newLine(t)
		if len(l.addrs) > 0 {
			g.trust.add(l.addrs, time.Now())
		}
		g.lines = append(g.lines, l)
	}
	return g, nil
}

// Full reports whether every trunk is at its max_calls, so that a new click
// cannot be served. What becomes free while calls wait for room is theirs.
func (g *Group) Full() bool { return g.room.awaited() || g.full() }

func (g *Group) full() bool {
	for _, l := range g.lines {
		if !l.full() {
			return false
		}
	}
	return len(g.lines) > 0
}

// Credentials returns the account of a trunk by its name.
func (g *Group) Credentials(name string) (username, password string) {
	for _, l := range g.lines {
		if l.Name == name {
			return l.Username, l.Password
		}
	}
	return "", ""
}

// Run looks names up again, asks OPTIONS and keeps registrations fresh until
// ctx is done; then it takes the registrations back and returns.
func (g *Group) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, l := range g.lines {
		wg.Go(func() { g.keepResolved(ctx, l) })
		if g.cfg.Carrier == nil {
			continue
		}
		wg.Go(func() { g.keepWatch(ctx, l) })
		if l.Register {
			wg.Go(func() { g.keepRegistered(ctx, l) })
		}
	}
	wg.Wait()
}

// pause waits d and reports whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
