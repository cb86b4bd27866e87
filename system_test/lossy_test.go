package system_test

import (
	"fmt"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"clickbridge/simulator"
	"clickbridge/simulator/lossy"
)

// badNetwork puts a lossy proxy between a world's server and its carrier. Faults
// are those of both directions.
func badNetwork(t *testing.T, s setup, seed uint64, f lossy.Faults) (setup, *lossy.Proxy) {
	t.Helper()
	proxy, err := lossy.New(t.Context(), lossy.Config{ToCarrier: f, ToServer: f, Seed: seed})
	must(t, err)
	t.Cleanup(proxy.Close)
	sim := freeAddr(t, "udp")
	proxy.SetTo(netip.MustParseAddrPort(sim))
	s.sim.Listen = []string{"udp:" + sim}
	s.sim.Contact, s.sim.ViaSource = proxy.Addr().String(), true
	s.sim.Seed, s.sim.History = seed, 1<<20
	s.trunk = proxy.Addr().String()
	return s, proxy
}

// lossyScenes are what the agents of the lossy calls do, one after the other;
// the last two digits of numbered scenes.
var lossyScenes = []int{0, 13, 3, 8, 14, 9, 0, 4, 12, 19, 6, 16, 1, 0, 17, 7, 13, 5, 8, 2}

// lossyCall is one click of the lossy test: who is rung and in which order.
type lossyCall struct {
	order  string
	phone  string
	agents []string
	takes  bool // somebody on the list accepts when nothing is lost
}

// lossyCalls makes n calls with phones and agents nobody shares.
func lossyCalls(n int) (calls []lossyCall, scenes map[string]simulator.Scene) {
	scenes = map[string]simulator.Scene{}
	for i := range n {
		c := lossyCall{order: fmt.Sprint(1 + i/2%2), phone: fmt.Sprintf("20255501%02d", i)}
		for j, area := range []string{"312", "415", "646"}[:1+i%3] {
			xx := lossyScenes[(i+7*j)%len(lossyScenes)]
			agent := fmt.Sprintf("%s55501%02d", area, i)
			scenes[agent] = simulator.SceneOf(fmt.Sprintf("31255501%02d", xx))
			c.agents = append(c.agents, agent)
			c.takes = c.takes || scenes[agent].Key == '1' && !scenes[agent].AnswerOnCancel
		}
		scenes[c.phone] = simulator.Scene{Name: "phone", RingFor: seconds, Talk: true}
		calls = append(calls, c)
	}
	return calls, scenes
}

// A fifth of all SIP datagrams is lost each way, others are late, doubled or out
// of order: still every call has one result, and nothing is left behind.
func TestLossyNetwork(t *testing.T) {
	t.Parallel()
	calls, scenes := lossyCalls(48)
	var lists []string
	for i, c := range calls {
		list := c.agents[0]
		for _, a := range c.agents[1:] {
			list += ", " + a
		}
		lists = append(lists, fmt.Sprintf("%d: %s", 99700+i, list))
	}
	s, proxy := badNetwork(t, setup{accounts: findMes(t, lists...), sim: simulator.Config{
		TalkTime: 2 * seconds,
		Script: func(n string) (simulator.Scene, bool) {
			s, ok := scenes[n]
			return s, ok
		},
	}}, 20261, lossy.Faults{Drop: 0.2, Repeat: 0.05, Reorder: 0.05, Delay: 5 * time.Millisecond, Jitter: 60 * time.Millisecond})
	w := newWorld(t, s)
	answers := make([]<-chan string, len(calls))
	for i, c := range calls {
		answers[i] = w.clicking(url.Values{"type": {c.order}, "findme_id": {fmt.Sprint(99700 + i)}, "phone_to_call": {c.phone}, "ref": {fmt.Sprint(i)}})
	}
	for i := range answers {
		if body := <-answers[i]; body == "" {
			t.Errorf("call %d had no answer", i)
		}
	}
	rows := w.ended(t, len(calls))
	w.settled(t)
	w.lossyOutcome(t, calls, rows)
	w.noDuplicates(t, rows)
	if n := proxy.Counts(); n.Dropped < 100 || n.Repeated == 0 || n.Reordered == 0 {
		t.Errorf("the network was too good: %+v", n)
	}
}

// settled waits until the carrier holds nothing, as long as SIP may repeat
// itself (64*T1 after the last word, twice: an INVITE and the BYE after it).
func (w *world) settled(t *testing.T) {
	t.Helper()
	poll(t, reportEvery, 75*seconds, "the carrier holds no leg", func() bool { return w.sim.Held() == 0 })
}

// lossyOutcome holds that each click has one result, and that most of those
// somebody would have taken were taken.
func (w *world) lossyOutcome(t *testing.T, calls []lossyCall, rows []record) {
	t.Helper()
	seen, could, did := map[string]string{}, 0, 0
	for _, r := range rows {
		if other, twice := seen[r.Ref]; twice {
			t.Errorf("click %s has two rows: %s and %s", r.Ref, other, r.Result)
		}
		seen[r.Ref] = r.Result
	}
	for i, c := range calls {
		result, ok := seen[fmt.Sprint(i)]
		if !ok {
			t.Errorf("click %d has no row", i)
		}
		if c.takes {
			could++
			if result == "Connected" {
				did++
			}
		}
		if !c.takes && result == "Connected" {
			t.Errorf("click %d is Connected, and nobody on its list accepts", i)
		}
	}
	t.Logf("%d of %d calls that could connect did", did, could)
	if did*5 < could*4 {
		t.Errorf("only %d of %d calls that could connect did", did, could)
	}
}

// noDuplicates holds that the carrier saw each attempt as one leg at most, and
// none that is no attempt. An attempt whose INVITE was lost four times has none.
func (w *world) noDuplicates(t *testing.T, rows []record) {
	t.Helper()
	attempts, unheard := map[string]int{}, map[string]int{}
	for _, r := range rows {
		for _, a := range r.Attempts {
			attempts[a.Number]++
			if a.Result == "Failed" || a.Result == "Canceled" {
				unheard[a.Number]++
			}
		}
	}
	legs := map[string]int{}
	for _, l := range w.sim.Snapshot() {
		legs[l.Number]++
	}
	for number, n := range legs {
		if n > attempts[number] {
			t.Errorf("%s: %d legs for %d attempts", number, n, attempts[number])
		}
	}
	for number, n := range attempts {
		if legs[number] < n-unheard[number] {
			t.Errorf("%s: %d attempts, the carrier saw %d", number, n, legs[number])
		}
	}
}
