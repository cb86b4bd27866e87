//go:build linux && !386 && !s390x

package media

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/media/rtp"
)

// lotEngine has an address of loopback to itself: its ranges are small, and
// the other tests of the machine take ports of 127.0.0.1 as they come.
func lotEngine(t *testing.T, r PortRange, quarantine time.Duration) *Engine {
	t.Helper()
	e, err := New(Config{Address: netip.MustParseAddr("127.0.0.20"), Ports: r, Quarantine: quarantine,
		Shards: 2, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// openAll opens ports of as many calls, on both shards.
func openAll(t *testing.T, e *Engine, n int) (open []leg.Port) {
	t.Helper()
	for i := range n {
		p, err := e.Open(clickbridge.CallID(fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, p)
	}
	return open
}

// settle waits until the shards have done what they were told.
func settle(e *Engine) {
	for _, sh := range e.shards {
		done := make(chan struct{})
		if sh.loop.run(func() { close(done) }) {
			<-done
		}
	}
}

func closeAll(e *Engine, open []leg.Port) {
	for _, p := range open {
		p.Close()
	}
	settle(e)
}

func places(e *Engine) (n int) {
	for _, sh := range e.shards {
		sh.lot.mu.Lock()
		n += len(sh.lot.places)
		sh.lot.mu.Unlock()
	}
	return n
}

// A parked socket is a later leg's, whatever came to it between.
func TestSocketsAreParkedAndReused(t *testing.T) {
	t.Parallel()
	e := lotEngine(t, PortRange{Low: 33000, High: 33999}, time.Nanosecond)
	first := openAll(t, e, 6*lotChoice)
	numbers := map[int]bool{}
	for _, p := range first {
		numbers[p.Stats().LocalPort] = true
	}
	closeAll(e, first)
	if n := places(e); n != len(first) || e.Stats().Legs != 0 {
		t.Fatalf("%d sockets are parked, %d legs open, want %d and 0", n, e.Stats().Legs, len(first))
	}
	stray, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer stray.Close()
	packet := make([]byte, rtp.HeaderSize+frameSize)
	rtp.Header{Seq: 1}.Put(packet)
	for n := range numbers {
		if _, err := stray.WriteToUDPAddrPort(packet, netip.AddrPortFrom(e.config.Address, uint16(n))); err != nil {
			t.Fatal(err)
		}
	}
	far := stray.LocalAddr().(*net.UDPAddr).Port
	for _, p := range openAll(t, e, lotChoice) {
		if !numbers[p.Stats().LocalPort] {
			t.Errorf("port %d was opened while rested ones were parked", p.Stats().LocalPort)
		}
		answer := fmt.Appendf(nil, "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio %d RTP/AVP 0\r\n", far)
		if err := p.Answer(answer, "", false); err != nil {
			t.Fatal(err)
		}
		before := p.Stats().PacketsIn
		to := netip.AddrPortFrom(e.config.Address, uint16(p.Stats().LocalPort))
		if _, err := stray.WriteToUDPAddrPort(packet, to); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(5 * time.Second); p.Stats().PacketsIn == before; {
			if time.Now().After(deadline) {
				t.Fatal("a reused socket hears nothing")
			}
			settle(e)
		}
	}
}

// While its port rests, a parked socket is nobody's.
func TestParkedSocketsRest(t *testing.T) {
	t.Parallel()
	e := lotEngine(t, PortRange{Low: 34000, High: 34999}, time.Hour)
	first := openAll(t, e, 4*lotChoice)
	closeAll(e, first)
	numbers := map[int]bool{}
	for _, p := range first {
		numbers[p.Stats().LocalPort] = true
	}
	for _, p := range openAll(t, e, 4*lotChoice) {
		if numbers[p.Stats().LocalPort] {
			t.Fatalf("port %d was opened again while it rests", p.Stats().LocalPort)
		}
	}
}

// A range that is used up gets its rested ports back, whichever shard has them.
func TestParkedPortsAreNotLost(t *testing.T) {
	t.Parallel()
	e := lotEngine(t, PortRange{Low: 35000, High: 35019}, time.Nanosecond)
	for range 5 {
		closeAll(e, openAll(t, e, 10))
	}
	for _, p := range openAll(t, e, 5) {
		p.Close()
	}
}

// After a busy hour no more stay open than are needed.
func TestSpareSocketsAreClosed(t *testing.T) {
	t.Parallel()
	e := lotEngine(t, PortRange{Low: 36000, High: 37999}, time.Nanosecond)
	closeAll(e, openAll(t, e, 2*lotSpare+200))
	if n := places(e); n > 2*(lotSpare+1) {
		t.Errorf("%d sockets stay open", n)
	}
	e.ports.mu.Lock()
	defer e.ports.mu.Unlock()
	taken := 0
	for _, is := range e.ports.taken {
		if is {
			taken++
		}
	}
	if taken != places(e) || e.ports.idled != taken || e.ports.count != taken {
		t.Errorf("%d numbers taken, %d idle, %d counted, for %d parked", taken, e.ports.idled, e.ports.count, places(e))
	}
}
