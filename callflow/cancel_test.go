package callflow_test

import (
	"testing"
	"testing/synctest"
	"time"

	"clickbridge"
	"clickbridge/leg/legtest"
)

// A call may be taken back wherever it has come to; its legs are released at
// once and nothing is owed.
func TestCancel(t *testing.T) {
	type phones = map[clickbridge.Number]legtest.Phone
	for _, tc := range []struct {
		name   string
		order  clickbridge.Order
		phones phones
		after  time.Duration
		want   clickbridge.Result
	}{
		{"1: the customer rings", 1, phones{phone: rings}, 2 * time.Second, "Canceled"},
		{"1: an agent rings", 1, phones{phone: answers, agent(0): rings}, 5 * time.Second, "Canceled"},
		{"1: an agent is asked", 1, phones{phone: answers, agent(0): voicemail}, 3 * time.Second, "Canceled"},
		{"1: they talk", 1, phones{phone: answers, agent(0): {Ring: time.Second, Keys: "1"}}, 10 * time.Second, "Connected"},
		{"2: an agent rings", 2, phones{agent(0): rings}, 5 * time.Second, "Canceled"},
		{"2: the customer rings", 2, phones{agent(0): {Ring: time.Second, Keys: "1"}, phone: rings}, 10 * time.Second, "Canceled"},
		{"2: they talk", 2, phones{agent(0): {Ring: time.Second, Keys: "1"}, phone: answers}, 10 * time.Second, "Connected"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, tc.phones)
				c := click(tc.order)
				c.NoAnswer.Email = "sales@example.com"
				s.start(c, findMe(1, agent(0), agent(1)))
				legtest.Elapse(tc.after)
				begin := time.Now()
				if !s.conductor.Cancel(c.ID) {
					t.Fatal("the call is not known")
				}
				s.end()
				if took := time.Since(begin); took > 2*time.Second {
					t.Errorf("it took %v", took)
				}
				if s.store.call.Result != tc.want || len(s.store.notices) > 0 {
					t.Errorf("%s, %d notices", s.store.call.Result, len(s.store.notices))
				}
				if s.conductor.Cancel(c.ID) {
					t.Error("an ended call is known")
				}
			})
		})
	}
}

// With phone_to_call first a click may owe notices too, and a transfer of its
// own comes before the list's end.
func TestNoAnswerOfTheFirstOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): busy, desk: answers})
		c := click(clickbridge.PhoneFirst)
		c.NoAnswer = clickbridge.NoAnswer{Email: "sales@example.com", Phone: desk}
		s.start(c, findMe(1, agent(0)))
		s.hangUpAfter(time.Minute)
		s.end()
		if s.store.call.Result != clickbridge.ResultTransferred || len(s.store.notices) != 1 {
			t.Errorf("%s, %d notices", s.store.call.Result, len(s.store.notices))
		}
	})
}
