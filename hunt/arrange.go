package hunt

import (
	"math/rand/v2"
	"slices"
	"time"

	"clickbridge"
)

// Arrange draws the order of each pass of a hunt as the list's strategy says:
// for Plan.Order. Paused lines are left out. It is a function of its arguments:
//
//   - off, as in Plan: the turns of a round robin are shared by the others;
//   - place, for a round robin: how many hunts of the list there were before;
//   - last, for the least recent: when each number was last rung, none = never;
//   - first, the agent the customer knows, comes before everybody in every
//     pass, whatever the strategy; "" = none;
//   - seed, for random and weighted, which draw every pass anew.
func Arrange(list *clickbridge.FindMe, off map[int]clickbridge.AttemptResult, place int64,
	last map[clickbridge.Number]time.Time, first clickbridge.Number, seed uint64) [][]int {
	lines := active(list)
	orders := [][]int{lines}
	switch list.Settings.Strategy {
	case clickbridge.RoundRobin:
		orders[0] = rotate(lines, off, place)
	case clickbridge.LeastRecent:
		slices.SortStableFunc(lines, func(a, b int) int {
			return last[list.Numbers[a].Number].Compare(last[list.Numbers[b].Number])
		})
	case clickbridge.RandomOrder, clickbridge.WeightedOrder:
		orders = make([][]int, max(1, list.LoopCount))
		for pass := range orders {
			orders[pass] = draw(list, lines, rand.New(rand.NewPCG(seed, uint64(pass))))
		}
	}
	for _, o := range orders {
		toFront(list, o, first)
	}
	return orders
}

// active returns the lines that are not paused, as written.
func active(list *clickbridge.FindMe) []int {
	lines := make([]int, 0, len(list.Numbers))
	for i := range list.Numbers {
		if !list.Numbers[i].Paused {
			lines = append(lines, i)
		}
	}
	return lines
}

// rotate begins with the place-th of the lines that can be dialled.
func rotate(lines []int, off map[int]clickbridge.AttemptResult, place int64) []int {
	var starts []int // positions
	for k, i := range lines {
		if _, ok := off[i]; !ok {
			starts = append(starts, k)
		}
	}
	if len(starts) == 0 {
		return lines
	}
	n := int64(len(starts))
	k := starts[(place%n+n)%n]
	return slices.Concat(lines[k:], lines[:k])
}

// draw takes the lines one by one, each as likely as its weight is to that of
// all that are left; in a random order all weigh the same.
func draw(list *clickbridge.FindMe, lines []int, r *rand.Rand) []int {
	weight := func(i int) int {
		if list.Settings.Strategy == clickbridge.RandomOrder {
			return 1
		}
		return max(1, list.Numbers[i].Weight)
	}
	total := 0
	for _, i := range lines {
		total += weight(i)
	}
	left, out := slices.Clone(lines), make([]int, 0, len(lines))
	for len(left) > 0 {
		at, k := r.IntN(total), 0
		for at >= weight(left[k]) {
			at -= weight(left[k])
			k++
		}
		out = append(out, left[k])
		total -= weight(left[k])
		left = slices.Delete(left, k, k+1)
	}
	return out
}

// toFront moves the first line of a number before all others.
func toFront(list *clickbridge.FindMe, order []int, first clickbridge.Number) {
	k := slices.IndexFunc(order, func(i int) bool { return list.Numbers[i].Number == first })
	if first == "" || k <= 0 {
		return
	}
	i := order[k]
	copy(order[1:k+1], order[:k])
	order[0] = i
}
