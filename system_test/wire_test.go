package system_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge/simulator"
	"clickbridge/simulator/lossy"
)

// Behind NAT the server names its public address wherever a carrier reads it,
// and a carrier that answers to where a request came from keeps the call.
func TestPublicAddress(t *testing.T) {
	t.Parallel()
	const public = "127.0.0.2"
	sim := freeAddr(t, "udp")
	e := newExchange(t, netip.MustParseAddrPort(sim))
	w := newWorld(t, setup{
		trunk: e.addr(), sip: fmt.Sprintf(`listen: ["udp:SIP"], public_address: %s`, public), accounts: findMes(t, "99400: 3125550120"),
		sim: simulator.Config{Listen: []string{"udp:" + sim}, ViaSource: true, Script: func(string) (simulator.Scene, bool) {
			return simulator.Scene{Name: "accepts by INFO", RingFor: seconds / 2, Key: '1', KeyAfter: seconds / 2, KeyVia: simulator.KeyInfo, HangupAfter: 2 * seconds}, true
		}},
	})
	if _, body := w.click(url.Values{"type": {"2"}, "findme_id": {"99400"}, "phone_to_call": {"2025550121"}, "ref": {"nat"}}); body != "Call Connected" {
		t.Fatalf("answer = %q", body)
	}
	if r := w.endedRef(t, "nat"); r.Result != "Connected" {
		t.Errorf("result = %q", r.Result)
	}
	_, port, _ := strings.Cut(w.sip, ":")
	own := regexp.QuoteMeta(public + ":" + port)
	for _, want := range []string{
		`(?m)^INVITE sip:3125550120@` + regexp.QuoteMeta(e.addr()) + ` SIP/2\.0\r$`,
		`(?m)^Via: SIP/2\.0/UDP ` + own + `;branch=z9hG4bK\w+;rport\r$`,
		`(?m)^Contact: <sip:9998887777@` + own + `>\r$`,
		`(?m)^From: <sip:9998887777@127\.0\.0\.2>;tag=\w+\r$`,
		`(?m)^To: <sip:3125550120@` + regexp.QuoteMeta(e.addr()) + `>\r$`,
		`(?m)^o=- \d+ 1 IN IP4 127\.0\.0\.2\r$`,
		`(?m)^c=IN IP4 127\.0\.0\.2\r$`,
		`(?m)^m=audio \d+ RTP/AVP 0 8 101\r$`,
	} {
		if invite := e.requests("INVITE")[0]; !regexp.MustCompile(want).MatchString(invite) {
			t.Errorf("%s is not in\n%s", want, invite)
		}
	}
	if strings.Contains(strings.Join(e.requests("INVITE"), ""), w.sip) {
		t.Error("the private address is told")
	}
	w.noGhosts(t)
}

// talker is a plain UDP socket that speaks SIP by hand.
type talker struct {
	t      *testing.T
	conn   *net.UDPConn
	server *net.UDPAddr
}

func newTalker(t *testing.T, ip, server string) *talker {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(ip)})
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	to, err := net.ResolveUDPAddr("udp", server)
	must(t, err)
	return &talker{t, conn, to}
}

// send sends a request of a method and returns it.
func (k *talker) send(method, branch string) {
	k.t.Helper()
	_, err := k.conn.WriteToUDP([]byte(request(method, branch, "UDP", k.conn.LocalAddr(), k.server)), k.server)
	must(k.t, err)
}

func request(method, branch, transport string, from, to net.Addr) string {
	return strings.ReplaceAll(fmt.Sprintf(`%[1]s sip:5551112222@%[5]s SIP/2.0
Via: SIP/2.0/%[3]s %[4]s;branch=z9hG4bK%[2]s;rport
Max-Forwards: 70
From: <sip:2025550100@127.0.0.1>;tag=%[2]s
To: <sip:5551112222@%[5]s>
Call-ID: %[2]s@127.0.0.1
CSeq: 1 %[1]s
Contact: <sip:2025550100@%[4]s>
Content-Length: 0

`, method, branch, transport, from, to), "\n", "\r\n")
}

// answer returns the first line of what comes back; "" when nothing does.
func (k *talker) answer(within time.Duration) string {
	k.t.Helper()
	must(k.t, k.conn.SetReadDeadline(time.Now().Add(within)))
	b := make([]byte, 65536)
	n, err := k.conn.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return ""
	}
	must(k.t, err)
	line, _, _ := strings.Cut(string(b[:n]), "\r\n")
	return line
}

// Who is no trunk gets no answer, not even a refusal; who is, gets a polite one
// and no call.
func TestStrangers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{sip: `listen: ["udp:SIP", "tcp:SIP"]`})
	stranger, carrier := newTalker(t, "127.0.0.3", w.sip), newTalker(t, "127.0.0.1", w.sip)
	for _, method := range []string{"OPTIONS", "INVITE", "REGISTER", "BYE", "NONSENSE"} {
		stranger.send(method, "stranger"+method)
	}
	_, err := stranger.conn.WriteToUDP([]byte("\x00\xff not SIP at all"), stranger.server)
	must(t, err)
	_, err = carrier.conn.WriteToUDP([]byte("INVITE sip: SIP/2.0\r\nVia: \x00\r\n\r\n"), carrier.server)
	must(t, err)
	for _, c := range []struct{ method, status string }{
		{"OPTIONS", "SIP/2.0 200 "}, {"INVITE", "SIP/2.0 403 "}, {"REGISTER", "SIP/2.0 405 "},
		{"BYE", "SIP/2.0 481 "}, {"NONSENSE", "SIP/2.0 501 "}, {"OPTIONS", "SIP/2.0 200 "},
	} {
		each := newTalker(t, "127.0.0.1", w.sip) // a refused INVITE is repeated until its ACK
		each.send(c.method, "carrier"+c.method+fmt.Sprint(each.conn.LocalAddr().(*net.UDPAddr).Port))
		if line := each.answer(5 * seconds); !strings.HasPrefix(line, c.status) {
			t.Errorf("%s from the carrier: %q, want %s", c.method, line, c.status)
		}
	}
	if line := stranger.answer(seconds); line != "" {
		t.Errorf("a stranger was answered %q", line)
	}
	w.strangerOnTCP(t)
	if rows := w.report(); len(rows) != 0 {
		t.Errorf("%d calls were made", len(rows))
	}
}

// strangerOnTCP connects from an address no trunk has and is shown out.
func (w *world) strangerOnTCP(t *testing.T) {
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 3)}, Timeout: 5 * seconds}
	conn, err := from.Dial("tcp", w.sip)
	must(t, err)
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, request("OPTIONS", "tcpstranger", "TCP", conn.LocalAddr(), conn.RemoteAddr()))
	must(t, conn.SetReadDeadline(time.Now().Add(5*seconds)))
	if line, err := bufio.NewReader(conn).ReadString('\n'); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a stranger's connection: %q, %v", line, err)
	}
}

// The numbers of the failover test, by what the first trunk does with them.
const (
	faultyNumber = "3125550130" // 503
	silentNumber = "3125550131" // nothing
	tardyNumber  = "3125550132" // nothing for 6.5 s, then a 200
	mutedNumber  = "3125550133" // its first 180 to arrive comes after 5.5 s
)

// A trunk's fault sends the same attempt over the next trunk. What the first
// still says later is ended.
func TestFailover(t *testing.T) {
	t.Parallel()
	numbers := []string{faultyNumber, silentNumber, tardyNumber, mutedNumber}
	first, front := newFirstTrunk(t)
	second := freeAddr(t, "udp")
	var lists []string
	for i, n := range numbers {
		lists = append(lists, fmt.Sprintf("%d: %s", 99500+i, n))
	}
	w := newWorld(t, setup{
		sim: simulator.Config{Listen: []string{"udp:" + second}, Script: func(n string) (simulator.Scene, bool) {
			if strings.HasPrefix(n, "312555") {
				return accepts(seconds/2, 3*seconds), true
			}
			return speaks(0), true
		}},
		trunks:   fmt.Sprintf(`[{name: first, uri: "sip:%s"}, {name: second, uri: "sip:%s"}]`, front, second),
		accounts: findMes(t, lists...),
	})
	answers := make([]<-chan string, len(numbers))
	for i, n := range numbers {
		answers[i] = w.clicking(url.Values{"type": {"2"}, "findme_id": {fmt.Sprint(99500 + i)}, "phone_to_call": {"202" + n[3:]}, "ref": {n}})
	}
	for i, n := range numbers {
		t.Run(n, func(t *testing.T) {
			if body := <-answers[i]; body != "Call Connected" {
				t.Fatalf("answer = %q", body)
			}
			r := w.endedRef(t, n)
			if d := cmp.Diff([]string{n + " Accepted", "202" + n[3:] + " Answered"}, r.results()); r.Result != "Connected" || d != "" {
				t.Errorf("%s %s", r.Result, d)
			}
			if len(w.legs(n)) != 1 {
				t.Errorf("the second trunk saw %d legs", len(w.legs(n)))
			}
			out, err := w.run("calls", "show", "--config", w.config, r.ID)
			if err != nil || !regexp.MustCompile(`(?m)^1 +findme +\S+ +second .*Accepted`).MatchString(out) {
				t.Errorf("%v: the attempt is not the second trunk's:\n%s", err, out)
			}
		})
	}
	t.Run("what the first trunk was left with", func(t *testing.T) { firstTrunkLeft(t, first) })
	w.noGhosts(t)
}

// newFirstTrunk is a carrier with every fault, and the address of its trunk.
func newFirstTrunk(t *testing.T) (*simulator.Simulator, netip.AddrPort) {
	t.Helper()
	var began time.Time // only the proxy's one reader of a direction asks
	proxy, err := lossy.New(t.Context(), lossy.Config{Rule: func(toCarrier bool, b []byte) bool {
		if !bytes.Contains(b, []byte(mutedNumber)) {
			return false
		}
		if toCarrier {
			return false
		}
		if began.IsZero() {
			began = time.Now()
		}
		return time.Since(began) < 11*seconds/2
	}})
	must(t, err)
	t.Cleanup(proxy.Close)
	sim := simulator.New(simulator.Config{
		Listen: []string{"udp:127.0.0.1:0"}, Logger: slog.New(slog.DiscardHandler),
		Script: func(n string) (simulator.Scene, bool) {
			switch n {
			case faultyNumber:
				return simulator.Scene{Name: "503", NoRing: true, FinalStatus: 503}, true
			case silentNumber:
				return simulator.Scene{Name: "silent", NoReply: true}, true
			case tardyNumber:
				return simulator.Scene{Name: "late 200", NoTrying: true, NoRing: true, RingFor: 13 * seconds / 2, Talk: true}, true
			case mutedNumber:
				return simulator.Scene{Name: "late 180", RingFor: simulator.Forever}, true
			}
			return speaks(0), true
		},
	})
	must(t, sim.Start(t.Context()))
	t.Cleanup(sim.Close)
	proxy.SetTo(sim.Addr())
	return sim, proxy.Addr()
}

func firstTrunkLeft(t *testing.T, first *simulator.Simulator) {
	legs := map[string]simulator.Leg{}
	eventually(t, 15*seconds, "the first trunk's legs are over", func() bool {
		for _, l := range first.Snapshot() {
			legs[l.Number] = l
		}
		return legs[tardyNumber].EndedBy == simulator.ByServer && legs[mutedNumber].EndedBy == simulator.ByServer && first.Held() == 0
	})
	if l := legs[tardyNumber]; l.AckedAt.IsZero() || len(l.Dialogs) != 1 || l.Status != 200 {
		t.Errorf("the late 200: %+v", l)
	}
	if l := legs[mutedNumber]; l.CancelledAt.IsZero() || l.Status != 487 {
		t.Errorf("the late 180: %+v", l)
	}
	if l := legs[faultyNumber]; l.Status != 503 || l.AckedAt.IsZero() || l.Invites != 1 {
		t.Errorf("the 503: %+v", l)
	}
	if l := legs[silentNumber]; l.Invites < 3 {
		t.Errorf("the INVITE without an answer was sent %d times", l.Invites)
	}
}

// A trunk with register: true is registered, refreshed before the carrier
// forgets it, and taken back when the server stops.
func TestRegistration(t *testing.T) {
	t.Parallel()
	said := &eventLog{}
	sim := freeAddr(t, "udp")
	e := newExchange(t, netip.MustParseAddrPort(sim))
	e.rewrite(func(m string) string { return strings.ReplaceAll(m, ";expires=600", ";expires=6") })
	w := newWorld(t, setup{
		sim:    simulator.Config{Listen: []string{"udp:" + sim}, Observer: said.take},
		trunks: fmt.Sprintf(`[{name: sim, uri: "sip:%s", username: demo, password: %s, register: true}]`, e.addr(), trunkPassword),
	})
	registered := func() int { return len(said.of("demo", simulator.Registered)) }
	eventually(t, 5*seconds, "the trunk is registered", func() bool { return registered() == 1 && len(w.sim.Registered()) == 1 })
	eventually(t, 8*seconds, "the registration is refreshed", func() bool { return registered() == 2 })
	ids := map[string]bool{}
	for _, m := range e.requests("REGISTER") {
		ids[string(callIDLine.FindSubmatch([]byte(m))[1])] = true
	}
	if len(ids) != 1 {
		t.Errorf("REGISTERs of one account have %d Call-IDs", len(ids))
	}
	w.terminate()
	select {
	case <-w.exited:
	case <-time.After(15 * seconds):
		t.Fatal("the server does not stop")
	}
	if left := w.sim.Registered(); len(left) != 0 {
		t.Errorf("still registered: %v", left)
	}
}

// A whole call over TCP: both ends hang up once, a refusal, a cancel.
func TestTCPTrunk(t *testing.T) {
	t.Parallel()
	sim := freeAddr(t, "tcp")
	w := newWorld(t, setup{
		sip:      `listen: ["tcp:SIP"]`,
		sim:      simulator.Config{Listen: []string{"tcp:" + sim}, TalkTime: 2 * seconds},
		trunks:   fmt.Sprintf(`[{name: tcp, uri: "sip:%s;transport=tcp", username: demo, password: %s}]`, sim, trunkPassword),
		accounts: findMes(t, "99600: 3125550103, 3125550102, 3125550114"),
	})
	answers := []<-chan string{
		w.clicking(url.Values{"type": {"2"}, "findme_id": {"98717"}, "phone_to_call": {"2025550140"}, "ref": {"hold"}}),
		w.clicking(url.Values{"type": {"1"}, "findme_id": {"99600"}, "phone_to_call": {"2025550141"}, "ref": {"hunt"}}),
		w.clicking(url.Values{"type": {"2"}, "findme_id": {"98719"}, "phone_to_call": {"2025550142"}, "ref": {"info"}}),
	}
	for _, a := range answers {
		if body := <-a; body != "Call Connected" {
			t.Errorf("answer = %q", body)
		}
	}
	for ref, want := range map[string][]string{
		"hold": {"3125550117 Accepted", "2025550140 Answered"},
		"hunt": {"2025550141 Answered", "3125550103 Busy", "3125550102 No Answer", "3125550114 Accepted"},
		"info": {"3125550119 Accepted", "2025550142 Answered"},
	} {
		r := w.endedRef(t, ref)
		if d := cmp.Diff(want, r.results()); r.Result != "Connected" || d != "" {
			t.Errorf("%s: %s %s", ref, r.Result, d)
		}
	}
	for _, l := range w.sim.Snapshot() {
		if l.Invites != 1+l.Challenges {
			t.Errorf("%s: %d INVITEs over TCP", l.Number, l.Invites)
		}
	}
	w.noGhosts(t)
}
