package simulator_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"clickbridge/simulator"
	"clickbridge/simulator/wire"
)

// authorize is the value of a digest header for a challenge.
func authorize(challenge, user, password, method, uri string) string {
	field := func(name string) string {
		_, rest, _ := strings.Cut(challenge, name+`="`)
		v, _, _ := strings.Cut(rest, `"`)
		return v
	}
	sum := func(s string) string { h := md5.Sum([]byte(s)); return hex.EncodeToString(h[:]) }
	nonce, realm := field("nonce"), field("realm")
	a1, a2 := sum(user+":"+realm+":"+password), sum(method+":"+uri)
	return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", algorithm=MD5, qop=auth, nc=00000001, cnonce="c1", response="%s"`,
		user, realm, nonce, uri, sum(a1+":"+nonce+":00000001:c1:auth:"+a2))
}

// challenged places a call and takes its 407.
func challenged(t *testing.T, c *caller) (*call, string) {
	t.Helper()
	k := c.call("3125550114").invite()
	m := k.next()
	if m.Status != 407 {
		t.Fatalf("got %s, want 407", name(m))
	}
	k.ack(m)
	k.cseq++
	k.branch += "-2"
	return k, m.Get("Proxy-Authenticate")
}

func TestDigest(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name           string
		users          map[string]string
		user, password string
		status         int
	}{
		{"demo", nil, "demo", "demo", 200},
		{"demo, wrong password", nil, "demo", "nope", 403},
		{"unknown user where none are configured", nil, "somebody", "anything", 200},
		{"configured", map[string]string{"u": "p"}, "u", "p", 200},
		{"configured, wrong password", map[string]string{"u": "p"}, "u", "q", 403},
		{"configured, unknown user", map[string]string{"u": "p"}, "demo", "demo", 403},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := start(t, func(c *simulator.Config) { c.Credentials = tc.users })
			c := newCaller(t, s.Addr())
			k, challenge := challenged(t, c)
			k.extra = "Proxy-Authorization: " + authorize(challenge, tc.user, tc.password, "INVITE", k.target) + "\r\n"
			k.invite()
			ok := k.expect(fmt.Sprintf("%d INVITE", tc.status))
			k.ack(ok)
			l := leg(t, s, k.id, "acked", func(l simulator.Leg) bool { return !l.AckedAt.IsZero() })
			if s.Total() != 1 || l.Challenges != 1 || l.Invites != 2 || l.Status != tc.status {
				t.Errorf("total %d, leg %+v: want one leg for both INVITEs", s.Total(), l)
			}
			if tc.status == 200 {
				k.hangUp(ok)
			}
		})
	}
}

func TestDigestOfForeignNonceIsChallengedAgain(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k, challenge := challenged(t, c)
	nonce := strings.Split(challenge, `nonce="`)[1][:12]
	k.extra = "Proxy-Authorization: " + authorize(strings.Replace(challenge, nonce, "0123456789ab", 1), "demo", "demo", "INVITE", k.target) + "\r\n"
	k.ack(k.invite().expect("407 INVITE"))
}

func TestRegister(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *simulator.Config) { c.Credentials = map[string]string{"trunk": "secret"} })
	c := newCaller(t, s.Addr())
	k := c.call("trunk")
	k.send(k.text("REGISTER", k.branch, "", ""))
	m := k.expect("401 REGISTER")
	k.cseq++
	head := "Authorization: " + authorize(m.Get("WWW-Authenticate"), "trunk", "secret", "REGISTER", k.target) + "\r\nExpires: 600\r\n"
	k.send(k.text("REGISTER", k.branch+"2", head, ""))
	if ok := k.expect("200 REGISTER"); !strings.Contains(ok.Get("Contact"), "expires=600") {
		t.Errorf("Contact %q", ok.Get("Contact"))
	}
	if _, is := s.Registered()["trunk"]; !is {
		t.Error("not registered")
	}
	k.cseq++
	head = strings.Replace(head, "Expires: 600", "Expires: 0", 1)
	k.send(k.text("REGISTER", k.branch+"3", head, ""))
	k.expect("200 REGISTER")
	if _, is := s.Registered()["trunk"]; is {
		t.Error("still registered")
	}
}

func TestRepeatedInviteMakesNoSecondLeg(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550100").invite()
	ok := k.expect("200 INVITE")
	k.invite()
	if again := k.expect("200 INVITE"); wire.Tag(again.To) != wire.Tag(ok.To) {
		t.Error("the repeated INVITE was answered as another")
	}
	k.ack(ok)
	k.invite() // even after the ACK: RFC 6026
	k.hangUp(ok)
	k.invite() // and after the end
	l := leg(t, s, k.id, "over", func(l simulator.Leg) bool { return l.Over() && l.Invites == 4 })
	if s.Total() != 1 || s.Held() != 0 {
		t.Errorf("%d legs, %d held: %+v", s.Total(), s.Held(), l)
	}
}

func TestMergedInviteIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("2125550102").invite()
	k.expect("180 INVITE")
	twin := *k
	twin.branch += "-other"
	twin.invite()
	twin.ack(twin.expect("482 INVITE"))
	if s.Total() != 1 {
		t.Errorf("%d legs", s.Total())
	}
}

func TestUnknownIs481(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	for _, method := range []string{"BYE", "INFO", "UPDATE", "CANCEL"} {
		k := c.call("3125550100")
		k.to += ";tag=nobody"
		k.send(k.text(method, k.branch, "", ""))
		k.expect("481 " + method)
	}
	k := c.call("3125550100")
	k.to += ";tag=nobody"
	k.invite()
	k.ack(k.expect("481 INVITE"))
}

func TestOptions(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("")
	k.send(k.text("OPTIONS", k.branch, "", ""))
	if m := k.expect("200 OPTIONS"); !strings.Contains(m.Get("Allow"), "INVITE") {
		t.Errorf("Allow %q", m.Get("Allow"))
	}
}

func TestByeTwice(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550101")
	ok := k.answered()
	k.hangUp(ok)
	k.within(ok, "BYE", "")
	k.expect("481 BYE")
}

func TestCrossingByesBothGet200(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550106")
	ok := k.answered()
	bye := k.expect("BYE")
	k.hangUp(ok)
	k.respond(bye, 200, "")
	if l := leg(t, s, k.id, "over", over); l.EndedBy != simulator.ByPhone || s.Held() != 0 {
		t.Errorf("%+v", l)
	}
}

func TestAnswerWithoutAckIsTakenBack(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *simulator.Config) { c.T1 = 5 * time.Millisecond })
	c := newCaller(t, s.Addr())
	k := c.call("3125550100").invite()
	k.expect("200 INVITE")
	began, n := time.Now(), 1
	for {
		m := k.next()
		if m.Method == "BYE" {
			k.respond(m, 200, "")
			break
		}
		n++
	}
	if d := time.Since(began); n < 4 || d < 250*time.Millisecond {
		t.Errorf("%d answers in %v, want T1 to T2 for 64*T1 = 320 ms", n, d)
	}
	if l := leg(t, s, k.id, "over", over); l.EndedBy != simulator.ByNobody || s.Held() != 0 {
		t.Errorf("%+v", l)
	}
}

func TestServerReinvites(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550100")
	ok := k.answered()
	c.hears(simulator.ToneOf("00"))
	for _, tc := range [][2]string{{"sendonly", "recvonly"}, {"sendrecv", "sendrecv"}} {
		re := k.within(ok, "INVITE", strings.ReplaceAll(c.offer(), "sendrecv", tc[0]))
		m := re.expect("200 INVITE")
		if !strings.Contains(string(m.Body), "a="+tc[1]) {
			t.Errorf("%s was answered\n%s", tc[0], m.Body)
		}
		again := re.expect("200 INVITE") // until the ACK
		re.ack(again)
	}
	c.mu.Lock()
	c.pcm = nil
	c.mu.Unlock()
	c.hears(simulator.ToneOf("00"))
	k.hangUp(ok)
	if l := leg(t, s, k.id, "over", over); l.Reinvites != 2 {
		t.Errorf("%+v", l)
	}
}

func TestDelayedOffer(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550100")
	offer := k.sdp
	k.sdp = ""
	ok := k.invite().expect("200 INVITE")
	if !strings.Contains(string(ok.Body), "telephone-event/8000") {
		t.Fatalf("no offer in the 200:\n%s", ok.Body)
	}
	d := *k
	d.to = ok.To
	d.send(d.text("ACK", k.branch+"-ack", "", offer))
	c.until("key 1", func() bool { return c.keys == "1" })
	k.hangUp(ok)
}

func TestOfferWithoutAudio(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550100")
	k.sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\n"
	k.ack(k.invite().expect("488 INVITE"))
}

func TestRecordRouteIsFollowed(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c, proxy := newCaller(t, s.Addr()), newCaller(t, s.Addr())
	k := c.call("3125550106")
	k.extra = fmt.Sprintf("Record-Route: <sip:%s;lr>\r\n", addr(proxy.sip))
	k.invite()
	ok := k.expect("200 INVITE")
	if ok.Get("Record-Route") == "" {
		t.Error("200 without Record-Route")
	}
	k.ack(ok)
	at := *k
	at.c = proxy
	bye := at.expect("BYE")
	if bye.URI != "sip:cb@"+k.contact || !strings.Contains(bye.Get("Route"), addr(proxy.sip).String()) {
		t.Errorf("BYE %s with Route %q", bye.URI, bye.Get("Route"))
	}
	at.respond(bye, 200, "")
}

func TestViaWithoutRPort(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550105")
	from := socket(t) // another port than Via's: the answer goes to Via's
	defer from.Close()
	text := strings.Replace(k.text("INVITE", k.branch, "", k.sdp), ";rport", "", 1)
	if _, err := from.WriteToUDPAddrPort([]byte(text), s.Addr()); err != nil {
		t.Fatal(err)
	}
	k.ack(k.expect("404 INVITE"))
}

func TestOverTCP(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *simulator.Config) { c.Listen = []string{"tcp:127.0.0.1:0"} })
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := newCaller(t, s.Addr())
	in := make(chan *wire.Message, 100)
	c.in = in
	go readStream(conn, in)
	k := c.call("3125550100")
	k.transport = "TCP"
	write := func(text string) {
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Error(err)
		}
	}
	invite := k.text("INVITE", k.branch, "", k.sdp)
	write("\r\n\r\n" + invite[:100]) // a keep-alive, then a message in two pieces
	write(invite[100:])
	ok := k.expect("200 INVITE")
	if !strings.Contains(ok.Get("Contact"), "transport=tcp") {
		t.Errorf("Contact %q", ok.Get("Contact"))
	}
	d := *k
	d.to = ok.To
	ack := d.text("ACK", k.branch+"-ack", "", "")
	d.cseq++
	c.t = t
	write(ack)
	c.until("key 1", func() bool { return c.keys == "1" })
	write(d.text("BYE", k.branch+"-bye", "", ""))
	k.expect("200 BYE")
	if s.Held() != 0 {
		t.Errorf("held %d", s.Held())
	}
}

func readStream(conn net.Conn, in chan<- *wire.Message) {
	var have []byte
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		have = append(have, buf[:n]...)
		for {
			m, err := wire.Parse(have)
			if err != nil || m == nil {
				break
			}
			_, rest, _ := strings.Cut(string(have), "\r\n\r\n")
			size := len(have) - len(rest) + len(m.Body)
			have = have[size:]
			in <- m
		}
	}
}

func TestScript(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *simulator.Config) {
		c.Script = func(number string) (simulator.Scene, bool) {
			if number != "3125550177" {
				return simulator.Scene{}, false
			}
			return simulator.Scene{Name: "mine", Key: '#', Codec: "PCMA", Talk: true}, true
		}
	})
	c := newCaller(t, s.Addr())
	k := c.call("+13125550177")
	ok := k.answered()
	c.until("key #", func() bool { return c.keys == "#" })
	c.hears(simulator.ToneOf("3125550177"))
	if !strings.Contains(string(ok.Body), "RTP/AVP 8 96") {
		t.Errorf("codec:\n%s", ok.Body)
	}
	k.hangUp(ok)
	if l := leg(t, s, k.id, "over", over); l.Scene != "mine" || l.Dialed != "+13125550177" || l.Number != "3125550177" {
		t.Errorf("%+v", l)
	}
}

func TestKeyInAudioWhereEventsWereNotAgreed(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *simulator.Config) {
		c.Script = func(string) (simulator.Scene, bool) { return simulator.Scene{Key: '1', NoEvents: true}, true }
	})
	c := newCaller(t, s.Addr())
	k := c.call("3125550100")
	ok := k.answered()
	if strings.Contains(string(ok.Body), "telephone-event") {
		t.Errorf("answer:\n%s", ok.Body)
	}
	c.until("the tones of 1", func() bool { return len(c.pcm) >= 800 && isKeyOne(c.pcm[:800]) })
	k.hangUp(ok)
}

func TestQuick(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *simulator.Config) { c.Quick, c.Pace = true, 1 })
	c := newCaller(t, s.Addr())
	k := c.call("3125550104").invite()
	k.ack(k.expect("603 INVITE"))
	began := time.Now()
	k = c.call("3125550100")
	ok := k.answered()
	if d := time.Since(began); d > 900*time.Millisecond {
		t.Errorf("answered after %v", d)
	}
	c.until("key 1 complete", func() bool { return c.keys == "1" && c.ends == 3 && c.maxDur >= 800 })
	k.hangUp(ok)
	if l := leg(t, s, k.id, "over", over); l.PacketsOut != 5 || l.Keys != "1" {
		t.Errorf("%+v", l)
	}
}

// TestTwoPhonesTalk bridges two phones by giving each the other's address, as
// an SDP relay would, and lets them talk until they have had enough.
func TestTwoPhonesTalk(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []string
	s := start(t, func(c *simulator.Config) {
		c.TalkTime = 600 * time.Millisecond
		c.Observer = func(e simulator.Event) {
			mu.Lock()
			defer mu.Unlock()
			if e.What == simulator.ByePhone || e.What == simulator.Hears {
				seen = append(seen, e.Number+" "+e.Text)
			}
		}
	})
	c := newCaller(t, s.Addr())
	a, b := c.call("3125550100"), c.call("3125550120")
	okA := a.answered()
	okB := b.answered()
	a.sdp = string(okB.Body)
	b.sdp = string(okA.Body)
	for _, x := range []struct {
		k  *call
		ok *wire.Message
	}{{a, okA}, {b, okB}} {
		re := x.k.within(x.ok, "INVITE", x.k.sdp)
		re.ack(re.expect("200 INVITE"))
	}
	l := leg(t, s, a.id, "hearing the other", func(l simulator.Leg) bool { return l.HeardTone(simulator.ToneOf("20")) > 0 })
	if l.HeardTone(simulator.ToneOf("00")) != 0 {
		t.Error("a phone hears itself")
	}
	var bye *wire.Message
	for m := range c.in {
		if m.Method == "BYE" {
			bye = m
			break
		}
	}
	id := a
	if bye.CallID == b.id {
		id = b
	}
	id.respond(bye, 200, "")
	if l := leg(t, s, bye.CallID, "over", over); l.EndedBy != simulator.ByPhone || l.PacketsIn < 20 {
		t.Errorf("%+v", l)
	}
	s.Close() // the observer has been told everything after it
	mu.Lock()
	defer mu.Unlock()
	if all := strings.Join(seen, "\n"); !strings.Contains(all, "3125550100 hears 620 Hz") || !strings.Contains(all, "hangs up") {
		t.Errorf("observer saw\n%s", all)
	}
}

func TestKeysHeard(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550101")
	ok := k.answered()
	d := *k
	d.to, d.target = ok.To, wire.Address(ok.Get("Contact"))
	d.cseq = 2
	d.send(strings.Replace(d.text("INFO", k.branch+"-i", "", "Signal=5\r\nDuration=160\r\n"), "application/sdp", "application/dtmf-relay", 1))
	k.cseq = 2
	k.expect("200 INFO")
	k.hangUp(ok)
	if l := leg(t, s, k.id, "over", over); l.KeysHeard != "5" {
		t.Errorf("%+v", l)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *simulator.Config) { c.History = 3 })
	c := newCaller(t, s.Addr())
	last := ""
	for range 5 {
		k := c.call("3125550105").invite()
		k.ack(k.expect("404 INVITE"))
		last = k.id
	}
	legs := s.Snapshot()
	if len(legs) != 3 || legs[2].CallID != last || s.Total() != 5 {
		t.Errorf("%d legs, last %s, total %d", len(legs), legs[len(legs)-1].CallID, s.Total())
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := newCaller(t, s.Addr())
	k := c.call("3125550105").invite()
	k.ack(k.expect("404 INVITE"))
	other := c.call("2125550105").invite()
	other.ack(other.expect("404 INVITE"))
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/?number=%2B13125550105", nil))
	var st simulator.Status
	if err := json.Unmarshal(w.Body.Bytes(), &st); err != nil {
		t.Fatal(err)
	}
	if st.Total != 2 || len(st.Legs) != 1 || st.Legs[0].CallID != k.id || st.Legs[0].Status != 404 {
		t.Errorf("%s", w.Body)
	}
	w = httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestStartErrors(t *testing.T) {
	t.Parallel()
	if err := simulator.New(simulator.Config{}).Start(t.Context()); !errors.Is(err, simulator.ErrNoListen) {
		t.Errorf("nothing to listen on: %v", err)
	}
	s := start(t, nil)
	if err := s.Start(t.Context()); !errors.Is(err, simulator.ErrStarted) {
		t.Errorf("second start: %v", err)
	}
	for _, spec := range []string{"udp:" + s.Addr().String(), "quic:127.0.0.1:0", "5060"} {
		if err := simulator.New(simulator.Config{Listen: []string{spec}}).Start(t.Context()); err == nil {
			t.Errorf("%s: no error", spec)
		}
	}
}

func TestContextEndsIt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := simulator.New(simulator.Config{Listen: []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}})
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Dial("tcp", s.Addrs()[1].String())
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	cancel()
	_ = tcp.SetReadDeadline(time.Now().Add(patience))
	if _, err := tcp.Read(make([]byte, 1)); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the connection is still open: %v", err)
	}
	s.Close()
}
