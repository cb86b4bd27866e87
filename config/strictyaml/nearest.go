package strictyaml

import (
	"fmt"
	"strings"
)

// Suggest returns words to follow "unknown setting": the known name nearest to
// what was written, or all names when none is near.
func Suggest(word string, known []string) string {
	best, dist := "", 1+max(2, len(word)/3)
	for _, k := range known {
		if n := distance(strings.ToLower(word), k); n < dist {
			best, dist = k, n
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %s?", best)
	}
	return "known here: " + strings.Join(known, ", ")
}

// distance is the Levenshtein distance in bytes; long words are cut, which no
// known name is.
func distance(a, b string) int {
	a, b = a[:min(len(a), 64)], b[:min(len(b), 64)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost++
			}
			diag, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
