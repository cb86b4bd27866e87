package clickbridge

import (
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The old API names a call by 16 digits, its sid: the seconds from sidEpoch to
// the making of the call's id (9 digits, until 2051), then 7 digits of the id's
// hash. Two calls of one second share a sid once in ten million.
const (
	sidDigits  = 16
	sidHashes  = 10_000_000
	sidSeconds = 1_000_000_000
	// sidSlack is how far apart the making of an id and of its call may be.
	sidSlack = 5 * time.Second
)

var sidEpoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// SID returns the call's name in the old API: always the same 16 digits.
func (id CallID) SID() string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // a hash does not fail
	var seconds int64
	if u, err := uuid.Parse(string(id)); err == nil && u.Version() == 7 {
		at, _ := u.Time().UnixTime()
		seconds = (at - sidEpoch.Unix()) % sidSeconds
	}
	return pad(strconv.FormatInt(seconds, 10), 9) + pad(strconv.FormatUint(h.Sum64()%sidHashes, 10), 7)
}

func pad(digits string, to int) string {
	return strings.Repeat("0", max(0, to-len(digits))) + digits
}

// SIDSpan returns when a call of that sid was made: from inclusive, to
// exclusive. ok is false when s is no sid.
func SIDSpan(s string) (from, to time.Time, ok bool) {
	if len(s) != sidDigits || strings.Trim(s, "0123456789") != "" {
		return from, to, false
	}
	seconds, err := strconv.ParseInt(s[:9], 10, 64)
	if err != nil {
		return from, to, false
	}
	at := sidEpoch.Add(time.Duration(seconds) * time.Second)
	return at.Add(-sidSlack), at.Add(time.Second + sidSlack), true
}
