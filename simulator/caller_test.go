package simulator_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"

	"clickbridge/media/g711"
	"clickbridge/media/tone"
	"clickbridge/simulator"
	"clickbridge/simulator/wire"
)

func TestMain(m *testing.M) {
	if os.Getenv(asCarrier) != "" {
		runCarrier()
		return
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what must come.
const patience = 15 * time.Second

// start runs a carrier whose scenes run fifty times faster and whose SIP
// timers ten times.
func start(t testing.TB, change func(*simulator.Config)) *simulator.Simulator {
	t.Helper()
	cfg := simulator.Config{Listen: []string{"udp:127.0.0.1:0"}, Pace: 0.02, T1: 50 * time.Millisecond, Seed: 7}
	if change != nil {
		change(&cfg)
	}
	s := simulator.New(cfg)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// caller is a scripted far end of the carrier: it writes SIP by hand.
type caller struct {
	t    testing.TB
	sip  *net.UDPConn
	rtp  *net.UDPConn
	to   netip.AddrPort
	in   chan *wire.Message
	done sync.WaitGroup

	mu      sync.Mutex
	packets int
	keys    string
	ends    int // telephone-event packets with the end bit
	maxDur  uint16
	keyTS   map[uint32]bool
	pcm     []int16
	changed chan struct{}
}

func newCaller(t testing.TB, to netip.AddrPort) *caller {
	t.Helper()
	c := &caller{t: t, to: to, in: make(chan *wire.Message, 1000), keyTS: map[uint32]bool{}, changed: make(chan struct{}, 1)}
	c.sip, c.rtp = socket(t), socket(t)
	c.done.Go(c.readSIP)
	c.done.Go(c.readRTP)
	t.Cleanup(func() {
		c.sip.Close()
		c.rtp.Close()
		c.done.Wait()
	})
	return c
}

func socket(t testing.TB) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func addr(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

func (c *caller) readSIP() {
	buf := make([]byte, 65536)
	for {
		n, _, err := c.sip.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		m, err := wire.Parse(buf[:n])
		if err != nil {
			c.t.Errorf("carrier sent what cannot be read (%v):\n%s", err, buf[:n])
			continue
		}
		// A second opinion: what the carrier writes must be SIP to others too.
		if _, err := sip.ParseMessage(append([]byte(nil), buf[:n]...)); err != nil {
			c.t.Errorf("sipgo cannot read the carrier's message (%v):\n%s", err, buf[:n])
		}
		c.in <- m
	}
}

func (c *caller) readRTP() {
	buf := make([]byte, 1500)
	for {
		n, _, err := c.rtp.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if n < 12 || buf[0] != 0x80 {
			c.t.Errorf("not RTP: %x", buf[:n])
			continue
		}
		c.mu.Lock()
		c.packets++
		switch buf[1] & 0x7f {
		case 96:
			c.event(buf[12:n], binary.BigEndian.Uint32(buf[4:]))
		case 0:
			for _, b := range buf[12:n] {
				c.pcm = append(c.pcm, g711.DecodeULaw(b))
			}
		case 8:
			for _, b := range buf[12:n] {
				c.pcm = append(c.pcm, g711.DecodeALaw(b))
			}
		}
		c.mu.Unlock()
		select {
		case c.changed <- struct{}{}:
		default:
		}
	}
}

func (c *caller) event(p []byte, ts uint32) {
	if !c.keyTS[ts] {
		c.keyTS[ts] = true
		c.keys += string("0123456789*#ABCD"[p[0]])
	}
	if p[1]&0x80 != 0 {
		c.ends++
	}
	c.maxDur = max(c.maxDur, binary.BigEndian.Uint16(p[2:]))
}

// until waits for what arrives by RTP to make cond true.
func (c *caller) until(what string, cond func() bool) {
	c.t.Helper()
	late := time.After(patience)
	for {
		c.mu.Lock()
		ok := cond()
		c.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-c.changed:
		case <-late:
			c.mu.Lock()
			defer c.mu.Unlock()
			c.t.Fatalf("waited in vain for %s (packets %d, keys %q, ends %d)", what, c.packets, c.keys, c.ends)
		}
	}
}

// hears waits until the last 200 ms of audio are the tone of hz Hz.
func (c *caller) hears(hz float64) {
	c.t.Helper()
	c.until(fmt.Sprintf("%v Hz", hz), func() bool {
		n := len(c.pcm)
		return n >= 1600 && tone.Power(c.pcm[n-1600:], hz) > 0.9
	})
}

// call is one call of the caller's.
type call struct {
	c                         *caller
	number, id, branch, from  string
	cseq                      uint32
	to, target                string
	sdp                       string
	transport, extra, contact string
}

var serial atomic.Int64

func (c *caller) call(number string) *call {
	n := serial.Add(1)
	return &call{
		c: c, number: number, id: fmt.Sprintf("call-%d@test", n), branch: fmt.Sprintf("z9hG4bK-%d", n),
		from: fmt.Sprintf("<sip:9998887777@127.0.0.1>;tag=f%d", n), cseq: 1, sdp: c.offer(), transport: "UDP",
		to: fmt.Sprintf("<sip:%s@%s>", number, c.to), target: fmt.Sprintf("sip:%s@%s", number, c.to),
		contact: addr(c.sip).String(),
	}
}

// offer offers both laws and telephone-event as 96.
func (c *caller) offer() string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-16\r\na=sendrecv\r\n", addr(c.rtp).Port())
}

func (k *call) text(method, branch, extra, body string) string {
	kind := ""
	if body != "" {
		kind = "Content-Type: application/sdp\r\n"
	}
	return fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=%s;rport\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\n"+
		"Call-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:cb@%s>\r\n%s%sContent-Length: %d\r\n\r\n%s",
		method, k.target, k.transport, addr(k.c.sip), branch, k.from, k.to, k.id, k.cseq, method, k.contact, extra, kind, len(body), body)
}

func (k *call) send(text string) {
	k.c.t.Helper()
	if _, err := k.c.sip.WriteToUDPAddrPort([]byte(text), k.c.to); err != nil {
		k.c.t.Fatal(err)
	}
}

func (k *call) invite() *call {
	k.send(k.text("INVITE", k.branch, k.extra, k.sdp))
	return k
}

func (k *call) cancel() { k.send(k.text("CANCEL", k.branch, "", "")) }

// ack acknowledges a final answer: m's To-tag, and its Contact for a 2xx.
func (k *call) ack(m *wire.Message) {
	d := *k
	d.to = m.To
	branch := k.branch
	if m.Status < 300 {
		branch += "-ack"
		d.target = wire.Address(m.Get("Contact"))
	}
	d.cseq = m.CSeq
	d.send(d.text("ACK", branch, "", ""))
}

// within sends a request inside the dialog made by m and returns its call.
func (k *call) within(m *wire.Message, method, body string) *call {
	d := *k
	d.to, d.target = m.To, wire.Address(m.Get("Contact"))
	k.cseq++
	d.cseq = k.cseq
	d.branch = fmt.Sprintf("%s-%s-%d", k.branch, method, d.cseq)
	d.send(d.text(method, d.branch, "", body))
	return &d
}

// next waits for the next message of the call, whatever it is.
func (k *call) next() *wire.Message {
	k.c.t.Helper()
	late := time.After(patience)
	for {
		select {
		case m := <-k.c.in:
			if m.CallID == k.id {
				return m
			}
		case <-late:
			k.c.t.Fatal("waited in vain for a message")
		}
	}
}

// expect waits for a message that starts like want ("200 INVITE", "BYE"),
// passing over repeats of what else may come.
func (k *call) expect(want string) *wire.Message {
	k.c.t.Helper()
	seen := []string{}
	late := time.After(patience)
	for {
		select {
		case m := <-k.c.in:
			if m.CallID != k.id {
				continue
			}
			seen = append(seen, name(m))
			if name(m) == want {
				return m
			}
		case <-late:
			k.c.t.Fatalf("waited in vain for %q, saw %v", want, seen)
		}
	}
}

func name(m *wire.Message) string {
	if m.Method != "" {
		return m.Method
	}
	return fmt.Sprintf("%d %s", m.Status, m.CSeqMethod)
}

// respond answers a request of the carrier's.
func (k *call) respond(m *wire.Message, status int, body string) {
	x := wire.Extra{Headers: "Contact: <sip:cb@" + k.contact + ">\r\n"}
	if body != "" {
		x.Type, x.Body = "application/sdp", []byte(body)
	}
	b := wire.NewReply(m, k.c.to).Compose(status, "", x)
	k.send(string(b))
}

// answered places the call and acknowledges its answer.
func (k *call) answered() *wire.Message {
	k.c.t.Helper()
	k.invite()
	ok := k.expect("200 INVITE")
	k.ack(ok)
	return ok
}

// hangUp ends the call made by m.
func (k *call) hangUp(m *wire.Message) {
	k.c.t.Helper()
	k.within(m, "BYE", "")
	k.expect("200 BYE")
}

// leg waits until the call's leg is as cond wants it.
func leg(t testing.TB, s *simulator.Simulator, id string, what string, cond func(simulator.Leg) bool) simulator.Leg {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	var last simulator.Leg
	for {
		for _, l := range s.Snapshot() {
			if l.CallID == id {
				last = l
				if cond(l) {
					return l
				}
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("leg never was %s: %+v", what, last)
		}
	}
}

func over(l simulator.Leg) bool { return l.Over() }
