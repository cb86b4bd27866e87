// Package media is the RTP engine: it plays prompts to legs, hears their keys
// and relays their audio. It implements leg.Ports and leg.Port.
//
// A shard owns the legs of many calls; both legs of one call live on one shard,
// so that bridging them is setting two pointers. On Linux a shard is one thread
// with an epoll set and a 5 ms wheel; elsewhere it is a goroutine per socket
// behind one lock. The work done per packet is the same code (session.go and
// what it calls), never allocates, never waits and never logs.
//
// What it does not do: SIP, deciding what is played to whom, RTCP (its port
// stays free, the odd neighbour of every RTP port), recording, mixing, jitter
// buffering (the phones have theirs).
package media

import (
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/media/sdp"
)

// ErrClosed is returned by Open after Close.
var ErrClosed = errors.New("media: engine closed")

// Config configures an Engine. Address and Ports are required.
type Config struct {
	Address       netip.Addr    // bound by every socket
	PublicAddress netip.Addr    // written in SDP; zero = Address
	Ports         PortRange     // RTP ports, the even ones in it
	Quarantine    time.Duration // a closed port is not reused before; zero = 4 s
	Shards        int           // zero = GOMAXPROCS
	Portable      bool          // a goroutine per socket; always so off Linux
	Logger        *slog.Logger  // required
}

// Engine opens media ports. Use New.
type Engine struct {
	config Config
	ports  *ports
	shards []*shard
	seed   maphash.Seed
	start  time.Time
	log    *slog.Logger

	mu     sync.Mutex
	closed bool
}

// New checks the configuration and starts the shards.
func New(c Config) (*Engine, error) {
	if !c.Address.IsValid() {
		return nil, errors.New("media: no address to bind")
	}
	c.Address, c.PublicAddress = c.Address.Unmap(), c.PublicAddress.Unmap()
	if !c.PublicAddress.IsValid() {
		c.PublicAddress = c.Address
	}
	if c.PublicAddress.IsUnspecified() {
		return nil, fmt.Errorf("media: %s in SDP would be a hold: set the public address", c.PublicAddress)
	}
	if c.Quarantine == 0 {
		c.Quarantine = 4 * time.Second
	}
	if c.Shards <= 0 {
		c.Shards = runtime.GOMAXPROCS(0)
	}
	p, err := newPorts(c.Ports, c.Quarantine)
	if err != nil {
		return nil, err
	}
	e := &Engine{config: c, ports: p, seed: maphash.MakeSeed(), start: time.Now(), log: c.Logger}
	for range c.Shards {
		s, err := e.newShard()
		if err != nil {
			e.Close()
			return nil, fmt.Errorf("media: %w", err)
		}
		e.shards = append(e.shards, s)
	}
	return e, nil
}

// newShard makes a shard in the form that was asked for.
func (e *Engine) newShard() (*shard, error) {
	s := &shard{}
	var err error
	if e.config.Portable {
		s.loop = newPortableLoop(s, e.start)
	} else {
		s.loop, err = newLoop(s, e.start)
	}
	return s, err
}

// Open binds a port for one leg of the call. It fails when no port is free or
// the engine is closed.
func (e *Engine) Open(call clickbridge.CallID) (leg.Port, error) {
	e.mu.Lock()
	closed := e.closed
	e.mu.Unlock()
	if closed {
		return nil, ErrClosed
	}
	sh := e.shards[maphash.String(e.seed, string(call))%uint64(len(e.shards))]
	number, sock, err := e.socket(sh)
	if err != nil {
		return nil, err
	}
	s := newSession(sh, sock)
	p := &port{
		engine:      e,
		session:     s,
		number:      number,
		negotiation: sdp.New(e.config.PublicAddress, number, rand.Uint64()>>2),
	}
	if !sh.loop.run(func() { sh.add(s) }) {
		sh.loop.stop() // to its end: the socket may be in its set
		sock.close()
		e.ports.release(number)
		return nil, ErrClosed
	}
	return p, nil
}

// socket finds a port and its socket: a parked one, else a new one.
func (e *Engine) socket(sh *shard) (int, socket, error) {
	if p, ok := sh.lot.take(time.Now()); ok {
		e.ports.idle(-1)
		return p.number, p.sock, nil
	}
	bind := func(port int) (socket, error) {
		return sh.loop.listen(netip.AddrPortFrom(e.config.Address, uint16(port)))
	}
	number, sock, err := e.ports.open(bind)
	if errors.Is(err, ErrNoPort) {
		e.clearLots()
		number, sock, err = e.ports.open(bind)
	}
	return number, sock, err
}

// Close closes every port and stops the shards. Idempotent.
func (e *Engine) Close() {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	for _, s := range e.shards {
		s.loop.stop()
	}
}

// EngineStats counts the whole engine's work.
type EngineStats struct {
	Legs                  int // ports open now
	PacketsIn, PacketsOut uint64
	DroppedIn             uint64
}

// Stats returns a snapshot.
func (e *Engine) Stats() EngineStats {
	st := EngineStats{Legs: e.ports.used()}
	for _, s := range e.shards {
		st.PacketsIn += s.packetsIn.Load()
		st.PacketsOut += s.packetsOut.Load()
		st.DroppedIn += s.droppedIn.Load()
	}
	return st
}
