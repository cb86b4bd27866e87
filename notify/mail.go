package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"clickbridge"
)

// MailOptions configure a Mail.
type MailOptions struct {
	Host        string
	Port        int
	ImplicitTLS bool // smtps; else STARTTLS where offered
	Username    string
	Password    string
	From        string         // address, or NAME <address>
	Roots       *x509.CertPool // nil: the system's
	Timeout     time.Duration  // of one try; 0: 15 s
	Recordings  Recordings     // nil: mails with a recording wait
}

// Mail sends email notices through one mail server.
//
// A certificate is always verified, but for a server on this machine: it
// usually has one of its own making, and nothing leaves the machine. With
// credentials, TLS is required from any other server.
type Mail struct {
	o    MailOptions
	from *netmail.Address
	tls  *tls.Config
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// NewMail returns a Mail; the error says that From is not an address.
func NewMail(o MailOptions) (*Mail, error) {
	from, err := netmail.ParseAddress(o.From)
	if err != nil {
		return nil, fmt.Errorf("mail.from: %w", err)
	}
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	m := &Mail{o: o, from: from, tls: &tls.Config{
		ServerName: o.Host, RootCAs: o.Roots, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: isLoopback(o.Host), // see Mail
	}}
	m.dial = (&net.Dialer{}).DialContext
	if o.ImplicitTLS {
		m.dial = (&tls.Dialer{Config: m.tls}).DialContext
	}
	return m, nil
}

// Send hands the message to the mail server once. A 5xx answer to the message
// (MAIL, RCPT, DATA) is a permanent refusal. One to the greeting or the
// credentials is not: the operator can put those right.
func (m *Mail) Send(ctx context.Context, n clickbridge.Notice) Receipt {
	ctx, cancel := context.WithTimeout(ctx, m.o.Timeout)
	defer cancel()
	sound, err := m.sound(ctx, n)
	if err != nil {
		return Receipt{Answer: m.why(ctx, err)}
	}
	client, err := m.client(ctx)
	if err != nil {
		return Receipt{Answer: m.why(ctx, err)}
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return Receipt{Answer: m.why(ctx, err)}
	}
	defer session.Close()
	msg, err := m.message(n, sound, session)
	if err != nil {
		return Receipt{Permanent: true, Answer: err.Error()}
	}
	err = client.SendWithSMTPClient(session, msg)
	if err == nil || msg.IsDelivered() { // what fails after the message was taken does not undo it
		_ = session.Quit()
		return Receipt{OK: true, Answer: taken(msg)}
	}
	var refusal *mail.SendError
	permanent := errors.As(err, &refusal) && refusal.ErrorCode() >= 500 && refusal.ErrorCode() <= 599
	return Receipt{Permanent: permanent, Answer: m.why(ctx, err)}
}

func taken(msg *mail.Msg) string {
	if s := msg.ServerResponse(); s != "" {
		return s
	}
	return "accepted by the mail server"
}

// client returns a client for one session, which ends when ctx is done: its
// connection is closed then, whatever waits on it.
func (m *Mail) client(ctx context.Context) (*mail.Client, error) {
	dial := func(dialing context.Context, network, _ string) (net.Conn, error) {
		conn, err := m.dial(dialing, network, m.address())
		if err == nil {
			context.AfterFunc(ctx, func() { conn.Close() })
		}
		return conn, err
	}
	options := []mail.Option{
		mail.WithPort(m.o.Port), mail.WithTimeout(m.o.Timeout), mail.WithTLSConfig(m.tls),
		mail.WithTLSPolicy(m.policy()), mail.WithDialContextFunc(dial),
		mail.WithoutNoop(), mail.WithoutRset(),
	}
	if m.o.Username != "" {
		plain, login := mail.SMTPAuthPlain, mail.SMTPAuthLogin // these insist on TLS
		if isLoopback(m.o.Host) {
			plain, login = mail.SMTPAuthPlainNoEnc, mail.SMTPAuthLoginNoEnc
		}
		options = append(options, mail.WithUsername(m.o.Username), mail.WithPassword(m.o.Password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, plain, login, mail.SMTPAuthCramMD5))
	}
	return mail.NewClient(m.o.Host, options...)
}

// address is where the server is; the library's own has no brackets around an
// IPv6 address.
func (m *Mail) address() string { return net.JoinHostPort(m.o.Host, strconv.Itoa(m.o.Port)) }

// policy says what becomes of STARTTLS; with smtps the connection has TLS
// already.
func (m *Mail) policy() mail.TLSPolicy {
	switch {
	case m.o.ImplicitTLS:
		return mail.NoTLS
	case m.o.Username != "" && !isLoopback(m.o.Host):
		return mail.TLSMandatory
	}
	return mail.TLSOpportunistic
}

// message builds the mail. The body goes as it is where the server takes it so:
// quoted-printable would fold its first line.
func (m *Mail) message(n clickbridge.Notice, sound []byte, session *smtp.Client) (*mail.Msg, error) {
	encoding := mail.EncodingQP
	if ok, _ := session.Extension("8BITMIME"); ok && linesFit(n.Body) {
		encoding = mail.NoEncoding
	}
	msg := mail.NewMsg(mail.WithCharset(mail.CharsetUTF8), mail.WithEncoding(encoding), mail.WithNoDefaultUserAgent())
	to, err := netmail.ParseAddress(n.To)
	if err != nil {
		return nil, errors.New("the address is not a mail address")
	}
	msg.FromMailAddress(m.from)
	msg.ToMailAddress(&netmail.Address{Address: to.Address})
	msg.Subject(oneLine(n.Subject))
	_, domain, _ := strings.Cut(m.from.Address, "@")
	msg.SetMessageIDWithValue(string(n.ID) + "@" + domain)
	msg.SetDateWithValue(n.CreatedAt)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 5: no vacation replies
	body := n.Body
	if n.Recording != "" && sound == nil {
		body += withoutSound
	}
	msg.SetBodyString(mail.TypeTextPlain, body)
	return msg, attach(msg, n, sound)
}

// linesFit reports whether no line is longer than mail allows (RFC 5322 2.1.1).
func linesFit(s string) bool {
	for line := range strings.Lines(s) {
		if len(line) > 998 {
			return false
		}
	}
	return true
}

// why is an error's text without the password, should a server repeat it.
func (m *Mail) why(ctx context.Context, err error) string {
	if ctx.Err() != nil {
		return "no answer in time"
	}
	text, _, _ := strings.Cut(plainError(err), ", affected ") // the library repeats addressee and id
	return without(text, m.o.Password)
}

func isLoopback(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().IsLoopback()
	}
	return strings.EqualFold(strings.TrimSuffix(host, "."), "localhost")
}
