package later

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"clickbridge"
)

// Who clicked several times is called for the first click only.
func TestOneCallbackForACustomer(t *testing.T) {
	const waiting, canceled, done = clickbridge.CallbackWaiting, clickbridge.CallbackCanceled, clickbridge.CallbackDone
	for name, c := range map[string]struct {
		id     clickbridge.CallbackID // of the other one; that which is due is "cb"
		change func(*clickbridge.Callback)
		result clickbridge.Result
		calls  int
		state  clickbridge.CallbackState // of the one that is due
		other  clickbridge.CallbackState
	}{
		"AnOlderOneWaits":    {"ca", nil, clickbridge.ResultConnected, 0, canceled, waiting},
		"AnOlderOneCalls":    {"ca", func(c *clickbridge.Callback) { c.State = clickbridge.CallbackCalling }, clickbridge.ResultConnected, 0, canceled, clickbridge.CallbackCalling},
		"AnOlderOneIsOver":   {"ca", func(c *clickbridge.Callback) { c.State = done }, clickbridge.ResultConnected, 1, done, done},
		"Another's":          {"ca", func(c *clickbridge.Callback) { c.Phone = "+13125550101" }, clickbridge.ResultConnected, 1, done, waiting},
		"OfAnotherList":      {"ca", func(c *clickbridge.Callback) { c.FindMeID = 10 }, clickbridge.ResultConnected, 1, done, waiting},
		"Scheduled":          {"ca", func(c *clickbridge.Callback) { c.Plan = clickbridge.CallbackScheduled }, clickbridge.ResultConnected, 1, done, waiting},
		"AYoungerOneIsDone":  {"cc", nil, clickbridge.ResultConnected, 1, done, done},
		"AYoungerOneGivesUp": {"cc", nil, clickbridge.ResultNoAnswer, 3, clickbridge.CallbackGivenUp, clickbridge.CallbackGivenUp},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				other := w.cb
				other.ID, other.DueAt = c.id, time.Now().Add(48*time.Hour)
				if c.change != nil {
					c.change(&other)
				}
				// More of other people than are read at once.
				for i := range 2 * page {
					w.others = append(w.others, clickbridge.Callback{ID: clickbridge.CallbackID(fmt.Sprintf("cz%04d", i)), AccountID: 1,
						FindMeID: 9, State: waiting, DueAt: time.Now().Add(48 * time.Hour), Phone: "+13125550102"})
				}
				w.others = append(w.others, other)
				w.results = slices.Repeat([]clickbridge.Result{c.result}, 10)
				w.run(t, 4*time.Hour)
				if got := w.others[len(w.others)-1].State; len(w.made) != c.calls || w.cb.State != c.state || got != c.other {
					t.Errorf("%d calls, %s (%s), the other %s", len(w.made), w.cb.State, w.cb.Text, got)
				}
			})
		})
	}
}
