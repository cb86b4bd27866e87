package dialog

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"

	"clickbridge"
	"clickbridge/leg"
)

// Timers are a twentieth of RFC 3261's, so that 64*T1 is 1.6 s. The library
// keeps them in globals: they are set once, before any Agent is made.
func TestMain(m *testing.M) {
	MuteLibrary()
	sip.SetTimers(25*time.Millisecond, 100*time.Millisecond, 125*time.Millisecond)
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

const testSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"

// carrier is a scripted far end on a raw UDP socket: what it checks are the
// bytes on the wire.
type carrier struct {
	t    testing.TB
	conn *net.UDPConn
	addr netip.AddrPort
	peer netip.AddrPort // the agent, learnt from what it sends
	seen map[string]int
}

func newCarrier(t testing.TB) *carrier {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &carrier{t: t, conn: conn, addr: localAddrPort(conn.LocalAddr()), seen: make(map[string]int)}
}

// wire is one message as it came.
type wire struct {
	raw   string
	start string
	head  []string
	body  string
}

func parseWire(b []byte) *wire {
	head, body, _ := strings.Cut(string(b), "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	return &wire{raw: string(b), start: lines[0], head: lines[1:], body: body}
}

func (w *wire) method() string { m, _, _ := strings.Cut(w.start, " "); return m }
func (w *wire) uri() string    { return strings.Fields(w.start)[1] }

func (w *wire) all(name string) []string {
	var out []string
	for _, l := range w.head {
		if k, v, _ := strings.Cut(l, ":"); strings.EqualFold(k, name) {
			out = append(out, strings.TrimSpace(v))
		}
	}
	return out
}

func (w *wire) get(name string) string {
	if vs := w.all(name); len(vs) > 0 {
		return vs[0]
	}
	return ""
}

func (w *wire) branch() string {
	_, b, _ := strings.Cut(w.get("Via"), "branch=")
	b, _, _ = strings.Cut(b, ";")
	return b
}

// read returns the next datagram, repetitions included, nil after wait.
func (c *carrier) read(wait time.Duration) *wire {
	c.t.Helper()
	b := make([]byte, 65536)
	_ = c.conn.SetReadDeadline(time.Now().Add(wait))
	n, from, err := c.conn.ReadFromUDPAddrPort(b)
	if err != nil {
		return nil
	}
	c.peer = from
	return parseWire(b[:n])
}

// expect returns the next message that is not a repetition and fails unless it
// begins so.
func (c *carrier) expect(start string) *wire {
	c.t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for time.Now().Before(deadline) {
		w := c.read(time.Until(deadline))
		if w == nil {
			break
		}
		c.seen[w.raw]++
		if c.seen[w.raw] > 1 {
			continue
		}
		if !strings.HasPrefix(w.start, start) {
			c.t.Fatalf("got %q, want %s", w.start, start)
		}
		return w
	}
	c.t.Fatalf("no %s came", start)
	return nil
}

// silent fails when something that is not a repetition comes in d.
func (c *carrier) silent(d time.Duration) {
	c.t.Helper()
	deadline := time.Now().Add(d)
	for time.Now().Before(deadline) {
		w := c.read(time.Until(deadline))
		if w == nil {
			return
		}
		c.seen[w.raw]++
		if c.seen[w.raw] == 1 {
			c.t.Fatalf("unexpected %q", w.start)
		}
	}
}

func (c *carrier) write(s string) {
	c.t.Helper()
	if _, err := c.conn.WriteToUDPAddrPort([]byte(s), c.peer); err != nil {
		c.t.Fatal(err)
	}
}

// response writes out an answer to a request.
func (c *carrier) response(req *wire, status string, tag, body string, extra ...string) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "SIP/2.0 %s\r\n", status)
	for _, v := range req.all("Via") {
		fmt.Fprintf(&b, "Via: %s\r\n", v)
	}
	to := req.get("To")
	if tag != "" && !strings.Contains(to, "tag=") {
		to += ";tag=" + tag
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n", req.get("From"), to, req.get("Call-ID"), req.get("CSeq"))
	for _, h := range extra {
		b.WriteString(h + "\r\n")
	}
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}

func (c *carrier) reply(req *wire, status string, tag, body string, extra ...string) {
	c.t.Helper()
	c.write(c.response(req, status, tag, body, extra...))
}

func (c *carrier) contact() string { return "Contact: <sip:far@" + c.addr.String() + ">" }

// ok answers an INVITE with a usable 200.
func (c *carrier) ok(invite *wire, tag string) {
	c.t.Helper()
	c.reply(invite, "200 OK", tag, testSDP, c.contact())
}

// request writes out a request inside the dialog that invite and tag made.
func (c *carrier) request(method string, cseq int, invite *wire, tag, body string, extra ...string) string {
	to, from := invite.get("From"), invite.get("To")+";tag="+tag
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s sip:us@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\n", method, c.peer, c.addr, newID())
	fmt.Fprintf(&b, "Max-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n", from, to, invite.get("Call-ID"), cseq, method)
	for _, h := range extra {
		b.WriteString(h + "\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.String()
}

// journal notes what it was told.
type journal struct {
	mu                        sync.Mutex
	events                    []string
	recs                      []clickbridge.LegRecord
	gone                      chan string
	failDialing, failAnswered error
	answering                 chan struct{} // Answered waits for it where not nil
}

func newJournal() *journal { return &journal{gone: make(chan string, 16)} }

func (j *journal) note(what string, r clickbridge.LegRecord) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, what)
	j.recs = append(j.recs, r)
}

func (j *journal) Dialing(_ context.Context, r clickbridge.LegRecord) error {
	j.note("dialing", r)
	return j.failDialing
}
func (j *journal) Early(r clickbridge.LegRecord) { j.note("early", r) }
func (j *journal) Answered(ctx context.Context, r clickbridge.LegRecord) error {
	j.note("answered", r)
	if j.answering != nil {
		select {
		case <-j.answering:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return j.failAnswered
}
func (j *journal) Gone(id string) {
	j.note("gone", clickbridge.LegRecord{ID: id})
	j.gone <- id
}

func (j *journal) list() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.events...)
}

func (j *journal) record(what string) clickbridge.LegRecord {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := len(j.events) - 1; i >= 0; i-- {
		if j.events[i] == what {
			return j.recs[i]
		}
	}
	return clickbridge.LegRecord{}
}

// negotiator is the media side, noting what it was given.
type negotiator struct {
	mu      sync.Mutex
	answers []string // "fork early"
	offers  []string
	fail    error
	keys    chan leg.Key
	entered chan struct{} // Answer says here that it was called, where not nil,
	proceed chan struct{} // and waits for this
}

func newNegotiator() *negotiator { return &negotiator{keys: make(chan leg.Key, 64)} }

func (n *negotiator) Offer() []byte { return []byte(testSDP) }
func (n *negotiator) Answer(sdp []byte, fork string, early bool) error {
	if n.entered != nil {
		close(n.entered)
		<-n.proceed
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.answers = append(n.answers, fmt.Sprintf("%s %v", fork, early))
	return n.fail
}
func (n *negotiator) Reoffer(sdp []byte) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.offers = append(n.offers, string(sdp))
	return []byte(testSDP), n.fail
}
func (n *negotiator) Key(k leg.Key) { n.keys <- k }

func (n *negotiator) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string(nil), n.answers...)
}

// bundle is an agent, a carrier, and one INVITE between them.
type bundle struct {
	t       testing.TB
	agent   *Agent
	carrier *carrier
	journal *journal
	media   *negotiator
	invite  leg.Invite
}

type outcome struct {
	session leg.Session
	err     error
}

func setup(t testing.TB, change ...func(*Config)) *bundle {
	t.Helper()
	cfg := Config{Listen: []string{"udp:127.0.0.1:0"}, UserAgent: "ClickBridge", Logger: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&cfg)
	}
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	c := newCarrier(t)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		_ = a.Close(ctx)
	})
	b := &bundle{t: t, agent: a, carrier: c, journal: newJournal(), media: newNegotiator()}
	b.invite = leg.Invite{
		CallID: "call", AttemptID: "attempt", Trunk: "main", Callee: "5558688950", Caller: "9998887777",
		Host: c.addr.String(), NextHop: c.addr, Transport: "udp", FirstResponse: 3 * time.Second,
		Media: b.media, Journal: b.journal,
	}
	return b
}

// dial places the INVITE in the background.
func (b *bundle) dial(ctx context.Context) <-chan outcome {
	out := make(chan outcome, 1)
	go func() {
		s, err := b.agent.Invite(ctx, b.invite)
		out <- outcome{s, err}
	}()
	return out
}

func (b *bundle) wait(out <-chan outcome) outcome {
	b.t.Helper()
	select {
	case o := <-out:
		return o
	case <-time.After(5 * time.Second):
		b.t.Fatal("Invite did not return")
		return outcome{}
	}
}

// answer brings a call up and returns its INVITE and session.
func (b *bundle) answer() (*wire, leg.Session) {
	b.t.Helper()
	out := b.dial(context.Background())
	inv := b.carrier.expect("INVITE")
	b.carrier.ok(inv, "far")
	o := b.wait(out)
	if o.err != nil {
		b.t.Fatal(o.err)
	}
	b.carrier.expect("ACK")
	return inv, o.session
}

func (b *bundle) waitGone() {
	b.t.Helper()
	select {
	case <-b.journal.gone:
	case <-time.After(5 * time.Second):
		b.t.Fatal("the journal never heard Gone")
	}
}

func (b *bundle) class(err error, want clickbridge.CauseClass) *clickbridge.Cause {
	b.t.Helper()
	c, ok := err.(*clickbridge.Cause)
	if !ok || c.Class != want {
		b.t.Fatalf("error %v (%T), want a cause %s", err, err, want)
	}
	return c
}

// tagged is an address as From and To carry it.
func tagged(uri, tag string) string {
	if tag == "" {
		return "<" + uri + ">"
	}
	return "<" + uri + ">;tag=" + tag
}
