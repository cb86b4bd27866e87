package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Mail is the way out for email notices.
type Mail struct {
	SMTP SMTP   `yaml:"smtp" secret:"true" live:"true" range:"smtp://[USER:PASSWORD@]HOST[:PORT] or smtps://…" doc:"The mail server. smtp (port 587): STARTTLS when offered, and required where credentials would leave this machine; smtps (port 465): TLS from the start. Empty: email notices wait and then fail."`
	From string `yaml:"from" live:"true" range:"address, or NAME <address>" doc:"The sender of email notices."`
}

// SMS is the way out for text messages.
type SMS struct {
	Provider string `yaml:"provider" live:"true" range:"twilio, http or log" doc:"How text messages are sent: twilio (any REST address compatible with Twilio's), http (a JSON POST of from, to and text), log (only written to the log). Empty: SMS notices wait and then fail."`
	URL      string `yaml:"url" live:"true" range:"http or https URL" doc:"Base address of a twilio provider, whole address of an http one."`
	Username string `yaml:"username" live:"true" range:"text" doc:"For basic authentication; with twilio the account's SID."`
	Password Secret `yaml:"password" secret:"true" live:"true" range:"text" doc:"Goes with username; with twilio the auth token."`
}

// The SMS providers.
const (
	SMSTwilio = "twilio"
	SMSHTTP   = "http"
	SMSLog    = "log"
)

// SMTP is a mail server's address; the zero value means there is none.
type SMTP struct {
	ImplicitTLS bool // smtps
	Host        string
	Port        int
	Username    string
	Password    Secret
}

// IsZero reports whether no mail server is named.
func (s SMTP) IsZero() bool { return s.Host == "" }

// Loopback reports whether the server is this machine.
func (s SMTP) Loopback() bool { return loopbackHost(s.Host) }

// String leaves the password out.
func (s SMTP) String() string {
	if s.IsZero() {
		return ""
	}
	u := url.URL{Scheme: "smtp", Host: net.JoinHostPort(s.Host, strconv.Itoa(s.Port))}
	if s.ImplicitTLS {
		u.Scheme = "smtps"
	}
	if s.Username != "" {
		u.User = url.UserPassword(s.Username, string(s.Password))
	}
	return u.Redacted()
}

// GoString leaves the password out of %#v.
func (s SMTP) GoString() string { return s.String() }

// LogValue leaves the password out of slog.
func (s SMTP) LogValue() slog.Value { return slog.StringValue(s.String()) }

// ParseSMTP reads smtp://[user:password@]host[:port] or smtps://…; "" is no
// server. Its errors quote nothing: the URL holds a password.
func ParseSMTP(s string) (SMTP, error) {
	const example = "; write for example smtp://user:secret@localhost:587"
	if s == "" {
		return SMTP{}, nil
	}
	u, err := url.Parse(s)
	if err != nil {
		return SMTP{}, errors.New("is not a URL; special characters of a password are written percent-encoded, @ as %40" + example)
	}
	out := SMTP{Host: u.Hostname(), Port: 587}
	switch strings.ToLower(u.Scheme) {
	case "smtp":
	case "smtps":
		out.ImplicitTLS, out.Port = true, 465
	default:
		return SMTP{}, errors.New("does not begin with smtp:// or smtps://" + example)
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return SMTP{}, errors.New("has something after the port" + example)
	}
	if err := checkHost(out.Host); err != nil {
		return SMTP{}, fmt.Errorf("%w%s", err, example)
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return SMTP{}, errors.New("has a port that is not 1 to 65535" + example)
		}
		out.Port = int(n)
	}
	if u.User != nil {
		password, _ := u.User.Password()
		out.Username, out.Password = u.User.Username(), Secret(password)
		if out.Username == "" || out.Password == "" {
			return SMTP{}, errors.New("has half of the credentials; both user and password are needed" + example)
		}
	}
	return out, nil
}

// loopbackHost reports whether a name or address is this machine.
func loopbackHost(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().IsLoopback()
	}
	return strings.EqualFold(strings.TrimSuffix(host, "."), "localhost")
}
