package ibp

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		raw      string
		keepPlus bool
		want     string
	}{
		{"plain", false, "plain"},
		{"a+b", false, "a b"},
		{"a+b", true, "a+b"},
		{"a%2Bb", false, "a+b"},
		{"a%2bb", true, "a+b"},
		{"100%", false, "100%"},
		{"100%2", false, "100%2"},
		{"%zz%41", false, "%zzA"},
		{"%%41", false, "%A"},
		{"%u2019", false, "%u2019"},
		{"%25%32%35", false, "%25"},
	}
	for _, tt := range tests {
		if got := decode(tt.raw, tt.keepPlus); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.raw, got, tt.want)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"caf\xe9":              "café",
		"\x93quoted\x94 \x80":  "“quoted” €",
		"café":                 "café",
		"caf\xc3":              "cafÃ",
		"\x81":                 "\ufffd", // not a letter there either
		" a\x00b\x1f\x7fc\r\n": "abc",
		"\u0085\u00a0x":        "x",
	} {
		if got := text(raw); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

func TestNeutral(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Connected":           "Conn*cted",
		"xCONNECTEDx":         "xCONN*CTEDx",
		"connectedconnected":  "conn*ctedconn*cted",
		"connecte":            "connecte",
		"not connected, sir":  "not conn*cted, sir",
		"disconnected Call":   "disconn*cted Call",
		"é connected ſtrange": "é conn*cted ſtrange",
	} {
		if got := neutral(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := neutral(rapid.StringMatching(`([cC][oO][nN]{1,3}[eE][cC][tT]?[eE]?[dD]? ?){0,6}`).Draw(t, "s"))
		if strings.Contains(strings.ToLower(s), "connected") {
			t.Fatalf("%q", s)
		}
	})
}

func TestAddBody(t *testing.T) {
	t.Parallel()
	part := func(b string) string {
		return "--" + b + "\r\nContent-Disposition: form-data; name=\"page\"\r\n\r\na+b%20\r\n"
	}
	tests := []struct {
		name, contentType, body string
		want                    params
	}{
		{"Encoded", "application/x-www-form-urlencoded; charset=ISO-8859-1", "page=a+b&ref=1\r\n", params{"page": "a b", "ref": "1"}},
		{"Multipart", `multipart/form-data; boundary="X Y"`, part("X Y") + "--X Y--\r\n", params{"page": "a+b%20"}},
		{"MultipartBreaksOff", "multipart/form-data; boundary=X", part("X") + "--X\r\nContent-Disp", params{"page": "a+b%20"}},
		{"MultipartUnsaid", "", part("X12") + "--X12--\r\n", params{"page": "a+b%20"}},
		{"DashesAreNoBoundary", "", "--=1&page=x\n", params{"page": "x"}},
		{"XML", "text/xml", "<page>x</page>", params{}},
		{"Empty", "", "", params{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := params{}
			p.addBody([]byte(tt.body), tt.contentType)
			if diff := cmp.Diff(tt.want, p); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever arrives, a parameter is valid text without control characters, and
// only known names come through.
func FuzzParams(f *testing.F) {
	f.Add("?&action=clickto.findme&page=https://a.b/?x=1;2|3&phone_to_call=+1%20555", "", []byte("page=%E9"))
	f.Add("&&&=&=&page", "multipart/form-data; boundary=X", []byte("--X\r\nContent-Disposition: form-data; name=page\r\n\r\n\xff\r\n--X--"))
	f.Add("page=%", "multipart/form-data", []byte("--X\nContent-Disposition: form-data; name=\"page\"\n\n1\n--X--"))
	f.Add("page=%00%0d%0a", "a;b=\"", []byte{0, 0xff, '=', '&'})
	f.Fuzz(func(t *testing.T, query, contentType string, body []byte) {
		p := params{}
		p.addEncoded(query)
		p.addBody(body, contentType)
		for name, value := range p {
			if _, known := plusIsData[name]; !known {
				t.Errorf("name %q", name)
			}
			if name == "message" {
				value = strings.ReplaceAll(value, "\n", " ")
			}
			if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
				t.Errorf("%s: %q", name, value)
			}
		}
		for _, path := range []string{pathAPI, pathClick} {
			if _, _, err := resolve(path, p); err != nil && len(neutral(err.Error())) > 400 {
				t.Errorf("an answer of %d bytes", len(err.Error()))
			}
		}
	})
}

func BenchmarkParams(b *testing.B) {
	const query = "&action=clickto.findme&access_key=foo&secret_access_key=bar&type=2&findme_id=98765&phone_to_call=5551112222" +
		"&page=LeadResponse.html&first_callerid=9998887777&second_callerid=8887776666&no_answer_email=sales@example.com"
	for b.Loop() {
		p := params{}
		p.addEncoded(query)
	}
}
