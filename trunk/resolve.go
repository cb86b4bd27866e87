package trunk

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// trustFor is how long an address stays trusted after the carrier's name last
// led there: calls placed before the name moved still have their dialogs there.
const trustFor = 24 * time.Hour

// lookupTimeout bounds one name lookup.
const lookupTimeout = 5 * time.Second

// trustees are the addresses any trunk has. Reading takes no lock: it happens
// for every datagram.
type trustees struct {
	set atomic.Pointer[map[netip.Addr]struct{}]

	mu   sync.Mutex
	seen map[netip.Addr]time.Time // when a trunk last had it
}

func (t *trustees) has(ip netip.Addr) bool {
	set := t.set.Load()
	if set == nil {
		return false
	}
	_, ok := (*set)[ip.Unmap().WithZone("")]
	return ok
}

func (t *trustees) add(addrs []netip.AddrPort, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen == nil {
		t.seen = make(map[netip.Addr]time.Time)
	}
	for _, a := range addrs {
		t.seen[a.Addr().Unmap().WithZone("")] = now
	}
	set := make(map[netip.Addr]struct{}, len(t.seen))
	for ip, last := range t.seen {
		if now.Sub(last) > trustFor {
			delete(t.seen, ip)
			continue
		}
		set[ip] = struct{}{}
	}
	t.set.Store(&set)
}

// Trusted reports whether ip is an address of any trunk. It is quick enough to
// be asked for every datagram.
func (g *Group) Trusted(ip netip.Addr) bool { return g.trust.has(ip) }

// Resolve looks every trunk's name up once; the error joins those that failed.
// Calls look up what is missing themselves.
func (g *Group) Resolve(ctx context.Context) error {
	errs := make([]error, len(g.lines))
	var wg sync.WaitGroup
	for i, l := range g.lines {
		wg.Go(func() { _, errs[i] = g.lookup(ctx, l) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// keepResolved looks a name up again every ResolveEvery. What it led to before
// is kept when a lookup fails.
func (g *Group) keepResolved(ctx context.Context, l *line) {
	for {
		if _, err := g.lookup(ctx, l); err != nil && ctx.Err() == nil {
			l.mu.Lock()
			used := l.addrs
			l.mu.Unlock()
			g.trust.add(used, time.Now()) // calls go there still
			g.log.Warn("trunk's name not found", "trunk", l.Name, "host", l.Host, "err", err)
		}
		if !pause(ctx, g.cfg.ResolveEvery) {
			return
		}
	}
}

// address returns where the next request to l goes, looking its name up when
// that was never done.
func (g *Group) address(ctx context.Context, l *line) (netip.AddrPort, error) {
	l.mu.Lock()
	addrs, next := l.addrs, l.next
	l.mu.Unlock()
	if len(addrs) == 0 {
		var err error
		if addrs, err = g.lookup(ctx, l); err != nil {
			return netip.AddrPort{}, err
		}
	}
	return addrs[next%len(addrs)], nil
}

// lookup asks for the A and AAAA records of l's host and remembers them, IPv4
// first.
func (g *Group) lookup(ctx context.Context, l *line) ([]netip.AddrPort, error) {
	if ip, err := netip.ParseAddr(l.Host); err == nil {
		// A plain address keeps its trust for as long as it is configured.
		addrs := []netip.AddrPort{netip.AddrPortFrom(ip.Unmap(), uint16(l.Port))}
		g.trust.add(addrs, time.Now())
		return addrs, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	ips, err := g.cfg.Resolver.LookupNetIP(ctx, "ip", l.Host)
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", l.Host, err)
	}
	addrs := make([]netip.AddrPort, 0, len(ips))
	for _, ip := range ips {
		addrs = append(addrs, netip.AddrPortFrom(ip.Unmap(), uint16(l.Port)))
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("look up %s: no address", l.Host)
	}
	slices.SortStableFunc(addrs, func(a, b netip.AddrPort) int {
		return a.Addr().BitLen() - b.Addr().BitLen()
	})
	g.trust.add(addrs, time.Now())
	l.mu.Lock()
	l.addrs = addrs
	l.mu.Unlock()
	return addrs, nil
}
