package clickbridge

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Schedule says when somebody is on shift, by the clock on the wall of its
// zone: an hour that comes twice when summer time ends is open twice, one that
// is left out when it begins is not there.
type Schedule struct {
	TimeZone string   // IANA name; "" = the account's
	Hours    []Hours  // none = every day, all day
	Closed   []string // dates, YYYY-MM-DD, in the zone; a span that begins on one does not take place
}

// Hours is one span of a week. One that ends before or when it begins goes on
// into the next day.
type Hours struct {
	Day      time.Weekday
	From, To int // minutes after midnight, 0-1440; From is below 1440
}

const (
	minutesOfDay = 24 * 60
	openWithin   = 366 // days that NextOpen looks ahead
)

// Open reports whether somebody is on shift at a moment; zone is the account's.
// No schedule (nil) is always open, a zone nobody knows is UTC.
func (s *Schedule) Open(at time.Time, zone string) bool {
	if s == nil {
		return true
	}
	return s.open(at.In(s.location(zone)))
}

func (s *Schedule) location(zone string) *time.Location {
	if s.TimeZone != "" {
		zone = s.TimeZone
	}
	if l := location(zone); l != nil {
		return l
	}
	return time.UTC
}

// open is about a moment in the schedule's zone.
func (s *Schedule) open(at time.Time) bool {
	if s.closed(at) {
		return false
	}
	if len(s.Hours) == 0 {
		return true
	}
	now := at.Hour()*60 + at.Minute()
	yesterday := dayAfter(at, -1)
	for _, h := range s.Hours {
		overnight := h.To <= h.From
		switch {
		case h.Day == at.Weekday() && now >= h.From && (now < h.To || overnight):
			return true
		case overnight && h.Day == yesterday.Weekday() && now < h.To && !s.closed(yesterday):
			return true
		}
	}
	return false
}

func (s *Schedule) closed(day time.Time) bool {
	return len(s.Closed) > 0 && slices.Contains(s.Closed, day.Format(time.DateOnly))
}

// dayAfter returns noon of the n-th day after at, as if in UTC: a date, whose
// hours no zone leaves out.
func dayAfter(at time.Time, n int) time.Time {
	y, m, d := at.Date()
	return time.Date(y, m, d+n, 12, 0, 0, 0, time.UTC)
}

// NextOpen returns the first moment, not before at, when somebody is on shift;
// ok is false when nobody is within 366 days. zone is as in Open.
func (s *Schedule) NextOpen(at time.Time, zone string) (next time.Time, ok bool) {
	if s.Open(at, zone) {
		return at, true
	}
	l := s.location(zone)
	local := at.In(l)
	for n := range openWithin + 1 {
		for _, t := range s.openings(dayAfter(local, n), l) {
			if t.After(at) && s.open(t) {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// openings returns every moment of a date at which a schedule may open, in
// order: where a span begins, and where the clocks are changed.
func (s *Schedule) openings(day time.Time, l *time.Location) (out []time.Time) {
	if len(s.Hours) == 0 {
		out = moments(day, 0, l)
	}
	for _, h := range s.Hours {
		if h.Day == day.Weekday() {
			out = append(out, moments(day, h.From, l)...)
		}
	}
	// The date as UTC has it, and what any zone may differ.
	_, change := day.Add(-27 * time.Hour).In(l).ZoneBounds()
	if !change.IsZero() && change.Before(day.Add(27*time.Hour)) && change.In(l).Day() == day.Day() {
		out = append(out, change.In(l))
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// moments returns when the clocks of a place show a time of a date: once, twice
// where they are set back over it, never where they are set forward.
func moments(day time.Time, minutes int, l *time.Location) (out []time.Time) {
	wall := day.Add(time.Duration(minutes-minutesOfDay/2) * time.Minute)
	for _, near := range []time.Time{wall.Add(-26 * time.Hour), wall.Add(26 * time.Hour)} {
		_, offset := near.In(l).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(l)
		if t.Day() == wall.Day() && t.Hour() == wall.Hour() && t.Minute() == wall.Minute() && !slices.ContainsFunc(out, t.Equal) {
			out = append(out, t)
		}
	}
	return out
}

// Validate reports the first fault; zero is legal.
func (s *Schedule) Validate() error {
	if s == nil {
		return nil
	}
	if s.TimeZone != "" && location(s.TimeZone) == nil {
		return fmt.Errorf("time_zone %q: must be a time zone as America/Chicago, or empty for the account's", s.TimeZone)
	}
	for i, h := range s.Hours {
		switch {
		case h.Day < time.Sunday || h.Day > time.Saturday:
			return fmt.Errorf("hours[%d] day %d: must be 0 (Sunday) to 6", i, h.Day)
		case h.From < 0 || h.From >= minutesOfDay:
			return fmt.Errorf("hours[%d] from %d: must be 0 to %d minutes after midnight", i, h.From, minutesOfDay-1)
		case h.To < 0 || h.To > minutesOfDay:
			return fmt.Errorf("hours[%d] to %d: must be 0 to %d minutes after midnight", i, h.To, minutesOfDay)
		}
	}
	for i, day := range s.Closed {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return fmt.Errorf("closed[%d] %q: must be a date as 2026-12-25", i, day)
		}
	}
	return nil
}

// locations holds the time zones that were asked for, by name: reading one
// again costs 20 µs and more.
var locations sync.Map

// location returns a time zone, nil when the name is not one. "Local" is not:
// it is another place on every machine.
func location(name string) *time.Location {
	if l, ok := locations.Load(name); ok {
		return l.(*time.Location)
	}
	l, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil
	}
	locations.Store(name, l)
	return l
}
