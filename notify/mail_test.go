package notify

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
	"github.com/wneessen/go-mail"

	"clickbridge"
)

// postOffice is a mail server that keeps what it is given. Fields are set
// before it is used.
type postOffice struct {
	addr     *net.TCPAddr
	password string // required where not empty
	rcpt     []error
	data     []error

	mu    sync.Mutex
	mails []string // raw, as they came
	tls   []bool
	auth  []string // "user" of every log-in
}

// newPostOffice starts a server: plain, starttls or smtps.
func newPostOffice(t *testing.T, kind string, set func(*postOffice, *smtp.Server)) *postOffice {
	t.Helper()
	p := &postOffice{}
	s := smtp.NewServer(p)
	s.Domain, s.AllowInsecureAuth = "localhost", true
	s.ErrorLog = discard{}
	if kind != "plain" {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	}
	if set != nil {
		set(p, s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().(*net.TCPAddr)
	if kind == "smtps" {
		l = tls.NewListener(l, s.TLSConfig)
		s.TLSConfig = nil
	}
	done := make(chan struct{})
	go func() { _ = s.Serve(l); close(done) }()
	t.Cleanup(func() { s.Close(); <-done })
	return p
}

// certificate is httptest's own, for 127.0.0.1 and example.com.
func certificate(t *testing.T) tls.Certificate {
	s := httptest.NewTLSServer(nil)
	t.Cleanup(s.Close)
	return s.TLS.Certificates[0]
}

type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

func (p *postOffice) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &counter{office: p, conn: c}, nil
}

// next takes the first error off a list of answers.
func (p *postOffice) next(list *[]error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(*list) == 0 {
		return nil
	}
	err := (*list)[0]
	*list = (*list)[1:]
	return err
}

// counter is one session.
type counter struct {
	office *postOffice
	conn   *smtp.Conn
	authed bool
}

func (c *counter) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *counter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != c.office.password {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "not with " + password}
		}
		c.authed = true
		c.office.mu.Lock()
		defer c.office.mu.Unlock()
		c.office.auth = append(c.office.auth, user)
		return nil
	}), nil
}

func (c *counter) Mail(string, *smtp.MailOptions) error {
	if c.office.password != "" && !c.authed {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (c *counter) Rcpt(string, *smtp.RcptOptions) error { return c.office.next(&c.office.rcpt) }

func (c *counter) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := c.office.next(&c.office.data); err != nil {
		return err
	}
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.office.mails = append(c.office.mails, string(raw))
	_, encrypted := c.conn.TLSConnectionState()
	if _, ok := c.conn.Conn().(*tls.Conn); ok {
		encrypted = true
	}
	c.office.tls = append(c.office.tls, encrypted)
	return nil
}

func (c *counter) Reset()        {}
func (c *counter) Logout() error { return nil }

func (p *postOffice) options() MailOptions {
	return MailOptions{Host: "127.0.0.1", Port: p.addr.Port, From: "ClickBridge <no-reply@example.com>", Timeout: 5 * time.Second}
}

func newMail(t *testing.T, o MailOptions) *Mail {
	t.Helper()
	m, err := NewMail(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func emailNotice() clickbridge.Notice {
	call, attempts, account := sample()
	n := Render(call, attempts, account, time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))[0]
	n.ID = "0198-n1"
	return n
}

// The mail as it lies in the server, to the byte.
func TestMailBytes(t *testing.T) {
	p := newPostOffice(t, "plain", nil)
	m := newMail(t, p.options())
	for range 2 { // a repeat is the same
		if got := m.Send(t.Context(), emailNotice()); !got.OK || !strings.HasPrefix(got.Answer, "2.0.0") && !strings.HasPrefix(got.Answer, "250") && got.Answer == "" {
			t.Fatalf("got %+v", got)
		}
	}
	if d := cmp.Diff(p.mails[0], p.mails[1]); d != "" {
		t.Errorf("the repeat differs:\n%s", d)
	}
	want := strings.Join([]string{
		"Subject: LeadResponse unsuccessful for (555) 111-2222",
		"Message-ID: <0198-n1@example.com>",
		"Date: Wed, 04 Mar 2026 05:06:07 +0000",
		"Auto-Submitted: auto-generated",
		"MIME-Version: 1.0",
		`From: "ClickBridge" <no-reply@example.com>`,
		"To: <sales@example.com>",
		"Content-Transfer-Encoding: 8bit",
		"Content-Type: text/plain; charset=UTF-8",
	}, "\n")
	head, body, _ := strings.Cut(strings.ReplaceAll(p.mails[0], "\r\n", "\n"), "\n\n")
	if d := cmp.Diff(sortedLines(want), sortedLines(head)); d != "" {
		t.Errorf("head: -want +got\n%s", d)
	}
	if d := cmp.Diff(golden(t, "email.txt")+"\n", body); d != "" {
		t.Errorf("body: -want +got\n%s", d)
	}
}

func sortedLines(s string) map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(s) {
		out[strings.TrimRight(line, "\n")] = true
	}
	return out
}

func TestMailWays(t *testing.T) {
	for _, tt := range []struct {
		kind      string
		implicit  bool
		password  string
		encrypted bool
	}{
		{"plain", false, "", false},
		{"plain", false, "s3cret", false}, // on this machine
		{"starttls", false, "", true},
		{"starttls", false, "s3cret", true},
		{"smtps", true, "", true},
		{"smtps", true, "s3cret", true},
	} {
		t.Run(fmt.Sprintf("%s %q", tt.kind, tt.password), func(t *testing.T) {
			p := newPostOffice(t, tt.kind, func(p *postOffice, _ *smtp.Server) { p.password = tt.password })
			o := p.options()
			o.ImplicitTLS = tt.implicit
			if tt.password != "" {
				o.Username, o.Password = "user", tt.password
			}
			got := newMail(t, o).Send(t.Context(), emailNotice())
			if !got.OK || len(p.mails) != 1 || p.tls[0] != tt.encrypted || (len(p.auth) == 1) != (tt.password != "") {
				t.Errorf("got %+v, %d mails, TLS %v, log-ins %v", got, len(p.mails), p.tls, p.auth)
			}
		})
	}
}

// What protects credentials and messages from servers that are not this
// machine: such a server cannot be had in a test, its rules can.
func TestMailPolicy(t *testing.T) {
	for _, tt := range []struct {
		o      MailOptions
		policy mail.TLSPolicy
		verify bool
	}{
		{MailOptions{Host: "mail.example.com", Username: "u"}, mail.TLSMandatory, true},
		{MailOptions{Host: "192.0.2.1", Username: "u"}, mail.TLSMandatory, true},
		{MailOptions{Host: "localhost.example.com", Username: "u"}, mail.TLSMandatory, true},
		{MailOptions{Host: "mail.example.com"}, mail.TLSOpportunistic, true},
		{MailOptions{Host: "localhost", Username: "u"}, mail.TLSOpportunistic, false},
		{MailOptions{Host: "127.0.0.1"}, mail.TLSOpportunistic, false},
		{MailOptions{Host: "::1"}, mail.TLSOpportunistic, false},
		{MailOptions{Host: "mail.example.com", Username: "u", ImplicitTLS: true}, mail.NoTLS, true},
	} {
		tt.o.From = "a@b.c"
		m := newMail(t, tt.o)
		if m.policy() != tt.policy || m.tls.InsecureSkipVerify == tt.verify || m.tls.ServerName != tt.o.Host {
			t.Errorf("%+v: policy %v, verify %v", tt.o, m.policy(), !m.tls.InsecureSkipVerify)
		}
	}
}

// The same rules against a server: TLS asked for and not offered, and a
// certificate nobody vouches for.
func TestMailInsistsOnTLS(t *testing.T) {
	plain := newPostOffice(t, "plain", nil)
	o := plain.options()
	o.Username, o.Password = "user", "hush"
	m := newMail(t, o)
	m.o.Host = "example.com" // is not this machine
	m.dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, plain.addr.String())
	}
	if got := m.Send(t.Context(), emailNotice()); got.OK || !strings.Contains(got.Answer, "does not support STARTTLS") || len(plain.auth) != 0 {
		t.Errorf("no STARTTLS: got %+v", got)
	}
	secure := newPostOffice(t, "starttls", nil)
	o = secure.options()
	for name, roots := range map[string]*x509.CertPool{"": pool(t), "certificate": x509.NewCertPool()} {
		m := newMail(t, o)
		m.tls.InsecureSkipVerify, m.tls.RootCAs = false, roots
		got := m.Send(t.Context(), emailNotice())
		if got.OK != (name == "") || !strings.Contains(got.Answer, name) || got.Permanent {
			t.Errorf("%q: got %+v", name, got)
		}
	}
}

func pool(t *testing.T) *x509.CertPool {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	p := x509.NewCertPool()
	p.AddCert(s.Certificate())
	return p
}

func refuse(code int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
}

func TestMailRefusals(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(*postOffice)
		want []Receipt // of one try after another; Answer is a part
	}{
		{"451 then taken", func(p *postOffice) { p.rcpt = []error{refuse(451, "greylisted")} },
			[]Receipt{{Answer: `: 451 "greylisted"`}, {OK: true}}},
		{"451 after the text, then taken", func(p *postOffice) { p.data = []error{refuse(451, "disk full")} },
			[]Receipt{{Answer: `: 451 "disk full"`}, {OK: true}}},
		{"550 nobody of that name", func(p *postOffice) { p.rcpt = []error{refuse(550, "no such user")} },
			[]Receipt{{Permanent: true, Answer: `: 550 "no such user"`}}},
		{"554 after the text", func(p *postOffice) { p.data = []error{refuse(554, "spam")} },
			[]Receipt{{Permanent: true, Answer: `: 554 "spam"`}}},
		{"535 wrong password can be put right", func(p *postOffice) { p.password = "other" },
			[]Receipt{{Answer: "not with (secret)"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPostOffice(t, "plain", func(p *postOffice, _ *smtp.Server) { p.password = "hush"; tt.set(p) })
			o := p.options()
			o.Username, o.Password = "user", "hush"
			m := newMail(t, o)
			for i, want := range tt.want {
				got := m.Send(t.Context(), emailNotice())
				if got.OK != want.OK || got.Permanent != want.Permanent || !strings.Contains(got.Answer, want.Answer) || strings.Contains(got.Answer, "hush") {
					t.Errorf("try %d: got %+v, want %+v", i+1, got, want)
				}
			}
		})
	}
}

// Neither a subject nor an address can add a header or a recipient.
func TestMailHeadersCannotBeInjected(t *testing.T) {
	p := newPostOffice(t, "plain", nil)
	m := newMail(t, p.options())
	n := emailNotice()
	n.Subject = "Lead\r\nBcc: evil@example.com\r\n\r\nbody Ünïcode \x00" + strings.Repeat("long ", 60)
	if got := m.Send(t.Context(), n); !got.OK {
		t.Fatalf("got %+v", got)
	}
	msg, err := netmail.ReadMessage(strings.NewReader(p.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := headerText(msg.Header.Get("Subject"))
	want := "Lead Bcc: evil@example.com body Ünïcode " + strings.TrimSpace(strings.Repeat("long ", 60))
	if err != nil || subject != want || msg.Header.Get("Bcc") != "" || msg.Header.Get("To") != "<sales@example.com>" {
		t.Errorf("%v: subject %q, header %v", err, subject, msg.Header)
	}
	for line := range strings.Lines(p.mails[0]) {
		if len(line) > 1000 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	for _, to := range []string{"a@b.c\r\nRCPT TO:<evil@example.com>", "a@b.c, evil@example.com", "nobody", ""} {
		n := emailNotice()
		n.To = to
		if got := m.Send(t.Context(), n); got.OK || !got.Permanent || len(p.mails) != 1 {
			t.Errorf("%q: got %+v, %d mails", to, got, len(p.mails))
		}
	}
}

// A server without 8BITMIME still gets the mail, quoted-printable.
func TestMailToAnOldServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	text := make(chan string, 1)
	go oldServer(l, text)
	o := (&postOffice{addr: l.Addr().(*net.TCPAddr)}).options()
	if got := newMail(t, o).Send(t.Context(), emailNotice()); !got.OK {
		t.Fatalf("got %+v", got)
	}
	if got := <-text; !strings.Contains(got, "quoted-printable") || !strings.Contains(got, "(555) 868-8950 No Answer") {
		t.Errorf("got %s", got)
	}
}

// oldServer speaks SMTP without extensions to one client, and hangs up instead
// of answering QUIT.
func oldServer(l net.Listener, text chan<- string) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	in := bufio.NewScanner(c)
	fmt.Fprint(c, "220 old\r\n")
	for in.Scan() {
		switch verb, _, _ := strings.Cut(strings.ToUpper(in.Text()), " "); verb {
		case "EHLO":
			fmt.Fprint(c, "502 what?\r\n")
		case "DATA":
			fmt.Fprint(c, "354 go on\r\n")
			var b strings.Builder
			for in.Scan() && in.Text() != "." {
				b.WriteString(in.Text() + "\n")
			}
			text <- b.String()
			fmt.Fprint(c, "250 ok\r\n")
		case "QUIT":
			return
		default:
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}

// A server that accepts the connection and says nothing, at any point, holds a
// try no longer than its time; nor does one hold a server that stops.
func TestMailSilentServer(t *testing.T) {
	for _, greeting := range []string{"", "220 hello\r\n"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				fmt.Fprint(c, greeting)
				go func() { _, _ = io.Copy(io.Discard, c); c.Close() }()
			}
		}()
		o := (&postOffice{addr: l.Addr().(*net.TCPAddr)}).options()
		o.Timeout = 100 * time.Millisecond
		if got := newMail(t, o).Send(t.Context(), emailNotice()); got != (Receipt{Answer: "no answer in time"}) {
			t.Errorf("%q: got %+v", greeting, got)
		}
		o.Timeout = time.Minute
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(50*time.Millisecond, func() { cancel(errors.New("stopping")) })
		start := time.Now()
		if got := newMail(t, o).Send(ctx, emailNotice()); got.OK || time.Since(start) > 10*time.Second {
			t.Errorf("%q: stopping: got %+v after %s", greeting, got, time.Since(start))
		}
	}
}

func headerText(s string) (string, error) { return new(mime.WordDecoder).DecodeHeader(s) }

func TestMailAddress(t *testing.T) {
	for host, want := range map[string]string{"::1": "[::1]:587", "127.0.0.1": "127.0.0.1:587", "mail.example.com": "mail.example.com:587"} {
		if got := newMail(t, MailOptions{Host: host, Port: 587, From: "a@b.c"}).address(); got != want {
			t.Errorf("%s: got %s", host, got)
		}
	}
}

func TestNewMailNeedsASender(t *testing.T) {
	if _, err := NewMail(MailOptions{Host: "h", From: "nobody"}); err == nil || !strings.HasPrefix(err.Error(), "mail.from: ") {
		t.Errorf("got %v", err)
	}
}
