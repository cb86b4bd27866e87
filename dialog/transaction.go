package dialog

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"
)

// Why a transaction ended without an answer.
var (
	errTimeout = errors.New("no answer in time")
	errClosed  = errors.New("the server stops")
	// errQuiet is no end: nothing at all has come for as long as was asked.
	errQuiet = errors.New("nothing heard yet")
)

// clientTx is a request under way (RFC 3261 17.1). Over UDP it is repeated until
// something comes. The first final answer ends it: what comes again is
// acknowledged from the dialog set, so no memory is spent on RFC 3261's timers D
// and K and RFC 6026's M.
type clientTx struct {
	agent  *Agent
	key    string
	method string
	path   *path
	to     netip.AddrPort
	// deliver takes every answer, or the error that ended the transaction. It
	// runs where the socket is read and must not block.
	deliver func(*message, error)

	mu     sync.Mutex
	out    []byte // repeated until an answer; nil when there is nothing to repeat
	wait   time.Duration
	again  time.Time // when it is repeated next
	until  time.Time // when it is given up; zero = never
	quiet  time.Time // when errQuiet is due; zero = never
	heard  bool      // something came
	waking bool      // it is on the wheel
	over   bool
}

// start sends a request and delivers what comes of it, unless it could not be
// sent at all. ctx bounds the making of a TCP connection; quiet, where not 0, is
// when errQuiet is delivered.
func (a *Agent) start(ctx context.Context, r *request, quiet time.Duration, deliver func(*message, error)) (*clientTx, error) {
	out := r.render(a.cfg.UserAgent)
	now := time.Now()
	tx := &clientTx{
		agent: a, key: clientKey(r.branch, r.method), method: r.method, path: r.path, to: r.to, deliver: deliver,
		wait: a.t1, again: now.Add(a.t1), until: now.Add(64 * a.t1), waking: true,
	}
	if !r.path.tcp {
		tx.out = out
	}
	if quiet > 0 {
		tx.quiet = now.Add(quiet)
	}
	if !a.clients.add(tx) { // before it leaves: the answer may be that quick
		return nil, errClosed
	}
	if err := a.send(ctx, r.path, r.to, out); err != nil {
		tx.drop()
		return nil, err
	}
	a.wheel.add(a.t1, tx)
	return tx, nil
}

// clientKey names a transaction (RFC 3261 17.1.3). A CANCEL has its INVITE's
// branch.
func clientKey(branch, method string) string {
	if method == mCANCEL {
		return mCANCEL + branch
	}
	return branch
}

// ring implements ringer: timers A, B, E and F.
func (tx *clientTx) ring(now time.Time) time.Duration {
	tx.mu.Lock()
	var err error
	switch {
	case tx.over:
	case !tx.until.IsZero() && !now.Before(tx.until):
		tx.over, err = true, errTimeout
	case !tx.quiet.IsZero() && !now.Before(tx.quiet):
		tx.quiet, err = time.Time{}, errQuiet
	case tx.out != nil && !now.Before(tx.again):
		tx.wait *= 2
		if tx.method != mINVITE {
			tx.wait = min(tx.wait, tx.agent.t2)
		}
		tx.again = now.Add(tx.wait)
		if failed := tx.agent.send(tx.agent.life, tx.path, tx.to, tx.out); failed != nil {
			tx.over, err = true, failed
		}
	}
	over, next := tx.over, tx.next(now)
	tx.waking = next > 0
	tx.mu.Unlock()
	if over {
		tx.agent.clients.remove(tx)
	}
	if err != nil {
		tx.deliver(nil, err)
	}
	return next
}

// next returns how long until something is due, 0 for never. tx.mu is held.
func (tx *clientTx) next(now time.Time) time.Duration {
	var at time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	sooner(tx.until)
	sooner(tx.quiet)
	if tx.out != nil {
		sooner(tx.again)
	}
	if tx.over || at.IsZero() {
		return 0
	}
	return max(at.Sub(now), 1)
}

// receive takes an answer; false when the transaction wants no more of them.
func (tx *clientTx) receive(m *message) bool {
	tx.mu.Lock()
	if tx.over || m.method != tx.method {
		tx.mu.Unlock()
		return false
	}
	tx.quiet = time.Time{}
	switch {
	case !m.provisional():
		tx.over, tx.out = true, nil
	case tx.method == mINVITE:
		if !tx.heard { // a phone may ring for longer than Timer B
			tx.out, tx.until = nil, time.Time{}
		}
	default:
		tx.wait = tx.agent.t2 // RFC 3261 17.1.2.2
	}
	tx.heard = true
	over := tx.over
	tx.mu.Unlock()
	if over {
		tx.agent.clients.remove(tx)
	}
	tx.deliver(m, nil)
	return true
}

// limit gives the transaction up in d.
func (tx *clientTx) limit(d time.Duration) {
	tx.mu.Lock()
	tx.until = time.Now().Add(d)
	wake := !tx.waking && !tx.over
	tx.waking = tx.waking || wake
	tx.mu.Unlock()
	if wake {
		tx.agent.wheel.add(d, tx)
	}
}

// drop ends the transaction; nothing is delivered any more.
func (tx *clientTx) drop() {
	tx.mu.Lock()
	tx.over, tx.out = true, nil
	tx.mu.Unlock()
	tx.agent.clients.remove(tx)
}

// clients finds the transaction of an answer.
type clients struct {
	mu     sync.Mutex
	byKey  map[string]*clientTx
	closed bool
}

func (c *clients) add(tx *clientTx) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.byKey[tx.key] = tx
	return true
}

func (c *clients) remove(tx *clientTx) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey[tx.key] == tx {
		delete(c.byKey, tx.key)
	}
}

func (c *clients) find(m *message) *clientTx {
	key := clientKey(m.branch, m.method)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byKey[key]
}

// close ends every transaction and lets no new one begin.
func (c *clients) close() {
	c.mu.Lock()
	c.closed = true
	left := c.byKey
	c.byKey = nil
	c.mu.Unlock()
	for _, tx := range left {
		tx.mu.Lock()
		was := tx.over
		tx.over = true
		tx.mu.Unlock()
		if !was {
			tx.deliver(nil, errClosed)
		}
	}
}
