package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivermigrate"
)

// queue is a Queue on either engine.
type queue[TTx any] struct {
	client *river.Client[TTx]
	// revive puts back what the node's former life left running.
	revive func(ctx context.Context) error
}

// newQueue makes a working client. PostgreSQL notifies of new jobs, SQLite is
// looked at. revive gets the node's name.
func newQueue[TTx any](d riverdriver.Driver[TTx], c Config, revive func(ctx context.Context, node string) error) (Queue, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	ws := river.NewWorkers()
	if err := river.AddWorkerSafely(ws, &worker{do: c.Worker, now: time.Now}); err != nil {
		return nil, err
	}
	queues := make(map[string]river.QueueConfig, len(kinds))
	for _, k := range kinds {
		queues[string(k)] = river.QueueConfig{MaxWorkers: workers}
	}
	only, poll := d.DatabaseName() == riverdriver.DatabaseNameSQLite, time.Second
	if only {
		poll = 250 * time.Millisecond
	}
	client, err := river.NewClient(d, &river.Config{
		ID:                          c.Node,
		Logger:                      quiet(c.Logger),
		Queues:                      queues,
		Workers:                     ws,
		MaxAttempts:                 maxTries,
		FetchCooldown:               20 * time.Millisecond,
		FetchPollInterval:           poll,
		PollOnly:                    only,
		JobTimeout:                  workTimeout,
		RescueStuckJobsAfter:        rescueAfter,
		CompletedJobRetentionPeriod: time.Hour,
		CancelledJobRetentionPeriod: time.Hour,
		DiscardedJobRetentionPeriod: time.Hour,
		ReindexerSchedule:           never{},
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &queue[TTx]{client, func(ctx context.Context) error { return revive(ctx, c.Node) }}, nil
}

// Start implements [Queue].
func (q *queue[TTx]) Start(ctx context.Context) error {
	if err := q.revive(ctx); err != nil {
		return fmt.Errorf("jobs: put back what was left running: %w", err)
	}
	// River would stop when ctx is done; Stop does it in order.
	return q.client.Start(context.WithoutCancel(ctx))
}

// Stop implements [Queue].
func (q *queue[TTx]) Stop(ctx context.Context) error {
	err := q.client.Stop(ctx)
	if err == nil || ctx.Err() == nil {
		return err
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	return q.client.StopAndCancel(hard)
}

// inserter returns a client that only inserts.
func inserter[TTx any](d riverdriver.Driver[TTx], log *slog.Logger) (*river.Client[TTx], error) {
	c, err := river.NewClient(d, &river.Config{Logger: quiet(log), MaxAttempts: maxTries})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return c, nil
}

// migrateQueue brings River's tables up to date, without a write when they are.
func migrateQueue[TTx any](ctx context.Context, d riverdriver.Driver[TTx], log *slog.Logger) error {
	m, err := rivermigrate.New(d, &rivermigrate.Config{Logger: quiet(log)})
	if err != nil {
		return err
	}
	have, err := m.ExistingVersions(ctx)
	if err != nil {
		return err
	}
	if len(have) >= len(m.AllVersions()) {
		return nil
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// never is the schedule of River's reindexer: what it rebuilds stays small
// here, because finished jobs are kept for an hour only.
type never struct{}

// Next implements river.PeriodicSchedule.
func (never) Next(t time.Time) time.Time { return t.AddDate(100, 0, 0) }

// warnings lets warnings and errors through: River tells every retry as news,
// and the delivery room tells them better.
type warnings struct{ slog.Handler }

// Enabled implements slog.Handler.
func (h warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}

// WithAttrs implements slog.Handler.
func (h warnings) WithAttrs(as []slog.Attr) slog.Handler { return warnings{h.Handler.WithAttrs(as)} }

// WithGroup implements slog.Handler.
func (h warnings) WithGroup(name string) slog.Handler { return warnings{h.Handler.WithGroup(name)} }

func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(warnings{log.Handler()}).With("room", "jobs")
}
