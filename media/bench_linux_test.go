//go:build linux && !386 && !s390x

package media

import (
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"clickbridge"
	"clickbridge/leg"
)

// rig is an engine with answered legs.
type rig struct {
	engine *Engine
	ports  []*port
}

func newRig(b *testing.B, portable bool) *rig {
	b.Helper()
	e, err := New(Config{
		Address:  netip.MustParseAddr("127.0.0.1"),
		Ports:    PortRange{Low: 20000, High: 29999},
		Portable: portable,
		Logger:   slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(e.Close)
	return &rig{engine: e}
}

// open adds legs, two of each call, whose far end is a port on loopback.
func (r *rig) open(b *testing.B, legs, farEnd int) {
	b.Helper()
	answer := fmt.Appendf(nil, "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio %d RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n", farEnd)
	for i := range legs {
		p, err := r.engine.Open(clickbridge.CallID(fmt.Sprint("call", i/2)))
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Answer(answer, "", false); err != nil {
			b.Fatal(err)
		}
		r.ports = append(r.ports, p.(*port))
	}
}

func (r *rig) bridge() {
	for i := 0; i < len(r.ports); i += 2 {
		r.ports[i].Bridge(r.ports[i+1])
	}
}

func (r *rig) numbers() (n []int) {
	for _, p := range r.ports {
		n = append(n, p.number)
	}
	return n
}

// report runs for a while and turns what the process used into what a packet
// costs. Everything counts: the shards, Go's poller and scheduler, GC.
func (r *rig) report(b *testing.B, d time.Duration) {
	b.Helper()
	sent := r.engine.Stats().PacketsOut
	user, system := processTime(b)
	start := time.Now()
	select {
	case <-time.After(d):
	case <-b.Context().Done():
	}
	took := time.Since(start)
	user2, system2 := processTime(b)
	packets := float64(r.engine.Stats().PacketsOut - sent)
	user, system = user2-user, system2-system
	b.ReportMetric(float64(user.Microseconds())/packets, "us-user/pkt")
	b.ReportMetric(float64(system.Microseconds())/packets, "us-sys/pkt")
	b.ReportMetric(100*user.Seconds()/took.Seconds(), "%core-user")
	b.ReportMetric(100*(user+system).Seconds()/took.Seconds(), "%core")
	b.ReportMetric(packets/took.Seconds(), "pkt/s")
	b.ReportMetric(0, "ns/op")
}

func processTime(b *testing.B) (user, system time.Duration) {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano()), time.Duration(u.Stime.Nano())
}

const benchTime = 3 * time.Second

// BenchmarkRelay is 100 bridged calls, 50 packets a second each way: the cost
// of a relayed packet, and how long it takes through the engine.
func BenchmarkRelay(b *testing.B) {
	for _, portable := range []bool{false, true} {
		b.Run(fmt.Sprintf("portable=%t", portable), func(b *testing.B) {
			far := startFarEnd(b)
			r := newRig(b, portable)
			r.open(b, 200, far.port)
			r.bridge()
			far.send(b, r.numbers())
			for b.Loop() {
				r.report(b, benchTime)
			}
			p50, p99 := far.end(b)
			b.ReportMetric(p50, "us-delay-p50")
			b.ReportMetric(p99, "us-delay-p99")
		})
	}
}

// BenchmarkPrompts is 1000 legs that hear hold music.
func BenchmarkPrompts(b *testing.B) {
	for _, portable := range []bool{false, true} {
		b.Run(fmt.Sprintf("portable=%t", portable), func(b *testing.B) {
			far := startFarEnd(b)
			r := newRig(b, portable)
			r.open(b, 1000, far.port)
			audio := make([]byte, 8000)
			for _, p := range r.ports {
				p.Play([]*leg.Clip{{Name: "music", ULaw: audio, ALaw: audio}}, true)
			}
			for b.Loop() {
				r.report(b, benchTime)
			}
		})
	}
}

// BenchmarkIdle is 1000 answered legs that nobody plays to or speaks on: how
// often the process is woken.
func BenchmarkIdle(b *testing.B) {
	r := newRig(b, false)
	r.open(b, 1000, 9)
	for b.Loop() {
		var before, after unix.Rusage
		unix.Getrusage(unix.RUSAGE_SELF, &before)
		select {
		case <-time.After(benchTime):
		case <-b.Context().Done():
		}
		unix.Getrusage(unix.RUSAGE_SELF, &after)
		b.ReportMetric(float64(after.Nvcsw-before.Nvcsw)/benchTime.Seconds(), "switches/s")
		b.ReportMetric(0, "ns/op")
	}
}

// BenchmarkBridgedMemory is what one bridged call keeps in user space.
func BenchmarkBridgedMemory(b *testing.B) {
	for b.Loop() {
		r := newRig(b, false)
		before := live()
		const calls = 1000
		r.open(b, 2*calls, 9)
		r.bridge()
		r.engine.shards[0].loop.run(func() {})
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

// BenchmarkReceive is the user-space work on one relayed packet alone.
func BenchmarkReceive(b *testing.B) {
	for _, codecs := range [][]int{{0, 0}, {0, 8}} {
		b.Run(fmt.Sprint(codecs), func(b *testing.B) {
			sh, s := standing(codecs...)
			s[0].bridge(s[1])
			packet := make([]byte, maxPacket)[:12+frameSize]
			packet[0] = 0x80
			b.ReportAllocs()
			for n := uint16(0); b.Loop(); n++ {
				packet[2], packet[3] = byte(n>>8), byte(n)
				sh.now += frameTime
				s[0].receive(packet, here)
			}
		})
	}
}

// BenchmarkLeg is what a short leg costs: a port opened, an answer, a prompt of
// which one frame is sent, the stop of it, and the port closed.
func BenchmarkLeg(b *testing.B) {
	r := newRig(b, false)
	r.engine.ports.quarantine = 0
	answer := []byte("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n")
	audio := []*leg.Clip{{Name: "word", ULaw: make([]byte, 8000), ALaw: make([]byte, 8000)}}
	user, system := processTime(b)
	b.ReportAllocs()
	for b.Loop() {
		p, err := r.engine.Open("call")
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Answer(answer, "", false); err != nil {
			b.Fatal(err)
		}
		done := p.Play(audio, false)
		for p.Stats().PacketsOut == 0 {
			runtime.Gosched()
		}
		p.Stop()
		<-done
		p.Close()
	}
	user2, system2 := processTime(b)
	b.ReportMetric(float64((user2-user).Nanoseconds())/1e3/float64(b.N), "us-user/leg")
	b.ReportMetric(float64((system2-system).Nanoseconds())/1e3/float64(b.N), "us-sys/leg")
}

// BenchmarkClick is the media of whole clicks, 400 a second: two legs opened,
// one hears music while the other is asked and presses 1, they are joined, talk
// for 200 ms without a word, and close. Ports are reused, as in a server that
// has run for a while.
func BenchmarkClick(b *testing.B) {
	const rate, seconds = 400, 3
	far := startFarEnd(b)
	fmt.Fprint(far.stdin, pressLine)
	r := newRig(b, false)
	r.engine.ports.quarantine = 300 * time.Millisecond
	music := []*leg.Clip{{Name: "music", ULaw: make([]byte, 8000), ALaw: make([]byte, 8000)}}
	answer := fmt.Appendf(nil, "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio %d RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n", far.port)
	click := func(i int) error {
		call := clickbridge.CallID(fmt.Sprint(i))
		caller, err := r.engine.Open(call)
		if err != nil {
			return err
		}
		defer caller.Close()
		if err := caller.Answer(answer, "", false); err != nil {
			return err
		}
		caller.Play(music, true)
		<-time.After(30 * time.Millisecond) // the agent's phone rings
		agent, err := r.engine.Open(call)
		if err != nil {
			return err
		}
		defer agent.Close()
		if err := agent.Answer(answer, "", false); err != nil {
			return err
		}
		agent.Play(music, false)
		fmt.Fprintln(far.stdin, agent.Stats().LocalPort)
		<-agent.Keys()
		agent.Stop()
		caller.Bridge(agent)
		<-time.After(200 * time.Millisecond)
		return nil
	}
	for b.Loop() {
		var wg sync.WaitGroup
		tick := time.NewTicker(time.Second / rate)
		defer tick.Stop()
		var u0, s0 time.Duration
		var sent uint64
		for i := range rate * (seconds + 1) {
			if i == rate { // the first second opens sockets
				u0, s0 = processTime(b)
				sent = r.engine.Stats().PacketsOut
			}
			<-tick.C
			wg.Go(func() {
				if err := click(i); err != nil {
					b.Error(err)
				}
			})
		}
		u, s := processTime(b)
		wg.Wait()
		const n = rate * seconds
		b.ReportMetric(float64((u-u0).Microseconds())/n, "us-user/click")
		b.ReportMetric(float64((s-s0).Microseconds())/n, "us-sys/click")
		b.ReportMetric(float64(r.engine.Stats().PacketsOut-sent)/n, "pkts/click")
		b.ReportMetric(0, "ns/op")
	}
}
