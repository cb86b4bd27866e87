package people

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// backoff says how long who was wrong has to wait: not at all for the first
// Free times, then base, and twice as long each time, up to most.
type backoff struct {
	free       int
	base, most time.Duration
}

// The back-offs. A pair of user and address comes first, so that nobody is
// locked out by somebody elsewhere. An address that tries many users is slowed
// down by itself. A user that many addresses try is slowed down for addresses
// the user never signed in from.
var (
	ofPair = backoff{4, time.Second, 15 * time.Minute}
	ofAddr = backoff{30, time.Second, 15 * time.Minute}
	ofUser = backoff{20, time.Second, time.Minute}
)

const (
	// locksKept bounds the memory of each of the three.
	locksKept = 10_000
	// forgiven is how long after its last wait a name begins anew.
	forgiven = time.Hour
)

// locks count wrong sign-ins of this node. They begin anew when it restarts.
type locks struct {
	mu                  sync.Mutex
	pairs, addrs, users *counter
}

func newLocks() *locks {
	return &locks{pairs: newCounter(ofPair), addrs: newCounter(ofAddr), users: newCounter(ofUser)}
}

// try names who tries to be whom.
type try struct {
	email string
	addr  string // netOf it
	known bool   // the user has signed in from there before
}

func (l *locks) each(t try, f func(c *counter, name string)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(l.pairs, t.addr+" "+t.email)
	f(l.addrs, t.addr)
	if !t.known {
		f(l.users, t.email)
	}
}

// wait returns how long a try has to wait.
func (l *locks) wait(t try, now time.Time) (wait time.Duration) {
	l.each(t, func(c *counter, name string) { wait = max(wait, c.wait(name, now)) })
	return wait
}

// charge counts a try as wrong, before it is known to be, so that many at once
// count as many. begins reports that the pair has to wait from now on for the
// first time.
func (l *locks) charge(t try, now time.Time) (begins bool) {
	l.each(t, func(c *counter, name string) {
		n := c.charge(name, now)
		begins = begins || c == l.pairs && n == c.how.free+1
	})
	return begins
}

// right takes back what the one who was right was charged. Their address keeps
// the rest: it may be right for one user and wrong for a hundred.
func (l *locks) right(t try) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pairs.drop(t.addr + " " + t.email)
	l.users.drop(t.email)
	l.addrs.less(t.addr)
}

// counter counts by name, in a memory of bounded size.
type counter struct {
	how    backoff
	names  map[string]*list.Element
	recent *list.List // of *count, the last one used in front
}

type count struct {
	name  string
	wrong int
	until time.Time
}

func newCounter(how backoff) *counter {
	return &counter{how: how, names: map[string]*list.Element{}, recent: list.New()}
}

// of returns a name's count; nil when it has none, or one that is forgiven.
func (c *counter) of(name string, now time.Time) *count {
	e, ok := c.names[name]
	if !ok {
		return nil
	}
	n := e.Value.(*count)
	if now.Sub(n.until) > forgiven {
		c.drop(name)
		return nil
	}
	c.recent.MoveToFront(e)
	return n
}

func (c *counter) wait(name string, now time.Time) time.Duration {
	n := c.of(name, now)
	if n == nil {
		return 0
	}
	return max(0, n.until.Sub(now))
}

func (c *counter) charge(name string, now time.Time) int {
	n := c.of(name, now)
	if n == nil {
		for len(c.names) >= locksKept {
			c.drop(c.recent.Back().Value.(*count).name)
		}
		n = &count{name: name}
		c.names[name] = c.recent.PushFront(n)
	}
	n.wrong++
	n.until = now
	if over := n.wrong - c.how.free; over > 0 {
		n.until = now.Add(min(c.how.most, c.how.base<<min(over-1, 20)))
	}
	return n.wrong
}

func (c *counter) less(name string) {
	if e, ok := c.names[name]; ok {
		if n := e.Value.(*count); n.wrong > 0 {
			n.wrong--
		}
	}
}

func (c *counter) drop(name string) {
	if e, ok := c.names[name]; ok {
		c.recent.Remove(e)
		delete(c.names, name)
	}
}

// netOf is what an address is counted as: of IPv6 the network, of which one
// visitor has all addresses.
func netOf(addr string) string {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return addr
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return addr
	}
	return p.String()
}
