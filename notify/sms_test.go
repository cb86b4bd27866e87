package notify

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
)

func smsNotice() clickbridge.Notice {
	n := pending(clickbridge.NoticeSMS)
	n.Body = "LeadResponse unsuccessful for (555) 111-2222"
	return n
}

func TestTwilio(t *testing.T) {
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"sid": "SM1"}`)
	})
	got := NewTwilio(SMSOptions{URL: r.URL + "/base/", Username: "AC/1", Password: "hush"}).Send(t.Context(), smsNotice())
	if d := cmp.Diff(Receipt{OK: true, Answer: `201 Created: {"sid": "SM1"}`}, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	p := r.seen()[0]
	user, password, _ := (&http.Request{Header: p.Header}).BasicAuth()
	form, err := url.ParseQuery(p.Body)
	want := url.Values{"To": {"+15554443333"}, "From": {"+15557585902"}, "Body": {"LeadResponse unsuccessful for (555) 111-2222"}}
	if d := cmp.Diff(want, form); d != "" || err != nil {
		t.Errorf("form: %v -want +got\n%s", err, d)
	}
	if p.Method != "POST" || p.Path != "/base/2010-04-01/Accounts/AC/1/Messages.json" || p.Type != "application/x-www-form-urlencoded" ||
		user != "AC/1" || password != "hush" || p.Header.Get("Idempotency-Key") != "n1" {
		t.Errorf("got %+v", p)
	}
}

func TestHTTPSMS(t *testing.T) {
	r := newReceiver(t, status(202))
	got := NewHTTPSMS(SMSOptions{URL: r.URL + "/send?x=1"}).Send(t.Context(), smsNotice())
	if d := cmp.Diff(Receipt{OK: true, Answer: "202 Accepted"}, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	p := r.seen()[0]
	const body = `{"from":"+15557585902","to":"+15554443333","text":"LeadResponse unsuccessful for (555) 111-2222"}`
	if p.Body != body || p.Type != "application/json" || p.Path != "/send" || p.Chunked || p.Header.Get("Authorization") != "" {
		t.Errorf("got %+v", p)
	}
	NewHTTPSMS(SMSOptions{URL: r.URL, Username: "u", Password: "p"}).Send(t.Context(), smsNotice())
	if got := r.seen()[1].Header.Get("Authorization"); got != "Basic dTpw" {
		t.Errorf("with a user name: %q", got)
	}
}

func TestSMSStatuses(t *testing.T) {
	for code, want := range map[int]Receipt{
		200: {OK: true}, 201: {OK: true}, 202: {OK: true}, 204: {OK: true}, 302: {}, 307: {},
		410: {Permanent: true}, 400: {}, 404: {}, 422: {},
		401: {}, 402: {}, 403: {}, 407: {}, 408: {}, 425: {}, 429: {}, 500: {}, 502: {}, 503: {},
	} {
		r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(code)
			if code != http.StatusNoContent {
				fmt.Fprint(w, "wrong password hush")
			}
		})
		got := NewHTTPSMS(SMSOptions{URL: r.URL, Username: "u", Password: "hush"}).Send(t.Context(), smsNotice())
		if got.OK != want.OK || got.Permanent != want.Permanent || !strings.HasPrefix(got.Answer, fmt.Sprint(code)) || strings.Contains(got.Answer, "hush") {
			t.Errorf("%d: got %+v", code, got)
		}
		if n := len(r.seen()); n != 1 {
			t.Errorf("%d: %d requests; credentials do not follow redirects", code, n)
		}
	}
}

func TestSMSSlowOrGone(t *testing.T) {
	r := newReceiver(t, func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() })
	o := SMSOptions{URL: r.URL, Username: "u", Password: "hush", Timeout: 50 * time.Millisecond}
	if got := NewTwilio(o).Send(t.Context(), smsNotice()); got != (Receipt{Answer: "no answer in time"}) {
		t.Errorf("slow: got %+v", got)
	}
	r.CloseClientConnections()
	r.Close()
	if got := NewTwilio(o).Send(t.Context(), smsNotice()); got.OK || got.Permanent || !strings.Contains(got.Answer, "connection refused") {
		t.Errorf("gone: got %+v", got)
	}
}

func TestLogSender(t *testing.T) {
	var out bytes.Buffer
	got := NewLog(slog.New(slog.NewTextHandler(&out, nil))).Send(t.Context(), smsNotice())
	if !got.OK || !strings.Contains(out.String(), `from=+15557585902 to=+15554443333 subject="" text="LeadResponse unsuccessful for (555) 111-2222"`) {
		t.Errorf("got %+v, %s", got, out.String())
	}
}
