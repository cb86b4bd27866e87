//go:build linux && !386 && !s390x

package media

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/media/rtp"
)

// rig is an engine and one socket that plays the far end of every leg.
type rig struct {
	engine *Engine
	conn   *net.UDPConn
	ports  []*port
	to     []netip.AddrPort
	frame  [rtp.HeaderSize + frameSize]byte
	seq    uint16
}

func newRig(b *testing.B, legs int) *rig {
	b.Helper()
	e, err := New(Config{
		Address: netip.MustParseAddr("127.0.0.1"),
		Ports:   PortRange{Low: 20000, High: 29999},
		Shards:  1,
		Logger:  slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(e.Close)
	r := &rig{engine: e}
	r.conn, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { r.conn.Close() })
	_ = r.conn.SetReadBuffer(4 << 20)
	for i := range legs {
		r.open(b, clickbridge.CallID(fmt.Sprint("call", i/2)))
	}
	return r
}

func (r *rig) open(b *testing.B, call clickbridge.CallID) {
	b.Helper()
	o, err := r.engine.Open(call)
	if err != nil {
		b.Fatal(err)
	}
	p := o.(*port)
	at := r.conn.LocalAddr().(*net.UDPAddr)
	answer := fmt.Sprintf("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio %d RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n", at.Port)
	if err := p.Answer([]byte(answer), "", false); err != nil {
		b.Fatal(err)
	}
	r.ports = append(r.ports, p)
	r.to = append(r.to, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(p.number)))
}

// drain counts what comes back, until the socket closes.
func (r *rig) drain() {
	buf := make([]byte, 2048)
	for {
		if _, _, err := r.conn.ReadFromUDPAddrPort(buf); err != nil {
			return
		}
	}
}

// load sends 50 packets a second to every leg for d, spread evenly.
func (r *rig) load(b *testing.B, d time.Duration) {
	b.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	start := time.Now()
	sent := 0
	for time.Since(start) < d {
		<-tick.C
		due := int(time.Since(start).Seconds() * 50 * float64(len(r.to)))
		for ; sent < due; sent++ {
			i := sent % len(r.to)
			n := uint32(sent / len(r.to))
			rtp.Header{Seq: uint16(n), TS: n * frameSize, SSRC: uint32(i)}.Put(r.frame[:])
			if _, err := r.conn.WriteToUDPAddrPort(r.frame[:], r.to[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// cpu returns the user and system time of the shard's thread so far.
func (r *rig) cpu() (user, system time.Duration) {
	done := make(chan struct{})
	r.engine.shards[0].loop.run(func() {
		var u unix.Rusage
		if unix.Getrusage(unix.RUSAGE_THREAD, &u) == nil {
			user, system = time.Duration(u.Utime.Nano()), time.Duration(u.Stime.Nano())
		}
		close(done)
	})
	<-done
	return user, system
}

// report turns thread time into what a packet costs.
func (r *rig) report(b *testing.B, work func()) {
	b.Helper()
	before := r.engine.Stats().PacketsOut
	user0, system0 := r.cpu()
	start := time.Now()
	work()
	took := time.Since(start)
	user1, system1 := r.cpu()
	packets := float64(r.engine.Stats().PacketsOut - before)
	user, system := user1-user0, system1-system0
	b.ReportMetric(float64(user.Microseconds())/packets, "us-user/pkt")
	b.ReportMetric(float64(system.Microseconds())/packets, "us-sys/pkt")
	b.ReportMetric(100*user.Seconds()/took.Seconds(), "%core-user")
	b.ReportMetric(100*(user+system).Seconds()/took.Seconds(), "%core")
	b.ReportMetric(packets/took.Seconds(), "pkt/s")
	b.ReportMetric(0, "ns/op")
}

const benchTime = 3 * time.Second

// BenchmarkRelay is 100 bridged calls, 50 packets a second each way: the cost
// of one relayed packet on the shard's thread.
func BenchmarkRelay(b *testing.B) {
	r := newRig(b, 200)
	for i := 0; i < len(r.ports); i += 2 {
		r.ports[i].Bridge(r.ports[i+1])
	}
	go r.drain()
	r.load(b, 200*time.Millisecond)
	for b.Loop() {
		lag := stopwatch()
		r.report(b, func() { r.load(b, benchTime) })
		p50, p99 := lag()
		b.ReportMetric(p50, "us-wake-p50")
		b.ReportMetric(p99, "us-wake-p99")
	}
}

// stopwatch measures, until its result is called, how late another goroutine
// of the process is woken: what the media thread costs everyone else.
func stopwatch() func() (p50, p99 float64) {
	quit, done := make(chan struct{}), make(chan []float64)
	go func() {
		var late []float64
		for {
			at := time.Now()
			select {
			case <-quit:
				done <- late
				return
			case <-time.After(3 * time.Millisecond):
				late = append(late, float64((time.Since(at) - 3*time.Millisecond).Microseconds()))
			}
		}
	}()
	return func() (float64, float64) {
		close(quit)
		late := <-done
		slices.Sort(late)
		return late[len(late)/2], late[len(late)*99/100]
	}
}

// BenchmarkPrompts is 1000 legs that hear hold music.
func BenchmarkPrompts(b *testing.B) {
	r := newRig(b, 1000)
	audio := make([]byte, 8000)
	clip := []*leg.Clip{{Name: "music", ULaw: audio, ALaw: audio}}
	for _, p := range r.ports {
		p.Play(clip, true)
	}
	go r.drain()
	for b.Loop() {
		r.report(b, func() {
			select {
			case <-time.After(benchTime):
			case <-b.Context().Done():
			}
		})
	}
}

// BenchmarkBridgedMemory is what one bridged call keeps in user space.
func BenchmarkBridgedMemory(b *testing.B) {
	for b.Loop() {
		r := newRig(b, 0)
		before := live()
		const calls = 1000
		for i := range 2 * calls {
			r.open(b, clickbridge.CallID(fmt.Sprint("call", i/2)))
		}
		for i := 0; i < len(r.ports); i += 2 {
			r.ports[i].Bridge(r.ports[i+1])
		}
		r.cpu() // the shard has done all of it
		b.ReportMetric(float64(live()-before)/calls, "B/call")
		b.ReportMetric(0, "ns/op")
		r.engine.Close()
	}
}

func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
