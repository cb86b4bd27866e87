package callflow_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"clickbridge"
	"clickbridge/callflow"
	"clickbridge/leg"
	"clickbridge/leg/legtest"
	"clickbridge/store"
)

// archive is what hunts remember.
type archive struct {
	mu     sync.Mutex
	turns  int64
	last   map[clickbridge.Number]time.Time
	sticky clickbridge.Number
	out    map[clickbridge.Number]bool
	told   []string // what it was told
	asked  int      // about opt-outs
	hangs  bool     // it does not answer
}

func (a *archive) answer(ctx context.Context) error {
	if a.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (a *archive) Turn(ctx context.Context, _ int64) (int64, error) {
	if err := a.answer(ctx); err != nil {
		return 0, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turns++
	return a.turns - 1, nil
}

func (a *archive) LastRung(ctx context.Context, _ int64, _ []clickbridge.Number) (map[clickbridge.Number]time.Time, error) {
	return a.last, a.answer(ctx)
}

func (a *archive) Rung(_ int64, n clickbridge.Number, _ time.Time) { a.tell("rung " + string(n)) }

func (a *archive) LastAgent(ctx context.Context, _ int64, _ clickbridge.Number, _ time.Time) (clickbridge.Number, error) {
	if err := a.answer(ctx); err != nil {
		return "", err
	}
	if a.sticky == "" {
		return "", store.ErrNotFound
	}
	return a.sticky, nil
}

func (a *archive) Talked(_ int64, customer, agent clickbridge.Number, _ time.Time) {
	a.tell(fmt.Sprintf("%s talked to %s", agent, customer))
}

func (a *archive) OptedOut(ctx context.Context, _ int64, n clickbridge.Number) (bool, error) {
	a.mu.Lock()
	a.asked++
	out := a.out[n]
	a.mu.Unlock()
	return out, a.answer(ctx)
}

func (a *archive) OptOut(_ context.Context, o clickbridge.OptOut) error {
	a.mu.Lock()
	if a.out == nil {
		a.out = map[clickbridge.Number]bool{}
	}
	a.out[o.Number] = true
	a.mu.Unlock()
	a.tell(fmt.Sprintf("%d: %s %s", o.AccountID, o.Number, o.Why))
	return nil
}

func (a *archive) tell(what string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told = append(a.told, what)
}

// voicebox speaks texts and keeps clips; a text or name that says so fails or
// hangs.
type voicebox struct{}

var errMute = errors.New("mute today")

func (voicebox) Speak(ctx context.Context, text, language string) (*leg.Clip, error) {
	switch {
	case strings.Contains(text, "hang"):
		<-ctx.Done()
		return nil, ctx.Err()
	case strings.Contains(text, "fail"):
		return nil, errMute
	}
	return legtest.Clip(language+": "+text, time.Second), nil
}

func (voicebox) Clip(_ context.Context, account int64, name string) (*leg.Clip, error) {
	switch name {
	case "fail":
		return nil, store.ErrNotFound
	case "long":
		return legtest.Clip(name, 20*time.Second), nil
	case "longer":
		return legtest.Clip(name, time.Minute), nil
	}
	return legtest.Clip(fmt.Sprintf("%d/%s", account, name), 4*time.Second), nil
}

func voiced(c *callflow.Config) { c.Speech, c.Clips = voicebox{}, voicebox{} }

// tapes records nothing, and remembers what it was to record.
type tapes struct {
	mu       sync.Mutex
	begun    []clickbridge.Recording
	channels []leg.Media // customer and agent of the bridge
	stopped  int
	message  time.Duration // how long a message is left; 0 = none
	hasty    bool          // a message began before the beep
	err      error
}

func (r *tapes) Start(_ context.Context, rec clickbridge.Recording, customer, agent leg.Media) func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun, r.channels = append(r.begun, rec), []leg.Media{customer, agent}
	return func() { r.stopped++ }
}

func (r *tapes) Message(ctx context.Context, rec clickbridge.Recording, from leg.Leg, most time.Duration) (clickbridge.Recording, error) {
	r.mu.Lock()
	r.begun = append(r.begun, rec)
	said := from.Media().(*legtest.Media).Played()
	r.hasty = len(said) == 0 || said[len(said)-1] != "beep"
	r.mu.Unlock()
	select {
	case <-time.After(min(r.message, most)):
	case <-from.Context().Done():
	case <-ctx.Done():
	}
	rec.Length, rec.State = min(r.message, most), clickbridge.RecordingReady
	return rec, r.err
}

// message makes one mail for each address.
func message(c clickbridge.Call, _ []clickbridge.Attempt, _ *clickbridge.Account, r clickbridge.RecordingID, emails []string, _ time.Time) []clickbridge.Notice {
	var ns []clickbridge.Notice
	for _, to := range emails {
		ns = append(ns, clickbridge.Notice{ID: clickbridge.NewNoticeID(), CallID: c.ID, Kind: clickbridge.NoticeEmail, To: to, Recording: r})
	}
	return ns
}

func taping(r *tapes) func(*callflow.Config) {
	return func(c *callflow.Config) { c.Recorder, c.Message = r, message }
}

func remembering(a *archive) func(*callflow.Config) {
	return func(c *callflow.Config) { c.Hunting = a }
}

// ear takes so long to decide, always the same way.
type ear struct {
	takes   time.Duration
	machine bool
}

func (e ear) Listen(ctx context.Context, _ leg.Tap) bool {
	select {
	case <-time.After(e.takes):
		return e.machine
	case <-ctx.Done():
		return false
	}
}

// dialled returns the agents dialled, in order.
func (s *stage) dialled() (out []string) {
	for _, o := range s.dialer.Orders() {
		if o.Agent {
			out = append(out, string(o.To))
		}
	}
	return out
}

// leg returns the last leg to a number.
func (s *stage) leg(n clickbridge.Number) *legtest.Leg {
	s.t.Helper()
	legs := s.dialer.Legs()
	for _, l := range slices.Backward(legs) {
		if l.Number == n {
			return l
		}
	}
	s.t.Fatalf("%s never answered", n)
	return nil
}

// heard returns the clips a leg heard that are not part of a number.
func heard(l *legtest.Leg) (out []string) {
	for _, name := range l.Audio.Played() {
		if !strings.Contains(name, "digit-") && !strings.Contains(name, "last-") && name != "pause" {
			out = append(out, name)
		}
	}
	return out
}
