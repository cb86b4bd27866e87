package system_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"clickbridge/simulator"
)

// pressing is an agent who presses 1 so long after the answer, and talks.
func pressing(after time.Duration) simulator.Scene {
	return with(takes(0), func(s *simulator.Scene) { s.KeyAfter = after })
}

// raceCases are calls of which two agents press 1 within 20 ms, while a third
// answers in the moment it is cancelled; or whose customer leaves then.
func raceCases() (cases []huntCase) {
	const accept = 1200 * time.Millisecond
	onCancel := simulator.Scene{Name: "answers as it is cancelled", RingFor: simulator.Forever, AnswerOnCancel: true, Key: '1', Talk: true}
	strategies := []string{"strategy: all_at_once", "simul: 3", "strategy: round_robin, simul: 3", "strategy: random, simul: 3",
		"strategy: least_recent, simul: 3", "strategy: weighted, simul: 3"}
	for i := range 24 {
		cases = append(cases, huntCase{name: fmt.Sprintf("two at once %d", i), list: strategies[i%6] + ", numbers: [A0, A1, A2]",
			order: []string{"1", "2"}[i%2], check: onlyOne, result: "Connected",
			agents: []simulator.Scene{pressing(accept), pressing(accept + time.Duration(i%20)*time.Millisecond), onCancel}})
	}
	for i := range 12 {
		leaves := simulator.Scene{Name: "leaves", Talk: true, HangupAfter: accept + time.Duration(8*(i-4))*time.Millisecond}
		cases = append(cases, huntCase{name: fmt.Sprintf("the customer leaves %d", i), list: strategies[0] + ", numbers: [A0, A1]",
			check: oneOrNone, result: "any", phone: leaves, agents: []simulator.Scene{pressing(accept), pressing(accept)}})
	}
	return cases
}

// accepted is how many attempts were accepted; every one has its verdict.
func (h *hunted) accepted(t *testing.T) (n int) {
	t.Helper()
	for _, r := range h.list() {
		switch strings.SplitN(r, " ", 2)[1] {
		case "Accepted":
			n++
		case "Canceled":
		default:
			t.Errorf("attempts %q", h.list())
		}
	}
	return n
}

// hearing is how many agents heard the customer.
func (h *hunted) hearing() (n int) {
	for _, legs := range h.agents {
		if slices.ContainsFunc(legs, func(l simulator.Leg) bool { return l.HeardTone(simulator.ToneOf(h.c.customer(h.i))) > 0 }) {
			n++
		}
	}
	return n
}

func onlyOne(h *hunted, t *testing.T) {
	if a, b := h.accepted(t), h.hearing(); a != 1 || b != 1 {
		t.Errorf("%d accepted, %d heard the customer", a, b)
	}
}

func oneOrNone(h *hunted, t *testing.T) {
	a, b := h.accepted(t), h.hearing()
	if a > 1 || b > a || h.row.Result != "Canceled" && (h.row.Result != "Connected" || a != 1) {
		t.Errorf("%s, %d accepted, %d heard the customer", h.row.Result, a, b)
	}
}

// Whoever is first, and whoever leaves, there is one bridge or none.
func TestRaces(t *testing.T) {
	t.Parallel()
	cases := raceCases()
	w := hunts(t, cases, "", nil)
	runHunts(t, w, cases)
}
