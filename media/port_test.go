package media_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/media"
	"clickbridge/media/rtp"
)

func TestOfferIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	e := newEngine(t, media.Config{PublicAddress: netip.MustParseAddr("192.0.2.55")})
	f := open(t, e, "call", pcmu)
	first := f.port.Offer()
	want := fmt.Sprintf("c=IN IP4 192.0.2.55\r\nt=0 0\r\nm=audio %d RTP/AVP 0 8 101\r\n", f.port.Stats().LocalPort)
	if !strings.Contains(string(first), want) {
		t.Errorf("offer\n%s", first)
	}
	f.answer(f.sdp("sendrecv"))
	if !bytes.Equal(first, f.port.Offer()) {
		t.Error("the second offer differs")
	}
	if err := f.port.Answer([]byte("v=0\r\n"), "f", false); err != nil {
		t.Errorf("a retransmitted answer: %v", err)
	}
	if _, err := f.port.Reoffer([]byte("v=0\r\n")); err == nil {
		t.Error("an offer without audio was answered")
	}
}

func TestRefusedAnswer(t *testing.T) {
	t.Parallel()
	e := newEngine(t, media.Config{})
	f := open(t, e, "call", 18)
	if err := f.port.Answer([]byte(f.sdp("sendrecv")), "f", false); err == nil {
		t.Error("G.729 was taken")
	}
	if st := f.port.Stats(); st.Codec != "" || st.RemoteAddr != "" {
		t.Errorf("stats of a leg without media: %+v", st)
	}
}

func TestIPv6(t *testing.T) {
	t.Parallel()
	six := netip.IPv6Loopback()
	for _, portable := range []bool{false, true} {
		conn, err := net.ListenUDP("udp6", &net.UDPAddr{IP: net.IPv6loopback})
		if err != nil {
			t.Skip("no IPv6 here: ", err)
		}
		defer conn.Close()
		e, err := media.New(media.Config{Address: six, Ports: media.PortRange{Low: 20000, High: 29999},
			Portable: portable, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		p, err := e.Open("call")
		if err != nil {
			t.Fatal(err)
		}
		at := conn.LocalAddr().(*net.UDPAddr)
		answer := fmt.Sprintf("v=0\r\nc=IN IP6 ::1\r\nm=audio %d RTP/AVP 0\r\n", at.Port)
		if err := p.Answer([]byte(answer), "f", false); err != nil {
			t.Fatal(err)
		}
		p.Play(silence(100), true)
		conn.SetReadDeadline(time.Now().Add(2 * time.Second))
		buf := make([]byte, 500)
		if n, _, err := conn.ReadFromUDP(buf); err != nil || n != rtp.HeaderSize+160 {
			t.Fatalf("portable=%t: %d bytes, %v", portable, n, err)
		}
		rtp.Header{}.Put(buf)
		to := netip.AddrPortFrom(six, uint16(p.Stats().LocalPort))
		if _, err := conn.WriteToUDPAddrPort(buf[:rtp.HeaderSize+160], to); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a packet", func() bool { return p.Stats().PacketsIn == 1 })
		if got := p.Stats().RemoteAddr; got != at.String() {
			t.Errorf("portable=%t: remote %s, want %s", portable, got, at)
		}
	}
}

// lines keeps what is logged.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// Legs of different calls may be strangers to each other: that is said, not
// left to be heard as silence.
func TestBridgeOfStrangersIsLogged(t *testing.T) {
	t.Parallel()
	log := &lines{}
	e, err := media.New(media.Config{Address: loopback, Ports: media.PortRange{Low: 20000, High: 29999},
		Shards: 2, Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	other := newEngine(t, media.Config{})
	a := answered(t, e, clickbridge.NewCallID(), pcmu)
	b := answered(t, other, clickbridge.NewCallID(), pcmu)
	a.port.Bridge(b.port)
	a.port.Hear(b.port)
	a.port.Hear(leg.Media(nil))
	a.send(make([]byte, 160))
	b.silent()
	if got := strings.Count(log.b.String(), "not a port of the same call"); got != 2 {
		t.Errorf("%d lines in the log:\n%s", got, log.b.String())
	}
}
