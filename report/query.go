package report

import (
	"strconv"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// Format is how a report is written.
type Format string

// The formats.
const (
	XML Format = "xml"
	CSV Format = "csv"
	// Text is CSV with tabs, for call details only.
	Text Format = "text"
)

// Params are a report's parameters as the client wrote them; "" = not given.
type Params struct {
	StartDate string // YYYYMMDD, inclusive, in the account's zone
	EndDate   string // YYYYMMDD, inclusive
	Format    string // xml (default) or csv
	ClickID   string // a FindMe id
	Ref       string
}

// Query is a report that can be written.
type Query struct {
	Account *clickbridge.Account
	Zone    *time.Location // times are shown in it, and days counted
	Format  Format
	Filter  store.Filter
}

// ContentType returns the media type of the report.
func (q Query) ContentType() string { return q.Format.contentType() }

func (f Format) contentType() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8"
	case Text:
		return "text/plain; charset=utf-8"
	}
	return "text/xml; charset=utf-8"
}

// NewQuery reads a report's parameters. Without dates the report is of today;
// with one of them only, a start runs to today and an end is one day.
// Errors are EINVALID and say which parameter is wrong.
func NewQuery(a *clickbridge.Account, zone *time.Location, now time.Time, p Params) (Query, error) {
	q := Query{Account: a, Zone: zone, Format: XML, Filter: store.Filter{AccountID: a.ID, Ref: cutRef(p.Ref)}}
	switch strings.ToLower(p.Format) {
	case "", "xml":
	case "csv":
		q.Format = CSV
	default:
		return q, invalid("format", "must be xml or csv")
	}
	if p.ClickID != "" {
		id, err := strconv.ParseInt(p.ClickID, 10, 64)
		if err != nil || id <= 0 {
			return q, invalid("click_id", "must be a FindMe id")
		}
		q.Filter.FindMeID = id
	}
	var err error
	q.Filter.From, q.Filter.To, err = days(zone, now, p.StartDate, p.EndDate)
	return q, err
}

// days reads the days of a report: from inclusive, to exclusive.
func days(zone *time.Location, now time.Time, start, end string) (from, to time.Time, err error) {
	today := dayOf(now.In(zone))
	first, last := today, today
	if end != "" {
		if last, err = parseDay("end_date", end); err != nil {
			return from, to, err
		}
		first = last
	}
	if start != "" {
		if first, err = parseDay("start_date", start); err != nil {
			return from, to, err
		}
	}
	if last.before(first) {
		return from, to, invalid("end_date", "is before start_date")
	}
	return first.start(zone), last.next().start(zone), nil
}

func invalid(name, why string) error {
	return &clickbridge.Error{Code: clickbridge.EINVALID, Message: "Invalid " + name + ": " + why}
}

// cutRef cuts as a click's ref was cut when it was kept, so that the client's
// long one still finds it.
func cutRef(ref string) string {
	if r := []rune(ref); len(r) > 32 {
		return string(r[:32])
	}
	return ref
}
