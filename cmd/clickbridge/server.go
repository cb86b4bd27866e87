package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"clickbridge"
	"clickbridge/amd"
	"clickbridge/audio"
	"clickbridge/bridge"
	"clickbridge/callflow"
	"clickbridge/config"
	"clickbridge/events"
	"clickbridge/intake"
	"clickbridge/jobs"
	"clickbridge/later"
	"clickbridge/notify"
	"clickbridge/people"
	"clickbridge/record"
	"clickbridge/store"
	"clickbridge/store/driver"
	"clickbridge/throttle"
	"clickbridge/trace"
	v1 "clickbridge/v1"
)

// Server is the whole product, wired. NewServer opens everything, run works
// until its context is done, shutdown drains and closes.
type Server struct {
	cfg     *config.Config
	log     *slog.Logger
	node    string
	observe func(clickbridge.Event)

	opened    *driver.Opened
	store     store.Store
	directory *intake.Directory
	intake    *intake.Intake
	trace     *trace.Writer
	*line
	box       *record.Box
	conductor *callflow.Conductor
	deliverer *notify.Deliverer
	queue     jobs.Queue
	web       *web
	people    *people.Service // nil = nobody signs in
	events    *events.Hub
	json      *v1.API
	secret    []byte // hashes keys, makes other secrets

	draining   atomic.Bool
	unwritable atomic.Bool        // the last heartbeat was not written: a full disk answers reads
	stop       context.CancelFunc // ends what runs beside calls
	beside     sync.WaitGroup
}

// options are what the demo changes.
type options struct {
	observe func(clickbridge.Event)
	senders func(notify.Senders) notify.Senders // wraps the configured ways out
	pages   func(http.Handler) http.Handler     // comes before what HTTP has
}

// NewServer opens, in this order and for these reasons:
//
//  1. the store, because everything else writes to it;
//  2. SIP and media sockets: a node is named by its SIP address, so that a bound
//     port proves that this node's former life is dead;
//  3. recovery of that former life, before anything new is promised: its
//     recordings are ended, its legs released and its calls closed;
//  4. jobs, which send what recovery found owed;
//  5. what runs beside calls: trunks register, nodes are watched;
//  6. HTTP, last: who reaches it can be served.
func NewServer(ctx context.Context, cfg *config.Config, log *slog.Logger, o options) (s *Server, err error) {
	s = &Server{cfg: cfg, log: log, observe: o.observe}
	if s.observe == nil {
		s.observe = func(clickbridge.Event) {}
	}
	beside, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	defer func() {
		if err != nil {
			s.close(context.WithoutCancel(ctx))
		}
	}()
	for _, open := range []func() error{
		func() error { return s.openStore(ctx) },
		func() error { return s.openSIP(ctx) },
		func() error { return s.openBox(ctx) },
		func() error { return s.openEvents(ctx) },
		func() error { return s.conduct(ctx, beside) },
		func() error { return s.startJobs(ctx, o) },
		func() error { return s.openPeople(ctx) },
		func() error { return s.startEvents(ctx) },
		func() error { s.json = s.jsonAPI(); return nil },
		func() error { s.startBeside(beside); return nil },
		func() error { return s.openHTTP(ctx, o) },
	} {
		if err := open(); err != nil {
			return s, err
		}
	}
	return s, nil
}

// startBeside starts what runs until the server closes.
func (s *Server) startBeside(ctx context.Context) {
	owed := later.New(later.Config{
		Store: s.store, Caller: s.intake, Directory: s.directory, Node: s.node, DeadAfter: deadAfter, Log: s.log,
	})
	for _, run := range []func(context.Context){s.trunks.Run, s.directory.Run, s.watchNodes, s.box.Run, owed.Run, s.events.Run, s.endAsked, s.json.Run} {
		s.beside.Go(func() { run(ctx) })
	}
	if s.people != nil {
		s.beside.Go(func() { s.people.Run(ctx) })
	}
}

// openStore opens the store and settles the key that hashes its secrets.
func (s *Server) openStore(ctx context.Context) error {
	opened, err := driver.Open(ctx, dsn(s.cfg.Store), s.log)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	s.opened, s.store = opened, opened.Store
	secret, err := secretKey(ctx, s.store, s.cfg)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	s.directory = intake.NewDirectory(s.store, secret, s.log)
	if err := s.directory.Refresh(ctx); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// secretKey returns the key of the configuration, else the one kept in the
// store, made at first use.
func secretKey(ctx context.Context, st store.Store, cfg *config.Config) ([]byte, error) {
	if cfg.SecretKey != "" {
		return []byte(cfg.SecretKey), nil
	}
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return nil, err
	}
	return st.SecretKey(ctx, fresh)
}

// openSIP opens the telephone side and names this node after it.
func (s *Server) openSIP(ctx context.Context) (err error) {
	s.trace = trace.New(trace.Config{
		Folder: s.cfg.Trace.Folder, Keep: time.Duration(s.cfg.Trace.Keep), MaxSize: int64(s.cfg.Trace.MaxSize), Logger: s.log,
	})
	if s.line, err = openLine(ctx, s.cfg, s.trace, s.log); err != nil {
		return err
	}
	s.node = s.nodeName()
	return nil
}

// openBox opens where recordings are kept, and ends those that were cut.
func (s *Server) openBox(ctx context.Context) (err error) {
	if s.box, err = newBox(s.cfg, s.store, s.node, s.log); err != nil {
		return err
	}
	if err := s.box.Recover(ctx); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// conduct makes the conductor and has it close what this node's former life
// left in flight; beside is how long it may take to release legs.
func (s *Server) conduct(ctx, beside context.Context) error {
	speaker, err := newSpeaker(s.cfg.Speech)
	if err != nil {
		return err
	}
	s.conductor = callflow.New(ctx, callflow.Config{
		Dialer: s.trunks, Calls: s.store, Render: notify.Render, Logger: s.log, Observe: s.observe, Recovered: s.recovered,
		Limits: limits(s.cfg), Hunting: s.store, Recorder: s.box, Recordings: s.store, Message: notify.Voicemail,
		Speech: speaker, Clips: audio.NewLibrary(s.store, s.directory.Whole), Machines: amd.Machines{},
		FindMe: func(id int64) *clickbridge.FindMe {
			f, _ := s.directory.FindMe(id)
			return f
		},
	})
	s.intake = intake.New(intake.Config{
		Directory: s.directory, Calls: s.store, Conductor: s.conductor,
		Ready: s.takesClicks, Refuse: s.store.Refused, Visitors: visitors(s.cfg.Limits), Node: s.node, Log: s.log,
	})
	if err := s.store.Heartbeat(ctx, s.node, time.Now()); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	orphans, legs, err := s.store.ClaimOwn(ctx, s.node)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return s.adopt(beside, orphans, legs)
}

// visitors are the limits of public keys.
func visitors(l config.Limits) intake.Visitors {
	v := intake.Visitors{PerAddress: intake.NoLimit, PerNumber: intake.NoLimit}
	if l.VisitorClicks > 0 {
		v.PerAddress = throttle.Rate{Count: l.VisitorClicks, Per: time.Minute}
	}
	if l.NumberClicks > 0 {
		v.PerNumber = throttle.Rate{Count: l.NumberClicks, Per: 10 * time.Minute}
	}
	return v
}

func limits(c *config.Config) callflow.Limits {
	return callflow.Limits{
		RingTime: c.Limits.RingTimeout,
		Bridge:   bridge.Limits{MaxDuration: c.Limits.MaxCallDuration},
	}
}

func (s *Server) startJobs(ctx context.Context, o options) error {
	out, err := senders(s.cfg, s.box, s.log)
	if err != nil {
		return err
	}
	if o.senders != nil {
		out = o.senders(out)
	}
	s.deliverer = notify.New(s.store, out, notify.Options{Logger: s.log, Event: s.observeNotice})
	if s.queue, err = s.opened.Queue(s.node, s.deliver); err != nil {
		return err
	}
	return s.queue.Start(ctx)
}

// deliver makes one try at a notice.
func (s *Server) deliver(ctx context.Context, id clickbridge.NoticeID, t jobs.Try) jobs.Outcome {
	v := s.deliverer.Deliver(ctx, id, t.Last)
	switch {
	case v.Err != nil:
		return jobs.Retry(v.Err)
	case v.State == clickbridge.NoticePending:
		return jobs.Retry(errors.New(v.Answer))
	case v.Permanent:
		return jobs.Permanent(errors.New(v.Answer))
	}
	return jobs.Done()
}

// dsn writes the setting as the store's driver reads it.
func dsn(c config.Store) string {
	if c.Driver == config.SQLite {
		return config.SQLite + ":" + c.Source
	}
	return c.Source
}
