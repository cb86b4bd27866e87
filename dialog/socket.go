package dialog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"clickbridge/trace"
)

// listener is one open socket.
type listener struct {
	addr netip.AddrPort
	us   // as carriers know it; no host where that depends on the carrier
	udp  *net.UDPConn
	tcp  *door
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
	family := "6"
	if addr.Addr().Is4() {
		family = "4"
	}
	l := &listener{}
	if network == "udp" {
		err = l.openUDP("udp"+family, addr)
	} else {
		err = l.openTCP(a, "tcp"+family, addr)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case a.cfg.PublicAddress != "":
		if l.us, err = presented(a.cfg.PublicAddress, int(l.addr.Port())); err != nil {
			l.close()
			return nil, fmt.Errorf("public address %q: %w", a.cfg.PublicAddress, err)
		}
	case !l.addr.Addr().IsUnspecified():
		l.us = usAt(l.addr.Addr().String(), int(l.addr.Port()))
	}
	return l, nil
}

func (l *listener) openUDP(family string, addr netip.AddrPort) error {
	conn, err := net.ListenUDP(family, net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return err
	}
	// A burst of a thousand calls must fit while the reader is not scheduled.
	// Refusal leaves the kernel's default.
	_ = conn.SetReadBuffer(4 << 20)
	l.udp, l.addr = conn, localAddrPort(conn.LocalAddr())
	return nil
}

func (l *listener) close() {
	if l.udp != nil {
		_ = l.udp.Close()
	}
	if l.tcp != nil {
		_ = l.tcp.Close()
	}
}

// serve reads the socket until it is closed.
func (a *Agent) serve(l *listener) {
	if l.tcp != nil {
		a.serveTCP(l)
		return
	}
	b := make([]byte, 64<<10)
	for a.hear(l, b) {
	}
}

// hear takes one datagram and reports whether there may be more. What a datagram
// may do to us ends that one reading, not the listener.
func (a *Agent) hear(l *listener, b []byte) (more bool) {
	defer func() {
		if r := recover(); r != nil {
			a.log.Error("SIP message could not be handled; it is dropped", "panic", r, "listen", l.addr)
			more = true
		}
	}()
	n, from, err := l.udp.ReadFromUDPAddrPort(b)
	if err != nil {
		return !errors.Is(err, net.ErrClosed) // or an ICMP error for something sent earlier
	}
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	if a.cfg.Trusted != nil && !a.cfg.Trusted(from.Addr()) {
		a.dropped.Add(1)
		return true
	}
	m, err := parse(b[:n])
	if err != nil {
		return true // a keep-alive (RFC 5626 4.4.1), or nothing of ours
	}
	m.from, m.in = from, l
	a.receive(m, b[:n])
	return true
}

// send puts a request of ours on the wire. ctx bounds the making of a TCP
// connection.
func (a *Agent) send(ctx context.Context, p *path, to netip.AddrPort, b []byte) error {
	a.cfg.Trace.Add(&p.about, trace.Wire{Peer: to, TCP: p.tcp}, b)
	if p.tcp {
		return a.writeTCP(ctx, to, b)
	}
	_, err := p.listener.udp.WriteToUDPAddrPort(b, to)
	return err
}
