package callflow_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/callflow"
	"clickbridge/leg/legtest"
	"clickbridge/store"
)

// list returns a FindMe whose settings are changed.
func list(change func(*clickbridge.FindMe), agents ...clickbridge.Number) *clickbridge.FindMe {
	f := findMe(1, agents...)
	change(f)
	return f
}

func atOnce(f *clickbridge.FindMe) { f.Settings.Strategy = clickbridge.AllAtOnce }

func TestFirstAcceptWins(t *testing.T) {
	for _, order := range []clickbridge.Order{clickbridge.PhoneFirst, clickbridge.FindMeFirst} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, map[clickbridge.Number]legtest.Phone{
				phone:    {HangupAfter: time.Minute},
				agent(0): {Ring: time.Second}, // is being asked
				agent(1): {Ring: 2 * time.Second, Keys: "1", KeyAfter: 2 * time.Second},
				agent(2): rings,
				agent(3): {Ring: time.Second, Keys: "1", KeyAfter: 3*time.Second + 10*time.Millisecond}, // 10 ms too late
			})
			begin := time.Now()
			var mu sync.Mutex
			ended := map[clickbridge.Number]time.Duration{}
			s.start(click(order), list(atOnce, agent(0), agent(1), agent(2), agent(3)))
			legtest.Elapse(3 * time.Second)
			for _, n := range []clickbridge.Number{agent(0), agent(3)} {
				context.AfterFunc(s.leg(n).Context(), func() {
					mu.Lock()
					defer mu.Unlock()
					ended[n] = time.Since(begin)
				})
			}
			legtest.Elapse(4 * time.Second)
			if s.leg(agent(1)).Audio.Peer() != s.leg(phone).Audio {
				t.Error("who accepted does not talk to the customer")
			}
			mu.Lock()
			defer mu.Unlock()
			for n, at := range ended {
				if at <= 4*time.Second || at > 6*time.Second {
					t.Errorf("%s was let go %v after the click, want within 2s of the accept at 4s", n, at)
				}
				if got := heard(s.leg(n)); got[len(got)-1] != "en/taken" {
					t.Errorf("%s heard %q", n, got)
				}
			}
			if len(ended) != 2 {
				t.Errorf("let go: %v", ended)
			}
			s.store.mu.Lock()
			for _, a := range s.store.attempts {
				if a.Result == clickbridge.AttemptDialing {
					t.Errorf("while they talk, the attempt on %s has no verdict on record", a.Number)
				}
			}
			s.store.mu.Unlock()
			s.end()
			want := []string{"findme Canceled", "findme Accepted", "findme Canceled", "findme Canceled"}
			got := slices.DeleteFunc(s.store.results(), func(r string) bool { return strings.HasPrefix(r, "phone") })
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			if s.store.call.Agent != agent(1) || s.store.call.Result != clickbridge.ResultConnected {
				t.Errorf("%s by %s", s.store.call.Result, s.store.call.Agent)
			}
		})
	}
}

// The bridge does not wait for those who ring in vain, however slow their
// carrier is.
func TestLosersDoNotKeepTheBridgeWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{agent(0): rings, agent(1): accepts})
		s.use(&slowCarrier{after: time.Second})
		s.start(click(clickbridge.PhoneFirst), list(atOnce, agent(0), agent(1)))
		legtest.Elapse(2*time.Second + 10*time.Millisecond)
		if s.leg(agent(1)).Audio.Peer() == nil {
			t.Error("not bridged")
		}
		s.end()
	})
}

func TestDeclineThatEndsTheHunt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{agent(0): declines, agent(1): answers, agent(2): rings})
		s.start(click(clickbridge.FindMeFirst), list(func(f *clickbridge.FindMe) {
			atOnce(f)
			f.Settings.DeclineEndsHunt = true
		}, agent(0), agent(1), agent(2)))
		s.end()
		if d := cmp.Diff([]string{"findme Declined", "findme Canceled", "findme Canceled"}, s.store.results()); d != "" {
			t.Error(d)
		}
		if got := heard(s.leg(agent(1))); got[len(got)-1] != "en/goodbye" {
			t.Errorf("who was being asked heard %q", got)
		}
	})
}

func TestStartDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{
			agent(0): {Ring: 3 * time.Second, Keys: "1"}, agent(1): {Ring: time.Second, Fail: clickbridge.SIPCause(486, "", true)}})
		s.start(click(clickbridge.FindMeFirst), list(func(f *clickbridge.FindMe) {
			atOnce(f)
			f.Numbers[1].Delay, f.Numbers[2].Delay = time.Second, 10*time.Second
		}, agent(0), agent(1), agent(2)))
		s.hangUpAfter(time.Minute)
		s.end()
		if d := cmp.Diff([]string{string(agent(0)), string(agent(1))}, s.dialled()); d != "" {
			t.Errorf("dialled: %s", d)
		}
		for _, a := range s.store.attempts {
			want := map[clickbridge.Number]float64{agent(0): 3, agent(1): 1, agent(2): 0}[a.Number]
			if a.Party == clickbridge.PartyFindMe && a.RingSeconds() != want {
				t.Errorf("%s rang %v s, want %v", a.Number, a.RingSeconds(), want)
			}
		}
	})
}

// occupied is a store in which agents are on other calls.
type occupied struct {
	*memory
	agents map[clickbridge.Number]bool
	legs   []clickbridge.LegRecord
}

func (o *occupied) Dialing(ctx context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error {
	o.mu.Lock()
	o.legs = append(o.legs, l)
	o.mu.Unlock()
	if l.Exclusive && o.agents[l.Agent] {
		return store.ErrOccupied
	}
	return o.memory.Dialing(ctx, a, l)
}

func TestAgentOnAnotherCall(t *testing.T) {
	for _, allow := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, map[clickbridge.Number]legtest.Phone{agent(0): busy, agent(1): busy})
			o := &occupied{memory: s.store, agents: map[clickbridge.Number]bool{agent(0): true}}
			s.rebuild(func(c *callflow.Config) { c.Calls = o })
			c := click(clickbridge.FindMeFirst)
			c.NoAnswer.Email = "sales@example.com"
			s.start(c, list(func(f *clickbridge.FindMe) { f.Settings.AllowBusy = allow }, agent(0), agent(1)))
			s.end()
			want := []string{"findme On Another Call", "findme Busy"}
			if allow {
				want[0] = "findme Busy"
			}
			if d := cmp.Diff(want, s.store.results()); d != "" {
				t.Error(d)
			}
			for _, a := range s.store.attempts {
				if a.Result == clickbridge.AttemptOnAnotherCall && (a.RingSeconds() != 0 || a.Trunk != "") {
					t.Errorf("%s was not dialled, but rang %v s over %q", a.Number, a.RingSeconds(), a.Trunk)
				}
			}
			for _, l := range o.legs {
				if l.Agent == "" || l.Exclusive == allow {
					t.Errorf("leg occupies %q, exclusive %v", l.Agent, l.Exclusive)
				}
			}
		})
	}
}

func TestAgentsBehindOneNumberAreTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{agent(0): voicemail})
		o := &occupied{memory: s.store}
		s.rebuild(func(c *callflow.Config) { c.Calls = o })
		s.start(click(clickbridge.FindMeFirst), list(func(f *clickbridge.FindMe) {
			f.Numbers[0].Extension, f.Numbers[1].Extension = "101", "102"
		}, agent(0), agent(0)))
		s.end()
		if len(o.legs) != 2 || o.legs[0].Agent != agent(0)+",101" || o.legs[1].Agent != agent(0)+",102" {
			t.Errorf("occupied: %+v", o.legs)
		}
	})
}

// A crash between an accept and its commit must find nobody told of it.
func TestAcceptIsCommittedBeforeAnybodyIsTold(t *testing.T) {
	for _, order := range []clickbridge.Order{clickbridge.PhoneFirst, clickbridge.FindMeFirst} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, map[clickbridge.Number]legtest.Phone{
				phone: {HangupAfter: time.Minute}, agent(0): {Ring: time.Second}, agent(1): accepts, agent(2): rings})
			d := &slowCarrier{}
			s.use(d)
			s.rebuild(func(c *callflow.Config) {
				c.Dialer = d
				c.Calls = slowStore{s.store, func() time.Duration { return 500 * time.Millisecond }}
			})
			committed := false
			s.store.onSave = func(c clickbridge.Call) {
				if c.AcceptedAt.IsZero() || committed {
					return
				}
				committed = true
				for _, l := range s.dialer.Legs() {
					if slices.Contains(heard(l), "en/taken") || l.Audio.Peer() != nil || l.Cause() != nil {
						t.Errorf("%s was told before the commit: %q", l.Number, heard(l))
					}
				}
				for _, ctx := range d.contexts[len(d.contexts)-3:] {
					if c := context.Cause(ctx); c != nil && strings.Contains(c.Error(), "another agent") {
						t.Error("a try was taken back before the commit")
					}
				}
				if s.outcome.Kind != "" && order == clickbridge.FindMeFirst {
					t.Error("the click was answered before the commit")
				}
			}
			s.start(click(order), list(atOnce, agent(0), agent(1), agent(2)))
			s.end()
			if !committed {
				t.Error("nobody accepted")
			}
		})
	}
}

// lateSaves is a store whose Saves take half a second.
type lateSaves struct{ *memory }

func (l lateSaves) Save(ctx context.Context, c clickbridge.Call, as []clickbridge.Attempt, ns []clickbridge.Notice) error {
	legtest.Elapse(500 * time.Millisecond)
	return l.memory.Save(ctx, c, as, ns)
}

// Nobody is rung for a caller who left while an attempt ended.
func TestNobodyIsRungForACallerWhoLeft(t *testing.T) {
	for range 20 { // which of the two is heard first is chance
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, map[clickbridge.Number]legtest.Phone{
				phone: {HangupAfter: 1300 * time.Millisecond}, agent(0): busy, agent(2): rings,
				agent(1): {Ring: 200 * time.Millisecond, Fail: clickbridge.SIPCause(486, "", true)}})
			s.rebuild(func(c *callflow.Config) { c.Calls = lateSaves{s.store} }) // the first verdict is being saved meanwhile
			s.start(click(clickbridge.PhoneFirst), findMe(1, agent(0), agent(1), agent(2)))
			s.end()
			if n := len(s.dialled()); n != 2 || s.store.call.Result != clickbridge.ResultCanceled {
				t.Errorf("%d agents were rung, result %q", n, s.store.call.Result)
			}
		})
	}
}

// lateFacts is a store that takes long for the fact that a number is dialled.
type lateFacts struct{ *memory }

func (l lateFacts) Dialing(ctx context.Context, a clickbridge.Attempt, r clickbridge.LegRecord) error {
	if a.Party == clickbridge.PartyFindMe {
		legtest.Elapse(400 * time.Millisecond)
	}
	return l.memory.Dialing(ctx, a, r)
}

// A fact on its way to the store must not come after its attempt's verdict.
func TestNoFactComesAfterTheVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: {HangupAfter: time.Minute}, agent(0): accepts, agent(1): rings})
		s.rebuild(func(c *callflow.Config) { c.Calls = lateFacts{s.store} })
		s.start(click(clickbridge.PhoneFirst), list(func(f *clickbridge.FindMe) {
			atOnce(f)
			f.Numbers[1].Delay = 2200 * time.Millisecond // on its way as the other accepts, 2.4 s after the click
		}, agent(0), agent(1)))
		s.end()
		if len(s.store.rewritten) > 0 {
			t.Errorf("rewritten: %q", s.store.rewritten)
		}
	})
}
