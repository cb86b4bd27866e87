package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/pprof"
)

// servePprof answers the Go profiler's requests at an address of its own, for
// whoever looks for where the CPU goes. Nothing listens unless asked to.
func servePprof(ctx context.Context, addr string, log *slog.Logger) error {
	ln, err := listen(ctx, addr)
	if err != nil {
		return fmt.Errorf("--pprof: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	s := &http.Server{Handler: mux, ReadHeaderTimeout: headerTime}
	go func() { _ = s.Serve(ln) }()
	log.Info("profiling", "addr", ln.Addr())
	return nil
}
