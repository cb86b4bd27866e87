package prompt

import (
	"strconv"
	"strings"

	"clickbridge"
)

// spoken returns the clips that say a number. Digits sound as within a list;
// the last one closes it.
func spoken(n clickbridge.Number, home string) []string {
	groups := grouped(n.Pretty(home))
	if len(groups) == 0 {
		return []string{"unknown-number"}
	}
	names := make([]string, 0, 24)
	for i, g := range groups {
		for j, r := range g {
			switch {
			case r == '+':
				names = append(names, "plus")
			case i == len(groups)-1 && j == len(g)-1:
				names = append(names, closing[r-'0'])
			default:
				names = append(names, within[r-'0'])
			}
		}
		names = append(names, pause)
	}
	return names
}

// The clips of the digits, by name: one is looked up for each digit of each call.
var within, closing = func() (w, c [10]string) {
	for i := range w {
		w[i], c[i] = "digit-"+strconv.Itoa(i), "last-"+strconv.Itoa(i)
	}
	return w, c
}()

// grouped cuts a number into what is said in one breath: as it is written,
// where it is written with spaces and brackets, else in threes and fours.
func grouped(written string) []string {
	groups := strings.FieldsFunc(written, func(r rune) bool { return r != '+' && (r < '0' || r > '9') })
	if len(groups) != 1 {
		return groups
	}
	rest := groups[0]
	groups = nil
	if code, ok := strings.CutPrefix(rest, "+1"); ok && len(code) == 10 {
		groups, rest = append(groups, "+1"), code // North America, called from elsewhere
	} else if strings.HasPrefix(rest, "+") && len(rest) > 3 {
		groups, rest = append(groups, rest[:3]), rest[3:]
	}
	for len(rest) > 4 {
		n := 3
		switch len(rest) {
		case 8:
			n = 4 // 4 and 4, not 3, 3 and 2
		case 5:
			n = 2
		}
		groups, rest = append(groups, rest[:n]), rest[n:]
	}
	return append(groups, rest)
}
