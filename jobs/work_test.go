package jobs

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"clickbridge"
)

func TestWork(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	fault := errors.New("451 later")
	stopped, stop := context.WithCancel(context.Background())
	stop()
	for _, test := range []struct {
		name     string
		ctx      context.Context
		failures []time.Duration // before now
		outcome  Outcome
		want     Try
		ends     bool // no other try comes
		stopped  bool // the try does not count
	}{
		{"the first try, done", context.Background(), nil, Done(), Try{Number: 1}, false, false},
		{"the first try, failed", context.Background(), nil, Retry(fault), Try{Number: 1}, false, false},
		{"refused for good", context.Background(), nil, Permanent(fault), Try{Number: 1}, true, false},
		{"the third try", context.Background(), []time.Duration{time.Hour, time.Minute}, Retry(fault), Try{Number: 3}, false, false},
		{"the last try, failed", context.Background(), []time.Duration{giveUp, time.Hour}, Retry(fault), Try{3, true}, true, false},
		{"the last try, done", context.Background(), []time.Duration{giveUp}, Done(), Try{2, true}, false, false},
		{"cut short by a stop", stopped, nil, Retry(fault), Try{Number: 1}, false, true},
		{"refused for good during a stop", stopped, nil, Permanent(fault), Try{Number: 1}, true, false},
	} {
		job := &river.Job[args]{JobRow: &rivertype.JobRow{}, Args: args{Notice: "n"}}
		for _, ago := range test.failures {
			job.Errors = append(job.Errors, rivertype.AttemptError{At: now.Add(-ago)})
		}
		var got Try
		w := worker{now: func() time.Time { return now }, do: func(_ context.Context, id clickbridge.NoticeID, try Try) Outcome {
			if got = try; id != "n" {
				t.Errorf("%s: worked %q", test.name, id)
			}
			return test.outcome
		}}
		err := w.Work(test.ctx, job)
		var cancel *river.JobCancelError
		if got != test.want || (err == nil) != (test.outcome.Err() == nil) ||
			errors.As(err, &cancel) != test.ends || errors.Is(err, context.Canceled) != test.stopped {
			t.Errorf("%s: told %+v, returned %v", test.name, got, err)
		}
	}
	if !Permanent(nil).IsPermanent() || Retry(nil).Err() == nil {
		t.Error("an outcome without a reason counts as done")
	}
}
