package sink

import (
	"strconv"
	"strings"
	"sync"
)

// Always as a number of times never ends.
const Always = -1

// parseFailure reads "500" (always) and "500x2" (twice).
func parseFailure(s string) (code, times int, ok bool) {
	a, b, counted := strings.Cut(s, "x")
	code, err := strconv.Atoi(a)
	if err != nil || code < 200 || code > 599 || len(a) != 3 {
		return 0, 0, false
	}
	if !counted {
		return code, Always, true
	}
	times, err = strconv.Atoi(b)
	return code, times, err == nil && times >= 0
}

// failures counts down scripted failures.
type failures struct {
	mu    sync.Mutex
	code  int
	times int
	used  map[string]int // tries seen, by path or mailbox
}

func (f *failures) set(code, times int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.code, f.times = code, times
}

// next returns the code the next message fails with, 0 for none.
func (f *failures) next() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.times == 0 {
		return 0
	}
	if f.times > 0 {
		f.times--
	}
	return f.code
}

// maxScripts bounds how many paths and mailboxes are counted.
const maxScripts = 10000

// named returns the code for one more try at what s names; key tells several
// with the same script apart.
func (f *failures) named(key, s string) (code int, scripted bool) {
	code, times, ok := parseFailure(s)
	if !ok {
		return 0, false
	}
	if times == Always {
		return code, true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.used == nil || len(f.used) >= maxScripts {
		f.used = map[string]int{}
	}
	f.used[key]++
	if f.used[key] <= times {
		return code, true
	}
	return 0, true
}
