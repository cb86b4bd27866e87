package clickbridge

import (
	"fmt"
	"testing"
)

// The list of area codes abroad says what the library says, for every area
// code and some of its exchanges.
func TestAbroadIsWhatTheLibrarySays(t *testing.T) {
	for area := 200; area < 1000; area++ {
		for _, local := range []string{"2345678", "5550100", "9762345", "3004567", "4561234", "8881234", "7005550"} {
			n := Number(fmt.Sprintf("+1%d%s", area, local))
			if fast, slow := n.Country("US"), n.lookup("US"); fast != slow {
				t.Errorf("%s: %q, the library says %q", n, fast, slow)
			}
		}
	}
}
