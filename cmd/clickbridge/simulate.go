package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"time"

	"clickbridge/simulator"
)

type simulateCmd struct {
	Listen   []string      `help:"udp:ADDRESS:PORT or tcp:ADDRESS:PORT; more than one may be given." default:"udp:127.0.0.1:5070"`
	Media    string        `help:"Address of the phones' RTP." default:"127.0.0.1"`
	Status   string        `help:"Also tell over HTTP, as JSON, what the phones do: ADDRESS:PORT." placeholder:"ADDR"`
	TalkTime time.Duration `help:"How long a phone that hears a voice talks before it hangs up; 0s = until the other side does." default:"0s"`
	Quick    bool          `help:"For benchmarks: answer at once, send only the key."`
	Quiet    bool          `help:"Print nothing about calls."`
}

// Run plays the carrier until it is stopped.
func (c simulateCmd) Run(ctx context.Context) error {
	media, err := netip.ParseAddr(c.Media)
	if err != nil {
		return fmt.Errorf("--media %q: must be an IP address", c.Media)
	}
	cfg := simulator.Config{
		Listen: c.Listen, MediaAddress: media, Logger: commandLog(), TalkTime: c.TalkTime, Quick: c.Quick,
	}
	if !c.Quiet {
		cfg.Observer = func(e simulator.Event) {
			fmt.Printf("%s  %-12s %s\n", e.At.Format("15:04:05.000"), e.Number, e.Text)
		}
	}
	sim := simulator.New(cfg)
	if err := sim.Start(ctx); err != nil {
		return err
	}
	defer sim.Close()
	if c.Status != "" {
		stop, err := serveStatus(ctx, c.Status, sim)
		if err != nil {
			return err
		}
		defer stop()
	}
	fmt.Fprintf(os.Stderr, "simulated carrier on %s; the number called decides what happens\n"+
		"(555-01xx: 00 accepts, 01 is a voicemail, 02 rings for ever, 03 is busy, 04 declines; accounts/example.yaml has all)\n", sim.Addr())
	<-ctx.Done()
	return nil
}

func serveStatus(ctx context.Context, addr string, sim *simulator.Simulator) (stop func(), err error) {
	ln, err := listen(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("--status: %w", err)
	}
	s := &http.Server{Handler: sim.Handler(), ReadHeaderTimeout: headerTime}
	go func() {
		if err := s.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, "status:", err)
		}
	}()
	return func() { _ = s.Close() }, nil
}
