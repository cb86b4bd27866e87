package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"clickbridge"
)

// SMSOptions configure a provider of text messages.
type SMSOptions struct {
	URL      string // twilio: base address; http: the whole address
	Username string // basic authentication; twilio: the account's SID
	Password string
	Timeout  time.Duration // of one try; 0: 15 s
}

// gateway is a provider that is spoken to over HTTP.
type gateway struct {
	client  *http.Client
	request func(ctx context.Context, n clickbridge.Notice) (*http.Request, error)
	timeout time.Duration
	secret  string
}

func newGateway(o SMSOptions, request func(context.Context, clickbridge.Notice) (*http.Request, error)) *gateway {
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	return &gateway{
		request: request,
		timeout: o.Timeout,
		secret:  o.Password,
		client: &http.Client{
			// A redirect would carry the credentials elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				Proxy:                  http.ProxyFromEnvironment,
				MaxResponseHeaderBytes: 64 << 10,
				MaxIdleConnsPerHost:    2,
				IdleConnTimeout:        30 * time.Second,
			},
		},
	}
}

// NewTwilio returns a Sender for any REST address compatible with Twilio's:
// POST URL/2010-04-01/Accounts/USERNAME/Messages.json, a form of To, From and
// Body.
func NewTwilio(o SMSOptions) Sender {
	address := strings.TrimRight(o.URL, "/") + "/2010-04-01/Accounts/" + url.PathEscape(o.Username) + "/Messages.json"
	return newGateway(o, func(ctx context.Context, n clickbridge.Notice) (*http.Request, error) {
		form := url.Values{"To": {n.To}, "From": {n.From}, "Body": {n.Body}}.Encode()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if o.Username != "" {
			req.SetBasicAuth(o.Username, o.Password)
		}
		return req, nil
	})
}

// NewHTTPSMS returns a Sender that POSTs JSON: {"from":…,"to":…,"text":…},
// numbers in E.164.
func NewHTTPSMS(o SMSOptions) Sender {
	return newGateway(o, func(ctx context.Context, n clickbridge.Notice) (*http.Request, error) {
		body, err := json.Marshal(struct {
			From string `json:"from"`
			To   string `json:"to"`
			Text string `json:"text"`
		}{n.From, n.To, n.Body})
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.URL, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/json")
		if o.Username != "" {
			req.SetBasicAuth(o.Username, o.Password)
		}
		return req, nil
	})
}

// Send hands the message to the provider once.
func (g *gateway) Send(ctx context.Context, n clickbridge.Notice) Receipt {
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	req, err := g.request(ctx, n)
	if err != nil {
		return Receipt{Answer: "sms.url cannot be requested"}
	}
	req.Header.Set("User-Agent", "ClickBridge")
	req.Header.Set("Idempotency-Key", string(n.ID)) // the same on every repeat
	resp, err := g.client.Do(req)
	if err != nil {
		return Receipt{Answer: plainError(err)}
	}
	defer resp.Body.Close()
	r := Receipt{
		OK:        resp.StatusCode >= 200 && resp.StatusCode <= 299,
		Permanent: resp.StatusCode == http.StatusGone,
		Answer:    without(said(resp), g.secret),
	}
	// A little more is read so that the connection can be used again.
	_, _ = io.CopyN(io.Discard, resp.Body, 16<<10)
	return r
}

// NewLog returns a Sender that only writes notices to the log: for trying
// things out, and for the demo.
func NewLog(log *slog.Logger) Sender { return logSender{log} }

type logSender struct{ log *slog.Logger }

// Send logs the notice.
func (l logSender) Send(ctx context.Context, n clickbridge.Notice) Receipt {
	l.log.LogAttrs(ctx, slog.LevelInfo, fmt.Sprintf("%s notice, not sent anywhere", n.Kind),
		slog.String("notice_id", string(n.ID)), slog.String("from", n.From), slog.String("to", n.To),
		slog.String("subject", n.Subject), slog.String("text", n.Body))
	return Receipt{OK: true, Answer: "written to the log"}
}
