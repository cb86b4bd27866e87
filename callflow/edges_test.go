package callflow_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/callflow"
	"clickbridge/leg"
	"clickbridge/leg/legtest"
	"clickbridge/store"
)

// slowCarrier is a carrier that takes its time after an order was taken back.
type slowCarrier struct {
	*legtest.Dialer
	after    time.Duration // a cancelled Dial returns so much later
	goneIn   time.Duration // Gone is said so much after a leg's end
	mu       sync.Mutex
	contexts []context.Context
	begun    map[clickbridge.Number][]time.Time
}

// late delays what the journal hears of a leg's end.
type late struct {
	leg.Journal
	by time.Duration
}

func (l late) Gone(id string) { time.AfterFunc(l.by, func() { l.Journal.Gone(id) }) }

func (d *slowCarrier) Dial(ctx context.Context, o leg.Order) (leg.Leg, error) {
	d.mu.Lock()
	d.contexts = append(d.contexts, ctx)
	d.begun[o.To] = append(d.begun[o.To], time.Now())
	d.mu.Unlock()
	if d.goneIn > 0 {
		o.Journal = late{o.Journal, d.goneIn}
	}
	l, err := d.Dialer.Dial(ctx, o)
	if ctx.Err() != nil {
		legtest.Elapse(d.after)
	}
	return l, err
}

// use puts a slow carrier in the place of the stage's.
func (s *stage) use(d *slowCarrier) {
	d.Dialer, d.begun = s.dialer, map[clickbridge.Number][]time.Time{}
	s.conductor = callflow.New(s.t.Context(), callflow.Config{
		Dialer: d, Calls: s.store, Render: render, Logger: slog.New(slog.NewTextHandler(s.logs, nil)),
	})
}

// The conductor lives as long as the process: what hangs on its context and is
// not let go is never freed.
func TestEveryTryIsLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): busy, agent(1): rings, agent(2): accepts})
		d := &slowCarrier{}
		s.use(d)
		s.start(click(clickbridge.PhoneFirst), findMe(1, agent(0), agent(1), agent(2)))
		s.end()
		for i, ctx := range d.contexts {
			if ctx.Err() == nil {
				t.Errorf("the context of dial %d outlives its call", i)
			}
		}
		if len(d.contexts) != 4 {
			t.Errorf("%d dials", len(d.contexts))
		}
	})
}

// A cut call waits for its tries without turning in circles: in a bubble, time
// stands still for as long as anything runs.
func TestCutHuntWaitsQuietly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): rings})
		s.use(&slowCarrier{after: time.Second})
		s.start(click(clickbridge.PhoneFirst), findMe(1, agent(0)))
		legtest.Elapse(10 * time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if cut := s.conductor.Drain(ctx); cut != 1 {
			t.Errorf("cut %d calls", cut)
		}
		s.end()
	})
}

// A number is not rung again while the carrier still ends its last leg: it
// would be busy with that.
func TestSameNumberAgainWaitsForItsLastLeg(t *testing.T) {
	for _, tc := range []struct {
		name         string
		goneIn, want time.Duration
	}{
		{"ends soon", 1500 * time.Millisecond, 1500 * time.Millisecond},
		{"never says so", time.Hour, 4 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, map[clickbridge.Number]legtest.Phone{agent(0): rings})
				d := &slowCarrier{goneIn: tc.goneIn}
				s.use(d)
				s.start(click(clickbridge.FindMeFirst), findMe(2, agent(0)))
				legtest.Elapse(2 * time.Hour)
				s.end()
				at := d.begun[agent(0)]
				if len(at) != 2 || at[1].Sub(at[0]) != 30*time.Second+tc.want {
					t.Errorf("rung at %v", at)
				}
				for _, a := range s.store.attempts {
					if a.RingSeconds() != 30 {
						t.Errorf("attempt %d rang %v s", a.Seq, a.RingSeconds())
					}
				}
			})
		})
	}
}

// stuck is a store whose Saves hang until their context is done.
type stuck struct {
	*memory
	from func(clickbridge.Call) bool
}

func (m stuck) Save(ctx context.Context, c clickbridge.Call, as []clickbridge.Attempt, ns []clickbridge.Notice) error {
	if m.from(c) {
		<-ctx.Done()
		return ctx.Err()
	}
	return m.memory.Save(ctx, c, as, ns)
}

func TestHuntHearsTheCallerWhileTheStoreHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{
			phone: {HangupAfter: 2 * time.Second}, agent(0): busy, agent(1): rings})
		s.conductor = callflow.New(t.Context(), callflow.Config{
			Dialer: s.dialer, Render: render, Logger: slog.New(slog.NewTextHandler(s.logs, nil)),
			Calls: stuck{s.store, func(c clickbridge.Call) bool { return c.State == clickbridge.CallHunting }},
		})
		begin := time.Now()
		s.start(click(clickbridge.PhoneFirst), findMe(1, agent(0), agent(1)))
		s.end()
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("the call ended %v after the click, its caller left after 2s", took)
		}
		if s.store.call.Result != clickbridge.ResultCanceled {
			t.Errorf("result = %q", s.store.call.Result)
		}
	})
}

// A lead is never lost: what could not be committed with the hunt's end is
// committed with the record.
func TestNoticesSurviveAStoreThatFails(t *testing.T) {
	for _, tc := range []struct {
		name   string
		agent  legtest.Phone
		result []string
	}{
		{"nobody accepts", busy, []string{"findme Busy"}},
		{"an accept that cannot be committed", accepts, []string{"findme Failed"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, map[clickbridge.Number]legtest.Phone{agent(0): tc.agent})
				s.store.refuse = 12 // longer than anyone waits
				c := click(clickbridge.FindMeFirst)
				c.NoAnswer.Email = "sales@example.com"
				s.start(c, findMe(1, agent(0)))
				s.end()
				if len(s.store.notices) != 1 || s.store.call.Agent != "" || !s.store.call.AcceptedAt.IsZero() {
					t.Errorf("%d notices, agent %q", len(s.store.notices), s.store.call.Agent)
				}
				if d := cmp.Diff(tc.result, s.store.results()); d != "" {
					t.Error(d)
				}
			})
		})
	}
}

// A claim is on record at once: who claimed a call must not give up at the
// first fault.
func TestRecoverTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		s.store.refuse = 3
		c := click(clickbridge.FindMeFirst)
		c.NoAnswer.Email = "sales@example.com"
		err := s.conductor.Recover(t.Context(), []store.Orphan{{Record: store.Record{Call: c}}}, nil,
			func(int64) *clickbridge.Account { return nil }, &releaser{})
		if err != nil || s.store.ended != 1 || len(s.store.notices) != 1 {
			t.Errorf("err %v, ended %d times, %d notices", err, s.store.ended, len(s.store.notices))
		}
	})
}
