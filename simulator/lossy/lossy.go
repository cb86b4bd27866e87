// Package lossy is a bad network: a UDP proxy between the server and the
// simulated carrier that drops, delays, repeats and reorders datagrams, the
// same way each time for the same seed. Tests of retransmission use it. It
// rewrites nothing and knows nothing of SIP; RTP does not pass through it.
//
// To put it between the two, point the server's trunk URI at Proxy.Addr and
// start the simulator with
//
//	simulator.Config{Contact: proxy.Addr().String(), ViaSource: true, …}
//
// The first makes the server send ACK, BYE and re-INVITE through the proxy,
// the second makes the carrier send its own requests back through it; answers
// find their way because both sides use rport (RFC 3581). Without them only
// INVITE, CANCEL and the answers to them pass. The proxy is made before the
// simulator: give it the simulator's address with To, or listen on a fixed
// port.
package lossy

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Faults are the odds of what happens to each datagram, 0 to 1.
type Faults struct {
	Drop   float64 // never arrives
	Repeat float64 // arrives twice
	// Reorder lets a datagram wait until the next one of its direction has
	// gone, or for 50 ms.
	Reorder float64
	// Delay is added to every datagram, and up to Jitter more.
	Delay, Jitter time.Duration
}

// Config says what a proxy is to be.
type Config struct {
	Listen string         // host:port; "" = a free port of 127.0.0.1
	To     netip.AddrPort // the carrier; may be set later with SetTo
	// ToCarrier and ToServer are the faults of the two directions.
	ToCarrier, ToServer Faults
	Seed                uint64
	// Rule, when set, is asked about each datagram first, in order of arrival:
	// true drops it whatever the odds say. It makes exact cases ("lose the
	// first ACK").
	Rule func(toCarrier bool, datagram []byte) (drop bool)
}

// Counts are what became of the datagrams so far.
type Counts struct {
	Passed, Dropped, Repeated, Reordered uint64
}

// Proxy is a running proxy.
type Proxy struct {
	cfg   Config
	front *net.UDPConn
	done  sync.WaitGroup

	mu      sync.Mutex
	to      netip.AddrPort
	rand    [2]*rand.Rand // one for each direction: what one does never changes the other
	held    [2]*letter
	clients map[netip.AddrPort]*net.UDPConn
	counts  Counts
	timers  map[*time.Timer]struct{}
	closed  bool
}

const (
	toCarrier = 0
	toServer  = 1
)

// letter is a datagram under way.
type letter struct {
	b    []byte
	send func([]byte)
}

// maxClients bounds the sockets towards the carrier.
const maxClients = 1000

// New starts a proxy; it runs until Close or the end of ctx.
func New(ctx context.Context, cfg Config) (*Proxy, error) {
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	a, err := net.ResolveUDPAddr("udp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("lossy: %w", err)
	}
	front, err := net.ListenUDP("udp", a)
	if err != nil {
		return nil, fmt.Errorf("lossy: %w", err)
	}
	p := &Proxy{
		cfg: cfg, front: front, to: cfg.To, clients: map[netip.AddrPort]*net.UDPConn{}, timers: map[*time.Timer]struct{}{},
		rand: [2]*rand.Rand{rand.New(rand.NewPCG(cfg.Seed, toCarrier)), rand.New(rand.NewPCG(cfg.Seed, toServer))},
	}
	p.done.Go(p.fromServer)
	context.AfterFunc(ctx, p.Close)
	return p, nil
}

// Addr is where the server is to send.
func (p *Proxy) Addr() netip.AddrPort { return p.front.LocalAddr().(*net.UDPAddr).AddrPort() }

// SetTo sets the carrier's address, for one that is started after the proxy.
func (p *Proxy) SetTo(a netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = a
}

// Counts returns what became of the datagrams so far.
func (p *Proxy) Counts() Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts
}

// Close stops the proxy; datagrams under way are lost. Idempotent.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	for t := range p.timers {
		t.Stop()
	}
	for _, c := range p.clients {
		c.Close()
	}
	p.mu.Unlock()
	p.front.Close()
	p.done.Wait()
}

// fromServer reads what the server sends; each of its sockets gets one of its
// own towards the carrier, so that answers find back.
func (p *Proxy) fromServer() {
	buf := make([]byte, 65536)
	for {
		n, from, err := p.front.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		back := p.client(from)
		if back == nil {
			continue
		}
		p.pass(toCarrier, buf[:n], func(b []byte) {
			p.mu.Lock()
			to := p.to
			p.mu.Unlock()
			_, _ = back.WriteToUDPAddrPort(b, to) // loss is what this is for
		})
	}
}

func (p *Proxy) client(from netip.AddrPort) *net.UDPConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.clients[from]; c != nil || p.closed || len(p.clients) >= maxClients {
		return c
	}
	host := p.front.LocalAddr().(*net.UDPAddr)
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: host.IP})
	if err != nil {
		return nil
	}
	p.clients[from] = c
	p.done.Go(func() { p.fromCarrier(c, from) })
	return c
}

func (p *Proxy) fromCarrier(c *net.UDPConn, server netip.AddrPort) {
	buf := make([]byte, 65536)
	for {
		n, _, err := c.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		p.pass(toServer, buf[:n], func(b []byte) { _, _ = p.front.WriteToUDPAddrPort(b, server) })
	}
}

// reorderWait is how long a datagram waits for one to be overtaken by.
const reorderWait = 50 * time.Millisecond

// pass decides what becomes of a datagram. Every datagram draws the same
// number of times, so that the fate of the n-th depends on the seed and n
// alone.
func (p *Proxy) pass(way int, b []byte, send func([]byte)) {
	l := &letter{append([]byte(nil), b...), send}
	drop := p.cfg.Rule != nil && p.cfg.Rule(way == toCarrier, l.b)

	p.mu.Lock()
	f := p.cfg.ToCarrier
	if way == toServer {
		f = p.cfg.ToServer
	}
	r := p.rand[way]
	lost, twice, late, wait := r.Float64(), r.Float64(), r.Float64(), r.Float64()
	if drop || lost < f.Drop {
		p.counts.Dropped++
		p.mu.Unlock()
		return
	}
	p.counts.Passed++
	delay := f.Delay + time.Duration(wait*float64(f.Jitter))
	overtaken := p.held[way]
	p.held[way] = nil
	if late < f.Reorder && overtaken == nil {
		p.counts.Reordered++
		p.held[way] = l
		p.mu.Unlock()
		p.after(reorderWait, func() { p.release(way, l) })
		return
	}
	copies := 1
	if twice < f.Repeat {
		p.counts.Repeated++
		copies = 2
	}
	p.mu.Unlock()
	for range copies {
		p.after(delay, func() { l.send(l.b) })
	}
	if overtaken != nil {
		p.after(delay, func() { overtaken.send(overtaken.b) })
	}
}

// release sends a datagram nothing came to overtake.
func (p *Proxy) release(way int, l *letter) {
	p.mu.Lock()
	mine := p.held[way] == l
	if mine {
		p.held[way] = nil
	}
	p.mu.Unlock()
	if mine {
		l.send(l.b)
	}
}

// after runs f now or after d, unless the proxy is closed before.
func (p *Proxy) after(d time.Duration, f func()) {
	if d <= 0 {
		f()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		p.mu.Lock()
		delete(p.timers, t)
		closed := p.closed
		p.mu.Unlock()
		if !closed {
			f()
		}
	})
	p.timers[t] = struct{}{}
}
