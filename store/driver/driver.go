// Package driver opens the store and the job queue a setting names, and joins
// the two, which know nothing of each other. cmd and system tests call it.
//
//	o, err := driver.Open(ctx, "sqlite:clickbridge.db", logger)
//	q, err := o.Queue("node name", worker)
//	err = q.Start(ctx)
//	…
//	err = q.Stop(ctx)
//	err = o.Store.Close()
//
// What only reads, or only inserts jobs (the command line), makes no queue.
package driver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"clickbridge/jobs"
	"clickbridge/store"
	"clickbridge/store/postgres"
	"clickbridge/store/sqlite"
)

// Opened is a store and what can work its jobs.
type Opened struct {
	Store store.Store
	// Engine is "sqlite" or "postgres".
	Engine string
	queue  func(jobs.Config) (jobs.Queue, error)
	log    *slog.Logger
}

// Queue returns a queue that works the store's jobs; node names this server, the
// same after every restart and in everything else the store is told. Start it
// before clicks are taken, stop it before the store is closed.
func (o *Opened) Queue(node string, w jobs.Worker) (jobs.Queue, error) {
	return o.queue(jobs.Config{Node: node, Worker: w, Logger: o.log})
}

// ErrDSN says that a setting names no store.
var ErrDSN = errors.New(`a store is "sqlite:PATH" or "postgres://USER@HOST/DATABASE"`)

// Open opens the store that dsn names, "sqlite:PATH" or "postgres://…", and
// brings its tables up to date. ctx bounds the opening only. A password in dsn
// is in no error.
func Open(ctx context.Context, dsn string, log *slog.Logger) (*Opened, error) {
	scheme, rest, _ := strings.Cut(dsn, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest, log)
	case "postgres", "postgresql":
		return openPostgres(ctx, dsn, log)
	}
	return nil, ErrDSN
}

func openSQLite(ctx context.Context, path string, log *slog.Logger) (*Opened, error) {
	if path == "" {
		return nil, fmt.Errorf("%w: the path is missing", ErrDSN)
	}
	j, err := jobs.ForSQLite(log)
	if err != nil {
		return nil, err
	}
	s, err := sqlite.Open(ctx, sqlite.Config{Path: path, Jobs: j, Logger: log})
	if err != nil {
		return nil, err
	}
	return &Opened{Store: s, Engine: "sqlite", log: log, queue: func(c jobs.Config) (jobs.Queue, error) {
		return jobs.NewSQLite(s.DB(), c)
	}}, nil
}

func openPostgres(ctx context.Context, dsn string, log *slog.Logger) (*Opened, error) {
	j, err := jobs.ForPostgres(log)
	if err != nil {
		return nil, err
	}
	s, err := postgres.Open(ctx, postgres.Config{DSN: dsn, Jobs: j, Logger: log})
	if err != nil {
		return nil, err
	}
	return &Opened{Store: s, Engine: "postgres", log: log, queue: func(c jobs.Config) (jobs.Queue, error) {
		return jobs.NewPostgres(s.Pool(), c)
	}}, nil
}
