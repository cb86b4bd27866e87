package clickbridge

import (
	"slices"
	"strconv"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// The hours in which people are called who did not ask for it this minute:
// minutes after midnight.
const (
	DefaultCallFrom = 8 * 60
	DefaultCallTo   = 21 * 60
)

// CallingHours reports whether a number may be called at a moment: between from
// and to, in minutes after midnight (0, 0 = 8:00-21:00), in EVERY time zone its
// owner may be in. A number whose zones are not known never may (satellites,
// international toll-free).
func CallingHours(n Number, from, to int, at time.Time) bool {
	zones := n.zones()
	s := daily(from, to)
	for _, z := range zones {
		l := location(z)
		if l == nil || !s.open(at.In(l)) {
			return false
		}
	}
	return len(zones) > 0
}

// NextCallingHours returns the first moment, not before at, at which the number
// may be called; zero when there is none within 366 days: its zones are not
// known, or lie so far apart that the hours never meet.
func NextCallingHours(n Number, from, to int, at time.Time) time.Time {
	zones := n.zones()
	s := daily(from, to)
	end := at.AddDate(0, 0, openWithin)
	for next := at; len(zones) > 0 && next.Before(end); {
		before := next
		for _, z := range zones {
			s.TimeZone = z
			t, ok := s.NextOpen(next, z)
			if !ok || location(z) == nil {
				return time.Time{}
			}
			next = t
		}
		if next.Equal(before) {
			return next
		}
	}
	return time.Time{}
}

// daily is a schedule of the same hours every day.
func daily(from, to int) Schedule {
	if from == 0 && to == 0 {
		from, to = DefaultCallFrom, DefaultCallTo
	}
	var s Schedule
	for d := time.Sunday; d <= time.Saturday; d++ {
		s.Hours = append(s.Hours, Hours{Day: d, From: from, To: to})
	}
	return s
}

// anywhereInAmerica are the zones of a North American number that belongs to no
// area: toll-free, or not assigned. Islands that have area codes of their own
// are not among them; with Guam no more than two hours of a day would be left.
var anywhereInAmerica = []string{
	"America/St_Johns", "America/Halifax", "America/New_York", "America/Chicago", "America/Denver",
	"America/Phoenix", "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu",
}

// zones returns the time zones a number's owner may be in: those of its area,
// else, mobile phones being anywhere, all of its country's; none when they are
// not known. A North American area code counts whoever uses it now.
func (n Number) zones() []string {
	p := n.parsed()
	if p == nil {
		return nil
	}
	area := zonesOf(string(n))
	country := zonesOf(strconv.Itoa(int(p.GetCountryCode())))
	switch {
	case p.GetCountryCode() == 1 && slices.Equal(area, country):
		return anywhereInAmerica
	case p.GetCountryCode() == 1:
		return area
	}
	switch phonenumbers.GetNumberType(p) {
	case phonenumbers.FIXED_LINE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return area
	}
	return country
}

func zonesOf(prefix string) []string {
	zones, err := phonenumbers.GetTimezonesForPrefix(prefix)
	if err != nil || slices.Contains(zones, phonenumbers.UNKNOWN_TIMEZONE) {
		return nil
	}
	return zones
}
