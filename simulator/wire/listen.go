package wire

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
)

// Peer is where a message came from and how an answer gets there.
type Peer struct {
	Conn Conn
	Addr netip.AddrPort
}

// Send sends b to the peer. Loss is the network's business: errors are not
// reported, retransmissions are the caller's.
func (p Peer) Send(b []byte) {
	if p.Conn != nil {
		p.Conn.Send(b, p.Addr)
	}
}

// Conn is a UDP socket or one TCP connection.
type Conn interface {
	Send(b []byte, to netip.AddrPort)
	Transport() string // "UDP" or "TCP"
	Local() netip.AddrPort
}

// Handler gets each message with its sender. It is called by the reading
// goroutine: per UDP socket in order of arrival.
type Handler func(*Message, Peer)

// Listener is an open listening socket.
type Listener interface {
	Local() netip.AddrPort
	Close() error
}

// Listen opens "udp:host:port" or "tcp:host:port" and reads until Close, which
// returns when every reading goroutine has ended.
func Listen(spec string, log *slog.Logger, h Handler) (Listener, error) {
	network, addr, ok := strings.Cut(spec, ":")
	if !ok {
		return nil, fmt.Errorf("wire: listen %q: want udp:host:port or tcp:host:port", spec)
	}
	switch network {
	case "udp":
		return listenUDP(addr, log, h)
	case "tcp":
		return listenTCP(addr, log, h)
	}
	return nil, fmt.Errorf("wire: listen %q: transport %q is not supported", spec, network)
}

// ReplyAddr is where answers to m go when it came from the address given:
// RFC 3261 18.2.2, RFC 3581 4.
func ReplyAddr(m *Message, from netip.AddrPort) netip.AddrPort {
	if m.Via.RPort {
		return from
	}
	_, port := splitPort(m.Via.SentBy)
	if port < 1 || port > 65535 {
		port = 5060
	}
	return netip.AddrPortFrom(from.Addr(), uint16(port))
}

type udp struct {
	conn  *net.UDPConn
	local netip.AddrPort
	done  sync.WaitGroup
}

// socketBuffer is asked of the kernel so that a burst of calls waits in the
// socket instead of being lost; the kernel may give less.
const socketBuffer = 4 << 20

func listenUDP(addr string, log *slog.Logger, h Handler) (*udp, error) {
	a, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return nil, fmt.Errorf("wire: listen udp: %w", err)
	}
	conn, err := net.ListenUDP("udp", a)
	if err != nil {
		return nil, fmt.Errorf("wire: listen udp: %w", err)
	}
	_ = conn.SetReadBuffer(socketBuffer) // best effort: limited by the kernel's own maximum
	_ = conn.SetWriteBuffer(socketBuffer)
	u := &udp{conn: conn, local: unmap(conn.LocalAddr().(*net.UDPAddr).AddrPort())}
	u.done.Go(func() { u.read(log, h) })
	return u, nil
}

func (u *udp) read(log *slog.Logger, h Handler) {
	buf := make([]byte, 65536)
	for {
		n, from, err := u.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP error of an earlier send says nothing about the next datagram
		}
		if n <= 4 {
			continue // keep-alive, RFC 5626 4.4.1
		}
		m, err := Parse(buf[:n])
		if err != nil {
			log.Debug("datagram dropped", "from", from, "err", err)
			continue
		}
		h(m, Peer{Conn: u, Addr: unmap(from)})
	}
}

// Send implements Conn.
func (u *udp) Send(b []byte, to netip.AddrPort) { _, _ = u.conn.WriteToUDPAddrPort(b, to) }

// Transport implements Conn.
func (*udp) Transport() string { return "UDP" }

// Local implements Conn and Listener.
func (u *udp) Local() netip.AddrPort { return u.local }

// Close implements Listener.
func (u *udp) Close() error {
	err := u.conn.Close()
	u.done.Wait()
	return err
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
