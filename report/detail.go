package report

import (
	"context"
	"io"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// DetailParams are the parameters of a call detail report as the client wrote
// them; "" = not given.
type DetailParams struct {
	StartDate string // YYYYMMDD, inclusive, in the account's zone
	EndDate   string // YYYYMMDD, inclusive
	StartTime string // HH:MM, HHMM or with seconds: of every day, with EndTime
	EndTime   string // inclusive; before StartTime = the window goes over midnight
	Format    string // xml (default), csv or text
	CallType  string // All (default), Click-To; Inbound and Outbound have no calls here
	// Column tells whether a column was asked for: "1", "0" or "". When none was,
	// all are shown, but for those nobody fills.
	Column func(name string) string
}

// Detail is a call detail report that can be written.
type Detail struct {
	table
	from, to time.Duration // daily window; to 0 = none
}

// ContentType returns the media type of the report.
func (d Detail) ContentType() string { return d.format.contentType() }

// NewDetail reads the parameters of a call detail report; days as in NewQuery.
func NewDetail(a *clickbridge.Account, zone *time.Location, now time.Time, p DetailParams) (d Detail, err error) {
	d.table = table{account: a, zone: zone, format: XML, filter: store.Filter{AccountID: a.ID}, columns: chosen(p.Column)}
	switch f := Format(strings.ToLower(p.Format)); f {
	case "":
	case XML, CSV, Text:
		d.format = f
	default:
		return d, invalid("format", "must be xml, csv or text")
	}
	if d.filter.From, d.filter.To, err = days(zone, now, p.StartDate, p.EndDate); err != nil {
		return d, err
	}
	if err := d.window(p.StartTime, p.EndTime); err != nil {
		return d, err
	}
	switch strings.ToLower(p.CallType) {
	case "", "all", "click-to":
	case "inbound", "outbound":
		d.filter.To = d.filter.From // there are none
	default:
		return d, invalid("call_type_filter", "must be All, Inbound, Outbound or Click-To")
	}
	return d, nil
}

// window reads the hours of the day that are reported.
func (d *Detail) window(start, end string) (err error) {
	switch {
	case start == "" && end == "":
		return nil
	case end == "":
		return invalid("start_time", "needs end_time")
	case start == "":
		return invalid("end_time", "needs start_time")
	}
	if d.from, _, err = timeOfDay("start_time", start); err != nil {
		return err
	}
	var unit time.Duration
	if d.to, unit, err = timeOfDay("end_time", end); err == nil {
		d.to += unit // that minute or second is part of it
	}
	return err
}

// timeOfDay reads a time of day and how exactly it was given.
func timeOfDay(name, s string) (at, unit time.Duration, err error) {
	for _, form := range []struct {
		layout string
		unit   time.Duration
	}{{"15:04", time.Minute}, {"1504", time.Minute}, {"15:04:05", time.Second}, {"150405", time.Second}} {
		if t, err := time.Parse(form.layout, s); err == nil && len(s) == len(form.layout) {
			return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second, form.unit, nil
		}
	}
	return 0, 0, invalid(name, "must be a time of day HH:MM")
}

// within reports whether a click is in the daily window, by the account's clock.
func (d *Detail) within(v *view) bool {
	if d.to == 0 {
		return true
	}
	t := v.Call.CreatedAt.In(v.zone)
	at := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
	if d.from < d.to {
		return d.from <= at && at < d.to
	}
	return d.from <= at || at < d.to
}

// WriteDetail writes call details as Write does the report.
func (r *Reporter) WriteDetail(ctx context.Context, w io.Writer, d Detail) error {
	d.keep = d.within
	return r.write(ctx, w, d.table)
}
