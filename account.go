package clickbridge

import "time"

// Account is one customer: whose clicks, numbers, keys and FindMes belong
// together.
type Account struct {
	ID              int64
	Name            string // unique
	Country         string // home country, ISO 3166, "US" by default
	TimeZone        string // IANA name; days of reports and daily limits are counted in it
	DefaultCallerID Number // shown when a click names none; "" = the first tracking number
	Destinations    []string
	DailyCalls      int // accepted clicks a day; 0 = no limit
	NoAnswerTargets NoAnswerTargets
	Numbers         []OwnedNumber
	// ShowDialled allows clickto.call to show one of its two parties the number of
	// the other. Carriers refuse it, and in many places it is forbidden.
	ShowDialled bool
}

// NoAnswerTargets lists where a public key may send no-answer notices.
type NoAnswerTargets struct {
	Emails []string
	SMS    []Number
	URLs   []string
	Phones []Number
}

// NumberKind says how an account came by a number.
type NumberKind string

// The kinds of number an account owns. Both may be shown as caller id.
const (
	Tracking   NumberKind = "tracking"
	Registered NumberKind = "registered"
)

// OwnedNumber is a number registered to an account.
type OwnedNumber struct {
	Number      Number
	Kind        NumberKind
	SMS         bool // text messages may be sent from it
	Description string
}

// Owns reports whether the account may show n as its caller id.
func (a *Account) Owns(n Number) bool {
	for _, o := range a.Numbers {
		if o.Number == n {
			return true
		}
	}
	return false
}

// CallerID returns the number shown when a click names none: the default, else
// the first tracking number; ok is false when the account has neither and may
// therefore not click.
func (a *Account) CallerID() (n Number, ok bool) {
	if a.DefaultCallerID != "" {
		return a.DefaultCallerID, true
	}
	for _, o := range a.Numbers {
		if o.Kind == Tracking {
			return o.Number, true
		}
	}
	return "", false
}

// SMSNumber returns the number text messages are sent from.
func (a *Account) SMSNumber() (n Number, ok bool) {
	for _, o := range a.Numbers {
		if o.SMS {
			return o.Number, true
		}
	}
	return "", false
}

// MayDial reports whether a country is among the account's destinations; with
// none listed only the home country is.
func (a *Account) MayDial(country string) bool {
	if len(a.Destinations) == 0 {
		return country == a.Country
	}
	for _, d := range a.Destinations {
		if d == country {
			return true
		}
	}
	return false
}

// Location returns the account's time zone, UTC when the name is not known.
func (a *Account) Location() *time.Location {
	if l, err := time.LoadLocation(a.TimeZone); err == nil {
		return l
	}
	return time.UTC
}
