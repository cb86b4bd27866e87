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
func (q Query) ContentType() string {
	if q.Format == CSV {
		return "text/csv; charset=utf-8"
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
	today := dayOf(now.In(zone))
	first, last := today, today
	var err error
	if p.EndDate != "" {
		if last, err = parseDay("end_date", p.EndDate); err != nil {
			return q, err
		}
		first = last
	}
	if p.StartDate != "" {
		if first, err = parseDay("start_date", p.StartDate); err != nil {
			return q, err
		}
	}
	if last.before(first) {
		return q, invalid("end_date", "is before start_date")
	}
	q.Filter.From, q.Filter.To = first.start(zone), last.next().start(zone)
	return q, nil
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
