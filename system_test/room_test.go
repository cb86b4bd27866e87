package system_test

import (
	"net/url"
	"strings"
	"testing"
)

const oneAgent = `accounts:
  - name: Example
    default_caller_id: "9998887777"
    keys: [{name: k, access_key: foo, secret_access_key: bar}]
    numbers: [{number: "9998887777", kind: tracking}]
    findmes: [{id: 1, name: Short talks, numbers: ["3125550113"]}]
`

// Two callers are let in where one of them at a time can talk: the second's
// agent is dialled when the first's conversation is over, and its ring time
// counts from there.
func TestAnAgentWaitsForRoomOnTheTrunk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{accounts: oneAgent, tweak: func(c string) string {
		return strings.Replace(c, "{name: sim,", "{name: sim, max_calls: 3,", 1)
	}})
	click := func(phone string) url.Values {
		return url.Values{"type": {"1"}, "findme_id": {"1"}, "phone_to_call": {phone}}
	}
	one, two := w.clicking(click("2025550150")), w.clicking(click("2025550151"))
	for _, answer := range []<-chan string{one, two} {
		if got := <-answer; got != "Call Connected" {
			t.Errorf("%q", got)
		}
	}
	eventually(t, 5*seconds, "one agent rings", func() bool { return w.sim.Total() == 3 })
	// What comes free belongs to the call that waits.
	if res, body := w.answer(t, "/ibp_api.php", click("2025550152")); res.StatusCode != 503 {
		t.Errorf("a third click: %d %q", res.StatusCode, body)
	}
	for _, r := range w.ended(t, 2) {
		if r.Result != "Connected" || r.Attempts[1].Ring != "1" {
			t.Errorf("%+v", r)
		}
	}
}
