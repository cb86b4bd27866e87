package system_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// exchange stands where a carrier's edge does: the trunk points at it, and it
// hands each number's call to the peer that has the number. It changes nothing
// in a message unless told to; peers and server speak directly once a dialog stands, because it
// puts itself into no route.
type exchange struct {
	front *net.UDPConn

	mu     sync.Mutex
	peers  map[string]*trunkPeer // by number
	calls  map[string]*trunkPeer // by Call-ID
	other  *trunkPeer            // who has no number of its own here
	server netip.AddrPort        // where the server's messages last came from
	sent   []string              // what the server sent, in order
	change func(string) string   // of what goes to the server; may be nil
}

// trunkPeer is one far end, with the socket it sees as the server's.
type trunkPeer struct {
	addr netip.AddrPort
	back *net.UDPConn
}

var (
	calledNumber = regexp.MustCompile(`^INVITE sip:\+?1?([0-9]{10})@`)
	callIDLine   = regexp.MustCompile(`(?mi)^Call-ID:\s*(\S+)`)
)

// newExchange starts an exchange that sends numbers without a peer to other.
func newExchange(t *testing.T, other netip.AddrPort) *exchange {
	t.Helper()
	front, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	e := &exchange{front: front, peers: map[string]*trunkPeer{}, calls: map[string]*trunkPeer{}}
	t.Cleanup(func() { _ = front.Close() })
	e.other = e.join(t, other)
	go e.fromServer()
	return e
}

// addr is host:port of the trunk.
func (e *exchange) addr() string { return e.front.LocalAddr().String() }

// connect gives a number to a peer.
func (e *exchange) connect(t *testing.T, number string, peer netip.AddrPort) {
	t.Helper()
	p := e.join(t, peer)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.peers[number] = p
}

func (e *exchange) join(t *testing.T, peer netip.AddrPort) *trunkPeer {
	t.Helper()
	back, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	t.Cleanup(func() { _ = back.Close() })
	p := &trunkPeer{addr: peer, back: back}
	go e.fromPeer(p)
	return p
}

func (e *exchange) fromServer() {
	buf := make([]byte, 65536)
	for {
		n, from, err := e.front.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		p := e.route(buf[:n], from)
		_, _ = p.back.WriteToUDPAddrPort(buf[:n], p.addr) // a peer that is gone is part of some tests
	}
}

// route finds the peer of a call: the number decides once, the Call-ID after
// that.
func (e *exchange) route(b []byte, from netip.AddrPort) *trunkPeer {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.server = from
	e.sent = append(e.sent, string(b))
	id := ""
	if m := callIDLine.FindSubmatch(b); m != nil {
		id = string(m[1])
	}
	if p := e.calls[id]; p != nil {
		return p
	}
	p := e.other
	if m := calledNumber.FindSubmatch(b); m != nil {
		if own := e.peers[string(m[1])]; own != nil {
			p = own
		}
		e.calls[id] = p
	}
	return p
}

func (e *exchange) fromPeer(p *trunkPeer) {
	buf := make([]byte, 65536)
	for {
		n, _, err := p.back.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		text := string(buf[:n])
		e.mu.Lock()
		to := e.server
		if e.change != nil {
			text = e.change(text)
		}
		e.mu.Unlock()
		_, _ = e.front.WriteToUDPAddrPort([]byte(text), to)
	}
}

// rewrite has every message to the server changed.
func (e *exchange) rewrite(change func(string) string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.change = change
}

// requests returns what the server sent of a method.
func (e *exchange) requests(method string) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []string
	for _, m := range e.sent {
		if strings.HasPrefix(m, method+" ") {
			out = append(out, m)
		}
	}
	return out
}

// findMes is the example's accounts file with more FindMes in it, each given
// as "id: number, number".
func findMes(t *testing.T, lists ...string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(readFile(t, "../accounts/example.yaml"))
	for _, l := range lists {
		id, numbers, ok := strings.Cut(l, ": ")
		if !ok {
			t.Fatalf("FindMe %q has no numbers", l)
		}
		fmt.Fprintf(&b, "\n      - {id: %s, name: Test %s, timeout: 10, numbers: [\"%s\"]}\n", id, id, strings.ReplaceAll(numbers, ", ", `", "`))
	}
	return b.String()
}
