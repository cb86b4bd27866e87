package dialog

import (
	"context"
	"strings"
	"testing"
	"time"

	"clickbridge"
)

// crashed leaves a record behind as a server that died would: the first agent
// keeps its sockets, but never reads again.
func crashed(b *bundle) clickbridge.LegRecord {
	return clickbridge.LegRecord{
		ID: "rec", Trunk: "main", State: clickbridge.LegInviting, SIPCallID: newID(),
		LocalURI: "sip:9998887777@127.0.0.1", LocalTag: newID(), RemoteURI: "sip:5558688950@" + b.carrier.addr.String(),
		RequestURI: "sip:5558688950@" + b.carrier.addr.String(), Branch: newBranch(), CSeq: 2,
		NextHop: b.carrier.addr.String(), Transport: "udp", LocalAddr: b.agent.LocalAddr("udp").String(),
	}
}

// invitation is the INVITE the record speaks of, for answering it.
func invitation(b *bundle, r clickbridge.LegRecord) *wire {
	b.carrier.peer = b.agent.LocalAddr("udp")
	return parseWire([]byte("INVITE " + r.RequestURI + " SIP/2.0\r\nVia: SIP/2.0/UDP " + r.LocalAddr + ";branch=" + r.Branch +
		"\r\nFrom: " + tagged(r.LocalURI, r.LocalTag) + "\r\nTo: <" + r.RemoteURI + ">\r\nCall-ID: " + r.SIPCallID + "\r\nCSeq: 2 INVITE\r\n\r\n"))
}

func release(b *bundle, r clickbridge.LegRecord) <-chan error {
	out := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		out <- b.agent.Release(ctx, r)
	}()
	return out
}

func released(t *testing.T, out <-chan error) {
	t.Helper()
	select {
	case err := <-out:
		if err != nil {
			t.Errorf("Release: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Release did not return")
	}
}

func TestReleaseAnswered(t *testing.T) {
	b := setup(t, func(c *Config) {
		c.Credentials = func(trunk string) (string, string) { return "acct", "secret-of-" + trunk }
	})
	r := crashed(b)
	r.State, r.RemoteTag, r.RemoteTarget = clickbridge.LegAnswered, "far", "sip:far@10.9.8.7:5999"
	r.Routes = []string{"sip:" + b.carrier.addr.String() + ";lr", "sip:10.1.1.1;lr"}
	out := release(b, r)
	bye := b.carrier.expect("BYE")
	if bye.uri() != r.RemoteTarget || bye.get("CSeq") != "3 BYE" || bye.get("To") != tagged(r.RemoteURI, "far") ||
		bye.get("From") != tagged(r.LocalURI, r.LocalTag) || len(bye.all("Route")) != 2 || bye.get("Route") != "<"+r.Routes[0]+">" {
		t.Errorf("BYE does not fit the record:\n%s", bye.raw)
	}
	b.carrier.reply(bye, "401 Unauthorized", "", "", `WWW-Authenticate: Digest realm="c",nonce="n"`)
	bye = b.carrier.expect("BYE")
	authorised(t, bye, "Authorization", "BYE", "secret-of-main")
	b.carrier.reply(bye, "481 Gone", "", "")
	released(t, out)
}

func TestReleaseRinging(t *testing.T) {
	b := setup(t)
	r := crashed(b)
	inv := invitation(b, r)
	out := release(b, r)
	can := b.carrier.expect("CANCEL")
	if can.branch() != r.Branch || can.get("CSeq") != "2 CANCEL" || can.get("To") != "<"+r.RemoteURI+">" ||
		!strings.HasPrefix(can.get("Via"), "SIP/2.0/UDP "+r.LocalAddr+";") || can.uri() != r.RequestURI {
		t.Errorf("CANCEL does not fit the record:\n%s", can.raw)
	}
	b.carrier.reply(can, "200 OK", "far", "")
	b.carrier.reply(inv, "487 Terminated", "far", "")
	if ack := b.carrier.expect("ACK"); ack.branch() != r.Branch || ack.get("CSeq") != "2 ACK" {
		t.Errorf("ACK of the 487:\n%s", ack.raw)
	}
	released(t, out)
}

func TestReleaseAnsweredUnrecorded(t *testing.T) {
	b := setup(t)
	r := crashed(b)
	inv := invitation(b, r)
	out := release(b, r)
	can := b.carrier.expect("CANCEL")
	b.carrier.ok(inv, "far") // repeated, having had no ACK
	b.carrier.expect("ACK")
	bye := b.carrier.expect("BYE")
	b.carrier.reply(bye, "200 OK", "", "")
	b.carrier.reply(can, "200 OK", "far", "")
	released(t, out)
	// Another fork's, after Release has returned.
	b.carrier.reply(inv, "200 OK", "other", testSDP, b.carrier.contact())
	b.carrier.expect("ACK")
	if bye := b.carrier.expect("BYE"); !strings.Contains(bye.get("To"), "tag=other") {
		t.Errorf("late fork:\n%s", bye.raw)
	}
}

func TestReleaseUnknownToTheCarrier(t *testing.T) {
	b := setup(t)
	r := crashed(b)
	out := release(b, r)
	b.carrier.reply(b.carrier.expect("CANCEL"), "481 Unknown", "far", "")
	released(t, out)
	t.Run("early dialog known", func(t *testing.T) {
		// It may have been answered just before the server died.
		r.SIPCallID, r.RemoteTag, r.RemoteTarget = newID(), "far", "sip:far@"+b.carrier.addr.String()
		out := release(b, r)
		b.carrier.reply(b.carrier.expect("CANCEL"), "481 Unknown", "far", "")
		bye := b.carrier.expect("BYE")
		if bye.get("To") != tagged(r.RemoteURI, "far") || bye.get("CSeq") != "3 BYE" {
			t.Errorf("BYE:\n%s", bye.raw)
		}
		b.carrier.reply(bye, "481 Unknown", "", "")
		released(t, out)
	})
}

// The INVITE's final answer goes to where the INVITE came from: another node,
// that may be dead.
func TestReleaseWithoutTheFinalAnswer(t *testing.T) {
	b := setup(t)
	r := crashed(b)
	out := release(b, r)
	b.carrier.reply(b.carrier.expect("CANCEL"), "200 OK", "far", "")
	released(t, out)
}

func TestReleaseBrokenRecord(t *testing.T) {
	b := setup(t)
	for _, next := range []string{"", "nonsense", "example.com:5060"} {
		if err := b.agent.Release(context.Background(), clickbridge.LegRecord{NextHop: next}); err == nil {
			t.Errorf("next hop %q was accepted", next)
		}
	}
}
