package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"clickbridge"
)

// maxRedirects is how often one POST is sent again to where it was pointed.
const maxRedirects = 3

// WebhookOptions configure a Webhook. The zero value is strict and unsigned.
type WebhookOptions struct {
	AllowPrivate bool             // may lead to private, loopback and link-local addresses
	Secret       []byte           // of the signature; none: webhook-signature is left out
	Now          func() time.Time // nil: time.Now
	Resolver     *net.Resolver    // nil: the system's
	TLS          *tls.Config      // nil: the system's roots
	Timeout      time.Duration    // of the whole try; 0: 15 s
}

// Webhook sends URL notices: a POST of the XML.
type Webhook struct {
	client  *http.Client
	secret  []byte
	now     func() time.Time
	timeout time.Duration
}

// NewWebhook returns a Webhook. It uses no proxy, because a proxy would dial
// where we may not, and opens a connection for each POST, so that every one is
// checked.
func NewWebhook(o WebhookOptions) *Webhook {
	if o.AllowPrivate {
		return newWebhook(o, nil)
	}
	return newWebhook(o, newGuard().control)
}

// control is what a net.Dialer asks before it connects.
type control func(ctx context.Context, network, address string, c syscall.RawConn) error

func newWebhook(o WebhookOptions, allowed control) *Webhook {
	dialer := &net.Dialer{Resolver: o.Resolver, ControlContext: allowed}
	w := &Webhook{secret: o.Secret, now: o.Now, timeout: o.Timeout}
	if w.now == nil {
		w.now = time.Now
	}
	if w.timeout == 0 {
		w.timeout = 15 * time.Second
	}
	w.client = &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSClientConfig:        o.TLS,
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return w
}

// Send POSTs the notice's body. 2xx is done and 410 a permanent refusal. 301,
// 302, 307 and 308 are POSTed again at the place they name, at most three
// times. Everything else is tried again later, 303 too: it offers a page to
// GET, which would not carry the notice.
func (w *Webhook) Send(ctx context.Context, n clickbridge.Notice) Receipt {
	return w.Post(ctx, Message{ID: string(n.ID), URL: n.To, Type: "text/xml; charset=UTF-8", Body: n.Body, Secret: w.secret})
}

// Message is what is posted.
type Message struct {
	ID     string // the same on every repeat
	URL    string
	Type   string // media type
	Body   string
	Secret []byte // of the signature; none: webhook-signature is left out
}

// Post makes one try at a message, as Send does.
func (w *Webhook) Post(ctx context.Context, m Message) Receipt {
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	target, err := url.Parse(m.URL)
	if err != nil {
		return Receipt{Permanent: true, Answer: "the address is not a URL"}
	}
	for hop := 0; ; hop++ {
		if (target.Scheme != "http" && target.Scheme != "https") || target.Host == "" {
			return Receipt{Permanent: hop == 0, Answer: "the address is not an http or https URL"}
		}
		r, next := w.post(ctx, target, m)
		if next == nil {
			return r
		}
		if hop == maxRedirects {
			return Receipt{Answer: fmt.Sprintf("more than %d redirects", maxRedirects)}
		}
		target = next
	}
}

// post makes one request; next is where a redirect points.
func (w *Webhook) post(ctx context.Context, target *url.URL, m Message) (r Receipt, next *url.URL) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), strings.NewReader(m.Body))
	if err != nil {
		return Receipt{Permanent: true, Answer: "the address cannot be requested"}, nil
	}
	w.sign(req, m)
	resp, err := w.client.Do(req)
	if err != nil {
		return Receipt{Answer: dialError(err)}, nil
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if to, err := target.Parse(resp.Header.Get("Location")); err == nil && resp.Header.Get("Location") != "" {
			return Receipt{}, to
		}
		return Receipt{Answer: resp.Status + ": no usable Location"}, nil
	}
	return Receipt{
		OK:        resp.StatusCode >= 200 && resp.StatusCode <= 299,
		Permanent: resp.StatusCode == http.StatusGone,
		Answer:    said(resp),
	}, nil
}

// sign sets the headers. The id is the same on every repeat, so a receiver can
// tell; time and signature belong to the try.
func (w *Webhook) sign(req *http.Request, m Message) {
	stamp := strconv.FormatInt(w.now().Unix(), 10)
	req.Header.Set("Content-Type", m.Type)
	req.Header.Set("User-Agent", "ClickBridge")
	req.Header.Set("webhook-id", m.ID)
	req.Header.Set("webhook-timestamp", stamp)
	if len(m.Secret) > 0 {
		req.Header.Set("webhook-signature", Signature(m.Secret, m.ID, stamp, m.Body))
	}
}

// Signature is the value of the webhook-signature header: "v1," and the base64
// HMAC-SHA-256 of "id.timestamp.body" under the bytes of the secret.
func Signature(secret []byte, id, timestamp, body string) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(id + "." + timestamp + "." + body))
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// said is a response's status and the beginning of its body. A body without
// end is not read to its end.
func said(resp *http.Response) string {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if text := oneLine(string(body)); text != "" {
		return resp.Status + ": " + text
	}
	return resp.Status
}

// dialError is why no response came.
func dialError(err error) string {
	var op *net.OpError
	if errors.Is(err, errPrivate) && errors.As(err, &op) {
		return op.Err.Error()
	}
	return plainError(err)
}
