package callflow_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clickbridge"
	"clickbridge/callflow"
	"clickbridge/leg/legtest"
)

// races is how many hunts are raced.
const races = 1000

// slowStore takes a moment for each fact, as a disk does.
type slowStore struct {
	*memory
	wait func() time.Duration
}

func (s slowStore) Dialing(ctx context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error {
	legtest.Elapse(s.wait())
	return s.memory.Dialing(ctx, a, l)
}

func (s slowStore) Answered(ctx context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error {
	legtest.Elapse(s.wait())
	return s.memory.Answered(ctx, a, l)
}

func (s slowStore) Save(ctx context.Context, c clickbridge.Call, as []clickbridge.Attempt, ns []clickbridge.Notice) error {
	legtest.Elapse(s.wait())
	return s.memory.Save(ctx, c, as, ns)
}

// race is one hunt in which everything happens within 20 ms.
type race struct {
	*rand.Rand
	order  clickbridge.Order
	list   *clickbridge.FindMe
	phones map[clickbridge.Number]legtest.Phone
	drain  time.Duration // the server is stopped; 0 = never
}

// about is a moment within 20 ms of at.
func (r *race) about(at time.Duration) time.Duration {
	return max(0, at+time.Duration(r.IntN(20_000))*time.Microsecond-10*time.Millisecond)
}

func newRace(seed, i uint64) *race {
	r := &race{Rand: rand.New(rand.NewPCG(seed, i)), phones: map[clickbridge.Number]legtest.Phone{}}
	r.order = clickbridge.Order(1 + r.IntN(2))
	n, few := 2+r.IntN(5), r.IntN(2)
	var agents []clickbridge.Number
	for k := range n {
		agents = append(agents, agent(k))
		r.phones[agent(k)] = r.agent(3 * few)
	}
	r.list = findMe(1+r.IntN(2), agents...)
	r.list.Timeout = 10 * time.Second
	s := &r.list.Settings
	s.Strategy = clickbridge.AllAtOnce
	if r.IntN(3) == 0 {
		s.Strategy, s.Simul = clickbridge.RandomOrder, 2+r.IntN(n)
	}
	s.AutoAccept = clickbridge.AutoAccept(max(0, r.IntN(8)-4))
	s.DeclineEndsHunt = r.IntN(4) == 0
	s.End.Action = []clickbridge.EndAction{clickbridge.EndHangup, clickbridge.EndTransfer, clickbridge.EndCallLater}[r.IntN(3)]
	s.End.Number = desk
	customer := legtest.Phone{}
	if r.IntN(3) == 0 { // the accept, or the end of a ring time
		customer.HangupAfter = r.about([]time.Duration{2, 10, 16}[r.IntN(3)] * time.Second)
	}
	r.phones[phone], r.phones[desk] = customer, legtest.Phone{Ring: r.about(time.Second)}
	if r.IntN(10) == 0 {
		r.drain = r.about([]time.Duration{1, 2, 10, 16}[r.IntN(4)] * time.Second)
	}
	return r
}

// agent answers after about a second, and does something a second later: one of
// the kinds from least on.
func (r *race) agent(least int) legtest.Phone {
	p := legtest.Phone{Ring: r.about(time.Second), KeyAfter: r.about(time.Second)}
	switch least + r.IntN(8-least) {
	case 0, 1, 2:
		p.Keys = "1"
	case 3:
		p.Keys = "2"
	case 4: // decides as the time to decide is over
		p.Keys, p.KeyAfter = []string{"1", "2"}[r.IntN(2)], r.about(15*time.Second)
	case 5: // hangs up as others accept
		p.HangupAfter = p.KeyAfter + r.about(0)
	case 6: // answers as its ring time is over
		p.Ring, p.Keys = r.about(10*time.Second), "1"
	case 7: // fails as others accept
		p.Ring, p.Fail = r.about(2*time.Second), clickbridge.SIPCause(486, "", true)
	}
	return p
}

func TestRaces(t *testing.T) {
	seed := rand.Uint64()
	results := map[clickbridge.Result]int{}
	for i := range uint64(races) {
		synctest.Test(t, func(t *testing.T) {
			r := newRace(seed, i)
			s := newStage(t, r.phones)
			r.run(s)
			r.check(s)
			results[s.store.call.Result]++
		})
		if t.Failed() {
			t.Fatalf("seed %d, race %d", seed, i)
		}
	}
	t.Logf("seed %d: %v", seed, results)
}

func (r *race) run(s *stage) {
	wait := make(chan time.Duration, 1<<10) // the store is asked from many goroutines
	for range cap(wait) {
		wait <- time.Duration(r.IntN(8_000)) * time.Microsecond
	}
	s.rebuild(func(c *callflow.Config) {
		c.Calls = slowStore{s.store, func() time.Duration { return <-wait }}
	})
	c := click(r.order)
	c.NoAnswer.Email = "sales@example.com"
	s.start(c, r.list)
	if r.drain > 0 {
		legtest.Elapse(r.drain)
		ctx, cancel := context.WithCancel(s.t.Context())
		cancel()
		s.conductor.Drain(ctx)
	}
	s.hangUpAfter(5 * time.Minute)
	s.end()
}

// check proves what holds however a race ends.
func (r *race) check(s *stage) {
	call := s.store.call
	bridged := map[clickbridge.Number]bool{}
	for _, l := range s.dialer.Legs() {
		if l.Audio.Peer() != nil {
			bridged[l.Number] = true
		}
		if c := l.Cause(); c.Text == "another agent accepted" && !slices.Contains(l.Audio.Played(), "en/taken") {
			s.t.Errorf("%s was not told that the call is taken: %q", l.Number, l.Audio.Played())
		}
	}
	want := map[clickbridge.Number]bool{}
	switch call.Result {
	case clickbridge.ResultConnected:
		want[phone], want[call.Agent] = true, true
	case clickbridge.ResultTransferred:
		want[phone], want[desk] = true, true
	case clickbridge.ResultInterrupted, clickbridge.ResultCanceled: // perhaps out of a bridge
		want = bridged
	}
	if fmt.Sprint(bridged) != fmt.Sprint(want) || len(bridged) != 0 && len(bridged) != 2 {
		s.t.Errorf("%s: %v talked, want %v", call.Result, bridged, want)
	}
	accepted := 0
	for _, a := range s.store.attempts {
		if a.Result == clickbridge.AttemptAccepted {
			accepted++
		}
	}
	if took := !call.AcceptedAt.IsZero(); accepted > 1 || took != (accepted == 1) {
		s.t.Errorf("%d attempts accepted, the call by %q", accepted, call.Agent)
	}
	if nobody := call.AcceptedAt.IsZero(); r.order == clickbridge.FindMeFirst && nobody != (len(s.store.notices) == 1) {
		s.t.Errorf("%s: %d notices, accepted by %q", call.Result, len(s.store.notices), call.Agent)
	}
	if len(s.store.rewritten) > 0 {
		s.t.Errorf("verdicts were changed: %s", strings.Join(s.store.rewritten, "; "))
	}
	if call.Later != nil && (call.Result == clickbridge.ResultConnected || call.Result == clickbridge.ResultInterrupted) {
		s.t.Errorf("%s, and called later", call.Result)
	}
}
