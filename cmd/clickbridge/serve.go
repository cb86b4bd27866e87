package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"clickbridge/config"
)

type serveCmd struct {
	configFlag
	LogLevel  string `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
	LogFormat string `help:"text or json." enum:"text,json" default:"text"`
	Pprof     string `help:"Answer Go's profiler at this address." placeholder:"ADDR"`
}

// Run serves until SIGTERM or SIGINT, then drains; a second signal cuts what is
// left.
func (c serveCmd) Run(ctx context.Context) error {
	tuneGC()
	log := c.logger()
	cfg, err := config.Load(c.Config, os.Environ())
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings {
		log.Warn(w)
	}
	if c.Pprof != "" {
		if err := servePprof(ctx, c.Pprof, log); err != nil {
			return err
		}
	}
	s, err := NewServer(ctx, cfg, log, options{})
	if err != nil {
		return err
	}
	log.Info("serving", "version", version, "http", s.web.plain, "sip", cfg.SIP.Listen, "store", cfg.Store)
	s.run(ctx, c.Config)
	return nil
}

// gcPercent is GOGC where the environment does not set it. The live heap is
// small: 10 MB at rest, and some 3 KB for each leg of the last 32 s, in which SIP
// must still answer repetitions. Letting it grow fivefold instead of twofold
// between collections takes three quarters of the collector's work off every
// call. It costs tens of megabytes, at 400 clicks a second some 250; where those
// are missing, GOGC=100 or GOMEMLIMIT gives them back.
const gcPercent = 400

func tuneGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

func (c serveCmd) logger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // kong has checked it
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

// run works until ctx is done, rereading the configuration on SIGHUP, and then
// drains.
func (s *Server) run(ctx context.Context, path string) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-hup:
			s.reload(path)
		case <-ctx.Done():
			again, stop := signal.NotifyContext(context.WithoutCancel(ctx), os.Interrupt, syscall.SIGTERM)
			defer stop()
			s.shutdown(again)
			return
		}
	}
}

// reload takes over what can change while the server runs, and names what
// cannot. A wrong file changes nothing.
func (s *Server) reload(path string) {
	fresh, err := config.Load(path, os.Environ())
	if err != nil {
		s.log.Error("configuration not reloaded", "err", err)
		return
	}
	next, applied, restart := config.Reload(s.cfg, fresh)
	out, err := senders(next, s.box, s.log)
	if err != nil {
		s.log.Error("configuration not reloaded", "err", err)
		return
	}
	if s.web.secure != nil {
		if err := s.web.loadCert(next.HTTP.TLS); err != nil {
			s.log.Error("certificate not reloaded; the old one stays", "err", err)
		}
	}
	s.deliverer.Use(out)
	s.conductor.SetLimits(limits(next))
	s.cfg = next
	s.log.Info("configuration reloaded", "applied", applied, "needs_restart", restart)
}

// shutdown refuses new clicks, lets accepted calls run to their end up to the
// drain timeout or a second signal, hangs up what is left, and closes in the
// reverse of the order things were opened in.
func (s *Server) shutdown(again context.Context) {
	s.draining.Store(true)
	s.intake.Settle() // a click that was let in is a call to wait for
	s.log.Info("draining", "calls", s.conductor.Active(), "at_most", s.cfg.Limits.DrainTimeout)
	ctx, cancel := context.WithTimeout(again, s.cfg.Limits.DrainTimeout)
	defer cancel()
	if cut := s.conductor.Drain(ctx); cut > 0 {
		s.log.Warn("calls were cut", "calls", cut)
	}
	s.close(context.WithoutCancel(again))
	s.log.Info("stopped")
}

// closeTime bounds what is left to do once no call is active.
const closeTime = 10 * time.Second

// close ends everything that was opened, the newest first. It serves a failed
// start too.
func (s *Server) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, closeTime)
	defer cancel()
	if s.events != nil {
		s.events.Close() // who follows would hold the web up
	}
	if s.web != nil {
		s.web.shutdown(ctx)
	}
	s.stop()
	s.beside.Wait()
	if s.line != nil {
		s.line.close(ctx)
	}
	s.trace.Close()
	if s.box != nil {
		if err := s.box.Close(); err != nil {
			s.log.Warn("recordings", "err", err)
		}
	}
	if s.queue != nil {
		if err := s.queue.Stop(ctx); err != nil {
			s.log.Warn("jobs did not stop in time", "err", err)
		}
	}
	if s.store != nil {
		if err := s.store.Close(); err != nil {
			s.log.Error("store", "err", err)
		}
	}
}

type configCmd struct {
	Describe configDescribeCmd `cmd:"" help:"Every setting with its default, range and meaning."`
}

type configDescribeCmd struct{}

// Run prints the settings.
func (configDescribeCmd) Run() error {
	if err := config.Describe(os.Stdout); err != nil {
		return fmt.Errorf("describe: %w", err)
	}
	return nil
}
