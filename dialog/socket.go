package dialog

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// maxSources bounds the source addresses the library's connection pool keeps.
// It adds one entry for every ip:port a datagram ever came from and removes none,
// so the oldest are taken out here.
const maxSources = 1024

// listener is one open socket.
type listener struct {
	network string // "udp" or "tcp"
	addr    netip.AddrPort
	udp     *gate
	tcp     *door
	ready   chan struct{} // closed when the library has taken the socket
}

// listen opens what "udp:ip:port" or "tcp:ip:port" names.
func (a *Agent) listen(address string) (*listener, error) {
	network, hostport, ok := strings.Cut(address, ":")
	if !ok || (network != "udp" && network != "tcp") {
		return nil, fmt.Errorf("%q is not udp:ip:port or tcp:ip:port", address)
	}
	addr, err := netip.ParseAddrPort(hostport)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	l := &listener{network: network, ready: make(chan struct{})}
	family := "6"
	if addr.Addr().Is4() {
		family = "4"
	}
	if network == "udp" {
		return l, l.openUDP(a, "udp"+family, addr)
	}
	return l, l.openTCP(a, "tcp"+family, addr)
}

func (l *listener) openUDP(a *Agent, family string, addr netip.AddrPort) error {
	conn, err := net.ListenUDP(family, net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return err
	}
	// A burst of a thousand calls must fit while the reader is not scheduled.
	// Refusal leaves the kernel's default.
	_ = conn.SetReadBuffer(4 << 20)
	l.addr = localAddrPort(conn.LocalAddr())
	l.udp = &gate{
		UDPConn: conn, trusted: a.cfg.Trusted, dropped: &a.dropped, ready: l.ready,
		known: make(map[netip.AddrPort]*source),
		forget: func(s string) {
			if s != l.addr.String() { // the socket's own entry, should we have talked to ourselves
				a.transport.Pool("udp").Delete(s)
			}
		},
	}
	return nil
}

func (l *listener) openTCP(a *Agent, family string, addr netip.AddrPort) error {
	ln, err := net.ListenTCP(family, net.TCPAddrFromAddrPort(addr))
	if err != nil {
		return err
	}
	l.addr = localAddrPort(ln.Addr())
	l.tcp = &door{TCPListener: ln, trusted: a.cfg.Trusted, dropped: &a.dropped, ready: l.ready}
	return nil
}

func localAddrPort(addr net.Addr) netip.AddrPort {
	ap, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

func (l *listener) close() {
	if l.udp != nil {
		_ = l.udp.Close()
	}
	if l.tcp != nil {
		_ = l.tcp.Close()
	}
}

// serve feeds the socket to the library until it is closed. What a datagram
// may do to the parser ends that one reading, not the listener.
func (a *Agent) serve(l *listener) {
	for again := true; again; {
		again = a.serveOnce(l)
	}
}

func (a *Agent) serveOnce(l *listener) (again bool) {
	defer func() {
		if r := recover(); r != nil {
			a.log.Error("SIP parser panicked; the message is dropped", "panic", r, "listen", l.addr)
			again = true
		}
	}()
	if l.udp != nil {
		_ = a.transport.ServeUDP(l.udp)
		return false
	}
	_ = a.transport.ServeTCP(l.tcp)
	return false
}

// source is a datagram's origin, its text made once.
type source struct{ text string }

func (s *source) Network() string { return "udp" }
func (s *source) String() string  { return s.text }

// gate is the UDP socket as the library sees it: datagrams of strangers never
// come through, and errors of single datagrams never end the reading.
type gate struct {
	*net.UDPConn
	trusted func(netip.Addr) bool
	dropped *atomic.Uint64
	forget  func(string)
	ready   chan struct{}
	once    sync.Once

	// Only the one reader touches these.
	known map[netip.AddrPort]*source
	order []netip.AddrPort // as they came, a ring once it is full
	next  int
}

// ReadFrom implements net.PacketConn.
func (g *gate) ReadFrom(b []byte) (int, net.Addr, error) {
	g.once.Do(func() { close(g.ready) })
	for {
		n, from, err := g.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) {
			return 0, nil, err
		}
		if err != nil {
			continue // an ICMP error for something sent earlier
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if g.trusted != nil && !g.trusted(from.Addr()) {
			g.dropped.Add(1)
			continue
		}
		return n, g.remember(from), nil
	}
}

// remember returns the one source of from, forgetting the oldest when there
// are too many.
func (g *gate) remember(from netip.AddrPort) *source {
	if s, ok := g.known[from]; ok {
		return s
	}
	s := &source{text: from.String()}
	if len(g.order) < maxSources {
		g.order = append(g.order, from)
	} else {
		old := g.order[g.next]
		g.forget(g.known[old].text)
		delete(g.known, old)
		g.order[g.next] = from
		g.next = (g.next + 1) % maxSources
	}
	g.known[from] = s
	return s
}

// door is the TCP listener as the library sees it: strangers are shown out
// before a byte of theirs is read.
type door struct {
	*net.TCPListener
	trusted func(netip.Addr) bool
	dropped *atomic.Uint64
	ready   chan struct{}
	once    sync.Once
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	d.once.Do(func() { close(d.ready) })
	for {
		conn, err := d.TCPListener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		if err != nil {
			// The connection went away before it was accepted, or we are out of
			// files: a pause keeps the latter from taking a core.
			time.Sleep(10 * time.Millisecond)
			continue
		}
		from := localAddrPort(conn.RemoteAddr())
		if d.trusted != nil && !d.trusted(from.Addr()) {
			d.dropped.Add(1)
			_ = conn.Close()
			continue
		}
		return conn, nil
	}
}
