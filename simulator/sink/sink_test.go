package sink_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"clickbridge/simulator/sink"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const letter = "From: a@example.com\r\nTo: b@example.com\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\nMessage-ID: <1@example.com>\r\n\r\nHello.\r\n"

func newMail(t *testing.T, cfg sink.MailConfig) *sink.Mail {
	t.Helper()
	m, err := sink.NewMail(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

func send(m *sink.Mail, auth smtp.Auth, to string) error {
	return smtp.SendMail(m.Addr(), auth, "a@example.com", []string{to}, []byte(letter))
}

func code(err error) int {
	var p *textproto.Error
	if errors.As(err, &p) {
		return p.Code
	}
	return 0
}

func TestMailIsKept(t *testing.T) {
	t.Parallel()
	got := make(chan sink.Message, 1)
	m := newMail(t, sink.MailConfig{On: func(m sink.Message) { got <- m }})
	if err := send(m, nil, "b@example.com"); err != nil {
		t.Fatal(err)
	}
	msg := <-got
	if msg.Subject != "café" || msg.MessageID != "<1@example.com>" || msg.Body != "Hello.\r\n" ||
		msg.From != "a@example.com" || len(msg.To) != 1 || msg.To[0] != "b@example.com" || len(m.Messages()) != 1 {
		t.Errorf("%+v", msg)
	}
}

func TestMailFailsAsTold(t *testing.T) {
	t.Parallel()
	m := newMail(t, sink.MailConfig{})
	m.Fail(451, 2)
	for i, want := range []int{451, 451, 0} {
		if got := code(send(m, nil, "b@example.com")); got != want {
			t.Errorf("try %d: %d, want %d", i, got, want)
		}
	}
	m.Fail(550, sink.Always)
	if got := code(send(m, nil, "b@example.com")); got != 550 {
		t.Errorf("got %d, want 550", got)
	}
	m.Fail(0, 0)
	for i, want := range []int{451, 0, 0} {
		if got := code(send(m, nil, "451x1@example.com")); got != want {
			t.Errorf("mailbox, try %d: %d, want %d", i, got, want)
		}
	}
	if got := code(send(m, nil, "550@example.com")); got != 550 {
		t.Errorf("mailbox: %d, want 550", got)
	}
	if len(m.Messages()) != 3 || m.Tries() != 8 {
		t.Errorf("%d kept of %d tried, want 3 of 8", len(m.Messages()), m.Tries())
	}
}

func TestMailDemandsCredentials(t *testing.T) {
	t.Parallel()
	m := newMail(t, sink.MailConfig{Username: "u", Password: "p", TLS: certificate(t)})
	host, _, _ := net.SplitHostPort(m.Addr())
	c, err := smtp.Dial(m.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.StartTLS(&tls.Config{InsecureSkipVerify: true}); err != nil { // the certificate is made for this test
		t.Fatal(err)
	}
	if got := code(c.Mail("a@example.com")); got != 502 && got != 530 {
		t.Errorf("without AUTH: %d", got)
	}
	if err := c.Auth(smtp.PlainAuth("", "u", "p", host)); err != nil {
		t.Fatal(err)
	}
	if err := c.Mail("a@example.com"); err != nil {
		t.Fatal(err)
	}
	if err := c.Rcpt("b@example.com"); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, letter)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := m.Messages(); len(got) != 1 || !got[0].TLS {
		t.Errorf("%+v", got)
	}
	if got := code(send2(t, m, host)); got != 535 {
		t.Errorf("wrong password: %d, want 535", got)
	}
}

func send2(t *testing.T, m *sink.Mail, host string) error {
	t.Helper()
	c, err := smtp.Dial(m.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.Auth(smtp.PlainAuth("", "u", "wrong", host))
}

func certificate(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func newWeb(t *testing.T, cfg sink.WebConfig) (*sink.Web, *http.Client) {
	t.Helper()
	w, err := sink.NewWeb(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{}
	t.Cleanup(func() { tr.CloseIdleConnections(); w.Close() })
	return w, &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func post(t *testing.T, c *http.Client, address, kind, body string) (int, string, http.Header) {
	t.Helper()
	resp, err := c.Post(address, kind, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), resp.Header
}

func TestWebKeepsAndFails(t *testing.T) {
	t.Parallel()
	got := make(chan sink.Request, 100)
	w, c := newWeb(t, sink.WebConfig{On: func(r sink.Request) { got <- r }})
	for _, tc := range []struct {
		path   string
		status []int
	}{
		{"/hook?a=b", []int{200, 200}}, {"/status/410", []int{410, 410}}, {"/status/500x2/x", []int{500, 500, 200}},
		{"/status/500x2/y", []int{500}}, {"/redirect/307/hook", []int{307}}, {"/delay/1ms/x", []int{200}},
		{"/status/nonsense", []int{200}},
	} {
		for i, want := range tc.status {
			status, _, head := post(t, c, w.URL()+tc.path, "text/xml", "<x/>")
			if status != want {
				t.Errorf("%s, try %d: %d, want %d", tc.path, i, status, want)
			}
			if want == 307 && head.Get("Location") != "/hook" {
				t.Errorf("Location %q", head.Get("Location"))
			}
			r := <-got
			path, query, _ := strings.Cut(tc.path, "?")
			if string(r.Body) != "<x/>" || r.Length != 4 || r.Path != path || r.Query != query || r.Status != want ||
				r.Header.Get("Content-Type") != "text/xml" {
				t.Errorf("%s: %+v", tc.path, r)
			}
		}
	}
	if _, _, head := post(t, c, w.URL()+"/status/503?retry_after=7", "text/plain", ""); head.Get("Retry-After") != "7" {
		t.Errorf("Retry-After %q", head.Get("Retry-After"))
	}
}

func TestTextMessages(t *testing.T) {
	t.Parallel()
	w, c := newWeb(t, sink.WebConfig{Accounts: map[string]string{"AC1": "token"}})
	as := func(user, password, path string) string {
		u, _ := url.Parse(w.URL() + path)
		u.User = url.UserPassword(user, password)
		return u.String()
	}
	const twilio = "/2010-04-01/Accounts/AC1/Messages.json"
	const form = "application/x-www-form-urlencoded"
	good := url.Values{"To": {"+15551112222"}, "From": {"+15557585902"}, "Body": {"Lead unsuccessful"}}.Encode()
	for _, tc := range []struct {
		name, address, kind, body string
		status                    int
		says                      string
	}{
		{"accepted", as("AC1", "token", twilio), form, good, 201, `"status":"queued"`},
		{"wrong token", as("AC1", "no", twilio), form, good, 401, "20003"},
		{"another account", as("AC1", "token", strings.Replace(twilio, "AC1", "AC2", 1)), form, good, 404, "20404"},
		{"no such number", as("AC1", "token", twilio), form, "To=5&From=%2B15557585902&Body=x", 400, "21211"},
		{"json", as("AC1", "token", "/sms"), "application/json", `{"from":"+15557585902","to":"+15551112222","text":"x"}`, 200, "SM"},
		{"bad json", as("AC1", "token", "/sms"), "application/json", `{`, 400, "not JSON"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if status, body, _ := post(t, c, tc.address, tc.kind, tc.body); status != tc.status || !strings.Contains(body, tc.says) {
				t.Errorf("%d %s", status, body)
			}
		})
	}
	w.FailSMS(503, 1)
	for _, want := range []int{503, 201} {
		if status, _, _ := post(t, c, as("AC1", "token", twilio), form, good); status != want {
			t.Errorf("%d, want %d", status, want)
		}
	}
	got := w.SMS()
	if len(got) != 3 || got[0].Text != "Lead unsuccessful" || got[0].Provider != "twilio" || got[1].Provider != "http" || got[1].To != "+15551112222" {
		t.Errorf("%+v", got)
	}
}
