package dialog

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/trace"
)

// Config says where an Agent listens and what it calls itself.
type Config struct {
	// Listen holds "udp:ip:port" and "tcp:ip:port"; port 0 takes any. At least
	// one. Requests leave from the first of their transport.
	Listen []string
	// PublicAddress is the host, or host:port, carriers reach us by (Via,
	// Contact, From); "" where the listening address is that.
	PublicAddress string
	// UserAgent is sent with every request; "" sends none.
	UserAgent string
	// Trusted says whether an address may talk to us at all. It is asked for
	// every datagram before anything is read from it, so it must be quick and may
	// be called from any goroutine. Nil trusts everyone.
	Trusted func(netip.Addr) bool
	// Credentials returns what to answer a challenge to a recovered leg's BYE
	// with. May be nil.
	Credentials func(trunk string) (username, password string)
	// Trace keeps every message; nil keeps none.
	Trace *trace.Writer
	// Logger must not be nil.
	Logger *slog.Logger
}

// Agent is one SIP user agent. Its methods may be called from any goroutine.
type Agent struct {
	cfg       Config
	log       *slog.Logger
	t1, t2    time.Duration // RFC 3261 17.1.1.2
	listeners []*listener
	streams   *sip.TransportLayer // TCP
	clients   clients
	served    *table[*served]
	sets      *table[*set]
	wheel     *wheel
	sources   sources
	registers registrations
	work      tasks
	readers   sync.WaitGroup
	closing   atomic.Bool
	dropped   atomic.Uint64

	// life ends when Close has waited long enough; background transactions hang
	// on it, never on a caller's context.
	life      context.Context
	endOfLife context.CancelFunc
}

var _ leg.Inviter = (*Agent)(nil)

// New opens the sockets of cfg and returns an Agent that Start sets going.
func New(cfg Config) (*Agent, error) {
	if len(cfg.Listen) == 0 {
		return nil, errors.New("no address to listen on")
	}
	a := &Agent{cfg: cfg, log: cfg.Logger, t1: sip.T1, t2: sip.T2}
	a.sets = newTable[*set](64*a.t1, 0)
	a.served = newTable[*served](64*a.t1, maxServed)
	a.clients.byKey = make(map[string]*clientTx)
	a.wheel = newWheel(a.t1 / 10)
	// The library logs whole messages, credentials and all, when it cannot parse
	// them: it gets no log.
	a.streams = sip.NewTransportLayer(net.DefaultResolver, sip.NewParser(), nil,
		sip.WithTransportLayerLogger(slog.New(slog.DiscardHandler)))
	a.streams.OnMessage(a.overTCP)
	for _, address := range cfg.Listen {
		l, err := a.listen(address)
		if err != nil {
			for _, open := range a.listeners {
				open.close()
			}
			return nil, err
		}
		a.listeners = append(a.listeners, l)
	}
	return a, nil
}

// MuteLibrary takes the SIP library's own log away: it writes to the process's
// default logger otherwise. The library wants that before anything of it is used,
// so the program calls it first, once.
func MuteLibrary() { sip.SetDefaultLogger(slog.New(slog.DiscardHandler)) }

// Start begins to listen. ctx lends its values only; Close ends the Agent.
func (a *Agent) Start(ctx context.Context) error {
	a.life, a.endOfLife = context.WithCancel(context.WithoutCancel(ctx))
	for _, l := range a.listeners {
		a.readers.Go(func() { a.serve(l) })
	}
	return nil
}

// Close hangs up what is still there, waits for the carriers' answers until
// ctx is done, and closes the sockets. It must be called once; an Agent that was
// never started closes its sockets.
func (a *Agent) Close(ctx context.Context) error {
	a.closing.Store(true)
	for _, s := range a.sets.all() {
		s.hangup(&clickbridge.Cause{Class: clickbridge.CauseDrained, Text: "the server stops"})
	}
	err := a.work.wait(ctx)
	if a.endOfLife != nil {
		a.endOfLife()
	}
	a.clients.close()
	for _, l := range a.listeners {
		l.close()
	}
	a.readers.Wait()
	a.closeStreams()
	a.wheel.close()
	a.served.close()
	a.sets.close()
	if err != nil {
		return fmt.Errorf("carriers still owe answers: %w", err)
	}
	return nil
}

// LocalAddr returns the address the Agent listens on for network ("udp" or
// "tcp"); the zero value where it does not.
func (a *Agent) LocalAddr(network string) netip.AddrPort {
	for _, l := range a.listeners {
		if (l.tcp != nil) == (network == "tcp") {
			return l.addr
		}
	}
	return netip.AddrPort{}
}

// Dropped counts datagrams and connections turned away because their source is
// not trusted.
func (a *Agent) Dropped() uint64 { return a.dropped.Load() }

// Dialogs counts the dialog sets a carrier may still hold something of.
func (a *Agent) Dialogs() int { return a.sets.held() }

// newID returns 128 random bits for Call-IDs, tags and branches: nothing of
// this host in them (RFC 3261 8.1.1.4, 19.3).
func newID() string { return rand.Text() }

// tasks counts what outlives the call that started it.
type tasks struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed when n falls to 0 while someone waits
}

func (t *tasks) begin() {
	t.mu.Lock()
	t.n++
	t.mu.Unlock()
}

func (t *tasks) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n--
	if t.n == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
}

func (t *tasks) wait(ctx context.Context) error {
	t.mu.Lock()
	if t.n == 0 {
		t.mu.Unlock()
		return nil
	}
	if t.idle == nil {
		t.idle = make(chan struct{})
	}
	idle := t.idle
	t.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
