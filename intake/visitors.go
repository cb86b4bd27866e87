package intake

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"time"

	"clickbridge"
	"clickbridge/throttle"
)

// Visitors limits clicks with public keys, whose users nobody knows: by the
// address they come from and by the number they want called, both counted per
// account. They are this node's own: each of several lets as many through.
type Visitors struct {
	PerAddress throttle.Rate
	PerNumber  throttle.Rate
}

// DefaultVisitors lets an office behind one address click, and a person who was
// not reached try again, but nobody ring a stranger all day.
var DefaultVisitors = Visitors{
	PerAddress: throttle.Rate{Count: 10, Per: time.Minute},
	PerNumber:  throttle.Rate{Count: 4, Per: 10 * time.Minute},
}

// NoLimit lets everybody through.
var NoLimit = throttle.Rate{Count: -1}

// rememberedVisitors bounds the memory: some 20 MB.
const rememberedVisitors = 1 << 16

type visitors struct{ addresses, numbers *throttle.Throttle }

func newVisitors(v Visitors) *visitors {
	if v.PerAddress == (throttle.Rate{}) {
		v.PerAddress = DefaultVisitors.PerAddress
	}
	if v.PerNumber == (throttle.Rate{}) {
		v.PerNumber = DefaultVisitors.PerNumber
	}
	return &visitors{
		addresses: throttle.New(v.PerAddress, rememberedVisitors),
		numbers:   throttle.New(v.PerNumber, rememberedVisitors),
	}
}

// welcome counts a click that is about to ring somebody, and refuses one too
// many.
func (v *visitors) welcome(who Access, from string, phone clickbridge.Number) error {
	if !who.Public() {
		return nil
	}
	account := strconv.FormatInt(who.Account.ID, 10) + " "
	if wait, ok := v.addresses.Take(account + Household(from)); !ok {
		return tooOften("this visitor has clicked too often", wait)
	}
	if wait, ok := v.numbers.Take(account + string(phone)); !ok {
		return tooOften("this number was called too often", wait)
	}
	return nil
}

func tooOften(why string, wait time.Duration) error {
	return &clickbridge.Error{Code: clickbridge.ELIMIT, RetryAfter: wait,
		Message: fmt.Sprintf("Too many requests: %s; try again in %d seconds", why, int(math.Ceil(wait.Seconds())))}
}

// Household is the part of an address that one customer of a provider has to
// themselves: of IPv6 the first half.
func Household(addr string) string {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return addr
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return addr
	}
	return p.String()
}
