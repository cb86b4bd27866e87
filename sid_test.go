package clickbridge

import (
	"testing"
	"time"
)

func TestSID(t *testing.T) {
	id := CallID("019ab2d4-9d00-7abc-8def-0123456789ab") // 2025-11-24T00:00:31Z
	sid := id.SID()
	if len(sid) != 16 || sid != id.SID() || sid == CallID("019ab2d4-9d00-7abc-8def-0123456789ac").SID() {
		t.Fatalf("got %s", sid)
	}
	now := time.Now()
	from, to, ok := SIDSpan(NewCallID().SID())
	if !ok || now.Before(from) || !now.Before(to) || to.Sub(from) > time.Minute {
		t.Errorf("%v to %v, %v", from, to, ok)
	}
	if got := CallID("call-1").SID(); len(got) != 16 || got[:9] != "000000000" {
		t.Errorf("an id without a time: %s", got)
	}
	for _, s := range []string{"", "123", "12345678901234567", "123456789012345x", "-123456789012345"} {
		if _, _, ok := SIDSpan(s); ok {
			t.Errorf("%q is a sid", s)
		}
	}
}

// Sids of one second differ but for one in millions.
func TestSIDsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		seen[NewCallID().SID()] = true
	}
	if len(seen) < 998 {
		t.Errorf("%d of 1000 differ", len(seen))
	}
}
