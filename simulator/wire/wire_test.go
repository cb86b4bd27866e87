package wire_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge/simulator/wire"
)

const full = "INVITE sip:5558688950@127.0.0.1:5070;user=phone SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK0\r\n" +
	"f: \"A, <b> ; c\" <sip:9998887777@10.0.0.1;x=y>;tag=ft\r\n" +
	"T: <sip:5558688950@127.0.0.1>\r\n" +
	"i: id@host\r\nCSeq:  7   INVITE\r\n" +
	"Record-Route: <sip:10.0.0.3;lr>,\r\n <sip:10.0.0.4;lr>\r\n" +
	"m: <sip:cb@10.0.0.1:5060>;expires=30\r\nl: 3\r\n\r\nabcEXTRA"

func TestParse(t *testing.T) {
	m, err := wire.Parse([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	type facts struct {
		Method, URI, CallID, FromTag, ToTag, FromUser, Branch, SentBy, Contact, Expires, Body string
		CSeq                                                                                  uint32
		RPort                                                                                 bool
		Routes                                                                                []string
	}
	expires, _ := wire.Param(m.Get("Contact"), "EXPIRES")
	got := facts{m.Method, m.URI, m.CallID, wire.Tag(m.From), wire.Tag(m.To), wire.User(wire.Address(m.From)), m.Via.Branch,
		m.Via.SentBy, wire.Address(m.Get("Contact")), expires, string(m.Body), m.CSeq, m.Via.RPort, m.All("Record-Route")}
	want := facts{"INVITE", "sip:5558688950@127.0.0.1:5070;user=phone", "id@host", "ft", "", "9998887777", "z9hG4bK1",
		"10.0.0.1:5060", "sip:cb@10.0.0.1:5060", "30", "abc", 7, true, []string{"<sip:10.0.0.3;lr>", "<sip:10.0.0.4;lr>"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]error{
		"":                               wire.ErrMalformed,
		"hello\r\n\r\n":                  wire.ErrMalformed,
		"SIP/2.0 99 x\r\n\r\n":           wire.ErrMalformed,
		"INVITE sip:a HTTP/1.1\r\n\r\n":  wire.ErrMalformed,
		"IN VITE sip:a SIP/2.0\r\n\r\n":  wire.ErrMalformed,
		" x: y\r\n\r\n":                  wire.ErrMalformed,
		"INVITE sip:a SIP/2.0\r\n x\r\n": wire.ErrMalformed,
		"INVITE sip:a SIP/2.0\r\n\r\n":   wire.ErrIncomplete,
		strings.Replace(full, "INVITE\r", "BYE\r", 1):                wire.ErrIncomplete,
		strings.Replace(full, "i: id@host\r\n", "", 1):               wire.ErrIncomplete,
		strings.Replace(full, "l: 3", "l: 300", 1):                   wire.ErrShort,
		strings.Replace(full, "l: 3", "l: -3", 1):                    wire.ErrIncomplete,
		strings.Replace(full, "7   INVITE", "99999999999 INVITE", 1): wire.ErrIncomplete,
	} {
		if _, err := wire.Parse([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%.40q: %v, want %v", text, err, want)
		}
	}
}

func TestReplyEchoes(t *testing.T) {
	m, err := wire.Parse([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	from := netip.MustParseAddrPort("192.0.2.1:6000")
	got := string(wire.NewReply(m, from).Compose(180, "tt", wire.Extra{Headers: "X: y\r\n"}))
	want := "SIP/2.0 180 Ringing\r\n" +
		"Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport=6000;received=192.0.2.1, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK0\r\n" +
		"Record-Route: <sip:10.0.0.3;lr>\r\nRecord-Route: <sip:10.0.0.4;lr>\r\n" +
		"From: \"A, <b> ; c\" <sip:9998887777@10.0.0.1;x=y>;tag=ft\r\nTo: <sip:5558688950@127.0.0.1>;tag=tt\r\n" +
		"Call-ID: id@host\r\nCSeq: 7 INVITE\r\nX: y\r\nContent-Length: 0\r\n\r\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if strings.Contains(string(wire.NewReply(m, from).Compose(100, "tt", wire.Extra{})), "tag=tt") {
		t.Error("100 has a tag")
	}
}

func TestReplyAddr(t *testing.T) {
	from := netip.MustParseAddrPort("192.0.2.1:6000")
	for via, want := range map[string]string{
		"10.0.0.1:5060;branch=b;rport": "192.0.2.1:6000",
		"10.0.0.1:5082;branch=b":       "192.0.2.1:5082",
		"10.0.0.1;branch=b":            "192.0.2.1:5060",
		"10.0.0.1:99999;branch=b":      "192.0.2.1:5060",
	} {
		m, err := wire.Parse([]byte(strings.Replace(full, "10.0.0.1:5060;branch=z9hG4bK1;rport", via, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if got := wire.ReplyAddr(m, from).String(); got != want {
			t.Errorf("%s: %s, want %s", via, got, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for uri, want := range map[string]string{
		"sip:1@127.0.0.1:5062;transport=udp": "127.0.0.1:5062",
		"sip:127.0.0.1":                      "127.0.0.1:5060",
		"sips:u:p@[::1]:7?x=y":               "[::1]:7",
		"sip:u@host.example":                 "invalid AddrPort",
		"sip:u@127.0.0.1:99999":              "invalid AddrPort",
		"":                                   "invalid AddrPort",
	} {
		if got := wire.AddrPort(uri).String(); got != want {
			t.Errorf("%q: %s, want %s", uri, got, want)
		}
	}
}

// The example of RFC 2617 3.5 is not repeated here because its nonce is not
// ours; a digest made by hand after RFC 7616 is checked on the wire by the
// simulator's tests. This checks the gate's other verdicts.
func TestGate(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	g := &wire.Gate{Realm: "r", Key: []byte("k"), Now: func() time.Time { return now },
		Password: func(u string) (string, bool) { return "p", u == "u" }}
	nonce := strings.Split(g.Challenge(false), `"`)[3]
	value := func(user, nonce, response string) string {
		return `Digest username="` + user + `", realm="r", nonce="` + nonce + `", uri="sip:a", response="` + response + `"`
	}
	hex := strings.Repeat("0", 32)
	for name, tc := range map[string]struct {
		value string
		want  wire.Verdict
	}{
		"none":    {"", wire.Missing},
		"basic":   {"Basic dTpw", wire.Missing},
		"foreign": {value("u", "123-456", hex), wire.Missing},
		"wrong":   {value("u", nonce, hex), wire.Wrong},
		"unknown": {value("x", nonce, hex), wire.Wrong},
		"short":   {value("u", nonce, "0"), wire.Missing},
	} {
		if got := g.Check("INVITE", tc.value); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
	g.Lenient = true
	if got := g.Check("INVITE", value("x", nonce, hex)); got != wire.Right {
		t.Errorf("lenient: %v", got)
	}
	if got := g.Check("INVITE", value("x", nonce, strings.Repeat("z", 32))); got != wire.Wrong {
		t.Errorf("lenient, not hex: %v", got)
	}
	now = now.Add(time.Hour)
	if got := g.Check("INVITE", value("u", nonce, hex)); got != wire.Stale {
		t.Errorf("old: %v", got)
	}
}

// FuzzParse looks for panics, and for answers that do not echo their request.
func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP h:1;branch=b\r\nFrom: a;tag=1\r\nTo: b\r\nCall-ID: c\r\nCSeq: 1 BYE\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := wire.Parse(b)
		if err != nil || m.Method == "" {
			return
		}
		m.All("Contact")
		wire.AddrPort(wire.Address(m.Get("Contact")))
		from := netip.MustParseAddrPort("192.0.2.1:6000")
		wire.ReplyAddr(m, from)
		out := wire.NewReply(m, from).Compose(200, "t", wire.Extra{Type: "a/b", Body: []byte("x")})
		back, err := wire.Parse(out)
		if err != nil {
			t.Fatalf("%v\n%q", err, out)
		}
		if back.CallID != m.CallID || back.Via.Branch != m.Via.Branch || back.CSeq != m.CSeq {
			t.Errorf("echoed as %+v\n%+v", back, m)
		}
	})
}
