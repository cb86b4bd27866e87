package simulator

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"math/big"
	mrand "math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"clickbridge/simulator/voice"
	"clickbridge/simulator/wire"
)

// Errors of Start.
var (
	// ErrNoListen is returned when Config.Listen is empty.
	ErrNoListen = errors.New("simulator: nothing to listen on")
	// ErrStarted is returned by the second Start, and by Start after Close.
	ErrStarted = errors.New("simulator: already started")
)

// Simulator is one carrier. Make it with New.
type Simulator struct {
	cfg  Config
	gate *wire.Gate
	tell *teller
	desk *voice.Desk

	mu            sync.Mutex // guards everything below; never held while waiting
	rand          *mrand.Rand
	listeners     []wire.Listener
	started       bool
	closed        bool
	txs           map[txKey]*serverTx
	expiry        []expiring
	dialogs       map[dialogKey]*dialog
	calls         map[string]*party // by Call-ID: the latest INVITE
	clients       map[string]*clientTx
	legs          []*Leg // ring of at most cfg.History
	first         int    // index of the oldest leg in legs, once full
	total         int    // legs ever
	held          int    // dialogs answered and not BYEd
	registrations map[string]time.Time
	stop          func() bool // ends the watch over Start's context
	janitor       *time.Timer
}

// New makes a carrier that is not listening yet.
func New(cfg Config) *Simulator {
	s := &Simulator{
		cfg: cfg.withDefaults(),
		txs: map[txKey]*serverTx{}, dialogs: map[dialogKey]*dialog{}, calls: map[string]*party{},
		clients: map[string]*clientTx{}, registrations: map[string]time.Time{},
	}
	seed := cfg.Seed
	if seed == 0 {
		n, err := rand.Int(rand.Reader, new(big.Int).SetUint64(1<<63))
		if err == nil {
			seed = n.Uint64()
		}
	}
	s.rand = mrand.New(mrand.NewPCG(seed, 1))
	s.gate = s.newGate()
	return s
}

// Start opens the listening sockets and answers calls until Close, or until
// ctx is done.
func (s *Simulator) Start(ctx context.Context) error {
	if len(s.cfg.Listen) == 0 {
		return ErrNoListen
	}
	s.mu.Lock()
	if s.started || s.closed {
		s.mu.Unlock()
		return ErrStarted
	}
	s.started = true
	s.tell = newTeller(s.cfg.Observer)
	s.desk = voice.NewDesk(s.cfg.MediaAddress, s.beats())
	s.janitor = time.AfterFunc(time.Second, s.sweep)
	s.stop = context.AfterFunc(ctx, s.Close)
	s.mu.Unlock()
	for _, spec := range s.cfg.Listen {
		l, err := wire.Listen(spec, s.cfg.Logger, s.receive)
		if err != nil {
			s.Close()
			return err
		}
		s.mu.Lock()
		s.listeners = append(s.listeners, l)
		closed := s.closed
		s.mu.Unlock()
		if closed { // ctx was done meanwhile
			l.Close()
			return context.Cause(ctx)
		}
	}
	return nil
}

// beats is how finely RTP is spread: not at all where load is the point.
func (s *Simulator) beats() int {
	if s.cfg.Quick {
		return 1
	}
	return 4
}

// Addr returns the address of the first listening socket.
func (s *Simulator) Addr() netip.AddrPort {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.listeners) == 0 {
		return netip.AddrPort{}
	}
	return s.listeners[0].Local()
}

// Addrs returns the address of every listening socket, in Config.Listen's
// order.
func (s *Simulator) Addrs() []netip.AddrPort {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]netip.AddrPort, len(s.listeners))
	for i, l := range s.listeners {
		out[i] = l.Local()
	}
	return out
}

// Close stops at once, like a carrier whose power fails: no BYE is sent. It
// returns when every goroutine has ended and the observer has been told
// everything. Idempotent; Snapshot goes on working.
func (s *Simulator) Close() {
	s.mu.Lock()
	if s.closed || !s.started {
		s.closed = true
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.stop()
	s.janitor.Stop()
	for _, l := range s.legs {
		if l.party != nil {
			l.listen(l.party.line)
			l.party.stopTimers()
		}
	}
	for _, tx := range s.txs {
		tx.repeat.stop()
	}
	for _, c := range s.clients {
		c.repeat.stop()
	}
	listeners := s.listeners
	s.mu.Unlock()
	for _, l := range listeners {
		l.Close()
	}
	s.desk.Close()
	s.tell.close()
}

// Snapshot returns the legs, oldest first: all of them up to Config.History,
// the latest of them beyond.
func (s *Simulator) Snapshot() []Leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Leg, 0, len(s.legs))
	for i := range s.legs {
		l := s.legs[(s.first+i)%len(s.legs)]
		if l.party != nil {
			l.listen(l.party.line)
		}
		c := *l
		c.party = nil
		c.Dialogs = append([]Dialog(nil), l.Dialogs...)
		c.Heard = append([]Heard(nil), l.Heard...)
		out = append(out, c)
	}
	return out
}

// Held returns how many answers had no BYE yet: phones that stand there
// talking, to somebody or to nobody.
func (s *Simulator) Held() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

// Total returns how many legs there have been.
func (s *Simulator) Total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

func (s *Simulator) remember(l *Leg) {
	s.total++
	if len(s.legs) < s.cfg.History {
		s.legs = append(s.legs, l)
		return
	}
	s.legs[s.first] = l
	s.first = (s.first + 1) % len(s.legs)
}

// token returns a fresh tag or branch.
func (s *Simulator) token() string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], s.rand.Uint64())
	return strconv.FormatUint(binary.BigEndian.Uint64(b[:]), 36)
}

// wait is a scene's wait as it is waited here.
func (s *Simulator) wait(d time.Duration) time.Duration {
	f := s.cfg.Pace
	if s.cfg.Jitter > 0 {
		f *= 1 + s.rand.Float64()*s.cfg.Jitter
	}
	return time.Duration(float64(d) * f)
}

// advertised is what we write into Contact and Via.
func (s *Simulator) advertised(c wire.Conn) string {
	if s.cfg.Contact != "" {
		return s.cfg.Contact
	}
	return s.sentBy(c)
}

func (s *Simulator) sentBy(c wire.Conn) string {
	a := c.Local()
	if a.Addr().IsUnspecified() {
		a = netip.AddrPortFrom(s.cfg.MediaAddress, a.Port())
	}
	return a.String()
}

func (s *Simulator) contact(user string, c wire.Conn) string {
	uri := "Contact: <sip:" + user + "@" + s.advertised(c)
	if t := c.Transport(); t != "UDP" {
		uri += ";transport=" + strings.ToLower(t)
	}
	return uri + ">\r\n"
}
