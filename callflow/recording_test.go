package callflow_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"clickbridge"
	"clickbridge/leg/legtest"
)

func TestRecording(t *testing.T) {
	both := []clickbridge.Number{phone, agent(0)}
	for _, tc := range []struct {
		announce clickbridge.Announce
		told     []clickbridge.Number
		consent  string
	}{
		{clickbridge.AnnounceBoth, both, "both legs told at 2000-01-01T00:00:0"},
		{clickbridge.AnnounceCustomer, both[:1], "the customer told at 2000-01-01T00:00:0"},
		{clickbridge.AnnounceAgent, both[1:], "the agent told at 2000-01-01T00:00:0"},
		{clickbridge.AnnounceNobody, nil, "nobody told"},
	} {
		for _, order := range []clickbridge.Order{clickbridge.PhoneFirst, clickbridge.FindMeFirst} {
			t.Run(string(tc.announce)+"/"+string(rune('0'+order)), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := &tapes{}
					s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: {HangupAfter: time.Minute}, agent(0): accepts}, taping(r))
					s.start(click(order), list(func(f *clickbridge.FindMe) {
						f.Settings.Record = clickbridge.RecordSettings{On: true, Announce: tc.announce, Keep: 24 * time.Hour}
					}, agent(0)))
					s.end()
					if len(r.begun) != 1 || r.stopped != 1 {
						t.Fatalf("%d recordings, %d stopped", len(r.begun), r.stopped)
					}
					got := r.begun[0]
					if got.Kind != clickbridge.RecordedCall || !strings.HasPrefix(got.Consent, tc.consent) || got.CallID != s.store.call.ID ||
						got.KeepUntil.Sub(got.StartedAt) != 24*time.Hour || got.ID == "" {
						t.Errorf("%+v", got)
					}
					if r.channels[0] != s.leg(phone).Media() || r.channels[1] != s.leg(agent(0)).Media() {
						t.Error("the customer is not on the left")
					}
					for _, n := range both {
						names := heard(s.leg(n))
						told := slices.Contains(names, "en/recorded")
						if want := len(tc.told) == 2 || len(tc.told) == 1 && tc.told[0] == n; told != want {
							t.Errorf("%s heard %q", n, names)
						}
					}
					if s.store.call.Result != clickbridge.ResultConnected || s.store.call.BridgedAt.Before(got.StartedAt) && len(tc.told) > 0 {
						t.Errorf("%s, bridged at %v", s.store.call.Result, s.store.call.BridgedAt)
					}
				})
			})
		}
	}
	t.Run("nothing records", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): accepts})
			s.start(click(clickbridge.PhoneFirst), list(func(f *clickbridge.FindMe) { f.Settings.Record.On = true }, agent(0)))
			s.end()
			if s.store.call.Result != clickbridge.ResultConnected || !contains(s.store.call.Notes, "not recorded: nothing is recorded here") {
				t.Errorf("%s, notes %q", s.store.call.Result, s.store.call.Notes)
			}
		})
	})
	for _, tc := range []struct {
		name  string
		order clickbridge.Order
		talk  [2]time.Duration // of phone_to_call and the agent, from their answers
	}{
		{"the customer", 1, [2]time.Duration{2500 * time.Millisecond, time.Hour}},
		{"the agent", 1, [2]time.Duration{time.Hour, 1500 * time.Millisecond}},
		{"the customer, agents first", 2, [2]time.Duration{500 * time.Millisecond, time.Hour}},
	} {
		t.Run("who leaves during the announcement is neither recorded nor connected: "+tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, a := &tapes{}, &archive{}
				s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: {HangupAfter: tc.talk[0]},
					agent(0): {Ring: time.Second, Keys: "1", KeyAfter: time.Second, HangupAfter: tc.talk[1]}}, taping(r), remembering(a))
				s.start(click(tc.order), list(func(f *clickbridge.FindMe) { f.Settings.Record.On, f.Settings.StickyDays = true, 7 }, agent(0)))
				s.end()
				if len(r.begun)+len(a.told) != 0 {
					t.Errorf("%d recorded, told %q", len(r.begun), a.told)
				}
				c := s.store.call
				if c.Result != clickbridge.ResultCanceled || !c.BridgedAt.IsZero() || c.State != clickbridge.CallEnded {
					t.Errorf("%s (%s), bridged at %v, %s", c.Result, c.Cause, c.BridgedAt, c.State)
				}
			})
		})
	}
}
