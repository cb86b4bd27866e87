package report

import (
	"sort"
	"time"
)

// day is a date of the calendar, in no zone yet.
type day struct {
	year  int
	month time.Month
	day   int
}

func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return day{y, m, d}
}

func parseDay(name, s string) (day, error) {
	t, err := time.Parse("20060102", s)
	if err != nil {
		return day{}, invalid(name, "must be a date YYYYMMDD")
	}
	return dayOf(t), nil
}

func (d day) next() day { return dayOf(time.Date(d.year, d.month, d.day+1, 12, 0, 0, 0, time.UTC)) }

func (d day) before(e day) bool {
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC).
		Before(time.Date(e.year, e.month, e.day, 0, 0, 0, 0, time.UTC))
}

// start returns the day's first instant in the zone. It is searched for and not
// computed, because where the clocks change at midnight a day has no 00:00, or
// two.
func (d day) start(zone *time.Location) time.Time {
	const widest = 15 * time.Hour // no zone is further from UTC
	from := time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC).Add(-widest)
	n := sort.Search(int(2*widest/time.Second), func(s int) bool {
		return !dayOf(from.Add(time.Duration(s) * time.Second).In(zone)).before(d)
	})
	return from.Add(time.Duration(n) * time.Second).In(zone)
}
