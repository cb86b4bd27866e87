package dialog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	type want struct {
		Status                          int
		Reason, Method, URI             string
		CallID, FromTag, ToTag, Branch  string
		CSeq                            uint32
		Body, Contact, Routes, CompactC string
	}
	tests := []struct {
		name, text string
		want       want
	}{
		{"an answer", "SIP/2.0 183 Session Progress\r\nVia: SIP/2.0/UDP h:5060;rport=1;branch=z9hG4bKa;received=1.2.3.4\r\n" +
			"From: \"A; tag=x <b>\" <sip:a@b;tag=no>;tag=f\r\nTo: <sip:c@d>;x=\"a;tag=no\";tag=t\r\nCall-ID: i@d\r\nCSeq: 7 INVITE\r\n" +
			"Record-Route: <sip:r1,x@h;lr>, \"b, c\" <sip:r2;lr>\r\nRecord-Route: <sip:r3>\r\n" +
			"Contact: \"x, y\" <sip:c@[::1]:5062;ob>;expires=1, <sip:no@d>\r\nContent-Type: application/sdp\r\nContent-Length: 3\r\n\r\nv=0more",
			want{183, "Session Progress", "INVITE", "", "i@d", "f", "t", "z9hG4bKa", 7, "v=0", "sip:c@[::1]:5062;ob", "sip:r3 sip:r2;lr sip:r1,x@h;lr", "application/sdp"}},
		{"short, folded and many Vias", "\r\n\r\nINFO sip:a@b SIP/2.0\r\nv :SIP/2.0/UDP x\r\n\t;branch=z9hG4bKb, SIP/2.0/UDP y;branch=no\r\nVia: z;branch=no\r\n" +
			"f: sip:a@b;tag=f\r\nt:\r\n  <sip:c@d>\r\n\t ;TAG = t\r\ni: 1\r\nCSEQ: 2\r\n INFO\r\nm: <sip:x@y>\r\nc: application/dtmf\r\n\r\n5",
			want{0, "", "INFO", "sip:a@b", "1", "f", "t", "z9hG4bKb", 2, "5", "sip:x@y", "", "application/dtmf"}},
		{"unusable addresses", "SIP/2.0 200 \r\nVia: SIP/2.0/UDP h\r\nFrom: x\r\nTo: \"open <\r\nCall-ID: i\r\nCSeq: 1 BYE\r\n" +
			"Contact: *\r\nRecord-Route: <tel:1>, <sip:a b>, <sip:\xc3\xa4>\r\nl: 0\r\n\r\n",
			want{200, "", "BYE", "", "i", "", "", "", 1, "", "", "", ""}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			m, err := parse([]byte(tc.text))
			if err != nil {
				t.Fatal(err)
			}
			got := want{m.status, m.reason, m.method, m.uri, m.callID, m.fromTag, m.toTag, m.branch, m.cseq,
				string(m.body), remoteTarget(m), strings.Join(recordRoutes(m), " "), m.get("content-type")}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	const good = "BYE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=f\r\nTo: <sip:c@d>;tag=t\r\nCall-ID: i\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
	if _, err := parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a line end inside a value": {"tag=f", "tag=f\nRoute: <sip:evil>"},
		"half of one":               {"tag=f", "tag=f\rRoute: <sip:evil>"},
		"no end of the head":        {"\r\n\r\n", "\r\n"},
		"more body than there is":   {"Length: 0", "Length: 1"},
		"no length":                 {"Length: 0", "Length: many"},
		"no Via":                    {"Via", "Vie"},
		"no Call-ID":                {"Call-ID", "Call-Id-Not"},
		"no CSeq":                   {"CSeq", "Seq"},
		"CSeq too large":            {"CSeq: 1", "CSeq: 2147483648"},
		"CSeq of another method":    {"1 BYE", "1 INFO"},
		"no colon":                  {"To:", "To"},
		"no name":                   {"To:", ":"},
		"two spaces":                {"BYE sip", "BYE  sip"},
		"no version":                {" SIP/2.0\r\nVia", "\r\nVia"},
		"status of no class":        {"BYE sip:a@b SIP/2.0", "SIP/2.0 700 No"},
		"status of no number":       {"BYE sip:a@b SIP/2.0", "SIP/2.0 4x4 No"},
	} {
		if m, err := parse([]byte(strings.Replace(good, change[0], change[1], 1))); err == nil {
			t.Errorf("%s: taken as %+v", name, m)
		}
	}
}

func TestHostOf(t *testing.T) {
	for uri, want := range map[string]struct {
		host string
		port int
	}{
		"sip:a@192.0.2.1":                      {"192.0.2.1", 5060},
		"sip:a;x=1:2@192.0.2.1:5070;lr":        {"192.0.2.1", 5070},
		"sips:[2001:db8::1]":                   {"2001:db8::1", 5060},
		"sip:a@[2001:db8::1]:5080?x=1":         {"2001:db8::1", 5080},
		"sip:host:0":                           {"host", -1},
		"sip:host:65536":                       {"host", -1},
		"sip:host:":                            {"host", -1},
		"sip:192.0.2.1:5071;transport=udp;x=:": {"192.0.2.1", 5071},
	} {
		if host, port := hostOf(uri); host != want.host || port != want.port {
			t.Errorf("%s: %q %d, want %q %d", uri, host, port, want.host, want.port)
		}
	}
}
