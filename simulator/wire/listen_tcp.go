package wire

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
)

type tcp struct {
	ln    net.Listener
	local netip.AddrPort
	log   *slog.Logger
	h     Handler
	done  sync.WaitGroup

	mu     sync.Mutex
	open   map[*stream]struct{}
	closed bool
}

func listenTCP(addr string, log *slog.Logger, h Handler) (*tcp, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("wire: listen tcp: %w", err)
	}
	t := &tcp{ln: ln, local: unmap(ln.Addr().(*net.TCPAddr).AddrPort()), log: log, h: h, open: map[*stream]struct{}{}}
	t.done.Go(t.accept)
	return t, nil
}

func (t *tcp) accept() {
	for {
		conn, err := t.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			t.log.Warn("tcp accept failed", "err", err)
			return
		}
		s := &stream{conn: conn, out: make(chan []byte, 256), gone: make(chan struct{})}
		if !t.keep(s) {
			conn.Close()
			return
		}
		t.done.Go(s.write)
		t.done.Go(func() {
			s.read(t)
			t.mu.Lock()
			delete(t.open, s)
			t.mu.Unlock()
		})
	}
}

func (t *tcp) keep(s *stream) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.open[s] = struct{}{}
	return true
}

// Local implements Listener.
func (t *tcp) Local() netip.AddrPort { return t.local }

// Close implements Listener.
func (t *tcp) Close() error {
	err := t.ln.Close()
	t.mu.Lock()
	t.closed = true
	for s := range t.open {
		s.conn.Close()
	}
	t.mu.Unlock()
	t.done.Wait()
	return err
}

// stream is one TCP connection. Requests of ours inside a dialog go back over
// the connection its INVITE came through.
type stream struct {
	conn net.Conn
	out  chan []byte
	gone chan struct{}
}

// Send implements Conn. A peer that does not read loses messages rather than
// stopping the carrier.
func (s *stream) Send(b []byte, _ netip.AddrPort) {
	select {
	case s.out <- b:
	case <-s.gone:
	default:
	}
}

// Transport implements Conn.
func (*stream) Transport() string { return "TCP" }

// Local implements Conn.
func (s *stream) Local() netip.AddrPort {
	return unmap(s.conn.LocalAddr().(*net.TCPAddr).AddrPort())
}

func (s *stream) write() {
	for {
		select {
		case b := <-s.out:
			if _, err := s.conn.Write(b); err != nil {
				return
			}
		case <-s.gone:
			return
		}
	}
}

const maxStreamMessage = 65536

func (s *stream) read(t *tcp) {
	defer close(s.gone)
	defer s.conn.Close()
	from := unmap(s.conn.RemoteAddr().(*net.TCPAddr).AddrPort())
	var have []byte
	chunk := make([]byte, 8192)
	for {
		n, err := s.conn.Read(chunk)
		if err != nil {
			return
		}
		have = append(have, chunk[:n]...)
		for {
			size := frame(have)
			if size < 0 || size == 0 && len(have) > maxStreamMessage {
				t.log.Debug("tcp stream is not SIP, closed", "from", from)
				return
			}
			if size == 0 || size > len(have) {
				break
			}
			if m, err := Parse(have[:size]); err == nil {
				t.h(m, Peer{Conn: s, Addr: from})
			}
			have = have[size:]
		}
	}
}

// frame returns the length of the first message in b: 0 while its headers are
// incomplete, -1 when it has no usable Content-Length (RFC 3261 18.3).
// Keep-alive line ends before a message count as a message of their own.
func frame(b []byte) int {
	if n := len(b) - len(bytes.TrimLeft(b, "\r\n")); n > 0 {
		return n
	}
	i := bytes.Index(b, []byte("\r\n\r\n"))
	if i < 0 {
		return 0
	}
	for line := range strings.SplitSeq(string(b[:i]), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "l") {
			n, err := strconv.Atoi(strings.TrimSpace(value))
			if err != nil || n < 0 || n > maxStreamMessage {
				return -1
			}
			return i + 4 + n
		}
	}
	return -1
}
