package notify

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
)

// post is a request as a receiver saw it.
type post struct {
	Method, Path, Body, Type string
	Length                   int64
	Chunked                  bool
	Header                   http.Header
}

// receiver keeps every request and answers as it is told.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	posts []post
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.posts = append(r.posts, post{
			req.Method, req.URL.Path, string(body), req.Header.Get("Content-Type"),
			req.ContentLength, len(req.TransferEncoding) > 0, req.Header,
		})
		r.mu.Unlock()
		answer(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) seen() []post {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.posts
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func urlNotice(to string) clickbridge.Notice {
	return clickbridge.Notice{ID: "0198-n1", Kind: clickbridge.NoticeURL, To: to, Body: "<response>é</response>", State: clickbridge.NoticePending}
}

func TestWebhookPost(t *testing.T) {
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "thank\nyou") })
	at := time.Unix(1_700_000_000, 0)
	w := NewWebhook(WebhookOptions{AllowPrivate: true, Secret: []byte("s3cret"), Now: func() time.Time { return at }})
	got := w.Send(t.Context(), urlNotice(r.URL+"/no_answer_listener.php"))
	if d := cmp.Diff(Receipt{OK: true, Answer: "200 OK: thank you"}, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	p := r.seen()[0]
	want := post{Method: "POST", Path: "/no_answer_listener.php", Body: "<response>é</response>", Type: "text/xml; charset=UTF-8", Length: 23, Header: p.Header}
	if d := cmp.Diff(want, p); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	// Reckoned with openssl: printf '0198-n1.1700000000.<response>é</response>' | openssl dgst -sha256 -hmac s3cret -binary | base64
	for name, want := range map[string]string{
		"Webhook-Id": "0198-n1", "Webhook-Timestamp": "1700000000",
		"Webhook-Signature": "v1,4a82dti412/Phn28X6KD+vI9IAx4+QX30fkjjsq6qns=",
	} {
		if got := p.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestWebhookUnsigned(t *testing.T) {
	r := newReceiver(t, status(204))
	got := NewWebhook(WebhookOptions{AllowPrivate: true}).Send(t.Context(), urlNotice(r.URL))
	h := r.seen()[0].Header
	if _, signed := h["Webhook-Signature"]; !got.OK || signed || h.Get("webhook-id") == "" || h.Get("webhook-timestamp") == "" {
		t.Errorf("got %+v, %v", got, h)
	}
}

func TestWebhookStatuses(t *testing.T) {
	for code, want := range map[int]Receipt{
		200: {OK: true}, 201: {OK: true}, 204: {OK: true}, 299: {OK: true},
		300: {}, 303: {}, 304: {}, 400: {}, 401: {}, 403: {}, 404: {}, 408: {}, 429: {}, 500: {}, 503: {},
		410: {Permanent: true},
	} {
		r := newReceiver(t, status(code))
		got := NewWebhook(WebhookOptions{AllowPrivate: true}).Send(t.Context(), urlNotice(r.URL))
		if got.OK != want.OK || got.Permanent != want.Permanent || !strings.HasPrefix(got.Answer, fmt.Sprint(code)) {
			t.Errorf("%d: got %+v", code, got)
		}
		if n := len(r.seen()); n != 1 {
			t.Errorf("%d: %d requests", code, n)
		}
	}
}

// 301, 302, 307 and 308 get the same POST again; 303 would want a GET.
func TestWebhookRedirects(t *testing.T) {
	for _, code := range []int{301, 302, 307, 308} {
		r := newReceiver(t, func(w http.ResponseWriter, req *http.Request) {
			if req.URL.Path == "/end" {
				return
			}
			http.Redirect(w, req, map[string]string{"/": "/b", "/b": "/c?x=1", "/c": "end"}[req.URL.Path], code)
		})
		got := NewWebhook(WebhookOptions{AllowPrivate: true, Secret: []byte("s")}).Send(t.Context(), urlNotice(r.URL+"/"))
		if !got.OK || len(r.seen()) != 4 {
			t.Errorf("%d: got %+v after %d requests", code, got, len(r.seen()))
		}
		for _, p := range r.seen() {
			if p.Method != "POST" || p.Body != "<response>é</response>" || p.Length != 23 || p.Header.Get("webhook-id") != "0198-n1" || p.Header.Get("webhook-signature") == "" {
				t.Errorf("%d: %+v", code, p)
			}
		}
	}
}

func TestWebhookTooManyRedirects(t *testing.T) {
	r := newReceiver(t, func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, "/again", http.StatusFound) })
	got := NewWebhook(WebhookOptions{AllowPrivate: true}).Send(t.Context(), urlNotice(r.URL))
	if d := cmp.Diff(Receipt{Answer: "more than 3 redirects"}, got); d != "" || len(r.seen()) != 4 {
		t.Errorf("%d requests, -want +got\n%s", len(r.seen()), d)
	}
}

func TestWebhookUselessRedirects(t *testing.T) {
	for location, want := range map[string]string{
		"":                   "302 Found: no usable Location",
		"http://a b/":        `failed to parse Location header "http://a b/": parse "http://a b/": invalid character " " in host name`,
		"ftp://example.com/": "the address is not an http or https URL", "file:///etc/passwd": "the address is not an http or https URL",
	} {
		r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		})
		got := NewWebhook(WebhookOptions{AllowPrivate: true}).Send(t.Context(), urlNotice(r.URL))
		if d := cmp.Diff(Receipt{Answer: want}, got); d != "" {
			t.Errorf("%q: -want +got\n%s", location, d)
		}
	}
}

func TestWebhookRefusesPrivateTargets(t *testing.T) {
	r := newReceiver(t, status(200))
	_, port, _ := net.SplitHostPort(r.Listener.Addr().String())
	w := NewWebhook(WebhookOptions{})
	for host, why := range map[string]string{
		"127.0.0.1": "127.0.0.1 is a loopback address", "[::ffff:127.0.0.1]": "127.0.0.1 is a loopback address",
		"0.0.0.0": "0.0.0.0 is the unspecified address", "169.254.169.254": "169.254.169.254 is a link-local address",
		"localhost": "is a loopback address", "10.0.0.1": "10.0.0.1 is a private address", "[64:ff9b::7f00:1]": "64:ff9b::7f00:1 is a loopback address",
	} {
		got := w.Send(t.Context(), urlNotice("http://"+host+":"+port+"/"))
		if got.OK || got.Permanent || !strings.Contains(got.Answer, "refused: ") || !strings.Contains(got.Answer, why) {
			t.Errorf("%s: got %+v", host, got)
		}
	}
	if n := len(r.seen()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// The name looks harmless at the click and leads to loopback at the dial.
func TestWebhookRefusesRebinding(t *testing.T) {
	r := newReceiver(t, status(200))
	_, port, _ := net.SplitHostPort(r.Listener.Addr().String())
	resolver := lyingResolver(t)
	got := NewWebhook(WebhookOptions{Resolver: resolver}).Send(t.Context(), urlNotice("http://www.example.com:"+port+"/"))
	if got.OK || !strings.Contains(got.Answer, "127.0.0.1 is a loopback address") || len(r.seen()) != 0 {
		t.Errorf("got %+v, %d requests", got, len(r.seen()))
	}
	// The same name is dialled where that is allowed: the refusal above was the
	// guard's, not the resolver's.
	got = NewWebhook(WebhookOptions{Resolver: resolver, AllowPrivate: true}).Send(t.Context(), urlNotice("http://www.example.com:"+port+"/"))
	if !got.OK || len(r.seen()) != 1 {
		t.Errorf("allowed: got %+v, %d requests", got, len(r.seen()))
	}
}

// lyingResolver answers every question with 127.0.0.1.
func lyingResolver(t *testing.T) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = server.WriteTo(dnsAnswer(buf[:n]), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// dnsAnswer makes a response to a query (RFC 1035 4.1): 127.0.0.1 for type A,
// nothing for every other type.
func dnsAnswer(query []byte) []byte {
	end := 12 + bytes.IndexByte(query[12:], 0) + 5 // one question: name, type, class
	answer := bytes.Clone(query[:end])
	answer[2], answer[3] = 0x81, 0x80
	clear(answer[6:12])
	if binary.BigEndian.Uint16(query[end-4:]) == 1 {
		answer[7] = 1
		answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
	}
	return answer
}

// A public server may not point us at a private one. The test's public server
// is on loopback as well, so the guard is told to let its port pass.
func TestWebhookRefusesRedirectToPrivate(t *testing.T) {
	inside := newReceiver(t, status(200))
	public := newReceiver(t, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, inside.URL+"/", http.StatusTemporaryRedirect)
	})
	guard := newGuard()
	w := newWebhook(WebhookOptions{}, func(ctx context.Context, network, address string, c syscall.RawConn) error {
		if address == public.Listener.Addr().String() {
			return nil
		}
		return guard.control(ctx, network, address, c)
	})
	got := w.Send(t.Context(), urlNotice(public.URL))
	if got.OK || !strings.Contains(got.Answer, "127.0.0.1 is a loopback address") {
		t.Errorf("got %+v", got)
	}
	if len(public.seen()) != 1 || len(inside.seen()) != 0 {
		t.Errorf("%d requests outside, %d inside", len(public.seen()), len(inside.seen()))
	}
}

func TestWebhookSlowServer(t *testing.T) {
	done := make(chan struct{})
	r := newReceiver(t, func(_ http.ResponseWriter, req *http.Request) {
		<-req.Context().Done() // the client gave up
		close(done)
	})
	got := NewWebhook(WebhookOptions{AllowPrivate: true, Timeout: 100 * time.Millisecond}).Send(t.Context(), urlNotice(r.URL+"/?token=hush"))
	if d := cmp.Diff(Receipt{Answer: "no answer in time"}, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	<-done
}

// A server that never stops talking does not hold the try.
func TestWebhookEndlessAnswer(t *testing.T) {
	for name, flood := range map[string]http.HandlerFunc{
		"body": func(w http.ResponseWriter, req *http.Request) {
			chunk := bytes.Repeat([]byte("x"), 1<<16)
			for req.Context().Err() == nil {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		},
		"header": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, flood)
			got := NewWebhook(WebhookOptions{AllowPrivate: true}).Send(t.Context(), urlNotice(r.URL))
			if got.OK != (name == "body") || len(got.Answer) > maxAnswer+len("200 OK: ") {
				t.Errorf("got %d bytes, ok %v: %.80s", len(got.Answer), got.OK, got.Answer)
			}
		})
	}
}

func TestWebhookVerifiesCertificates(t *testing.T) {
	r := httptest.NewUnstartedServer(status(200))
	r.Config.ErrorLog = log.New(io.Discard, "", 0)
	r.StartTLS()
	defer r.Close()
	if got := NewWebhook(WebhookOptions{AllowPrivate: true}).Send(t.Context(), urlNotice(r.URL)); got.OK || !strings.Contains(got.Answer, "certificate") {
		t.Errorf("unknown authority: got %+v", got)
	}
	trusted := r.Client().Transport.(*http.Transport).TLSClientConfig
	if got := NewWebhook(WebhookOptions{AllowPrivate: true, TLS: trusted}).Send(t.Context(), urlNotice(r.URL)); !got.OK {
		t.Errorf("known authority: got %+v", got)
	}
}

func TestWebhookUsesNoProxy(t *testing.T) {
	if NewWebhook(WebhookOptions{}).client.Transport.(*http.Transport).Proxy != nil {
		t.Error("a proxy would dial where we may not")
	}
}

// What cannot be reached is told without the URL, which may hold a token.
func TestWebhookErrorsTellNoURL(t *testing.T) {
	closed := httptest.NewServer(status(200))
	closed.Close()
	w := NewWebhook(WebhookOptions{AllowPrivate: true})
	got := w.Send(t.Context(), urlNotice(strings.Replace(closed.URL, "http://", "http://user:hush@", 1)+"/hush?token=hush"))
	if got.OK || got.Permanent || strings.Contains(got.Answer, "hush") || !strings.Contains(got.Answer, "connection refused") {
		t.Errorf("got %+v", got)
	}
	for _, bad := range []string{"://x", "mailto:a@b.c", "http://", "http:///path", "http://a:b:c/"} {
		if got := w.Send(t.Context(), urlNotice(bad)); !got.Permanent {
			t.Errorf("%q: got %+v", bad, got)
		}
	}
}
