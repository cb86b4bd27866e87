package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"clickbridge"
)

// args is a job as it is stored. Its kind and fields must stay readable for
// jobs that an older version wrote.
type args struct {
	Notice clickbridge.NoticeID `json:"notice"`
}

// Kind names the job in the database.
func (args) Kind() string { return "notice" }

// kinds are the queues: one for each kind of notice.
var kinds = [...]clickbridge.NoticeKind{clickbridge.NoticeEmail, clickbridge.NoticeSMS, clickbridge.NoticeURL}

// maxTries is never reached: 24 hours hold fewer. It bounds crashes.
const maxTries = 200

// orders are the inserts for notices. A notice of a kind nobody knows goes to
// the first queue, whose worker will say so.
func orders(ns []clickbridge.Notice) []river.InsertManyParams {
	out := make([]river.InsertManyParams, len(ns))
	for i, n := range ns {
		queue := string(kinds[0])
		for _, k := range kinds {
			if n.Kind == k {
				queue = string(k)
			}
		}
		out[i] = river.InsertManyParams{
			Args:       args{Notice: n.ID},
			InsertOpts: &river.InsertOpts{Queue: queue, MaxAttempts: maxTries},
		}
	}
	return out
}

func ids(rs []*rivertype.JobInsertResult) []int64 {
	out := make([]int64, len(rs))
	for i, r := range rs {
		out[i] = r.Job.ID
	}
	return out
}

// unlessRunning forgives a withdrawal that comes too late.
func unlessRunning(err error) error {
	if errors.Is(err, rivertype.ErrJobRunning) || errors.Is(err, rivertype.ErrNotFound) {
		return nil
	}
	return err
}

// worker is a Worker as River calls it.
type worker struct {
	river.WorkerDefaults[args]
	do  Worker
	now func() time.Time
}

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, job *river.Job[args]) error {
	t := Try{Number: len(job.Errors) + 1, Last: isLast(w.now(), firstFailure(job))}
	o := w.do(ctx, job.Args.Notice, t)
	switch {
	case o.err == nil:
		return nil
	case o.permanent:
		return river.JobCancel(o.err)
	case errors.Is(ctx.Err(), context.Canceled): // we were stopped: it is not the try's fault
		return errors.Join(context.Canceled, o.err)
	case t.Last:
		return river.JobCancel(o.err)
	}
	return o.err
}

// NextRetry implements river.Worker. It is asked before the failure is
// recorded.
func (w *worker) NextRetry(job *river.Job[args]) time.Time {
	now, first := w.now(), firstFailure(job)
	if first.IsZero() {
		first = now
	}
	return nextTry(now, first, len(job.Errors)+1, spread())
}

func firstFailure(job *river.Job[args]) time.Time {
	if len(job.Errors) == 0 {
		return time.Time{}
	}
	return job.Errors[0].At
}
