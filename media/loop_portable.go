package media

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// portableLoop runs a shard with one goroutine per socket and one for the
// wheel, all behind a lock. It costs 4 KB and a switch per packet more than the
// epoll form and works wherever Go does.
type portableLoop struct {
	shard *shard
	start time.Time

	mu      sync.Mutex // held by whoever touches the shard
	stopped bool
	wake    chan struct{} // the wheel has work again
	quit    chan struct{}
	running sync.WaitGroup
}

func newPortableLoop(sh *shard, start time.Time) *portableLoop {
	l := &portableLoop{shard: sh, start: start, wake: make(chan struct{}, 1), quit: make(chan struct{})}
	l.running.Add(1)
	go l.turn()
	return l
}

func (l *portableLoop) clock() int64 { return int64(time.Since(l.start)) }

// run calls f at once, in the caller's goroutine.
func (l *portableLoop) run(f func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return false
	}
	l.shard.now = l.clock()
	f()
	if l.shard.wheel.count > 0 {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
	return true
}

// turn runs the wheel and sleeps for as long as nothing plays.
func (l *portableLoop) turn() {
	defer l.running.Done()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-l.quit:
			return
		case <-l.wake:
		case <-timer.C:
		}
		l.mu.Lock()
		l.shard.now = l.clock()
		l.shard.wheel.run(l.shard.now)
		wait := l.shard.wheel.wait(l.shard.now)
		l.mu.Unlock()
		if wait < 0 {
			wait = int64(time.Hour)
		}
		timer.Reset(time.Duration(wait))
	}
}

func (l *portableLoop) listen(at netip.AddrPort) (socket, error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	return &portableSocket{conn: c}, nil
}

func (l *portableLoop) watch(s *session) {
	l.running.Add(1)
	go l.read(s, s.sock.(*portableSocket).conn)
}

// read feeds one session until its socket is closed.
func (l *portableLoop) read(s *session, c *net.UDPConn) {
	defer l.running.Done()
	buf := make([]byte, receiveSize)
	for {
		n, from, err := c.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP error of something sent before
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		l.mu.Lock()
		if !s.closed {
			l.shard.now = l.clock()
			s.receive(buf[:n], from)
		}
		l.mu.Unlock()
	}
}

func (l *portableLoop) stop() {
	l.mu.Lock()
	if !l.stopped {
		l.stopped = true
		l.shard.closeAll()
		close(l.quit)
	}
	l.mu.Unlock()
	l.running.Wait()
}

type portableSocket struct {
	conn *net.UDPConn
	to   netip.AddrPort
}

func (s *portableSocket) aim(to netip.AddrPort) { s.to = to }

func (s *portableSocket) send(b []byte) bool {
	_, err := s.conn.WriteToUDPAddrPort(b, s.to)
	return err == nil
}

// rest implements socket: its reader belongs to one session.
func (s *portableSocket) rest() bool { return false }

func (s *portableSocket) close() { s.conn.Close() }

// busy reports whether another socket holds the port.
func busy(err error) bool {
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EACCES)
}
