package simulator

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"clickbridge/simulator/wire"
)

// TestNothingIsKeptAfterACall places a call that ends, and waits until the
// carrier has forgotten all of it but its record.
func TestNothingIsKeptAfterACall(t *testing.T) {
	t.Parallel()
	s := New(Config{Listen: []string{"udp:127.0.0.1:0"}, Quick: true, T1: time.Millisecond, Seed: 1})
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	peer := wire.Peer{Conn: nowhere{t}, Addr: netip.MustParseAddrPort("127.0.0.1:9")}
	feed := func(text string) {
		m, err := wire.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		s.receive(m, peer)
	}
	feed(fuzzInvite)
	tag := s.Snapshot()[0].Dialogs[0].ToTag
	feed(strings.Replace(strings.ReplaceAll(fuzzInvite, "INVITE", "BYE"), "<sip:2@b>", "<sip:2@b>;tag="+tag, 1))
	if s.Held() != 0 {
		t.Fatal("the call did not end")
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(5 * time.Second); ; {
		s.mu.Lock()
		kept := len(s.txs) + len(s.dialogs) + len(s.calls) + len(s.clients) + len(s.expiry)
		s.mu.Unlock()
		if kept == 0 {
			break
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%d things are still kept", kept)
		}
	}
	if len(s.Snapshot()) != 1 {
		t.Error("the record is gone too")
	}
}
