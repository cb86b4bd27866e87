package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"clickbridge"
)

// Try says which try of a notice this is.
type Try struct {
	Number int  // 1, 2, 3 …; a try that a crash or stop cut short is not counted
	Last   bool // there is no other after it: a failure now is final
}

// Worker delivers one notice once. It must return soon after ctx is done: at
// the latest 40 s after its begin. The same notice is never worked twice at the
// same time by one node, but may come again after it was delivered.
type Worker func(ctx context.Context, id clickbridge.NoticeID, t Try) Outcome

// Outcome is what came of a try.
type Outcome struct {
	err       error
	permanent bool
}

// Done says that nothing is left to do.
func Done() Outcome { return Outcome{} }

// Retry says that it failed and should be tried again, unless it was the last
// try. err must not be nil.
func Retry(err error) Outcome { return Outcome{err: orUnknown(err)} }

// Permanent says that it failed for good. err must not be nil.
func Permanent(err error) Outcome { return Outcome{err: orUnknown(err), permanent: true} }

// Err returns why the try failed, nil when it did not.
func (o Outcome) Err() error { return o.err }

// IsPermanent reports whether the failure is final.
func (o Outcome) IsPermanent() bool { return o.permanent }

func orUnknown(err error) error {
	if err == nil {
		return errors.New("failed without a reason")
	}
	return err
}

// Queue works jobs.
type Queue interface {
	// Start puts back what this node's former life left running and begins to
	// work. ctx bounds the start only; Stop ends the work.
	Start(ctx context.Context) error
	// Stop takes no more jobs and waits for the running ones; when ctx is done
	// they are cancelled, and tried again after the next start. After Stop the
	// store may be closed.
	Stop(ctx context.Context) error
}

// Config is what a queue needs to know.
type Config struct {
	// Node names this server. It must be the same after a restart, and no two
	// running servers of one store may share it; at most 100 characters.
	Node   string
	Worker Worker
	Logger *slog.Logger
}

func (c Config) validate() error {
	if c.Node == "" || c.Worker == nil || c.Logger == nil {
		return errors.New("jobs: Node, Worker and Logger are needed")
	}
	return nil
}

const (
	// workTimeout ends the context of a try.
	workTimeout = 40 * time.Second
	// rescueAfter is when a job that still runs is taken for orphaned; it must
	// be longer than workTimeout.
	rescueAfter = 60 * time.Second
	// workers per kind of notice.
	workers = 32
	// stopGrace is how long Stop waits for tries after it has cancelled them.
	stopGrace = 5 * time.Second
)
