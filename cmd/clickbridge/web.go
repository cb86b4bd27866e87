package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"clickbridge/config"
)

// Limits of the HTTP server. A click may wait for its answer as long as a whole
// hunt lasts, so nothing bounds the answer. http.Server.ReadTimeout is not
// used: its deadline stays on the connection while the handler waits, and looks
// like a client that went away; slowBody bounds the body instead.
const (
	headerTime  = 10 * time.Second
	bodyTime    = 30 * time.Second
	idleTime    = 2 * time.Minute
	headerBytes = 64 << 10
)

// web is the HTTP side: plain, and TLS beside it where it is configured.
type web struct {
	log     *slog.Logger
	servers []*http.Server
	plain   net.Addr
	secure  net.Addr
	cert    atomic.Pointer[tls.Certificate]
}

// listenWeb binds the sockets and begins to serve.
func listenWeb(ctx context.Context, c config.HTTP, h http.Handler, log *slog.Logger) (*web, error) {
	w := &web{log: log}
	ln, err := listen(ctx, c.Listen)
	if err != nil {
		return nil, fmt.Errorf("http.listen: %w", err)
	}
	w.plain = ln.Addr()
	var secure net.Listener
	if c.TLS.Listen != "" {
		if secure, err = w.listenTLS(ctx, c.TLS); err != nil {
			_ = ln.Close()
			return nil, err
		}
		w.secure = secure.Addr()
	}
	w.serve(ln, h)
	if secure != nil {
		w.serve(secure, h)
	}
	return w, nil
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", addr)
}

func (w *web) listenTLS(ctx context.Context, c config.TLS) (net.Listener, error) {
	if err := w.loadCert(c); err != nil {
		return nil, err
	}
	ln, err := listen(ctx, c.Listen)
	if err != nil {
		return nil, fmt.Errorf("http.tls.listen: %w", err)
	}
	return tls.NewListener(ln, &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return w.cert.Load(), nil
		},
	}), nil
}

// loadCert reads the certificate files; those in use stay when it fails.
func (w *web) loadCert(c config.TLS) error {
	cert, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return fmt.Errorf("http.tls: certificate %s with key %s: %w", c.Cert, c.Key, err)
	}
	w.cert.Store(&cert)
	return nil
}

func (w *web) serve(ln net.Listener, h http.Handler) {
	s := &http.Server{
		Handler:           slowBody(h),
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(w.log.Handler(), slog.LevelDebug),
	}
	w.servers = append(w.servers, s)
	go func() {
		if err := s.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			w.log.Error("http stopped", "err", err)
		}
	}()
}

// answerTime is how long the last answers may take to leave. No call is active
// any more, so that every click has its answer already; connections that never
// sent anything are not waited for.
const answerTime = 2 * time.Second

// shutdown lets requests under way be answered and closes the sockets.
func (w *web) shutdown(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	for _, s := range w.servers {
		if err := s.Shutdown(ctx); err != nil {
			_ = s.Close()
		}
	}
}

// slowBody gives a client bodyTime to send its body, and takes the deadline
// back once the body has been read.
func slowBody(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			rc := http.NewResponseController(w)
			_ = rc.SetReadDeadline(time.Now().Add(bodyTime))
			r.Body = &timedBody{ReadCloser: r.Body, done: func() { _ = rc.SetReadDeadline(time.Time{}) }}
		}
		h.ServeHTTP(w, r)
	})
}

// timedBody calls done once at its end.
type timedBody struct {
	io.ReadCloser
	done func()
	over bool
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !b.over {
		b.over = true
		b.done()
	}
	return n, err
}
