package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"clickbridge/config"
	"clickbridge/notify"
)

// certLeft is how soon the end of a certificate is worth a fault.
const certLeft = 7 * 24 * time.Hour

func (k *checker) certificate(t config.TLS) (string, error) {
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return "", faulty("correct http.tls.cert and http.tls.key", "%v", err)
	}
	left := time.Until(pair.Leaf.NotAfter)
	if left < certLeft {
		return "", faulty("renew the certificate and send SIGHUP", "%s ends %s", t.Cert, pair.Leaf.NotAfter.Format(time.RFC3339))
	}
	return fmt.Sprintf("%s for %s, %d days left", t.Cert, strings.Join(pair.Leaf.DNSNames, ", "), int(left.Hours()/24)), nil
}

// publicURL finds whether the address that clients use leads to the server: a
// proxy's mistake, or a certificate that browsers refuse.
func (k *checker) publicURL(ctx context.Context) (string, error) {
	addr := strings.TrimRight(k.cfg.HTTP.PublicURL, "/")
	switch {
	case addr == "":
		return "not set: clients use http.listen", nil
	case !k.served:
		return addr + " is asked only while a server runs", nil
	}
	const change = "correct http.public_url, its certificate, or the proxy in front of http.listen"
	switch body, err := get(ctx, addr+"/healthz"); {
	case err != nil:
		return "", faulty(change, "%v", err)
	case body != "ok":
		return "", faulty(change, "%s does not lead here: it answers %q", addr, body)
	}
	return addr + " leads here", nil
}

// mail logs in at the mail server and sends nothing.
func (k *checker) mail(ctx context.Context) (string, error) {
	if k.cfg.Mail.SMTP.IsZero() {
		return "not configured: no_answer_email cannot be sent", nil
	}
	out, err := senders(k.cfg, nil, k.log)
	if err != nil {
		return "", faulty("correct mail", "%v", err)
	}
	m, ok := out.Email.(*notify.Mail)
	if !ok {
		return "", errors.New("no mail sender")
	}
	if err := m.Check(ctx); err != nil {
		return "", faulty("correct mail.smtp, or start the mail server", "%s: %v", k.cfg.Mail.SMTP, err)
	}
	return k.cfg.Mail.SMTP.String() + " takes mail", nil
}

// sms asks the provider who we are; a plain HTTP one is only reached.
func (k *checker) sms(ctx context.Context) (string, error) {
	c := k.cfg.SMS
	switch c.Provider {
	case "":
		return "not configured: no_answer_sms cannot be sent", nil
	case config.SMSLog:
		return "written to the log only", nil
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return "", faulty("correct sms.url", "%s", c.URL)
	}
	if c.Provider == config.SMSTwilio {
		u = u.JoinPath("2010-04-01", "Accounts", c.Username+".json")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return "", err
	}
	if c.Username != "" {
		req.SetBasicAuth(c.Username, string(c.Password))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", faulty("correct sms.url, or open the way to it", "%v", err)
	}
	_ = res.Body.Close()
	if res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden {
		return "", faulty("correct sms.username and sms.password", "%s answers %s", u.Host, res.Status)
	}
	return fmt.Sprintf("%s answers (%s)", u.Host, res.Status), nil
}

// get returns the body of an address, one line of it.
func get(ctx context.Context, addr string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, addr, http.NoBody)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 200))
	return strings.TrimSpace(string(body)), err
}

// clock finds a clock that is set by nobody: signatures, reports and daily
// limits depend on it.
func (k *checker) clock(ctx context.Context) {
	k.step(ctx, "clock", func(context.Context) (string, error) {
		now := time.Now()
		if now.Year() < 2026 {
			return "", faulty("set the clock; run chrony or systemd-timesyncd", "it is %s here", now.Format(time.RFC3339))
		}
		if clockSynchronised() {
			return now.Format(time.RFC3339) + ", synchronised", nil
		}
		return now.Format(time.RFC3339) + "; the kernel does not know of a time service (usual in a container)", nil
	})
}
