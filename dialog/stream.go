package dialog

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// door is the TCP listener as the SIP library sees it: strangers are shown out
// before a byte of theirs is read.
type door struct {
	*net.TCPListener
	trusted func(netip.Addr) bool
	dropped *atomic.Uint64
}

func (l *listener) openTCP(a *Agent, family string, addr netip.AddrPort) error {
	ln, err := net.ListenTCP(family, net.TCPAddrFromAddrPort(addr))
	if err != nil {
		return err
	}
	l.addr = localAddrPort(ln.Addr())
	l.tcp = &door{TCPListener: ln, trusted: a.cfg.Trusted, dropped: &a.dropped}
	return nil
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
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

func (a *Agent) serveTCP(l *listener) { _ = a.streams.ServeTCP(l.tcp) }

// overTCP takes a message the library found in a stream.
func (a *Agent) overTCP(msg sip.Message) {
	defer func() {
		if r := recover(); r != nil {
			a.log.Error("SIP message could not be handled; it is dropped", "panic", r, "from", msg.Source())
		}
	}()
	raw := []byte(msg.String())
	m, err := parse(raw)
	if err != nil {
		return
	}
	if m.from, err = netip.ParseAddrPort(msg.Source()); err != nil {
		return
	}
	a.receive(m, raw)
}

// writeTCP sends a whole message over the connection to an address. A request
// makes one where there is none.
func (a *Agent) writeTCP(ctx context.Context, to netip.AddrPort, b []byte) error {
	msg, err := sip.ParseMessage(b)
	if err != nil {
		return err
	}
	msg.SetTransport("TCP")
	msg.SetDestination(to.String())
	req, ok := msg.(*sip.Request)
	if !ok {
		return a.streams.WriteMsg(msg)
	}
	conn, err := a.streams.ClientRequestConnection(ctx, req)
	if err != nil {
		return err
	}
	err = conn.WriteMsg(req)
	_, _ = conn.TryClose() // ours is one of several holds on it
	return err
}

// settling is how long a message the reader has handed on may take to be
// handled.
const settling = 20 * time.Millisecond

// closeStreams closes the library's connections until none is left: a message
// that was being handled while the listener closed finds no connection to answer on
// and makes one.
func (a *Agent) closeStreams() {
	for again := true; again; again = a.streams.Pool("tcp").Size() > 0 {
		_ = a.streams.Close()
		time.Sleep(settling)
	}
}
