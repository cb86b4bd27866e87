package hunt_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/hunt"
)

var strategies = []clickbridge.Strategy{
	clickbridge.InOrder, clickbridge.AllAtOnce, clickbridge.RoundRobin,
	clickbridge.RandomOrder, clickbridge.LeastRecent, clickbridge.WeightedOrder,
}

// seed is this run's, to be set again as HUNT_SEED.
func seed(t *testing.T) uint64 {
	s := rand.Uint64()
	if v, err := strconv.ParseUint(os.Getenv("HUNT_SEED"), 10, 64); err == nil {
		s = v
	}
	t.Logf("HUNT_SEED=%d", s)
	return s
}

// Whatever happens to whatever list, the rules that checker holds are kept.
func TestAnyHunt(t *testing.T) {
	s := seed(t)
	for _, strategy := range strategies {
		t.Run(string(strategy), func(t *testing.T) {
			for i := range uint64(2500) {
				r := rand.New(rand.NewPCG(s, i))
				play(t, r, randomPlan(r, strategy))
				if t.Failed() {
					t.Fatalf("case %d", i)
				}
			}
		})
	}
}

func randomPlan(r *rand.Rand, strategy clickbridge.Strategy) hunt.Plan {
	p := plan(r.IntN(6), r.IntN(9))
	set := &p.List.Settings
	set.Strategy, set.Simul = strategy, r.IntN(5)
	set.AutoAccept, set.DeclineEndsHunt = clickbridge.AutoAccept(r.IntN(4)), r.IntN(4) == 0
	last := map[clickbridge.Number]time.Time{}
	for i := range p.List.Numbers {
		n := &p.List.Numbers[i]
		n.Paused, n.Weight = r.IntN(8) == 0, r.IntN(5)
		if r.IntN(5) == 0 {
			n.Number = p.List.Numbers[r.IntN(i+1)].Number
		}
		if r.IntN(3) == 0 {
			n.Extension = string(rune('0' + r.IntN(3)))
		}
		if r.IntN(6) == 0 {
			p.Off[i] = notOnShift
		}
		if r.IntN(2) == 0 {
			last[n.Number] = time.Unix(r.Int64N(100), 0)
		}
	}
	first := clickbridge.Number("")
	if n := len(p.List.Numbers); n > 0 && r.IntN(2) == 0 {
		first = p.List.Numbers[r.IntN(n)].Number
	}
	p.Order = hunt.Arrange(&p.List, p.Off, r.Int64N(100), last, first, r.Uint64())
	return p
}

// play feeds a hunt random events until it ends.
func play(t *testing.T, r *rand.Rand, p hunt.Plan) {
	c := &checker{t: t, plan: p, ringing: map[int]bool{}, refused: map[clickbridge.Number]bool{},
		dialled: map[[2]int]bool{}, skipped: map[int]bool{}}
	h := hunt.New(p)
	c.step(h, hunt.Event{Kind: hunt.Start})
	for steps := 0; c.ends == 0 && !t.Failed(); steps++ {
		if steps > 2000 {
			t.Fatal("the hunt does not end")
		}
		c.step(h, c.randomEvent(r))
	}
	if !h.Over() {
		t.Error("a hunt that gave its last action is not over")
	}
	for i := range p.List.Numbers {
		c.step(h, hunt.Event{Kind: hunt.Ended, Index: i, Result: busy})
		c.step(h, hunt.Event{Kind: hunt.Accepted, Index: i})
	}
	c.step(h, hunt.Event{Kind: hunt.Stop})
}

// checker follows a hunt from outside.
type checker struct {
	t       *testing.T
	plan    hunt.Plan
	ringing map[int]bool
	refused map[clickbridge.Number]bool
	dialled map[[2]int]bool // pass and line
	skipped map[int]bool
	pass    int
	dials   []hunt.Action
	ends    int
}

var results = []clickbridge.AttemptResult{
	busy, busy, noAnswer, noAnswer, declined, clickbridge.AttemptNotAccepted, clickbridge.AttemptFailed,
	clickbridge.AttemptOnAnotherCall, clickbridge.AttemptOptedOut,
}

func (c *checker) randomEvent(r *rand.Rand) hunt.Event {
	e := hunt.Event{Index: r.IntN(len(c.plan.List.Numbers)), Result: results[r.IntN(len(results))]}
	switch r.IntN(40) {
	case 0:
		e.Kind = hunt.Accepted
	case 1:
		e.Kind = hunt.Stop
	default:
		e.Kind = hunt.Ended
	}
	return e
}

// who is the agent on a line.
func (c *checker) who(i int) clickbridge.Number {
	if ext := c.plan.List.Numbers[i].Extension; ext != "" {
		return c.number(i) + "," + clickbridge.Number(ext)
	}
	return c.number(i)
}

func (c *checker) out(i int) bool { return c.refused[c.number(i)] || c.refused[c.who(i)] }

func (c *checker) number(i int) clickbridge.Number { return c.plan.List.Numbers[i].Number }

// step tells the hunt e, and looks at what it answers.
func (c *checker) step(h *hunt.Hunt, e hunt.Event) {
	known := e.Kind == hunt.Start || e.Kind == hunt.Stop || c.ringing[e.Index]
	if known && (e.Kind == hunt.Ended || e.Kind == hunt.Accepted) {
		delete(c.ringing, e.Index)
	}
	endsAll := known && e.Kind == hunt.Ended && e.Result == declined && c.plan.List.Settings.DeclineEndsHunt
	if known && e.Kind == hunt.Ended && (e.Result == declined || e.Result == clickbridge.AttemptOptedOut) {
		if e.Result == declined {
			c.refused[c.who(e.Index)] = true
		} else {
			c.refused[c.number(e.Index)] = true
		}
	}
	actions := h.Step(e)
	if (c.ends > 0 || !known) && len(actions) > 0 {
		c.t.Fatalf("%+v answered with %+v", e, actions)
	}
	for _, a := range actions {
		if c.ends > 0 {
			c.t.Fatalf("%+v after the end", a)
		}
		c.take(e, a, endsAll)
	}
	if c.ends == 0 {
		c.room()
	}
}

func (c *checker) take(e hunt.Event, a hunt.Action, endsAll bool) {
	switch a.Kind {
	case hunt.Dial:
		c.dial(a)
	case hunt.Skip:
		if c.skipped[a.Index] || c.plan.Off[a.Index] != a.Result || c.plan.List.Numbers[a.Index].Paused || a.Pass != 1 {
			c.t.Errorf("wrong skip %+v", a)
		}
		c.skipped[a.Index] = true
	case hunt.Cancel:
		if !c.ringing[a.Index] {
			c.t.Errorf("cancel of %d, which does not ring", a.Index)
		}
		delete(c.ringing, a.Index)
		c.ringing[-1] = true // an end must follow in the same step
	default:
		c.ends++
		delete(c.ringing, -1)
		if len(c.ringing) > 0 {
			c.t.Errorf("%+v while %v ring", a, c.ringing)
		}
		switch want := map[hunt.EventKind]hunt.ActionKind{hunt.Accepted: hunt.Won, hunt.Stop: hunt.Stopped}; {
		case a.Kind == hunt.Exhausted && !endsAll:
			c.complete()
		case a.Kind == hunt.Exhausted:
		case want[e.Kind] != a.Kind || a.Kind == hunt.Won && a.Index != e.Index:
			c.t.Errorf("%+v ended with %+v", e, a)
		}
	}
}

func (c *checker) dial(a hunt.Action) {
	for i := range c.ringing {
		if c.number(i) == c.number(a.Index) {
			c.t.Errorf("%s rings twice", c.number(i))
		}
	}
	if c.ringing[a.Index] = true; len(c.ringing) > c.plan.List.Simul() {
		c.t.Errorf("%d ring at once", len(c.ringing))
	}
	key := [2]int{a.Pass, a.Index}
	if c.dialled[key] || a.Pass < c.pass || a.Pass > c.plan.List.LoopCount || !c.may(a.Index) {
		c.t.Errorf("%+v must not be dialled", a)
	}
	if a.Pass > c.pass && len(c.ringing) > 1 {
		c.t.Errorf("pass %d begins while the one before rings", a.Pass)
	}
	c.dialled[key], c.pass, c.dials = true, a.Pass, append(c.dials, a)
}

// may reports whether a line may be dialled at all.
func (c *checker) may(i int) bool {
	_, off := c.plan.Off[i]
	return !off && !c.plan.List.Numbers[i].Paused && !c.out(i)
}

// room: whoever may ring now rings.
func (c *checker) room() {
	engaged := map[clickbridge.Number]bool{}
	for i := range c.ringing {
		engaged[c.number(i)] = true
	}
	for i := range c.plan.List.Numbers {
		if c.may(i) && !c.dialled[[2]int{c.pass, i}] && !engaged[c.number(i)] && len(c.ringing) < c.plan.List.Simul() {
			c.t.Errorf("line %d does not ring in pass %d, with %d ringing", i, c.pass, len(c.ringing))
		}
	}
}

// complete: an exhausted hunt has given everybody their turn.
func (c *checker) complete() {
	list := &c.plan.List
	for i := range list.Numbers {
		if _, off := c.plan.Off[i]; off && !list.Numbers[i].Paused && !c.skipped[i] && list.LoopCount > 0 {
			c.t.Errorf("line %d is off and was not skipped", i)
		}
		for pass := 1; pass <= list.LoopCount; pass++ {
			if c.may(i) && !c.dialled[[2]int{pass, i}] {
				c.t.Errorf("line %d not dialled in pass %d", i, pass)
			}
		}
	}
	c.modes()
}

// modes: one at a time, the last dial of an exhausted hunt is the one that is
// taken, unless it was its own decline that made it the last.
func (c *checker) modes() {
	for k, a := range c.dials {
		last := k == len(c.dials)-1
		var want []hunt.AcceptMode
		switch c.plan.List.Settings.AutoAccept {
		case clickbridge.AcceptFirst:
			want = []hunt.AcceptMode{hunt.Take}
		case clickbridge.AcceptLastAsked:
			want = []hunt.AcceptMode{hunt.Ask, hunt.AskThenTake}
		case clickbridge.AcceptLastUnasked:
			want = []hunt.AcceptMode{hunt.Ask, hunt.Take}
		default:
			want = []hunt.AcceptMode{hunt.Ask}
		}
		if len(want) == 2 {
			switch sure := c.plan.List.Simul() == 1 && !c.out(a.Index); {
			case !last:
				want = want[:1]
			case sure:
				want = want[1:]
			}
		}
		if !slices.Contains(want, a.Accept) {
			c.t.Errorf("%+v (last: %v): accept is to be one of %v", a, last, want)
		}
	}
}

// One at a time, a pass follows its order.
func TestOrderIsFollowed(t *testing.T) {
	s := seed(t)
	for i := range uint64(500) {
		r := rand.New(rand.NewPCG(s, i))
		p := randomPlan(r, strategies[i%uint64(len(strategies))])
		p.List.Settings.Strategy, p.List.Settings.Simul = clickbridge.InOrder, 1
		h := hunt.New(p)
		var want, got []string
		for pass := range p.List.LoopCount {
			for _, i := range p.Order[min(pass, len(p.Order)-1)] {
				if _, off := p.Off[i]; !off {
					want = append(want, fmt.Sprint(pass+1, i))
				}
			}
		}
		for e := (hunt.Event{Kind: hunt.Start}); !h.Over(); {
			actions := h.Step(e)
			if len(actions) == 0 {
				t.Fatalf("case %d: nothing follows %+v", i, e)
			}
			for _, a := range actions {
				if a.Kind == hunt.Dial {
					got = append(got, fmt.Sprint(a.Pass, a.Index))
					e = hunt.Event{Kind: hunt.Ended, Index: a.Index, Result: busy}
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("case %d: dialled %v, want %v", i, got, want)
		}
	}
}
