package dialog

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"clickbridge"
)

func TestStrangersAreNotHeard(t *testing.T) {
	b := setup(t, func(c *Config) {
		c.Trusted = func(ip netip.Addr) bool { return ip == netip.MustParseAddr("127.0.0.1") }
	})
	stranger, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)})
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	const n = 500
	for range n {
		if _, err := stranger.WriteToUDPAddrPort([]byte("OPTIONS sip:x SIP/2.0\r\n\r\n"), b.agent.LocalAddr("udp")); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, func() bool { return b.agent.Dropped() == n })
	b.answer() // and the carrier is still heard
}

// What is kept of requests does not grow with who sends them.
func TestServedIsBounded(t *testing.T) {
	b := setup(t)
	b.agent.served.most = 100
	to := b.agent.LocalAddr("udp")
	for i := range 5000 {
		msg := fmt.Sprintf("OPTIONS sip:us@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d\r\nFrom: <sip:x@y>;tag=1\r\n"+
			"To: <sip:us@z>\r\nCall-ID: %d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", to, b.carrier.addr, i, i)
		m, err := parse([]byte(msg))
		if err != nil {
			t.Fatal(err)
		}
		m.from, m.in = b.carrier.addr, b.agent.listeners[0]
		b.agent.receive(m, nil)
	}
	if n := len(b.agent.served.all()); n != 100 {
		t.Errorf("%d answers kept, want 100", n)
	}
}

func TestTCP(t *testing.T) {
	b := setup(t, func(c *Config) {
		c.Listen = []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}
		c.Trusted = func(ip netip.Addr) bool { return ip == netip.MustParseAddr("127.0.0.1") }
	})
	// A stranger's connection is closed at once.
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}, Timeout: 5 * time.Second}
	conn, err := d.Dial("tcp", b.agent.LocalAddr("tcp").String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
		t.Errorf("stranger read: %v", err)
	}

	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	b.invite.NextHop, b.invite.Transport = localAddrPort(ln.Addr()), "tcp"
	b.invite.Host = ln.Addr().String()
	out := b.dial(context.Background())
	far, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	expect := func(method string) *wire {
		t.Helper()
		_ = far.SetReadDeadline(time.Now().Add(5 * time.Second))
		buf := make([]byte, 65536)
		n, err := far.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		w := parseWire(buf[:n])
		if w.method() != method {
			t.Fatalf("got %s, want %s", w.start, method)
		}
		return w
	}
	inv := expect("INVITE")
	if !strings.HasPrefix(inv.get("Via"), "SIP/2.0/TCP 127.0.0.1:") || !strings.HasSuffix(inv.get("Contact"), ";transport=tcp>") {
		t.Errorf("INVITE:\n%s", inv.raw)
	}
	fmt.Fprint(far, b.carrier.response(inv, "200 OK", "far", testSDP, "Contact: <sip:far@"+ln.Addr().String()+";transport=tcp>"))
	expect("ACK")
	o := b.wait(out)
	if o.err != nil {
		t.Fatal(o.err)
	}
	o.session.Hangup(nil)
	fmt.Fprint(far, b.carrier.response(expect("BYE"), "200 OK", "", ""))
	b.waitGone()
	// Another fork's answer, after the end: its ACK comes before its BYE.
	fmt.Fprint(far, b.carrier.response(inv, "200 OK", "other", testSDP, "Contact: <sip:other@"+ln.Addr().String()+";transport=tcp>"))
	var both strings.Builder
	for strings.Count(both.String(), "\r\n\r\n") < 2 {
		buf := make([]byte, 65536)
		n, err := far.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		both.Write(buf[:n])
	}
	if ack, bye := strings.Index(both.String(), "ACK sip:other@"), strings.Index(both.String(), "BYE sip:other@"); ack != 0 || bye < 0 {
		t.Errorf("not ACK and then BYE:\n%s", both.String())
	}
}

func TestTCPRefused(t *testing.T) {
	b := setup(t) // which listens on UDP alone: connections are made all the same
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.invite.NextHop, b.invite.Transport = localAddrPort(ln.Addr()), "tcp"
	ln.Close()
	b.class(b.wait(b.dial(context.Background())).err, clickbridge.CauseTrunkFault)
	b.waitGone()
}

func TestNew(t *testing.T) {
	for _, listen := range [][]string{nil, {"127.0.0.1:0"}, {"tls:127.0.0.1:0"}, {"udp:nonsense"}, {"udp:127.0.0.1:0", "udp:256.0.0.1:1"}} {
		if _, err := New(Config{Listen: listen, Logger: slog.New(slog.DiscardHandler)}); err == nil {
			t.Errorf("%q: no error", listen)
		}
	}
}

// A panic in the goroutine that reads must not end the listener.
func TestCloseWithoutStart(t *testing.T) {
	a, err := New(Config{Listen: []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(context.Background()); err != nil {
		t.Error(err)
	}
	again, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(a.LocalAddr("udp")))
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	again.Close()
}

func TestReaderSurvivesPanics(t *testing.T) {
	var armed atomic.Bool
	b := setup(t, func(c *Config) {
		c.Trusted = func(netip.Addr) bool {
			if armed.CompareAndSwap(true, false) {
				panic("reader")
			}
			return true
		}
	})
	b.answer()
	armed.Store(true)
	b.carrier.write("this one is lost")
	eventually(t, func() bool { return !armed.Load() })
	b.answer()
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t testing.TB, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(5 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("it did not come about")
		}
	}
}

// A socket on every address gives the one that reaches the carrier, and asks the
// kernel for it now and then.
func TestEveryAddress(t *testing.T) {
	b := setup(t, func(c *Config) { c.Listen = []string{"udp:0.0.0.0:0"} })
	port := strconv.Itoa(int(b.agent.LocalAddr("udp").Port()))
	via := func() string {
		p, err := b.agent.path("udp", b.carrier.addr)
		if err != nil {
			t.Fatal(err)
		}
		return p.sentBy
	}
	if got := via(); got != "127.0.0.1:"+port {
		t.Errorf("Via of %s", got)
	}
	to := b.carrier.addr.Addr()
	b.agent.sources.known[to] = source{"192.0.2.9", time.Now().Add(time.Minute)}
	if got := via(); got != "192.0.2.9:"+port {
		t.Errorf("asked again: Via of %s", got)
	}
	b.agent.sources.known[to] = source{"192.0.2.9", time.Now()}
	if got := via(); got != "127.0.0.1:"+port {
		t.Errorf("believed for ever: Via of %s", got)
	}
}
