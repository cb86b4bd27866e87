package trace

import (
	"strings"
	"testing"
)

const nl = "\r\n"

func TestRedacted(t *testing.T) {
	invite := "INVITE sip:5551@192.0.2.1 SIP/2.0" + nl
	for _, c := range []struct{ name, in, out string }{
		{"nothing to hide", invite + "To: <sip:a@b>" + nl + nl + "v=0" + nl, invite + "To: <sip:a@b>" + nl + nl + "v=0" + nl},
		{"digest",
			invite + `Authorization: Digest username="u", realm="r, s", nonce="n", uri="sip:x@y", response="abc", cnonce="c", opaque="o", qop=auth, nc=00000001` + nl + "X: 1" + nl + nl,
			invite + `Authorization: Digest username="u", realm="r, s", nonce="…", uri="sip:x@y", response="…", cnonce="…", opaque="…", qop=auth, nc=00000001` + nl + "X: 1" + nl + nl},
		{"names of any case, blanks, folded",
			invite + "PROXY-authorization :digest" + nl + " username=\"u\"," + nl + "\tresponse=\"abc\"" + nl + "X: 1" + nl + nl,
			invite + "PROXY-authorization :digest" + nl + " username=\"u\"," + nl + "\tresponse=\"…\"" + nl + "X: 1" + nl + nl},
		{"digest folded after its scheme",
			invite + "Authorization: Digest username=\"u\"," + nl + "\tresponse=\"abc\"" + nl + nl,
			invite + "Authorization: Digest username=\"u\"," + nl + "\tresponse=\"…\"" + nl + nl},
		{"challenges", "SIP/2.0 407 Who" + nl + `Proxy-Authenticate: Digest realm="r",nonce="n",stale=false, Digest realm="q",nonce="m"` + nl + nl,
			"SIP/2.0 407 Who" + nl + `Proxy-Authenticate: Digest realm="r",nonce="…",stale=false, Digest realm="…",nonce="…"` + nl + nl},
		{"basic", invite + "Authorization: Basic dXNlcjpwdw==" + nl + nl, invite + "Authorization: Basic …" + nl + nl},
		{"scheme alone", invite + "Authorization: dXNlcjpwdw" + nl + nl, invite + "Authorization: dXNlcjpwdw …" + nl + nl},
		{"authentication-info", "SIP/2.0 200 OK" + nl + `Authentication-Info: nextnonce="n", qop=auth` + nl + nl, "SIP/2.0 200 OK" + nl + `Authentication-Info: nextnonce="…", qop=auth` + nl + nl},
		{"an open quote hides nothing behind a harmless name",
			invite + `Authorization: Digest username="u, response="abc"` + nl + nl, invite + `Authorization: Digest username="…"` + nl + nl},
		{"an escaped quote", invite + `Authorization: Digest realm="a\",b", response="x"` + nl + nl, invite + `Authorization: Digest realm="…", response="…"` + nl + nl},
		{"passwords in URIs",
			"INVITE sip:u:pw@h:5060;x=1 SIP/2.0" + nl + "Contact: <sips:v:p,w@h>, \"n\" <sip:w@h>" + nl + "From:sip:u@h" + nl + "Call-Info: <http://a:b@c/d>" + nl + nl,
			"INVITE sip:u:…@h:5060;x=1 SIP/2.0" + nl + "Contact: <sips:v:…@h>, \"n\" <sip:w@h>" + nl + "From:sip:u@h" + nl + "Call-Info: <http://a:…@c/d>" + nl + nl},
		{"a password with @", invite + "To: <sip:u:p@w@h>" + nl + nl, invite + "To: <sip:u:…@h>" + nl + nl},
		{"an @ before the password", invite + "To: <sip:u@x:pw@h>, <sip:a@b>" + nl + nl, invite + "To: <sip:u@x:…@h>, <sip:a@b>" + nl + nl},
		{"a folded URI", invite + "Contact:" + nl + " <sip:u:pw@h>" + nl + nl, invite + "Contact:" + nl + " <sip:u:…@h>" + nl + nl},
		{"Call-ID with a host", invite + "Call-ID: abc@192.0.2.1" + nl + nl, invite + "Call-ID: abc@192.0.2.1" + nl + nl},
		{"media keys",
			invite + nl + "a=crypto:1 AES inline:KEY" + nl + "a=CRYPTO:2 KEY" + nl + "k=clear:KEY" + nl + "a=ice-pwd:KEY" + nl + "a=key-mgmt:mikey KEY" + nl + "a=candidate:1" + nl + "a=rtpmap:0 PCMU/8000",
			invite + nl + "a=crypto:…" + nl + "a=CRYPTO:…" + nl + "k=…" + nl + "a=ice-pwd:…" + nl + "a=key-mgmt:…" + nl + "a=candidate:1" + nl + "a=rtpmap:0 PCMU/8000"},
		{"a key pressed", "INFO sip:a SIP/2.0" + nl + nl + "Signal=5" + nl + "Duration=160" + nl, "INFO sip:a SIP/2.0" + nl + nl + "Signal=…" + nl + "Duration=160" + nl},
		{"a bare key", "INFO sip:a SIP/2.0" + nl + nl + "5", "INFO sip:a SIP/2.0" + nl + nl + "…"},
		{"other bodies", "NOTIFY sip:a SIP/2.0" + nl + nl + `<kpml digits="55"/>`, "NOTIFY sip:a SIP/2.0" + nl + nl + `<kpml digits=…`},
		{"empty", "", ""},
		{"no end", "INFO sip:a:b@c", "INFO sip:a:…@c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(appendRedacted([]byte("before "), []byte(c.in))); got != "before "+c.out {
				t.Errorf("got\n%s\nwant\n%s", got, "before "+c.out)
			}
		})
	}
}

// Whatever stands around them, these headers' and lines' secrets do not come out.
func FuzzRedacted(f *testing.F) {
	for _, s := range []string{"", "\r\n", "X: \"", "Contact: <sip:", "\r\n\t", "a=1\r\n\r\n", "@@::@"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.Contains(before+after, "SECRET") || strings.Contains(before, "\r\n\r\n") || strings.HasSuffix(before, "\n") || strings.HasSuffix(before, "\r") {
			return
		}
		in := "INVITE sip:a SIP/2.0" + nl + "B: " + before + nl + `Authorization: Digest username="u", response="SECRET", nonce=SECRET` + nl +
			"To: <sip:u:SECRET@h>" + nl + "X: " + nl + nl + "a=crypto:SECRET" + nl + after
		if out := string(appendRedacted(nil, []byte(in))); strings.Contains(out, "SECRET") {
			t.Errorf("%q came out of %q", out, in)
		}
	})
}
