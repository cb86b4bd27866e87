package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// ErrNoPort is returned by Open when every RTP port is taken or resting.
var ErrNoPort = errors.New("media: no free RTP port")

// PortRange is a range of UDP ports, both ends included. Only its even ports
// carry RTP (RFC 3550 11).
type PortRange struct{ Low, High int }

func (r PortRange) String() string { return fmt.Sprintf("%d-%d", r.Low, r.High) }

// ports gives out RTP ports: at random, so that a stranger cannot guess where
// the next call will listen, and not again before what is still on its way to
// the last owner has died down.
type ports struct {
	span       PortRange
	quarantine time.Duration

	mu    sync.Mutex
	first int         // the lowest even port
	taken []bool      // by (port-first)/2
	rests []time.Time // until when
	count int
	idled int // parked: taken, and used by nobody
}

func newPorts(r PortRange, quarantine time.Duration) (*ports, error) {
	first := r.Low + r.Low&1
	n := (r.High-first)/2 + 1
	if r.Low < 1 || r.High > 65535 || r.High < first {
		return nil, fmt.Errorf("media: no even port in %s", r)
	}
	return &ports{
		span: r, quarantine: quarantine, first: first,
		taken: make([]bool, n), rests: make([]time.Time, n),
	}, nil
}

// open finds a free port that listen accepts. A port some other program holds
// is passed over.
func (p *ports) open(listen func(port int) (socket, error)) (int, socket, error) {
	n := len(p.taken)
	start := rand.IntN(n)
	var last error
	for i := range n {
		slot := (start + i) % n
		if !p.take(slot) {
			continue
		}
		number := p.first + 2*slot
		s, err := listen(number)
		if err == nil {
			return number, s, nil
		}
		p.untake(slot)
		if !busy(err) {
			return 0, nil, fmt.Errorf("media: port %d: %w", number, err)
		}
		last = err
	}
	if last != nil {
		return 0, nil, fmt.Errorf("%w in %s: %w", ErrNoPort, p.span, last)
	}
	return 0, nil, fmt.Errorf("%w in %s: %d in use, the others rest for %s",
		ErrNoPort, p.span, p.used(), p.quarantine)
}

func (p *ports) take(slot int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[slot] || time.Now().Before(p.rests[slot]) {
		return false
	}
	p.taken[slot] = true
	p.count++
	return true
}

func (p *ports) untake(slot int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken[slot] = false
	p.count--
}

// release starts a port's rest.
func (p *ports) release(number int) {
	slot := (number - p.first) / 2
	p.mu.Lock()
	p.rests[slot] = time.Now().Add(p.quarantine)
	p.mu.Unlock()
	p.untake(slot)
}

// idle counts ports that were parked, or with -1 are parked no more.
func (p *ports) idle(n int) {
	p.mu.Lock()
	p.idled += n
	p.mu.Unlock()
}

func (p *ports) used() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count - p.idled
}
