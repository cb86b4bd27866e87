package sink

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// WebConfig says what a web sink is to be.
type WebConfig struct {
	Listen string // host:port; "" = a free port of 127.0.0.1
	// Accounts are the SMS provider's: SID and token. nil: any.
	Accounts map[string]string
	On       func(Request) // called for each request; may be nil
	OnSMS    func(SMS)     // called for each text message accepted; may be nil
}

// Request is one HTTP request as it came, with the status it was answered.
type Request struct {
	At     time.Time
	Method string
	Path   string
	Query  string
	Header http.Header
	// Length is Content-Length; -1 when the body came chunked.
	Length int64
	Body   []byte
	Status int
}

// Web is a web address that keeps what is posted to it, and an SMS provider.
type Web struct {
	cfg     WebConfig
	srv     *http.Server
	ln      net.Listener
	scripts failures
	sms     failures
	done    sync.WaitGroup

	mu       sync.Mutex
	requests []Request
	texts    []SMS
	serial   int
}

// NewWeb starts a web sink; it serves until Close or the end of ctx.
func NewWeb(ctx context.Context, cfg WebConfig) (*Web, error) {
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("sink: web: %w", err)
	}
	w := &Web{cfg: cfg, ln: ln}
	w.srv = &http.Server{Handler: w, ReadHeaderTimeout: 10 * time.Second}
	w.done.Go(func() { _ = w.srv.Serve(ln) }) // it ends with Close
	context.AfterFunc(ctx, w.Close)
	return w, nil
}

// URL is the sink's address without a path ("http://127.0.0.1:41234"). As
// sms.url it serves provider twilio; with /sms added it serves provider http.
func (w *Web) URL() string { return "http://" + w.ln.Addr().String() }

// Close stops the sink and drops its connections. Idempotent.
func (w *Web) Close() {
	_ = w.srv.Close() // closing a listener twice is no fault here
	w.done.Wait()
}

// Requests returns the requests so far, oldest first.
func (w *Web) Requests() []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Request(nil), w.requests...)
}

const maxBody = 1 << 20

// ServeHTTP implements http.Handler, so that a test may mount the sink itself.
func (w *Web) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return // the client went away
	}
	rec := Request{
		At: time.Now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(),
		Length: r.ContentLength, Body: body, Status: http.StatusOK,
	}
	answer := w.answer(r, body, &rec)
	w.keep(rec)
	answer(rw)
}

// answer decides what the request is answered, and sets rec's status.
func (w *Web) answer(r *http.Request, body []byte, rec *Request) func(http.ResponseWriter) {
	if isSMS(r.URL.Path) {
		reply := w.takeSMS(r, body)
		rec.Status = reply.status
		return reply.write
	}
	head, rest := script(r.URL.Path)
	switch head {
	case "status":
		if code, ok := w.scripts.named(r.URL.Path, firstPart(rest)); ok && code != 0 {
			rec.Status = code
		}
	case "redirect":
		if code, _, ok := parseFailure(firstPart(rest)); ok {
			rec.Status = code
			_, to := script(rest)
			return func(rw http.ResponseWriter) {
				rw.Header().Set("Location", to)
				rw.WriteHeader(code)
			}
		}
	case "delay":
		if d, err := time.ParseDuration(firstPart(rest)); err == nil {
			return func(rw http.ResponseWriter) { delay(r.Context(), d); rw.WriteHeader(http.StatusOK) }
		}
	}
	status := rec.Status
	return func(rw http.ResponseWriter) {
		if s, err := strconv.Atoi(r.URL.Query().Get("retry_after")); err == nil && status >= 400 {
			rw.Header().Set("Retry-After", strconv.Itoa(s))
		}
		rw.WriteHeader(status)
	}
}

func delay(ctx context.Context, d time.Duration) {
	t := time.NewTimer(min(d, time.Minute))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// script cuts "/status/500x2/any" into "status" and "/500x2/any".
func script(path string) (head, rest string) {
	head, rest, _ = strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return head, "/" + rest
}

func firstPart(path string) string {
	p, _ := script(path)
	return p
}

func (w *Web) keep(r Request) {
	w.mu.Lock()
	w.requests = append(w.requests, r)
	if n := len(w.requests) - maxKept; n > 0 {
		w.requests = w.requests[n:]
	}
	w.mu.Unlock()
	if w.cfg.On != nil {
		w.cfg.On(r)
	}
}
