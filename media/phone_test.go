package media_test

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/media"
	"clickbridge/media/g711"
	"clickbridge/media/rtp"
	"clickbridge/media/tone"
)

const (
	pcmu = 0
	pcma = 8
)

var loopback = netip.MustParseAddr("127.0.0.1")

// forms runs a test against both forms of the engine.
func forms(t *testing.T, test func(t *testing.T, e *media.Engine)) {
	for _, portable := range []bool{false, true} {
		t.Run(fmt.Sprintf("portable=%t", portable), func(t *testing.T) {
			t.Parallel()
			test(t, newEngine(t, media.Config{Portable: portable, Shards: 2}))
		})
	}
}

func newEngine(t testing.TB, c media.Config) *media.Engine {
	t.Helper()
	if !c.Address.IsValid() {
		c.Address = loopback
	}
	if c.Ports == (media.PortRange{}) {
		c.Ports = media.PortRange{Low: 20000, High: 29999}
	}
	c.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	e, err := media.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// phone is a far end: a socket, a law, and the port of ours it talks to.
type phone struct {
	t     testing.TB
	port  leg.Port
	conn  *net.UDPConn
	to    *net.UDPAddr
	codec uint8
	event int // its payload type for keys; 0 = none

	header rtp.Header // of the next packet it sends
	buf    [2048]byte
}

// open opens a leg of the call, and its phone, without an answer.
func open(t testing.TB, e *media.Engine, call clickbridge.CallID, codec uint8) *phone {
	t.Helper()
	p, err := e.Open(call)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	f := &phone{t: t, port: p, codec: codec, event: 101,
		to:     net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, uint16(p.Stats().LocalPort))),
		header: rtp.Header{Type: codec, Marker: true, Seq: 65000, TS: 4294960000, SSRC: 0xABC + uint32(codec)},
	}
	f.conn = socketAt(t, "127.0.0.1")
	return f
}

func socketAt(t testing.TB, host string) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(host)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// answered opens a leg whose phone has answered.
func answered(t testing.TB, e *media.Engine, call clickbridge.CallID, codec uint8) *phone {
	t.Helper()
	f := open(t, e, call, codec)
	f.answer(f.sdp("sendrecv"))
	return f
}

func (f *phone) answer(sdp string) {
	f.t.Helper()
	if err := f.port.Answer([]byte(sdp), "fork", false); err != nil {
		f.t.Fatal(err)
	}
}

// sdp describes the phone.
func (f *phone) sdp(direction string) string {
	return f.sdpAt(f.conn.LocalAddr().(*net.UDPAddr).AddrPort(), direction)
}

func (f *phone) sdpAt(at netip.AddrPort, direction string) string {
	event, eventLines := "", ""
	if f.event != 0 {
		event = fmt.Sprintf(" %d", f.event)
		eventLines = fmt.Sprintf("a=rtpmap:%d telephone-event/8000\r\na=fmtp:%[1]d 0-15\r\n", f.event)
	}
	return fmt.Sprintf("v=0\r\no=phone 1 1 IN IP4 %[1]s\r\ns=call\r\nc=IN IP4 %[1]s\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP %d%s\r\n%sa=%s\r\n", at.Addr(), at.Port(), f.codec, event, eventLines, direction)
}

// send sends one packet as the phone's header says and moves the header on.
func (f *phone) send(payload []byte) {
	f.t.Helper()
	f.sendRaw(f.conn, f.header, payload)
	f.header.Seq++
	f.header.TS += uint32(len(payload))
	f.header.Marker = false
}

func (f *phone) sendRaw(c *net.UDPConn, h rtp.Header, payload []byte) {
	f.t.Helper()
	b := make([]byte, rtp.HeaderSize+len(payload))
	h.Put(b)
	copy(b[rtp.HeaderSize:], payload)
	if _, err := c.WriteToUDP(b, f.to); err != nil {
		f.t.Fatal(err)
	}
}

// key sends one telephone-event packet of the press that began at ts.
func (f *phone) key(code uint8, ts uint32, duration uint16, end bool) {
	f.t.Helper()
	h := f.header
	h.Type, h.TS, h.Marker = uint8(f.event), ts, duration == 160
	b := make([]byte, rtp.EventSize)
	rtp.Event{Code: code, Duration: duration, End: end}.Put(b)
	f.sendRaw(f.conn, h, b)
	f.header.Seq++
}

// press sends a whole press.
func (f *phone) press(code uint8) {
	ts := f.header.TS
	for d := uint16(160); d <= 800; d += 160 {
		f.key(code, ts, d, d == 800)
	}
	f.key(code, ts, 800, true)
	f.key(code, ts, 800, true)
	f.header.TS += 960
}

// packet is one that came.
type packet struct {
	rtp.Header
	payload []byte
	from    netip.AddrPort
	at      time.Time
}

// receive waits for the next packet, at most two seconds.
func (f *phone) receive() packet {
	f.t.Helper()
	p, ok := f.within(2 * time.Second)
	if !ok {
		f.t.Fatal("no packet came")
	}
	return p
}

func (f *phone) within(d time.Duration) (packet, bool) {
	f.t.Helper()
	f.conn.SetReadDeadline(time.Now().Add(d))
	n, from, err := f.conn.ReadFromUDPAddrPort(f.buf[:])
	if err != nil {
		return packet{}, false
	}
	h, payload, err := rtp.Parse(f.buf[:n])
	if err != nil {
		f.t.Fatalf("what came is not RTP: %v", err)
	}
	return packet{h, append([]byte(nil), payload...), from, time.Now()}, true
}

// silent fails when anything comes in the next 60 ms.
func (f *phone) silent() {
	f.t.Helper()
	if p, ok := f.within(60 * time.Millisecond); ok {
		f.t.Fatalf("a packet came: %+v", p.Header)
	}
}

// flush drops what has come so far.
func (f *phone) flush() {
	for {
		if _, ok := f.within(25 * time.Millisecond); !ok {
			return
		}
	}
}

// frames cuts a tone into payloads in the phone's law.
func (f *phone) frames(freq float64, d time.Duration) [][]byte {
	samples := tone.Generate([]float64{freq}, d, 0.3)
	all := g711.EncodeULawAll(samples)
	if f.codec == pcma {
		all = g711.EncodeALawAll(samples)
	}
	var out [][]byte
	for len(all) >= 160 {
		out, all = append(out, all[:160]), all[160:]
	}
	return out
}

// samples decodes what came, in the phone's law.
func (f *phone) samples(packets []packet) []int16 {
	f.t.Helper()
	var out []int16
	for _, p := range packets {
		if p.Type != f.codec {
			f.t.Fatalf("payload type %d, want %d", p.Type, f.codec)
		}
		if f.codec == pcma {
			out = append(out, g711.DecodeALawAll(p.payload)...)
		} else {
			out = append(out, g711.DecodeULawAll(p.payload)...)
		}
	}
	return out
}

// eventually waits until cond holds, at most two seconds.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(2 * time.Second)
	for !cond() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

// relay bridges and exchanges nothing: it returns when the bridge stands.
func relay(a, b *phone) {
	a.t.Helper()
	a.port.Bridge(b.port)
	frame := make([]byte, 160)
	a.send(frame)
	b.receive()
	b.send(frame)
	a.receive()
}
