package lossy_test

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"clickbridge/simulator/lossy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 15 * time.Second

func socket(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func at(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

func read(t *testing.T, c *net.UDPConn) (string, netip.AddrPort) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 100)
	n, from, err := c.ReadFromUDPAddrPort(buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n]), from
}

func start(t *testing.T, cfg lossy.Config) *lossy.Proxy {
	t.Helper()
	p, err := lossy.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func TestPassesBothWaysAndTellsServersApart(t *testing.T) {
	t.Parallel()
	carrier, one, two := socket(t), socket(t), socket(t)
	p := start(t, lossy.Config{})
	p.SetTo(at(carrier))
	for _, server := range []*net.UDPConn{one, two} {
		want := fmt.Sprint("from ", at(server))
		if _, err := server.WriteToUDPAddrPort([]byte(want), p.Addr()); err != nil {
			t.Fatal(err)
		}
		got, from := read(t, carrier)
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if _, err := carrier.WriteToUDPAddrPort([]byte("back "+got), from); err != nil {
			t.Fatal(err)
		}
		if got, from := read(t, server); got != "back "+want || from != p.Addr() {
			t.Errorf("got %q from %v", got, from)
		}
	}
}

// fates sends n datagrams and returns those that arrive before the last, which
// is sent until it does.
func fates(t *testing.T, f lossy.Faults, seed uint64, n int) []string {
	t.Helper()
	carrier, server := socket(t), socket(t)
	var mu sync.Mutex
	ended := false
	p := start(t, lossy.Config{To: at(carrier), ToCarrier: f, Seed: seed, Rule: func(_ bool, b []byte) bool {
		mu.Lock()
		defer mu.Unlock()
		ended = ended || bytes.Equal(b, []byte("end"))
		return false
	}})
	for i := range n {
		_, _ = server.WriteToUDPAddrPort([]byte(fmt.Sprint(i)), p.Addr())
	}
	var out []string
	buf := make([]byte, 100)
	for {
		_, _ = server.WriteToUDPAddrPort([]byte("end"), p.Addr())
		_ = carrier.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		size, err := carrier.Read(buf)
		if err != nil {
			continue
		}
		if string(buf[:size]) == "end" {
			return out
		}
		out = append(out, string(buf[:size]))
	}
}

func TestSameSeedSameFate(t *testing.T) {
	t.Parallel()
	f := lossy.Faults{Drop: 0.3, Repeat: 0.2, Reorder: 0.2}
	a, b := fates(t, f, 1, 100), fates(t, f, 1, 100)
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("one seed, two fates:\n%v\n%v", a, b)
	}
	if other := fates(t, f, 2, 100); fmt.Sprint(a) == fmt.Sprint(other) {
		t.Error("two seeds, one fate")
	}
	inOrder, twice := true, false
	seen := map[string]bool{}
	last := -1
	for _, s := range a {
		var i int
		_, _ = fmt.Sscan(s, &i)
		inOrder = inOrder && i >= last
		last = i
		twice = twice || seen[s]
		seen[s] = true
	}
	if inOrder || !twice || len(seen) < 50 || len(seen) > 90 {
		t.Errorf("in order %v, repeated %v, %d of 100 arrived", inOrder, twice, len(seen))
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	carrier, server := socket(t), socket(t)
	p := start(t, lossy.Config{To: at(carrier), ToCarrier: lossy.Faults{Delay: 60 * time.Millisecond}})
	began := time.Now()
	_, _ = server.WriteToUDPAddrPort([]byte("x"), p.Addr())
	read(t, carrier)
	if d := time.Since(began); d < 60*time.Millisecond {
		t.Errorf("arrived after %v", d)
	}
}

func TestReorderedWithoutSuccessorStillArrives(t *testing.T) {
	t.Parallel()
	carrier, server := socket(t), socket(t)
	p := start(t, lossy.Config{To: at(carrier), ToCarrier: lossy.Faults{Reorder: 1}})
	_, _ = server.WriteToUDPAddrPort([]byte("x"), p.Addr())
	if got, _ := read(t, carrier); got != "x" || p.Counts().Reordered != 1 {
		t.Errorf("got %q, %+v", got, p.Counts())
	}
}

func TestRule(t *testing.T) {
	t.Parallel()
	carrier, server := socket(t), socket(t)
	first := true
	p := start(t, lossy.Config{To: at(carrier), Rule: func(toCarrier bool, b []byte) bool {
		drop := first && toCarrier && string(b) == "ACK"
		first = first && !drop
		return drop
	}})
	for _, s := range []string{"INVITE", "ACK", "ACK", "BYE"} {
		_, _ = server.WriteToUDPAddrPort([]byte(s), p.Addr())
	}
	for _, want := range []string{"INVITE", "ACK", "BYE"} {
		if got, _ := read(t, carrier); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if c := p.Counts(); c.Dropped != 1 || c.Passed != 3 {
		t.Errorf("%+v", c)
	}
}
