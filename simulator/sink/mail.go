package sink

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/mail"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// MailConfig says what a mail server is to be.
type MailConfig struct {
	Listen string // host:port; "" = a free port of 127.0.0.1
	// Username and Password, when set, are demanded with AUTH PLAIN.
	Username, Password string
	TLS                *tls.Config   // offers STARTTLS
	On                 func(Message) // called for each message accepted; may be nil
	Logger             *slog.Logger
}

// Message is one mail accepted.
type Message struct {
	At        time.Time
	From      string   // of the envelope
	To        []string // of the envelope
	Data      []byte   // headers and body as they came
	Subject   string   // decoded
	MessageID string
	Body      string // undecoded
	TLS       bool   // came over STARTTLS
}

// Mail is a mail server.
type Mail struct {
	cfg     MailConfig
	srv     *smtp.Server
	ln      net.Listener
	fail    failures
	closing sync.Once
	done    sync.WaitGroup

	mu       sync.Mutex
	messages []Message
	tries    int
}

// maxKept bounds what a sink remembers; the oldest go first.
const maxKept = 10000

// NewMail starts a mail server; it serves until Close or the end of ctx.
func NewMail(ctx context.Context, cfg MailConfig) (*Mail, error) {
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	ln, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("sink: mail: %w", err)
	}
	m := &Mail{cfg: cfg, ln: ln}
	m.srv = smtp.NewServer(m)
	m.srv.Domain = "sink.invalid"
	m.srv.TLSConfig = cfg.TLS
	m.srv.AllowInsecureAuth = true // it is a sink on loopback
	m.srv.MaxMessageBytes = 1 << 20
	m.srv.ReadTimeout, m.srv.WriteTimeout = time.Minute, time.Minute
	m.srv.ErrorLog = slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelDebug)
	m.done.Go(func() {
		if err := m.srv.Serve(ln); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			cfg.Logger.Error("mail sink stopped", "err", err)
		}
	})
	context.AfterFunc(ctx, m.Close)
	return m, nil
}

// Addr is host:port of the server.
func (m *Mail) Addr() string { return m.ln.Addr().String() }

// Close stops the server and drops its connections. Idempotent.
func (m *Mail) Close() {
	m.closing.Do(func() { // two at once would panic
		_ = m.srv.Close()
		_ = m.ln.Close() // of a server that did not serve yet
	})
	m.done.Wait()
}

// Fail makes the next messages fail at DATA with an SMTP code (451: try again,
// 550: never), so many times or Always; 0 times ends it.
func (m *Mail) Fail(code, times int) { m.fail.set(code, times) }

// Tries is how many messages were tried, refused ones included.
func (m *Mail) Tries() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tries
}

// Messages returns the messages accepted, oldest first.
func (m *Mail) Messages() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Message(nil), m.messages...)
}

func (m *Mail) keep(msg Message) {
	m.mu.Lock()
	m.messages = append(m.messages, msg)
	if n := len(m.messages) - maxKept; n > 0 {
		m.messages = m.messages[n:]
	}
	m.mu.Unlock()
	if m.cfg.On != nil {
		m.cfg.On(msg)
	}
}

func (m *Mail) tried() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tries++
}

// NewSession implements smtp.Backend.
func (m *Mail) NewSession(c *smtp.Conn) (smtp.Session, error) {
	s := &session{m: m, conn: c}
	if m.cfg.Username == "" {
		return openSession{s}, nil
	}
	return s, nil
}

// openSession is a session without AUTH.
type openSession struct{ smtp.Session }

type session struct {
	m    *Mail
	conn *smtp.Conn
	auth bool
	from string
	to   []string
}

// AuthMechanisms implements smtp.AuthSession.
func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth implements smtp.AuthSession.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.m.cfg.Username || password != s.m.cfg.Password {
			return smtp.ErrAuthFailed
		}
		s.auth = true
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.m.cfg.Username != "" && !s.auth {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

// Rcpt implements smtp.Session. A mailbox may script its own refusal.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	local, _, _ := strings.Cut(to, "@")
	if code, ok := s.m.fail.named(to, local); ok && code != 0 {
		s.m.tried()
		return refusal(code)
	}
	s.to = append(s.to, to)
	return nil
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.m.tried()
	if code := s.m.fail.next(); code != 0 {
		return refusal(code)
	}
	_, encrypted := s.conn.TLSConnectionState()
	msg := Message{At: time.Now(), From: s.from, To: s.to, Data: data, TLS: encrypted}
	if parsed, err := mail.ReadMessage(bytes.NewReader(data)); err == nil {
		msg.MessageID = parsed.Header.Get("Message-ID")
		msg.Subject = parsed.Header.Get("Subject")
		if dec, err := new(mime.WordDecoder).DecodeHeader(msg.Subject); err == nil {
			msg.Subject = dec
		}
		body, _ := io.ReadAll(parsed.Body) // the reader is in memory
		msg.Body = string(body)
	}
	s.m.keep(msg)
	return nil
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }

func refusal(code int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 0, 0}, Message: "refused as scripted"}
}
