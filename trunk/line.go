package trunk

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"clickbridge"
	"clickbridge/leg"
)

// patience with a carrier that fails.
const (
	faultsToDemote = 3                // in a row, before it is tried last
	demotedFor     = 30 * time.Second // how long it then is
)

// line is one trunk and what is known of it.
type line struct {
	clickbridge.Trunk
	limiter *rate.Limiter // nil without calls_per_second

	mu       sync.Mutex
	addrs    []netip.AddrPort
	next     int // which address is used
	calls    int
	faults   int       // in a row
	lastTill time.Time // tried last until then
	health   health
}

func newLine(t clickbridge.Trunk) *line {
	if t.Port == 0 {
		t.Port = 5060
	}
	if t.Transport == "" {
		t.Transport = "udp"
	}
	l := &line{Trunk: t}
	if t.CallsPerSecond > 0 {
		// No bursts: carriers count INVITEs over any second, not over ours.
		l.limiter = rate.NewLimiter(rate.Limit(t.CallsPerSecond), 1)
	}
	if ip, err := netip.ParseAddr(t.Host); err == nil {
		l.addrs = []netip.AddrPort{netip.AddrPortFrom(ip.Unmap(), uint16(t.Port))}
	}
	l.health.up = true
	return l
}

// uriHost is the trunk's host as SIP addresses carry it.
func (l *line) uriHost() string {
	host := l.Host
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() {
		host = "[" + host + "]"
	}
	if l.Port != 5060 {
		host += ":" + strconv.Itoa(l.Port)
	}
	return host
}

func (l *line) peer(to netip.AddrPort) leg.Peer {
	return leg.Peer{Trunk: l.Name, Host: l.uriHost(), NextHop: to, Transport: l.Transport, Username: l.Username, Password: l.Password}
}

func (l *line) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.MaxCalls > 0 && l.calls >= l.MaxCalls
}

// take claims one of max_calls.
func (l *line) take() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.MaxCalls > 0 && l.calls >= l.MaxCalls {
		return false
	}
	l.calls++
	return true
}

func (l *line) give() {
	l.mu.Lock()
	l.calls--
	l.mu.Unlock()
}

// pace waits for this call's place in calls_per_second. Without patience it
// returns false instead of waiting longer than limit.
func (l *line) pace(ctx context.Context, limit time.Duration) bool {
	if l.limiter == nil {
		return true
	}
	r := l.limiter.Reserve()
	wait := r.Delay()
	if limit > 0 && wait > limit || wait > 0 && !pause(ctx, wait) {
		r.Cancel()
		return false
	}
	return true
}

// demoted reports whether the line is to be tried last now.
func (l *line) demoted(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Before(l.lastTill)
}

// fault notes that the carrier failed, and what it asked for. The next INVITE
// goes to its next address.
func (l *line) fault(now time.Time, c *clickbridge.Cause) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults++
	l.next++
	l.health.fault = c.Error()
	if l.faults >= faultsToDemote {
		l.lastTill = now.Add(demotedFor)
	}
	if till := now.Add(c.RetryAfter); c.RetryAfter > 0 && till.After(l.lastTill) {
		l.lastTill = till
	}
}

// fine notes that the carrier did its work, whatever the number did.
func (l *line) fine() {
	l.mu.Lock()
	l.faults, l.lastTill = 0, time.Time{}
	l.mu.Unlock()
}

func hostPort(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
