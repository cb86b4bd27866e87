package notify

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"clickbridge"
)

// samples is the call of the vendor's page.
func sample() (clickbridge.Call, []clickbridge.Attempt, *clickbridge.Account) {
	call := clickbridge.Call{
		ID: "call", Order: clickbridge.FindMeFirst, FindMeID: 98765, FindMeName: "Sales", Phone: "+15551112222", Page: "LeadResponse.html",
		NoAnswer: clickbridge.NoAnswer{Email: "sales@example.com", SMS: "+15554443333", URL: "https://test.com/no_answer_listener.php"},
	}
	attempts := []clickbridge.Attempt{{Party: clickbridge.PartyFindMe, Number: "+15558688950", Result: clickbridge.AttemptNoAnswer}}
	account := &clickbridge.Account{Country: "US", Numbers: []clickbridge.OwnedNumber{
		{Number: "+19998887777", Kind: clickbridge.Tracking}, {Number: "+15557585902", Kind: clickbridge.Tracking, SMS: true},
	}}
	return call, attempts, account
}

func golden(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The three notices of the vendor's page, to the byte.
func TestRenderTheVendorsSample(t *testing.T) {
	call, attempts, account := sample()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	got := Render(call, attempts, account, now)
	ids := map[clickbridge.NoticeID]bool{}
	for i := range got {
		ids[got[i].ID] = true
		got[i].ID = ""
	}
	if len(ids) != 3 || ids[""] {
		t.Errorf("ids: %v", ids)
	}
	common := clickbridge.Notice{CallID: "call", State: clickbridge.NoticePending, CreatedAt: now}
	email, sms, url := common, common, common
	email.Kind, email.To = clickbridge.NoticeEmail, "sales@example.com"
	email.Subject, email.Body = "LeadResponse unsuccessful for (555) 111-2222", golden(t, "email.txt")
	sms.Kind, sms.To, sms.From = clickbridge.NoticeSMS, "+15554443333", "+15557585902"
	sms.Body = "LeadResponse unsuccessful for (555) 111-2222"
	url.Kind, url.To, url.Body = clickbridge.NoticeURL, "https://test.com/no_answer_listener.php", golden(t, "response.xml")
	if d := cmp.Diff([]clickbridge.Notice{email, sms, url}, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// Every attempt on the list is told, in order; phone_to_call and the transfer
// are not on the list.
func TestRenderAWholeHunt(t *testing.T) {
	call, _, account := sample()
	attempts := []clickbridge.Attempt{
		{Party: clickbridge.PartyFindMe, Number: "+13125550103", Result: clickbridge.AttemptBusy},
		{Party: clickbridge.PartyFindMe, Number: "+442079460000", Result: clickbridge.AttemptDeclined},
		{Party: clickbridge.PartyPhone, Number: "+15551112222", Result: clickbridge.AttemptBusy},
		{Party: clickbridge.PartyFindMe, Number: "+13125550101", Result: clickbridge.AttemptNotAccepted},
		{Party: clickbridge.PartyTransfer, Number: "+15550000000", Result: clickbridge.AttemptAnswered},
		{Party: clickbridge.PartyFindMe, Number: "+13125550102", Result: clickbridge.AttemptDialing},
	}
	got := Render(call, attempts, account, time.Time{})
	if d := cmp.Diff(golden(t, "hunt.txt"), got[0].Body); d != "" {
		t.Errorf("email: -want +got\n%s", d)
	}
	if d := cmp.Diff(golden(t, "hunt.xml"), got[2].Body); d != "" {
		t.Errorf("XML: -want +got\n%s", d)
	}
}

func TestRenderOnlyWhatIsOwed(t *testing.T) {
	call, attempts, account := sample()
	call.NoAnswer = clickbridge.NoAnswer{Phone: "+15550000000"}
	if got := Render(call, attempts, account, time.Time{}); got != nil {
		t.Errorf("nothing was asked for, got %v", got)
	}
	call.NoAnswer = clickbridge.NoAnswer{URL: "http://x"}
	got := Render(call, nil, account, time.Time{})
	want := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response>\n\t<phone_to_call>5551112222</phone_to_call>\n\t<attempts>\n\t</attempts>\n</response>"
	if len(got) != 1 || got[0].Body != want {
		t.Errorf("got %v", got)
	}
}

func TestNumbersAreShownAsAtHome(t *testing.T) {
	call, attempts, account := sample()
	account.Country = "GB"
	call.Phone, attempts[0].Number = "+442079460000", "+15558688950"
	got := Render(call, attempts, account, time.Time{})
	if got[0].Subject != "LeadResponse unsuccessful for 02079460000" || !strings.HasSuffix(got[0].Body, "\n+15558688950 No Answer") {
		t.Errorf("got %q, %q", got[0].Subject, got[0].Body)
	}
}

func TestTitle(t *testing.T) {
	for page, want := range map[string]string{
		"LeadResponse.html":                       "LeadResponse",
		"https://a.b/x/LeadResponse.html?q=1":     "LeadResponse",
		"https://a.b/x/LeadResponse.html#top/a.b": "LeadResponse",
		"/x/Lead.Response.php?u=http://c.d/e.f":   "Lead.Response",
		"http://a.b/contact/":                     "contact",
		"https://www.example.com":                 "Sales",
		"https://www.example.com/":                "Sales",
		"https://www.example.com?x=/y":            "Sales",
		"":                                        "Sales",
		"  ":                                      "Sales",
		".htaccess":                               ".htaccess",
		"Lead\r\nBcc: x@y.z":                      "Lead Bcc: x@y",
		"a\x00b\x1bc\u202ed\u2028e.html":          "abcd e",
		"Anfrage für Köln.html":                   "Anfrage für Köln",
		"bad\xffutf.html":                         "bad\uFFFDutf",
		"???":                                     "Sales",
		"//":                                      "Sales",
		"LeadResponse":                            "LeadResponse",
		"https://a.b/LeadResponse.html/":          "LeadResponse",
		"https://user:pw@a.b:8080/deep/er/page.asp": "page",
	} {
		if got := Title(clickbridge.Call{Page: page, FindMeID: 7, FindMeName: "Sales"}); got != want {
			t.Errorf("%q: got %q, want %q", page, got, want)
		}
	}
	if got := Title(clickbridge.Call{FindMeID: 7}); got != "FindMe 7" {
		t.Errorf("no page and no name: %q", got)
	}
}

func TestOneMessage(t *testing.T) {
	const tail = " unsuccessful for (555) 111-2222" // 32 characters
	a := func(n int) string { return strings.Repeat("a", n) }
	for _, tt := range []struct{ name, title, want string }{
		{"as it is", "Lead", "Lead" + tail},
		{"exactly full", a(128), a(128) + tail},
		{"one too many", a(129), a(128) + tail},
		{"extension counts twice", strings.Repeat("[", 100), strings.Repeat("[", 64) + tail},
		{"Latin letters of the alphabet", strings.Repeat("é", 129), strings.Repeat("é", 128) + tail},
		{"another alphabet", strings.Repeat("ж", 50), strings.Repeat("ж", 38) + tail},
		{"signs of two units", strings.Repeat("\U0001F600", 30), strings.Repeat("\U0001F600", 19) + tail},
		{"short in another alphabet", "Лид", "Лид" + tail},
		{"cut before the only odd letter", a(60) + "ж", a(60) + tail},
		{"no space before the cut", a(127) + " b", a(127) + tail},
		{"a mark stays with its letter", strings.Repeat("ж", 37) + "ж\u0301xxxx", strings.Repeat("ж", 37) + tail},
	} {
		if got := oneMessage(tt.title, tail); got != tt.want {
			t.Errorf("%s:\ngot  %q\nwant %q", tt.name, got, tt.want)
		}
	}
}

func TestOneMessageAlwaysFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		title := oneLine(rapid.String().Draw(t, "title"))
		got := oneMessage(title, " unsuccessful for (555) 111-2222")
		n, gsm := gsmLength(got)
		if gsm && n > 160 || !gsm && len(utf16.Encode([]rune(got))) > 70 {
			t.Errorf("does not fit: %q", got)
		}
		if !strings.HasSuffix(got, "unsuccessful for (555) 111-2222") || !strings.HasPrefix(title+" unsuccessful", strings.TrimSuffix(got, " unsuccessful for (555) 111-2222")) && title != "" {
			t.Errorf("title %q became %q", title, got)
		}
	})
}

// What XML cannot carry becomes U+FFFD, and what means something in it is
// escaped, so a receiver reads back what was meant.
func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"No Answer": "No Answer", "a<b>&c": "a&lt;b&gt;&amp;c", "a\x01b": "a\uFFFDb", "\xff": "\uFFFD", "\uFFFE": "\uFFFD", "é": "é",
	} {
		if got := escape(in); got != want {
			t.Errorf("%q: got %q", in, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		var back string
		if err := xml.Unmarshal([]byte("<a>"+escape(s)+"</a>"), &back); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	})
}
