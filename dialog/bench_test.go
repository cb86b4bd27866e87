package dialog

import (
	"bytes"
	"context"
	"net"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"clickbridge"
	"clickbridge/leg"
)

// echoCarrier answers every INVITE (100, 183 with SDP, 200) and every BYE, on a
// thread of its own whose CPU time can be taken off the process's.
type echoCarrier struct {
	conn *net.UDPConn
	done chan struct{}
	cpu  time.Duration
}

func newEchoCarrier(b *testing.B) *echoCarrier {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	_ = conn.SetReadBuffer(4 << 20)
	e := &echoCarrier{conn: conn, done: make(chan struct{})}
	go e.run()
	return e
}

func (e *echoCarrier) stop() time.Duration {
	e.conn.Close()
	<-e.done
	return e.cpu
}

func (e *echoCarrier) run() {
	runtime.LockOSThread()
	defer close(e.done)
	start := usage(1) // RUSAGE_THREAD
	defer func() { e.cpu = usage(1) - start }()
	in, out := make([]byte, 65536), make([]byte, 0, 4096)
	contact := []byte("Contact: <sip:far@" + e.conn.LocalAddr().String() + ">\r\n")
	for {
		n, from, err := e.conn.ReadFromUDPAddrPort(in)
		if err != nil {
			return
		}
		head, _, _ := bytes.Cut(in[:n], []byte("\r\n\r\n"))
		answer := func(status, sdp string) {
			out = append(append(append(out[:0], "SIP/2.0 "...), status...), "\r\n"...)
			for line := range bytes.SplitSeq(head, []byte("\r\n")) {
				switch name, _, _ := bytes.Cut(line, []byte(":")); string(name) {
				case "To":
					out = append(out, line...)
					if !bytes.Contains(line, []byte("tag=")) {
						out = append(out, ";tag=far"...)
					}
					out = append(out, "\r\n"...)
				case "Via", "From", "Call-ID", "CSeq":
					out = append(append(out, line...), "\r\n"...)
				}
			}
			out = append(out, contact...)
			if sdp == "" {
				out = append(out, "Content-Length: 0\r\n\r\n"...)
			} else {
				out = append(append(out, "Content-Type: application/sdp\r\nContent-Length: "...), strconv.Itoa(len(sdp))+"\r\n\r\n"+sdp...)
			}
			_, _ = e.conn.WriteToUDPAddrPort(out, from)
		}
		switch {
		case bytes.HasPrefix(head, []byte("INVITE")):
			answer("100 Trying", "")
			answer("183 Session Progress", testSDP)
			answer("200 OK", testSDP)
		case bytes.HasPrefix(head, []byte("BYE")):
			answer("200 OK", "")
		}
	}
}

func usage(who int) time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(who, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// silentJournal and silentMedia cost nothing.
type silentJournal struct{ gone *sync.WaitGroup }

func (silentJournal) Dialing(context.Context, clickbridge.LegRecord) error  { return nil }
func (silentJournal) Early(clickbridge.LegRecord)                           {}
func (silentJournal) Answered(context.Context, clickbridge.LegRecord) error { return nil }
func (j silentJournal) Gone(string)                                         { j.gone.Done() }

type silentMedia struct{ sdp []byte }

func (m silentMedia) Offer() []byte                      { return m.sdp }
func (silentMedia) Answer([]byte, string, bool) error    { return nil }
func (m silentMedia) Reoffer(sdp []byte) ([]byte, error) { return m.sdp, nil }
func (silentMedia) Key(leg.Key)                          {}

// BenchmarkInviteBye is one leg's whole signalling, twelve calls in flight:
// INVITE, 100, 183, 200, ACK, BYE, 200. cpu-us/leg is the process's CPU time
// without the carrier's; B-kept/leg is the heap still held right after the last
// BYE, while RFC 3261's timers run.
func BenchmarkInviteBye(b *testing.B) {
	sip.SetTimers(500*time.Millisecond, 4*time.Second, 5*time.Second)
	defer sip.SetTimers(25*time.Millisecond, 100*time.Millisecond, 125*time.Millisecond)
	s := setup(b)
	far := newEchoCarrier(b)
	var gone sync.WaitGroup
	in := s.invite
	in.NextHop, in.Host = localAddrPort(far.conn.LocalAddr()), far.conn.LocalAddr().String()
	in.Media, in.Journal = silentMedia{[]byte(testSDP)}, silentJournal{&gone}
	one := func() {
		gone.Add(1)
		session, err := s.agent.Invite(context.Background(), in)
		if err != nil {
			b.Error(err)
			return
		}
		session.Hangup(nil)
	}
	one()
	gone.Wait()
	before := heap()
	b.ReportAllocs()
	start := usage(syscall.RUSAGE_SELF)
	b.ResetTimer()
	var workers sync.WaitGroup
	todo := make(chan struct{})
	for range 12 {
		workers.Go(func() {
			for range todo {
				one()
			}
		})
	}
	for range b.N {
		todo <- struct{}{}
	}
	close(todo)
	workers.Wait()
	gone.Wait()
	b.StopTimer()
	total := usage(syscall.RUSAGE_SELF) - start
	kept := int64(heap()) - int64(before)
	carrier := far.stop()
	b.ReportMetric(float64((total-carrier).Microseconds())/float64(b.N), "cpu-us/leg")
	b.ReportMetric(float64(kept)/float64(b.N), "B-kept/leg")
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkParse reads a 183 as carriers send them.
func BenchmarkParse(b *testing.B) {
	text := []byte("SIP/2.0 183 Session Progress\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;received=192.0.2.1;rport=5060;branch=z9hG4bKABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n" +
		"Record-Route: <sip:198.51.100.1;lr>\r\nFrom: <sip:9998887777@192.0.2.1>;tag=ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\nTo: <sip:5558688950@198.51.100.7>;tag=as5c2d\r\n" +
		"Call-ID: ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\nCSeq: 1 INVITE\r\nServer: carrier\r\nAllow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, INFO\r\nSupported: replaces\r\n" +
		"Contact: <sip:5558688950@198.51.100.7:5060>\r\nContent-Type: application/sdp\r\nContent-Length: " + strconv.Itoa(len(testSDP)) + "\r\n\r\n" + testSDP)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
