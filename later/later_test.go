package later

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"clickbridge"
	"clickbridge/leg/legtest"
	"clickbridge/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is everything around a runner, in memory. Its clock begins at midnight
// UTC of 2000-01-01, a Saturday: 18:00 of the day before in Chicago.
type world struct {
	cb      clickbridge.Callback
	out     bool
	talked  time.Time // to somebody, by a click of their own
	err     error     // of the store
	refuse  error     // of the caller
	results []clickbridge.Result
	calls   map[clickbridge.CallID]clickbridge.Call
	made    []time.Time
	findMe  *clickbridge.FindMe
	others  []clickbridge.Callback
}

func (w *world) DueCallbacks(_ context.Context, node string, now time.Time, _ int) ([]clickbridge.Callback, error) {
	if w.err != nil || w.cb.State != clickbridge.CallbackWaiting || w.cb.DueAt.After(now) {
		return nil, w.err
	}
	w.cb.State, w.cb.Node = clickbridge.CallbackCalling, node
	return []clickbridge.Callback{w.cb}, nil
}

func (w *world) LostCallbacks(context.Context, string, time.Time) ([]clickbridge.Callback, error) {
	c, known := w.calls[w.cb.CallID]
	if w.err != nil || w.cb.State != clickbridge.CallbackCalling || known && c.InFlight() {
		return nil, w.err
	}
	return []clickbridge.Callback{w.cb}, nil
}

func (w *world) CallbacksOf(_ context.Context, _ int64, s clickbridge.CallbackState, before clickbridge.CallbackID, limit int) (out []clickbridge.Callback, err error) {
	for _, c := range append([]clickbridge.Callback{w.cb}, w.others...) {
		if c.State == s && (before == "" || c.ID < before) {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b clickbridge.Callback) int { return cmp.Compare(b.ID, a.ID) })
	return out[:min(limit, len(out))], w.err
}

func (w *world) PutCallback(_ context.Context, c clickbridge.Callback) error {
	for i := range w.others {
		if w.others[i].ID == c.ID {
			w.others[i] = c
			return w.err
		}
	}
	if w.cb.State == clickbridge.CallbackCanceled {
		return store.ErrConflict
	}
	w.cb = c
	return w.err
}

func (w *world) Call(_ context.Context, id clickbridge.CallID) (store.Record, error) {
	c, ok := w.calls[id]
	if !ok {
		return store.Record{}, store.ErrNotFound
	}
	return store.Record{Call: c}, nil
}

func (w *world) EachCall(_ context.Context, f store.Filter, each func(store.Record) error) error {
	if w.err != nil || w.talked.IsZero() || w.talked.Before(f.From) || f.Phone != w.cb.Phone || f.Result != clickbridge.ResultConnected {
		return w.err
	}
	return each(store.Record{})
}

func (w *world) OptedOut(context.Context, int64, clickbridge.Number) (bool, error) {
	return w.out, w.err
}

// Again makes a call that lasts a minute and ends with the next result.
func (w *world) Again(_ context.Context, c clickbridge.Callback, id clickbridge.CallID) error {
	if w.refuse != nil {
		return w.refuse
	}
	w.made = append(w.made, time.Now())
	call := clickbridge.Call{ID: id, Callback: c.ID, State: clickbridge.CallEnded, Result: w.results[0], CreatedAt: time.Now()}
	w.results, w.calls[id] = w.results[1:], call
	return nil
}

func (w *world) Account(int64) (*clickbridge.Account, bool) {
	return &clickbridge.Account{ID: 1, Country: "US", TimeZone: "America/Chicago"}, true
}

func (w *world) FindMe(int64) (*clickbridge.FindMe, bool) { return w.findMe, w.findMe != nil }

func newWorld() *world {
	w := &world{
		calls:   map[clickbridge.CallID]clickbridge.Call{"first": {ID: "first", State: clickbridge.CallEnded, Result: clickbridge.ResultNoAnswer}},
		findMe:  &clickbridge.FindMe{ID: 9, AccountID: 1},
		results: slices.Repeat([]clickbridge.Result{clickbridge.ResultNoAnswer}, 20),
	}
	w.findMe.Settings.End = clickbridge.EndOfList{Action: clickbridge.EndCallLater, After: 30 * time.Minute, MaxCalls: 4}
	w.cb = clickbridge.Callback{
		ID: "cb", CallID: "first", AccountID: 1, FindMeID: 9, Phone: "+13125550100",
		State: clickbridge.CallbackWaiting, Tries: 1, DueAt: time.Now().Add(30 * time.Minute),
	}
	return w
}

// scheduled makes of the callback one that a click wants at 22:00 in Chicago.
func scheduled(w *world, p clickbridge.CallbackPlan) {
	w.cb.Plan, w.cb.CallID, w.cb.Tries, w.cb.DueAt = p, "", 0, time.Now().Add(4*time.Hour)
	w.findMe.Settings.End = clickbridge.EndOfList{}
}

// run lets a runner work for so long.
func (w *world) run(t *testing.T, length time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	r := New(Config{Store: w, Caller: w, Directory: w, Node: "a", DeadAfter: 15 * time.Second, Log: slog.New(slog.DiscardHandler)})
	go func() { r.Run(ctx); close(done) }()
	legtest.Elapse(length)
	cancel()
	<-done
}

func TestCallsLater(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world)
		length time.Duration
		made   []time.Duration // when, from the beginning, to the minute
		state  clickbridge.CallbackState
		tries  int
		text   string
	}{
		"Reached": {func(w *world) { w.results[1] = clickbridge.ResultConnected }, 24 * time.Hour,
			[]time.Duration{30 * time.Minute, 60 * time.Minute}, clickbridge.CallbackDone, 3, "Connected"},
		"GivenUp": {nil, 24 * time.Hour,
			[]time.Duration{30 * time.Minute, 60 * time.Minute, 90 * time.Minute}, clickbridge.CallbackGivenUp, 4, "as many calls"},
		"NotAtNight": {func(w *world) {
			w.findMe.Settings.End.After = 4 * time.Hour
			w.cb.DueAt = time.Now().Add(4 * time.Hour)
		}, 24 * time.Hour,
			// 22:00 is too late: 8:00 in Chicago, then 12:00 and 16:00
			[]time.Duration{14 * time.Hour, 18 * time.Hour, 22 * time.Hour}, clickbridge.CallbackGivenUp, 4, ""},
		"OpenHours": {func(w *world) {
			w.findMe.Settings.End.NextOpen = true
			w.findMe.Settings.Schedule = &clickbridge.Schedule{Hours: []clickbridge.Hours{{Day: time.Monday, From: 9 * 60, To: 10 * 60}}}
		}, 65 * time.Hour, // Monday 9:00 in Chicago is 63 h away
			[]time.Duration{63 * time.Hour, 63*time.Hour + 30*time.Minute}, clickbridge.CallbackWaiting, 3, "outside the hours"},
		"Scheduled": {func(w *world) { scheduled(w, clickbridge.CallbackScheduled) }, 24 * time.Hour,
			[]time.Duration{4 * time.Hour}, clickbridge.CallbackDone, 1, "No Answer"},
		"ScheduledInHours": {func(w *world) { scheduled(w, clickbridge.CallbackPolite) }, 24 * time.Hour,
			[]time.Duration{14 * time.Hour}, clickbridge.CallbackDone, 1, "No Answer"},
		"ScheduledAndAgain": {func(w *world) {
			end := w.findMe.Settings.End
			scheduled(w, clickbridge.CallbackScheduled)
			w.findMe.Settings.End = end
		}, 24 * time.Hour, // then in the morning, and as the list has it
			[]time.Duration{4 * time.Hour, 14 * time.Hour, 14*time.Hour + 30*time.Minute, 15 * time.Hour}, clickbridge.CallbackGivenUp, 4, ""},
		"OptedOut":        {func(w *world) { w.out = true }, 2 * time.Hour, nil, clickbridge.CallbackCanceled, 1, "opted out"},
		"TalkedMeanwhile": {func(w *world) { w.talked = time.Now().Add(time.Minute) }, 2 * time.Hour, nil, clickbridge.CallbackDone, 1, "meanwhile"},
		"TalkedBefore": {func(w *world) {
			w.talked, w.cb.CreatedAt, w.results[0] = time.Now().Add(-time.Hour), time.Now(), clickbridge.ResultConnected
		}, time.Hour, []time.Duration{30 * time.Minute}, clickbridge.CallbackDone, 2, "Connected"},
		"AskedForATime": {func(w *world) {
			w.talked, w.cb.Tries, w.results[0] = time.Now().Add(time.Minute), 0, clickbridge.ResultConnected
		}, time.Hour, []time.Duration{30 * time.Minute}, clickbridge.CallbackDone, 1, "Connected"},
		"ListGone": {func(w *world) { w.findMe = nil }, 2 * time.Hour, nil, clickbridge.CallbackCanceled, 1, "gone"},
		"NoHour":   {func(w *world) { w.cb.Phone = "+870773111632" }, 2 * time.Hour, nil, clickbridge.CallbackCanceled, 1, "no hour"},
		"Refused": {func(w *world) {
			w.refuse = &clickbridge.Error{Code: clickbridge.EFORBIDDEN, Message: "Access denied: no"}
		}, 2 * time.Hour,
			nil, clickbridge.CallbackCanceled, 1, "Access denied"},
		"Draining": {func(w *world) { w.refuse = &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, Message: "draining"} }, 2 * time.Hour,
			nil, clickbridge.CallbackWaiting, 1, "draining"},
		"DailyLimit": {func(w *world) {
			w.refuse = &clickbridge.Error{Code: clickbridge.ELIMIT, RetryAfter: 5 * time.Hour, Message: "used up"}
		}, 2 * time.Hour, nil, clickbridge.CallbackWaiting, 1, "used up"},
		"Canceled": {func(w *world) { w.cb.State = clickbridge.CallbackCanceled }, 2 * time.Hour, nil, clickbridge.CallbackCanceled, 1, ""},
		"Crashed": {func(w *world) { // after it was due, before its call was named
			w.cb.State, w.cb.Node = clickbridge.CallbackCalling, "a"
		}, 10 * time.Minute, []time.Duration{0}, clickbridge.CallbackWaiting, 2, "No Answer"},
		"CrashedLater": {func(w *world) { // after its call was named, before it was made
			w.cb.State, w.cb.Node, w.cb.CallID = clickbridge.CallbackCalling, "a", "never"
		}, 10 * time.Minute, []time.Duration{0}, clickbridge.CallbackWaiting, 2, "No Answer"},
		"CrashedAtTheNextTry": {func(w *world) { // the call it names is the one before, which counts already
			w.calls["second"] = clickbridge.Call{ID: "second", Callback: "cb", State: clickbridge.CallEnded,
				Result: clickbridge.ResultNoAnswer, CreatedAt: time.Now().Add(-time.Hour)}
			w.cb.State, w.cb.Node, w.cb.CallID, w.cb.Tries, w.cb.DueAt = clickbridge.CallbackCalling, "a", "second", 2, time.Now()
		}, 10 * time.Minute, []time.Duration{0}, clickbridge.CallbackWaiting, 3, "No Answer"},
		"StoreDown": {func(w *world) { w.err = errors.New("down") }, 2 * time.Hour, nil, clickbridge.CallbackWaiting, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, began := newWorld(), time.Now()
				if c.change != nil {
					c.change(w)
				}
				w.run(t, c.length)
				var made []time.Duration
				for _, at := range w.made {
					made = append(made, at.Sub(began).Truncate(time.Minute))
				}
				if !slices.Equal(made, c.made) {
					t.Errorf("called at %v, want %v", made, c.made)
				}
				if w.cb.State != c.state || w.cb.Tries != c.tries || !strings.Contains(w.cb.Text, c.text) {
					t.Errorf("%+v", w.cb)
				}
			})
		})
	}
}

// Every call carries an id of its own, on record before it is made.
func TestCallsHaveIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.run(t, 3*time.Hour)
		if n := len(slices.Collect(maps.Keys(w.calls))); n != 4 {
			t.Errorf("%d calls", n)
		}
	})
}
