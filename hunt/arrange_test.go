package hunt_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/hunt"
)

func TestArrange(t *testing.T) {
	at := func(s int64) time.Time { return time.Unix(s, 0) }
	numbers := plan(1, 6).List.Numbers
	for _, tc := range []struct {
		name  string
		plan  hunt.Plan
		place int64
		last  map[clickbridge.Number]time.Time
		first clickbridge.Number
		want  []int
	}{
		{"in order", plan(1, 3), 0, nil, "", []int{0, 1, 2}},
		{"paused", plan(1, 3, paused(1)), 0, nil, "", []int{0, 2}},
		{"nobody", plan(1, 0, strategy(clickbridge.RoundRobin)), 7, nil, "", []int{}},
		{"round robin", plan(1, 3, strategy(clickbridge.RoundRobin)), 4, nil, "", []int{1, 2, 0}},
		{"round robin, paused", plan(1, 3, strategy(clickbridge.RoundRobin), paused(0)), 1, nil, "", []int{2, 1}},
		{"round robin, off", plan(1, 4, strategy(clickbridge.RoundRobin), off(0, notOnShift), off(1, notOnShift)), 3, nil, "", []int{3, 0, 1, 2}},
		{"round robin, all off", plan(1, 1, strategy(clickbridge.RoundRobin), off(0, notOnShift)), 3, nil, "", []int{0}},
		{"least recent", plan(1, 4, strategy(clickbridge.LeastRecent)), 0,
			map[clickbridge.Number]time.Time{numbers[0].Number: at(20), numbers[2].Number: at(10)}, "", []int{1, 3, 2, 0}},
		{"sticky", plan(1, 4), 0, nil, numbers[2].Number, []int{2, 0, 1, 3}},
		{"sticky in a round robin", plan(1, 4, strategy(clickbridge.RoundRobin)), 3, nil, numbers[1].Number, []int{1, 3, 0, 2}},
		{"sticky and paused", plan(1, 3, paused(2)), 0, nil, numbers[2].Number, []int{0, 1}},
		{"sticky and gone", plan(1, 3), 0, nil, numbers[5].Number, []int{0, 1, 2}},
		{"sticky on two lines", plan(1, 4, same(1, 3)), 0, nil, numbers[1].Number, []int{1, 0, 2, 3}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := hunt.Arrange(&tc.plan.List, tc.plan.Off, tc.place, tc.last, tc.first, 1)
			if d := cmp.Diff([][]int{tc.want}, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// Every order holds every line that is not paused, once, the known agent first;
// the same seed draws the same.
func TestAnyOrder(t *testing.T) {
	s := seed(t)
	for i := range uint64(3000) {
		r := rand.New(rand.NewPCG(s, i))
		p := randomPlan(r, strategies[i%uint64(len(strategies))])
		first := clickbridge.Number("")
		if n := len(p.List.Numbers); n > 0 {
			first = p.List.Numbers[r.IntN(n)].Number
		}
		place, draw := r.Int64(), r.Uint64()
		orders := hunt.Arrange(&p.List, p.Off, place, nil, first, draw)
		if d := cmp.Diff(orders, hunt.Arrange(&p.List, p.Off, place, nil, first, draw)); d != "" {
			t.Fatalf("case %d: another order from the same seed:\n%s", i, d)
		}
		for _, o := range orders {
			known := slices.IndexFunc(o, func(i int) bool { return p.List.Numbers[i].Number == first })
			if known > 0 {
				t.Fatalf("case %d: the known agent comes at %d of %v", i, known, o)
			}
			var want []int
			for i, n := range p.List.Numbers {
				if !n.Paused {
					want = append(want, i)
				}
			}
			if slices.Sort(o); !slices.Equal(o, want) {
				t.Fatalf("case %d: lines %v, want %v", i, o, want)
			}
		}
	}
}

func TestRoundRobinIsFair(t *testing.T) {
	p := plan(1, 7, strategy(clickbridge.RoundRobin), paused(3), off(0, notOnShift))
	began := map[int]int{}
	const rounds = 40
	for place := range int64(rounds * 5) {
		p.Order = hunt.Arrange(&p.List, p.Off, place, nil, "", 0)
		for _, a := range hunt.New(p).Step(hunt.Event{Kind: hunt.Start}) {
			if a.Kind == hunt.Dial {
				began[a.Index]++
			}
		}
	}
	want := map[int]int{1: rounds, 2: rounds, 4: rounds, 5: rounds, 6: rounds}
	if d := cmp.Diff(want, began); d != "" {
		t.Error(d)
	}
}

// Sorted by when each was last rung, those that never were before all others.
func TestLeastRecentIsSorted(t *testing.T) {
	s := seed(t)
	for i := range uint64(2000) {
		r := rand.New(rand.NewPCG(s, i))
		p := randomPlan(r, clickbridge.LeastRecent)
		last := map[clickbridge.Number]time.Time{}
		for _, n := range p.List.Numbers {
			if r.IntN(3) > 0 {
				last[n.Number] = time.Unix(r.Int64N(5), 0)
			}
		}
		o := hunt.Arrange(&p.List, p.Off, 0, last, "", 0)[0]
		for k := 1; k < len(o); k++ {
			a, b := last[p.List.Numbers[o[k-1]].Number], last[p.List.Numbers[o[k]].Number]
			if b.Before(a) || a.Equal(b) && o[k-1] > o[k] {
				t.Fatalf("case %d: %v comes before %v in %v", i, a, b, o)
			}
		}
	}
}

// chi2 is Pearson's statistic of counts against how often each was expected.
func chi2(counts []int, expected []float64) (x float64) {
	for i, n := range counts {
		d := float64(n) - expected[i]
		x += d * d / expected[i]
	}
	return x
}

// Who comes first, and who second, is as likely as the weights say. The bounds
// are those that chance exceeds once in ten thousand; the seeds are fixed.
func TestDrawsAreAsLikelyAsTheirWeights(t *testing.T) {
	const draws = 60000
	p := plan(2, 4, strategy(clickbridge.WeightedOrder))
	w := []float64{3, 1, 6, 2} // in all 12
	for i := range w {
		p.List.Numbers[i].Weight = int(w[i])
	}
	p.List.Numbers[1].Weight = 0 // counts as 1
	first, second, later := make([]int, 4), make([]int, 4), make([]int, 4)
	for s := range uint64(draws) {
		o := hunt.Arrange(&p.List, nil, 0, nil, "", s)
		first[o[0][0]]++
		second[o[0][1]]++
		later[o[1][0]]++
	}
	want, then := make([]float64, 4), make([]float64, 4)
	for i := range w {
		want[i] = draws * w[i] / 12
		for j := range w {
			if j != i { // j came first
				then[i] += draws * w[j] / 12 * w[i] / (12 - w[j])
			}
		}
	}
	for name, x := range map[string]float64{"first": chi2(first, want), "second": chi2(second, then), "pass 2": chi2(later, want)} {
		if x > 21.1 { // 3 degrees of freedom
			t.Errorf("%s: chi-square %.1f, counts %v %v %v", name, x, first, second, later)
		}
	}
}

func TestRandomOrdersAreAsLikely(t *testing.T) {
	const draws = 48000
	p := plan(2, 4, strategy(clickbridge.RandomOrder))
	for i := range p.List.Numbers {
		p.List.Numbers[i].Weight = 10 * i // of no account here
	}
	place := map[[4]int]int{}
	again := 0
	for s := range uint64(draws) {
		o := hunt.Arrange(&p.List, nil, 0, nil, "", s)
		place[[4]int(o[0])]++
		if slices.Equal(o[0], o[1]) {
			again++
		}
	}
	counts, want := []int{}, []float64{}
	for _, n := range place {
		counts, want = append(counts, n), append(want, draws/24)
	}
	if x := chi2(counts, want); len(place) != 24 || x > 55.2 { // 23 degrees of freedom
		t.Errorf("%d orders, chi-square %.1f", len(place), x)
	}
	if again < draws/24*8/10 || again > draws/24*12/10 {
		t.Errorf("pass 2 had the order of pass 1 %d times in %d", again, draws)
	}
}
