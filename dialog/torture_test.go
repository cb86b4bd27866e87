package dialog

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"clickbridge"
)

// torture returns a message for each kind of strain that RFC 4475 puts on a
// parser, by its section there; the words are ours.
func torture() map[string]string {
	base := func(change ...string) string {
		m := "OPTIONS sip:us@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKt\r\nMax-Forwards: 70\r\n" +
			"From: <sip:far@127.0.0.1>;tag=1\r\nTo: <sip:us@127.0.0.1>\r\nCall-ID: torture\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
		return strings.NewReplacer(change...).Replace(m)
	}
	long := strings.Repeat("long", 4000)
	return map[string]string{
		"3.1.1.1 folded and compact":      base("Via: ", "v :  ", "From: <", "f:\r\n  \"a \\\\\\\"\"\r\n\t<", "Content-Length: 0", "l :\r\n 0"),
		"3.1.1.2 odd method":              base("OPTIONS", "!interesting-Method0123456789_*+`.%indeed'~"),
		"3.1.1.3 escapes":                 base("sip:us@", "sip:sips%3Auser%40example.com%00@"),
		"3.1.1.6 no space before bracket": base("To: <", "To: caller<"),
		"3.1.1.7 long values":             base("Max-Forwards: 70", "X-"+long+": "+long, "tag=1", "tag="+long, "z9hG4bKt", "z9hG4bK"+long),
		"3.1.1.8 two in one datagram":     base() + base("Call-ID: torture", "Call-ID: second"),
		"3.1.1.9 semicolon in user":       base("sip:us@", "sip:user;par=u%40example.net@"),
		"3.1.1.10 transports":             base("Via: ", "Via: SIP/2.0/SCTP 192.0.2.1;branch=z9hG4bKa, SIP/2.0/UNKNOWN h;branch=z9hG4bKb\r\nVia: "),
		"3.1.1.11 binary body":            base("Content-Length: 0\r\n\r\n", "Content-Length: 9\r\n\r\n\x00\xff\r\n\r\n\x80--"),
		"3.1.1.12 reason in utf-8":        strings.Replace(base("OPTIONS\r", "INVITE\r"), "OPTIONS sip:us@127.0.0.1 SIP/2.0", "SIP/2.0 200 = 2**3 * 5**2 \u043d\u043e", 1),
		"3.1.1.13 empty reason":           strings.Replace(base(), "OPTIONS sip:us@127.0.0.1 SIP/2.0", "SIP/2.0 100 ", 1),
		"3.1.2.1 extra separators":        base("branch", ";;,;,,;branch", "tag=1", ";;tag=1,;"),
		"3.1.2.2 body shorter than said":  base("Content-Length: 0", "Content-Length: 9999"),
		"3.1.2.3 negative length":         base("Content-Length: 0", "Content-Length: -999"),
		"3.1.2.4 too large numbers":       base("CSeq: 1", "CSeq: 36893488147419103232", "Max-Forwards: 70", "Max-Forwards: 300", "Content-Length", "Expires: 9999999999999999999999\r\nContent-Length"),
		"3.1.2.5 large numbers answered":  strings.Replace(base("CSeq: 1", "CSeq: 9292394834772304023312"), "OPTIONS sip:us@127.0.0.1 SIP/2.0", "SIP/2.0 503 No", 1),
		"3.1.2.6 open quote":              base("To: <", "To: \"open <"),
		"3.1.2.7 brackets in the request": base("OPTIONS sip:us@127.0.0.1", "OPTIONS <sip:us@127.0.0.1>"),
		"3.1.2.8 space in the request":    base("sip:us@127.0.0.1 SIP", "sip:us@127.0.0.1; lr SIP"),
		"3.1.2.9 two spaces":              base("OPTIONS sip", "OPTIONS  sip"),
		"3.1.2.10 trailing space":         base("SIP/2.0\r\nVia", "SIP/2.0  \r\nVia"),
		"3.1.2.13 broken contact":         base("Max-Forwards", "Contact: sip:user@example.com?Route=%3Csip:x%3E\r\nContact: *\r\nMax-Forwards"),
		"3.1.2.15 unquoted name":          base("To: <", "To: Bell, Alexander <"),
		"3.1.2.16 version 7":              base("SIP/2.0\r\nVia", "SIP/7.0\r\nVia"),
		"3.1.2.17 method mismatch":        base("CSeq: 1 OPTIONS", "CSeq: 8 INVITE"),
		"3.1.2.19 status over 699":        strings.Replace(base(), "OPTIONS sip:us@127.0.0.1 SIP/2.0", "SIP/2.0 4294967301 x", 1),
		"3.2.1 branch without a tail":     base("z9hG4bKt", "z9hG4bK"),
		"3.3.1 nearly nothing":            "INVITE sip:us@127.0.0.1 SIP/2.0\r\nCSeq: 193942 INVITE\r\nVia: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKk\r\nContent-Length: 0\r\n\r\n",
		"3.3.2 unknown scheme":            base("OPTIONS sip:us@127.0.0.1", "OPTIONS nobodyKnowsThisScheme:totallyopaquecontent"),
		"3.3.4 odd schemes":               base("To: <sip:us@127.0.0.1>", "To: <isbn:2983792873>", "From: <sip:far@127.0.0.1>", "From: <http://www.example.com>"),
		"3.3.5 required nonsense":         base("Max-Forwards", "Require: nothingSupportsThis\r\nProxy-Require: nor, this\r\nMax-Forwards"),
		"3.3.6 unknown body":              base("Content-Length: 0\r\n\r\n", "Content-Type: application/unknownformat\r\nContent-Length: 3\r\n\r\nabc"),
		"3.3.8 everything twice":          base("Max-Forwards: 70", "Max-Forwards: 5\r\nCall-ID: again\r\nCSeq: 2 INVITE\r\nFrom: <sip:x@y>\r\nTo: <sip:z@y>;tag=3"),
		"3.3.9 two lengths":               base("Content-Length: 0\r\n\r\n", "Content-Length: 13\r\nContent-Length: 137\r\n\r\nbody"),
		"3.3.10 response to broadcast":    strings.Replace(base("127.0.0.1:9", "255.255.255.255"), "OPTIONS sip:us@127.0.0.1 SIP/2.0", "SIP/2.0 200 OK", 1),
		"3.3.11 no hops left":             base("Max-Forwards: 70", "Max-Forwards: 0"),
		"3.4.1 RFC 2543 INVITE":           "INVITE sip:us@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP iftgw.example.com\r\nFrom: <sip:+13035551111@ift.client.example.net;user=phone>\r\nTo: sip:+16505552222@ss1.example.net;user=phone\r\nCall-ID: 1717@ift.example.com\r\nCSeq: 56 INVITE\r\n\r\n",
		"only line ends":                  "\r\n\r\n\r\n\r\n\r\n",
		"no colon":                        "OPTIONS sip:us@127.0.0.1 SIP/2.0\r\nVia\r\n\r\n",
		"bare line feeds":                 strings.ReplaceAll(base(), "\r\n", "\n"),
		"in a dialog nobody has":          base("To: <sip:us@127.0.0.1>", "To: <sip:us@127.0.0.1>;tag="),
		"port out of range":               base("127.0.0.1:9", "127.0.0.1:99999999"),
		"open bracket of IPv6":            base("sip:us@127.0.0.1 ", "sip:us@[::1 "),
	}
}

// The listener must stand all of it, whole and cut short, and take calls
// afterwards.
func TestTorture(t *testing.T) {
	b := setup(t)
	to := b.agent.LocalAddr("udp")
	n := 0
	for name, msg := range torture() {
		for _, cut := range []int{len(msg), len(msg) * 2 / 3, len(msg) / 3, 20} {
			n++
			if _, err := b.carrier.conn.WriteToUDPAddrPort([]byte(msg[:min(cut, len(msg))]), to); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	if n < 100 {
		t.Fatalf("only %d messages", n)
	}
	out := b.dial(t.Context())
	for {
		w := b.carrier.read(5 * time.Second)
		if w == nil {
			t.Fatal("no INVITE after the torture")
		}
		if w.method() == "INVITE" {
			b.carrier.ok(w, "far")
			break
		}
	}
	if o := b.wait(out); o.err != nil {
		t.Fatal(o.err)
	}
}

// Torture inside a dialog: what the carrier says of our own call.
func TestTortureInDialog(t *testing.T) {
	b := setup(t)
	inv, session := b.answer()
	for i, change := range []string{
		"CSeq: 4294967296", "CSeq: -1", "CSeq: x", "Content-Length: 99999", "Via: ;;;", "Contact: <", "Contact: *",
		"Record-Route: <<>>", "From: \"", "Max-Forwards: -1", "Reason: ;;;cause=", "Content-Type: ", "Require: ",
	} {
		name, _, _ := strings.Cut(change, ":")
		for _, method := range []string{"INFO", "UPDATE", "OPTIONS", "NOTIFY"} {
			msg := b.carrier.request(method, 100+i, inv, "far", "Signal=1")
			var lines []string
			for l := range strings.SplitSeq(msg, "\r\n") {
				if k, _, _ := strings.Cut(l, ":"); k == name {
					l = change
				}
				lines = append(lines, l)
			}
			b.carrier.write(strings.Join(lines, "\r\n"))
		}
	}
	if session.Context().Err() != nil {
		t.Error("the dialog ended")
	}
	session.Hangup(nil)
	for {
		w := b.carrier.read(5 * time.Second)
		if w == nil {
			t.Fatal("no BYE after the torture")
		}
		if w.method() == "BYE" {
			b.carrier.reply(w, "200 OK", "", "")
			break
		}
	}
	b.waitGone()
}

// Whatever comes is taken or dropped, and what the SIP library's parser, which is
// stricter, accepts is understood as it understands it.
func FuzzListener(f *testing.F) {
	for _, m := range torture() {
		f.Add(m)
	}
	b := setup(f)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parse([]byte(text))
		if err != nil {
			return
		}
		agrees(t, m, text)
		m.from, m.in = netip.MustParseAddrPort("127.0.0.1:9"), b.agent.listeners[0]
		remoteTarget(m)
		recordRoutes(m)
		readReasons(m, new(clickbridge.Cause))
		b.agent.receive(m, nil)
	})
}

// agrees compares with the library's reading what a message is sorted by.
func agrees(t *testing.T, m *message, text string) {
	t.Helper()
	msg, err := sip.ParseMessage([]byte(text))
	if err != nil || msg.From() == nil || msg.To() == nil || msg.Via() == nil || len(msg.GetHeaders("cseq")) != 1 ||
		len(msg.GetHeaders("call-id")) != 1 || len(msg.GetHeaders("from")) != 1 || len(msg.GetHeaders("to")) != 1 {
		return
	}
	type names struct {
		callID, branch, method string
		cseq                   uint32
	}
	want := names{msg.CallID().Value(), msg.Via().Params.GetOr("branch", ""), string(msg.CSeq().MethodName), msg.CSeq().SeqNo}
	got := names{m.callID, m.branch, m.method, m.cseq}
	if !strings.HasPrefix(want.branch, cookie) {
		want.branch, got.branch = "", "" // what no RFC 3261 transaction is called
	}
	if got != want {
		t.Errorf("read %+v, the library %+v", got, want)
	}
}
