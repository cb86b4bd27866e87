package config

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"clickbridge"
)

// problem is one setting that is wrong, or does not go with another.
type problem struct{ path, text string }

// Validate reports every setting that is out of range or does not go with
// another. Load has done it already; it is for configurations made in code.
func (c *Config) Validate() error {
	var errs []error
	for _, p := range c.check() {
		errs = append(errs, fmt.Errorf("%s: %s", p.path, p.text))
	}
	return errors.Join(errs...)
}

// checker gathers problems.
type checker struct{ found []problem }

func (k *checker) add(path, format string, args ...any) {
	k.found = append(k.found, problem{path, fmt.Sprintf(format, args...)})
}

// need adds a problem unless ok.
func (k *checker) need(ok bool, path, format string, args ...any) {
	if !ok {
		k.add(path, format, args...)
	}
}

func (c *Config) check() []problem {
	k := &checker{}
	c.checkHTTP(k)
	c.checkSIP(k)
	c.checkMedia(k)
	c.checkTrunks(k)
	c.checkMail(k)
	c.checkSMS(k)
	c.checkRecordings(k)
	c.checkTrace(k)
	c.checkSpeech(k)
	c.checkAudio(k)
	c.checkConsole(k)
	between(k, "limits.drain_timeout", c.Limits.DrainTimeout, 0, 24*time.Hour)
	between(k, "limits.ring_timeout", c.Limits.RingTimeout, time.Second, 5*time.Minute)
	between(k, "limits.max_call_duration", c.Limits.MaxCallDuration, time.Second, 24*time.Hour)
	clicks(k, "limits.visitor_clicks", c.Limits.VisitorClicks)
	clicks(k, "limits.number_clicks", c.Limits.NumberClicks)
	return k.found
}

func between(k *checker, path string, d, low, high time.Duration) {
	k.need(d >= low && d <= high, path, "%s is not within %s to %s", short(d), short(low), short(high))
}

func clicks(k *checker, path string, n int) {
	k.need(n >= 0 && n <= 100_000, path, "%d is not within 0 to 100000 (0 = no limit)", n)
}

func (c *Config) checkHTTP(k *checker) {
	h := c.HTTP
	if err := checkHostPort(h.Listen); err != nil {
		k.add("http.listen", "%q %v", h.Listen, err)
	}
	if h.PublicURL != "" {
		u, err := url.Parse(h.PublicURL)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			k.add("http.public_url", "%q is not an http or https URL; write for example https://calls.example.com", h.PublicURL)
		case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
			k.add("http.public_url", "%q has more than scheme, host and port; write %s://%s", u.Redacted(), u.Scheme, u.Host)
		}
	}
	t := h.TLS
	if t == (TLS{}) {
		return
	}
	k.need(t.Cert != "", "http.tls.cert", "is needed with http.tls; name the certificate's PEM file")
	k.need(t.Key != "", "http.tls.key", "is needed with http.tls; name the private key's PEM file")
	if t.Listen == "" {
		k.add("http.tls.listen", "is needed with http.tls; write for example 0.0.0.0:8443")
	} else if err := checkHostPort(t.Listen); err != nil {
		k.add("http.tls.listen", "%q %v", t.Listen, err)
	} else if t.Listen == h.Listen && !strings.HasSuffix(t.Listen, ":0") {
		k.add("http.tls.listen", "%q is http.listen already; https needs a port of its own", t.Listen)
	}
}

func (c *Config) checkSIP(k *checker) {
	k.need(len(c.SIP.Listen) > 0, "sip.listen", "at least one is needed; write for example [udp:127.0.0.1:5060]")
	for i, l := range c.SIP.Listen {
		if l.Addr.Port() != 0 && slices.Contains(c.SIP.Listen[:i], l) {
			k.add(fmt.Sprintf("sip.listen[%d]", i), "%q is listed twice", l)
		}
	}
	if a := c.SIP.PublicAddress; a != "" {
		if err := checkHost(a); err != nil {
			k.add("sip.public_address", "%q is not an IP address or a host name (no port, no scheme); write for example 192.0.2.10", a)
		}
	}
}

func (c *Config) checkMedia(k *checker) {
	m := c.Media
	if _, err := ParsePortRange(m.Ports.String()); err != nil {
		k.add("media.ports", "%q %v", m.Ports, err)
	}
	switch {
	case !m.Address.IsValid() || m.Address.IsMulticast():
		k.add("media.address", "%q is not an address of one machine", m.Address)
	case m.Address.IsUnspecified() && c.SIP.PublicAddress == "":
		k.add("media.address", "%q cannot be told to a phone; write this machine's address, or set sip.public_address", m.Address)
	}
	for i, l := range c.SIP.Listen {
		port := int(l.Addr.Port())
		if l.Transport == "udp" && port >= m.Ports.Low && port <= m.Ports.High {
			k.add(fmt.Sprintf("sip.listen[%d]", i), "%q lies within media.ports %s; move one of them", l, m.Ports)
		}
	}
}

func (c *Config) checkTrunks(k *checker) {
	if len(c.Trunks) == 0 {
		k.add("trunks", `at least one is needed; write for example trunks: [{name: main, uri: "sip:127.0.0.1:5070;transport=udp"}]`)
	}
	seen := map[string]bool{}
	for i, t := range c.Trunks {
		at := fmt.Sprintf("trunks[%d]", i)
		switch {
		case t.Name == "":
			k.add(at, "name is needed; write for example name: main")
		case strings.Trim(t.Name, hostChars+".") != "" || len(t.Name) > 64:
			k.add(at+".name", "%q is not a name of up to 64 letters, digits, - _ .", t.Name)
		case seen[t.Name]:
			k.add(at+".name", "%q is the name of two trunks", t.Name)
		}
		seen[t.Name] = true
		k.need(t.URI.Host != "", at, "uri is needed; write for example uri: sip:127.0.0.1:5070;transport=udp")
		k.need(t.Username != "" || !t.Register, at+".register", "needs username and password")
		k.need(t.Username != "" || t.Password == "", at+".password", "needs username")
		switch t.NumberFormat {
		case clickbridge.FormatNational, clickbridge.FormatE164, clickbridge.FormatDigits:
		default:
			k.add(at+".number_format", "%q is not one of national, e164, digits", t.NumberFormat)
		}
		k.need(t.MaxCalls >= 0 && t.MaxCalls <= 100_000, at+".max_calls", "%d is not within 0 to 100000 (0 = no limit)", t.MaxCalls)
		k.need(t.CallsPerSecond >= 0 && t.CallsPerSecond <= 1000, at+".calls_per_second", "%v is not within 0 to 1000 (0 = no limit)", t.CallsPerSecond)
	}
}

func (c *Config) checkMail(k *checker) {
	m := c.Mail
	if m.From == "" {
		k.need(m.SMTP.IsZero(), "mail.from", "is needed with mail.smtp; write for example ClickBridge <no-reply@example.com>")
		return
	}
	if _, err := mail.ParseAddress(m.From); err != nil || strings.ContainsAny(m.From, "\r\n") {
		k.add("mail.from", "%q is not a mail address; write for example ClickBridge <no-reply@example.com>", m.From)
	}
}

func (c *Config) checkSMS(k *checker) {
	s := c.SMS
	switch s.Provider {
	case "", SMSLog:
		return
	case SMSTwilio, SMSHTTP:
	default:
		k.add("sms.provider", "%q is not one of twilio, http, log", s.Provider)
		return
	}
	if s.URL == "" {
		k.add("sms.url", "is needed with sms.provider %s; write for example https://api.example.com", s.Provider)
	} else if u, err := url.Parse(s.URL); err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		k.add("sms.url", "is not an http or https URL without credentials; those are written as username and password")
	}
	k.need(s.Username != "" || s.Password == "", "sms.password", "needs sms.username")
}

// remarks names what is allowed and probably not meant.
func (c *Config) remarks() []string {
	var out []string
	if n := len(c.SecretKey); n > 0 && n < 16 {
		out = append(out, "secret_key is shorter than 16 characters; stored credentials could be guessed from their hashes")
	}
	if u, err := url.Parse(c.SMS.URL); err == nil && u.Scheme == "http" && c.SMS.Password != "" && !loopbackHost(u.Hostname()) {
		out = append(out, "sms.url is http: sms.password leaves this machine unencrypted")
	}
	if u, err := url.Parse(c.Speech.URL); err == nil && u.Scheme == "http" && c.Speech.Header != "" && !loopbackHost(u.Hostname()) {
		out = append(out, "speech.url is http: speech.header leaves this machine unencrypted")
	}
	if u, err := url.Parse(c.Recordings.S3.Endpoint); err == nil && u.Scheme == "http" && !loopbackHost(u.Hostname()) {
		out = append(out, "recordings.s3.endpoint is http: recordings leave this machine unencrypted")
	}
	if c.Speech.URL != "" && c.Speech.Engine != SpeechHTTP && c.Speech.Engine != SpeechAuto {
		out = append(out, "speech.url is not used with speech.engine "+c.Speech.Engine)
	}
	if c.SMS.Provider == SMSTwilio && c.SMS.Username == "" {
		out = append(out, "sms.username is empty: a twilio provider wants the account's SID there")
	}
	if len(c.Trunks) == 1 && c.Trunks[0].MaxCalls == 1 {
		out = append(out, "trunk "+c.Trunks[0].Name+" has max_calls 1 and is the only one: a call has two legs, so nobody can be connected")
	}
	loopback := true
	for _, l := range c.SIP.Listen {
		loopback = loopback && l.Addr.Addr().IsLoopback()
	}
	for _, t := range c.Trunks {
		if loopback && !loopbackHost(t.URI.Host) {
			out = append(out, fmt.Sprintf("trunk %s is not on this machine, but sip.listen is loopback only: it cannot answer", t.Name))
		}
		if c.Media.Address.IsLoopback() && !loopbackHost(t.URI.Host) {
			out = append(out, fmt.Sprintf("trunk %s is not on this machine, but media.address is loopback: its audio cannot arrive", t.Name))
		}
	}
	return out
}

// short writes a duration without its zero parts: 30m, not 30m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
