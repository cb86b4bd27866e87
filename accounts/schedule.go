package accounts

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"clickbridge"
)

// schedule reads when somebody is on shift; nil is always.
func (r *reader) schedule(at string, raw *rawSchedule) *clickbridge.Schedule {
	if raw == nil || raw.TimeZone == nil && len(raw.Hours)+len(raw.Closed) == 0 {
		return nil
	}
	s := &clickbridge.Schedule{TimeZone: or(r.zone(at+".time_zone", raw.TimeZone), ""), Closed: raw.Closed}
	for i, h := range raw.Hours {
		hours, err := parseHours(h)
		if err != nil {
			r.fault(fmt.Sprintf("%s.hours[%d]", at, i), "%q %v", h, err)
		}
		s.Hours = append(s.Hours, hours...)
	}
	for i, day := range raw.Closed {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			r.fault(fmt.Sprintf("%s.closed[%d]", at, i), "%q is not a date; write for example 2026-12-25", day)
		}
	}
	return s
}

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// The errors follow the quoted value.
var (
	errHours     = errors.New("is not days and hours; write for example mon-fri 09:00-17:00 or sat,sun 22:00-02:00")
	errSpan      = errors.New("is not a span of a day; write for example 09:00-17:00")
	errSpanOrder = errors.New("ends before it begins; write for example 08:00-21:00")
)

// tight takes out the spaces around what joins days and times.
var tight = strings.NewReplacer(" - ", "-", "- ", "-", " -", "-", "–", "-", ", ", ",", " ,", ",")

// parseHours reads "mon-fri 09:00-17:00": days, daily for all of them, then a
// span, which goes on into the next day where it ends before it begins.
func parseHours(s string) ([]clickbridge.Hours, error) {
	words := strings.Fields(tight.Replace(strings.ToLower(s)))
	if len(words) != 2 {
		return nil, errHours
	}
	from, to, err := parseSpan(words[1])
	if err != nil {
		return nil, errHours
	}
	if words[0] == "daily" {
		words[0] = "sun-sat"
	}
	var out []clickbridge.Hours
	for days := range strings.SplitSeq(words[0], ",") {
		first, last, ranged := strings.Cut(days, "-")
		if !ranged {
			last = first
		}
		a, b := slices.Index(dayNames, first), slices.Index(dayNames, last)
		if a < 0 || b < 0 {
			return nil, fmt.Errorf("has a day that is not one of %s", strings.Join(dayNames, ", "))
		}
		for d := a; ; d = (d + 1) % len(dayNames) {
			out = append(out, clickbridge.Hours{Day: time.Weekday(d), From: from, To: to})
			if d == b {
				break
			}
		}
	}
	return out, nil
}

// parseSpan reads "09:00-17:00" as minutes after midnight. 24:00 is an end.
func parseSpan(s string) (from, to int, err error) {
	a, b, ok := strings.Cut(tight.Replace(strings.TrimSpace(s)), "-")
	if !ok {
		return 0, 0, errSpan
	}
	from, ok1 := parseTime(a)
	to, ok2 := parseTime(b)
	if !ok1 || !ok2 || from == minutesOfDay {
		return 0, 0, errSpan
	}
	return from, to, nil
}

const minutesOfDay = 24 * 60

func parseTime(s string) (minutes int, ok bool) {
	h, m, ok := strings.Cut(s, ":")
	hour, err1 := strconv.ParseUint(h, 10, 8)
	minute, err2 := strconv.ParseUint(m, 10, 8)
	minutes = int(hour)*60 + int(minute)
	return minutes, ok && err1 == nil && err2 == nil && len(m) == 2 && len(h) <= 2 && minute < 60 && minutes <= minutesOfDay
}

// scheduled is a schedule as people write it; "" is always.
func scheduled(s *clickbridge.Schedule) string {
	if s == nil {
		return ""
	}
	var parts []string
	for i := 0; i < len(s.Hours); {
		n := run(s.Hours[i:])
		days := dayNames[s.Hours[i].Day]
		switch {
		case n == len(dayNames) && days == dayNames[0]:
			days = "daily"
		case n > 1:
			days += "-" + dayNames[s.Hours[i+n-1].Day]
		}
		parts = append(parts, days+" "+span(s.Hours[i].From, s.Hours[i].To))
		i += n
	}
	if len(s.Closed) > 0 {
		parts = append(parts, "closed "+strings.Join(s.Closed, " "))
	}
	if s.TimeZone != "" {
		parts = append(parts, s.TimeZone)
	}
	return strings.Join(parts, ", ")
}

// run counts the days at the beginning of list that follow each other with the
// same hours, a week at most.
func run(list []clickbridge.Hours) int {
	n := 1
	for n < len(list) && n < len(dayNames) && list[n].From == list[0].From && list[n].To == list[0].To &&
		list[n].Day == (list[n-1].Day+1)%time.Weekday(len(dayNames)) {
		n++
	}
	return n
}

func span(from, to int) string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", from/60, from%60, to/60, to%60)
}
