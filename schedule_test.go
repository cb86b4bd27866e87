package clickbridge_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"clickbridge"
)

func hours(day time.Weekday, from, to int) clickbridge.Hours {
	return clickbridge.Hours{Day: day, From: from * 60, To: to * 60}
}

// in reads a moment as a zone's clock shows it; where that is twice, the zone's
// abbreviation says which.
func in(t *testing.T, zone, clock string) time.Time {
	t.Helper()
	l, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	if at, err := time.ParseInLocation("2006-01-02 15:04 MST", clock, l); err == nil {
		return at
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", clock, l)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

const chicago, berlin, lordHowe = "America/Chicago", "Europe/Berlin", "Australia/Lord_Howe"

var (
	office = &clickbridge.Schedule{Closed: []string{"2026-12-25"}, Hours: []clickbridge.Hours{
		hours(time.Monday, 9, 17), hours(time.Tuesday, 9, 17), hours(time.Wednesday, 9, 17),
		hours(time.Thursday, 9, 17), hours(time.Friday, 9, 17),
	}}
	night  = &clickbridge.Schedule{Closed: []string{"2026-12-25"}, Hours: []clickbridge.Hours{hours(time.Thursday, 22, 6), hours(time.Friday, 22, 6)}}
	sunday = &clickbridge.Schedule{Hours: []clickbridge.Hours{{Day: time.Sunday, From: 105, To: 150}}} // 1:45-2:30
)

func TestScheduleOpen(t *testing.T) {
	for _, tc := range []struct {
		name        string
		schedule    *clickbridge.Schedule
		zone, clock string
		open        bool
		next        string // "" = never
	}{
		{"none", nil, chicago, "2026-11-23 03:00", true, "2026-11-23 03:00"},
		{"no hours", &clickbridge.Schedule{}, chicago, "2026-11-23 03:00", true, "2026-11-23 03:00"},
		{"before", office, chicago, "2026-11-23 08:59", false, "2026-11-23 09:00"},
		{"beginning", office, chicago, "2026-11-23 09:00", true, "2026-11-23 09:00"},
		{"last minute", office, chicago, "2026-11-23 16:59", true, "2026-11-23 16:59"},
		{"end", office, chicago, "2026-11-23 17:00", false, "2026-11-24 09:00"},
		{"weekend", office, chicago, "2026-11-28 12:00", false, "2026-11-30 09:00"},
		{"closed", office, chicago, "2026-12-25 12:00", false, "2026-12-28 09:00"},
		{"own zone", &clickbridge.Schedule{TimeZone: berlin, Hours: office.Hours}, chicago, "2026-11-23 08:00", true, "2026-11-23 08:00"},
		{"unknown zone is UTC", &clickbridge.Schedule{TimeZone: "Moon", Hours: office.Hours}, chicago, "2026-11-23 03:00", true, "2026-11-23 03:00"},

		{"over midnight", night, chicago, "2026-11-26 23:00", true, "2026-11-26 23:00"},
		{"after midnight", night, chicago, "2026-11-28 05:59", true, "2026-11-28 05:59"},
		{"after the night", night, chicago, "2026-11-28 06:00", false, "2026-12-03 22:00"},
		{"before the night", night, chicago, "2026-11-27 21:59", false, "2026-11-27 22:00"},
		{"the night into a closed date", night, chicago, "2026-12-25 01:00", false, "2026-12-31 22:00"},
		{"the night that began on a closed date", night, chicago, "2026-12-26 01:00", false, "2026-12-31 22:00"},
		{"saturday into sunday", &clickbridge.Schedule{Hours: []clickbridge.Hours{hours(time.Saturday, 20, 4)}}, chicago,
			"2026-11-29 03:00", true, "2026-11-29 03:00"},
		{"until 24:00", &clickbridge.Schedule{Hours: []clickbridge.Hours{hours(time.Monday, 9, 24)}}, chicago,
			"2026-11-23 23:59", true, "2026-11-23 23:59"},
		{"after 24:00", &clickbridge.Schedule{Hours: []clickbridge.Hours{hours(time.Monday, 9, 24)}}, chicago,
			"2026-11-24 00:00", false, "2026-11-30 09:00"},
		{"a whole day and night", &clickbridge.Schedule{Hours: []clickbridge.Hours{hours(time.Monday, 9, 9)}}, chicago,
			"2026-11-24 08:59", true, "2026-11-24 08:59"},
		{"closed all day, no hours", &clickbridge.Schedule{Closed: []string{"2026-12-25", "2026-12-26"}}, chicago,
			"2026-12-25 12:00", false, "2026-12-27 00:00"},
		{"never", &clickbridge.Schedule{Hours: []clickbridge.Hours{{Day: 9}}}, chicago, "2026-11-23 12:00", false, ""},

		// 2026-03-08 02:00 CST is 03:00 CDT.
		{"into the gap", sunday, chicago, "2026-03-08 01:59", true, "2026-03-08 01:59"},
		{"behind the gap", sunday, chicago, "2026-03-08 03:00", false, "2026-03-15 01:45"},
		{"a span begins in the gap", &clickbridge.Schedule{Hours: []clickbridge.Hours{{Day: time.Sunday, From: 150, To: 240}}}, chicago,
			"2026-03-08 01:00", false, "2026-03-08 03:00"},
		{"a span within the gap", &clickbridge.Schedule{Hours: []clickbridge.Hours{{Day: time.Sunday, From: 135, To: 165}}}, chicago,
			"2026-03-08 01:00", false, "2026-03-15 02:15"},
		// 2026-11-01 02:00 CDT is 01:00 CST.
		{"the first time", sunday, chicago, "2026-11-01 01:50 CDT", true, "2026-11-01 01:50 CDT"},
		{"between the times", sunday, chicago, "2026-11-01 01:10 CST", false, "2026-11-01 01:45 CST"},
		{"the second time", sunday, chicago, "2026-11-01 01:50 CST", true, "2026-11-01 01:50 CST"},
		{"before both times", sunday, chicago, "2026-11-01 00:30 CDT", false, "2026-11-01 01:45 CDT"},
		// 2026-10-25 03:00 CEST is 02:00 CET; 2026-03-29 02:00 CET is 03:00 CEST.
		{"Berlin, twice", sunday, berlin, "2026-10-25 02:29 CET", true, "2026-10-25 02:29 CET"},
		{"Berlin, when it comes again", sunday, berlin, "2026-10-25 02:59 CEST", false, "2026-10-25 02:00 CET"},
		{"Berlin, gap", sunday, berlin, "2026-03-29 03:00", false, "2026-04-05 01:45"},
		// Half an hour: 2026-04-05 02:00 is 01:30, 2026-10-04 02:00 is 02:30.
		{"Lord Howe, gap", sunday, lordHowe, "2026-10-04 02:30", false, "2026-10-11 01:45"},
		{"Lord Howe, twice", sunday, lordHowe, "2026-04-05 02:00", true, "2026-04-05 02:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			at := in(t, tc.zone, tc.clock)
			if got := tc.schedule.Open(at, tc.zone); got != tc.open {
				t.Errorf("Open = %v", got)
			}
			next, ok := tc.schedule.NextOpen(at.UTC(), tc.zone)
			if ok != (tc.next != "") {
				t.Fatalf("NextOpen = %v, %v", next, ok)
			}
			if ok && !next.Equal(in(t, tc.zone, tc.next)) {
				t.Errorf("NextOpen = %v, want %s", next.In(at.Location()), tc.next)
			}
		})
	}
}

// NextOpen finds what asking every quarter of an hour finds, around changes of the clocks
// too. The nearest change of each zone is among the days asked about.
func TestNextOpenAgreesWithOpen(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, from := range []string{
		chicago + "@2026-03-06", chicago + "@2026-10-30", berlin + "@2026-03-27", berlin + "@2026-10-23",
		lordHowe + "@2026-04-03", lordHowe + "@2026-10-02", "America/Santiago@2026-09-04", "Pacific/Apia@2011-12-29",
		"Africa/Cairo@2026-04-23",
	} {
		zone, day := from[:len(from)-11], from[len(from)-10:]
		for range 100 {
			s := &clickbridge.Schedule{}
			for range r.IntN(4) {
				s.Hours = append(s.Hours, clickbridge.Hours{
					Day: time.Weekday(r.IntN(7)), From: 15 * r.IntN(96), To: 15 * r.IntN(97),
				})
			}
			start := in(t, zone, day+" 00:00").Add(time.Duration(r.IntN(192)) * 15 * time.Minute)
			if r.IntN(2) == 0 {
				s.Closed = append(s.Closed, start.AddDate(0, 0, r.IntN(2)).Format(time.DateOnly))
			}
			want, limit := start, start.Add(15*24*time.Hour)
			for !s.Open(want, zone) && want.Before(limit) {
				want = want.Add(15 * time.Minute)
			}
			if got, ok := s.NextOpen(start, zone); want.Before(limit) && (!ok || !got.Equal(want)) {
				t.Fatalf("%s: %+v after %v: got %v %v, want %v", zone, s, start, got, ok, want)
			}
		}
	}
}

func TestScheduleValidate(t *testing.T) {
	for want, s := range map[string]*clickbridge.Schedule{
		"": {TimeZone: chicago, Hours: []clickbridge.Hours{{From: 0, To: 1440}, {Day: 6, From: 1439, To: 0}}, Closed: []string{"2026-12-25"}},
		`time_zone "Moon": must be a time zone as America/Chicago, or empty for the account's`:  {TimeZone: "Moon"},
		`time_zone "Local": must be a time zone as America/Chicago, or empty for the account's`: {TimeZone: "Local"},
		"hours[0] day 7: must be 0 (Sunday) to 6":                                               {Hours: []clickbridge.Hours{{Day: 7}}},
		"hours[1] from 1440: must be 0 to 1439 minutes after midnight":                          {Hours: []clickbridge.Hours{{}, {From: 1440}}},
		"hours[0] to 1441: must be 0 to 1440 minutes after midnight":                            {Hours: []clickbridge.Hours{{To: 1441}}},
		"hours[0] to -1: must be 0 to 1440 minutes after midnight":                              {Hours: []clickbridge.Hours{{To: -1}}},
		`closed[1] "2026-02-30": must be a date as 2026-12-25`:                                  {Closed: []string{"2026-12-25", "2026-02-30"}},
		`closed[0] "25.12.2026": must be a date as 2026-12-25`:                                  {Closed: []string{"25.12.2026"}},
	} {
		got := ""
		if err := s.Validate(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	var always *clickbridge.Schedule
	if err := always.Validate(); err != nil {
		t.Error(err)
	}
}

func BenchmarkNextOpen(b *testing.B) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for b.Loop() {
		office.NextOpen(at, chicago)
	}
}
