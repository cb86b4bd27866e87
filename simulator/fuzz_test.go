package simulator

import (
	"net/netip"
	"strings"
	"testing"

	"clickbridge/simulator/wire"
)

// nowhere is a connection that swallows what is sent, after reading it.
type nowhere struct{ t *testing.T }

func (n nowhere) Send(b []byte, _ netip.AddrPort) {
	if _, err := wire.Parse(b); err != nil {
		n.t.Errorf("the carrier wrote what it cannot read itself: %v\n%q", err, b)
	}
}
func (nowhere) Transport() string     { return "UDP" }
func (nowhere) Local() netip.AddrPort { return netip.MustParseAddrPort("127.0.0.1:5070") }

const fuzzInvite = "INVITE sip:3125550100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1;rport\r\n" +
	"From: <sip:1@a>;tag=f\r\nTo: <sip:2@b>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContact: <sip:1@127.0.0.1:9>\r\n" +
	"Content-Type: application/sdp\r\n\r\nv=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"

// FuzzDatagrams feeds a carrier that has a call up with whatever may come.
func FuzzDatagrams(f *testing.F) {
	f.Add([]byte(fuzzInvite))
	for _, method := range []string{"ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "INFO", "UPDATE", "SUBSCRIBE", "X"} {
		f.Add([]byte(strings.ReplaceAll(fuzzInvite, "INVITE", method)))
		f.Add([]byte(strings.Replace(strings.ReplaceAll(fuzzInvite, "INVITE", method), "<sip:2@b>", "<sip:2@b>;tag=TAG", 1)))
	}
	f.Add([]byte(strings.Replace(fuzzInvite, "<sip:2@b>", "<sip:2@b>;tag=TAG", 1)))
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x;branch=b\r\nFrom: a;tag=1\r\nTo: b\r\nCall-ID: c\r\nCSeq: 1 BYE\r\n\r\n"))
	f.Add([]byte("\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := New(Config{Listen: []string{"udp:127.0.0.1:0"}, Quick: true, Seed: 1})
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		peer := wire.Peer{Conn: nowhere{t}, Addr: netip.MustParseAddrPort("127.0.0.1:9")}
		m, err := wire.Parse([]byte(fuzzInvite))
		if err != nil {
			t.Fatal(err)
		}
		s.receive(m, peer)
		tag := s.Snapshot()[0].Dialogs[0].ToTag
		if m, err := wire.Parse([]byte(strings.ReplaceAll(string(b), "TAG", tag))); err == nil {
			s.receive(m, peer)
			s.receive(m, peer)
		}
		if h := s.Held(); h < 0 || h > 2 {
			t.Errorf("held %d", h)
		}
		s.Snapshot()
	})
}
