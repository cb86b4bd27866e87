package system_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"clickbridge/prompt"
	"clickbridge/simulator"
)

// one places a click with a ref of its own and waits for the call's end.
func (w *world) one(t *testing.T, c huntCase, ref string) *hunted {
	t.Helper()
	w.click(c.click(0, ref))
	return w.hunted(t, c, 0, ref)
}

// quick is an agent who accepts at once and hangs up soon.
func quick() simulator.Scene {
	return simulator.Scene{Name: "accepts", Key: '1', KeyAfter: 100 * time.Millisecond, Talk: true, HangupAfter: seconds / 2}
}

// The place of a round robin survives kill -9 and is shared by nodes.
func TestRoundRobinGoesOn(t *testing.T) {
	t.Parallel()
	c := huntCase{name: "robin", list: "strategy: round_robin, numbers: [A0, A1, A2]", agents: []simulator.Scene{quick(), quick(), quick()}}
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			w := hunts(t, []huntCase{c}, "", func(s *setup) { s.dsn = e.dsn(t, t.TempDir()) })
			var got []string
			for i := range 5 {
				if i == 2 {
					w.kill()
					w.start()
				}
				got = append(got, w.one(t, c, fmt.Sprint("robin ", i)).list()...)
			}
			if want := []string{"A0 Accepted", "A1 Accepted", "A2 Accepted", "A0 Accepted", "A1 Accepted"}; !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
			w.noGhosts(t)
		})
	}
}

func TestLeastRecentAndSticky(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		list string
		want []string
	}{
		"least recent": {"strategy: least_recent, numbers: [A0, A1, A2]", []string{"A0 Accepted", "A1 Accepted", "A2 Accepted", "A0 Accepted"}},
		"sticky":       {"strategy: round_robin, sticky_days: 30, numbers: [A0, A1, A2]", []string{"A0 Accepted", "A0 Accepted", "A0 Accepted", "A0 Accepted"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := huntCase{name: name, list: tc.list, agents: []simulator.Scene{quick(), quick(), quick()}}
			w := hunts(t, []huntCase{c}, "", nil)
			var got []string
			for i := range 4 {
				got = append(got, w.one(t, c, fmt.Sprint(name, " ", i)).list()...)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// An agent on a call is left out by whoever hunts next, on this node or another,
// unless the list rings them all the same.
func TestOnAnotherCall(t *testing.T) {
	t.Parallel()
	talker := with(quick(), func(s *simulator.Scene) { s.HangupAfter = 8 * seconds })
	c := huntCase{name: "busy agent", list: "numbers: [A0, A1]", agents: []simulator.Scene{talker, quick()}}
	rung := huntCase{name: "rung all the same", list: `on_another_call: ring, numbers: ["2015550100"]`, agents: []simulator.Scene{quick()}}
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			w := hunts(t, []huntCase{c, rung}, "", func(s *setup) { s.dsn = e.dsn(t, t.TempDir()) })
			first := w.clicking(c.click(0, "first"))
			eventually(t, 10*seconds, "A0 talks", func() bool {
				ls := w.legs(c.agent(0, 0))
				return len(ls) == 1 && ls[0].Keys != ""
			})
			next := w
			if e.name == "postgres" {
				next = secondNode(t, w, []huntCase{c, rung})
			}
			next.click(c.click(0, "second"))
			h := &hunted{w: next, c: c, row: next.endedRef(t, "second")}
			h.expect(t, "A0 On Another Call", "A1 Accepted")
			if a := h.row.Attempts[1]; a.Ring != "0" || a.Code != "" && a.Code != "0" {
				t.Errorf("ring %q, code %q", a.Ring, a.Code)
			}
			next.click(rung.click(1, "third"))
			eventually(t, 10*seconds, "A0 is rung while it talks", func() bool {
				ls := w.legs(c.agent(0, 0))
				return len(ls) == 2 && !ls[0].Over()
			})
			<-first
			w.noGhosts(t)
		})
	}
}

// secondNode is another server on the same store and carrier.
func secondNode(t *testing.T, w *world, cases []huntCase) *world {
	t.Helper()
	other := hunts(t, cases, "", func(s *setup) { s.dsn, s.trunk = w.dsn, w.sim.Addr().String() })
	other.sim, other.mail, other.web = w.sim, w.mail, w.web
	return other
}

// Two calls that hunt at once never ring one agent at once: a hundred clicks on
// two nodes for two agents.
func TestNeverTwoCallsForOneAgent(t *testing.T) {
	t.Parallel()
	c := huntCase{name: "few agents", order: "2", list: "strategy: random, loop_count: 2, numbers: [A0, A1]", agents: []simulator.Scene{quick(), quick()}}
	w := hunts(t, []huntCase{c}, "", func(s *setup) { s.dsn = engines[1].dsn(t, t.TempDir()) })
	other := secondNode(t, w, []huntCase{c})
	const clicks = 100
	var answers []<-chan string
	for i := range clicks {
		node := []*world{w, other}[i%2]
		v := c.click(0, fmt.Sprint("crowd ", i))
		v.Set("phone_to_call", fmt.Sprintf("20255501%02d", i)) // none is the twin of another
		answers = append(answers, node.clicking(v))
	}
	for _, a := range answers {
		if body := <-a; !strings.HasPrefix(body, "Call Connected") && body != "Requeset Processed" && !strings.HasPrefix(body, "Phone") {
			t.Errorf("answer %q", body)
		}
	}
	w.noGhosts(t)
	for a := range c.agents {
		legs := w.over(t, c.agent(0, a))
		if len(legs) == 0 {
			t.Errorf("A%d was never rung", a)
		}
		slices.SortFunc(legs, func(x, y simulator.Leg) int { return x.InvitedAt.Compare(y.InvitedAt) })
		for i := 1; i < len(legs); i++ {
			if legs[i].InvitedAt.Before(legs[i-1].EndedAt) {
				t.Errorf("A%d was rung %v before its last leg had ended", a, legs[i-1].EndedAt.Sub(legs[i].InvitedAt))
			}
		}
	}
}

// An agent who wants no more calls presses a key, is told so, and is not rung
// again until the operator lets them.
func TestOptOut(t *testing.T) {
	t.Parallel()
	out := simulator.Scene{Name: "opts out", Key: '9', KeyAfter: seconds}
	c := huntCase{name: "opt out", list: `screen: {opt_out: "9"}, numbers: [A0, A1]`, agents: []simulator.Scene{out, quick()}}
	w := hunts(t, []huntCase{c}, "", nil)
	h := w.one(t, c, "first")
	h.expect(t, "A0 Opted Out", "A1 Accepted")
	heardClips(t, "the agent", h.agentTape(0), prompt.In("en").OptedOut())
	w.one(t, c, "second").expect(t, "A0 Opted Out", "A1 Accepted")
	if n := len(w.legs(c.agent(0, 0))); n != 1 {
		t.Errorf("the agent was rung %d times", n)
	}
	contains(t, w.command(t, "optouts", "list"), "+1"+c.agent(0, 0))
	if text, err := w.run("optouts", "remove", "--config", w.config, "Example", c.agent(0, 0)); err != nil {
		t.Fatal(err, text)
	}
	poll(t, seconds, 25*seconds, "the agent is rung again", func() bool {
		w.one(t, c, fmt.Sprint("again ", time.Now().UnixMilli()))
		return len(w.legs(c.agent(0, 0))) == 2
	})
}
