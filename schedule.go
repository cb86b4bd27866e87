package clickbridge

import "time"

// Schedule says when somebody is on shift.
type Schedule struct {
	TimeZone string   // IANA name; "" = the account's
	Hours    []Hours  // none = every day, all day
	Closed   []string // dates, YYYY-MM-DD, in the zone
}

// Hours is one span of a week. One that ends before or when it begins goes on
// into the next day.
type Hours struct {
	Day      time.Weekday
	From, To int // minutes after midnight, 0-1440
}
