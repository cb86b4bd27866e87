package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"strings"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/report"
	"clickbridge/store"
)

// detailed is the account with a number that has a label.
func detailed() *clickbridge.Account {
	a := *account
	a.Numbers = []clickbridge.OwnedNumber{{Number: "+18887776666", Description: "Web leads"}}
	return &a
}

func detail(t *testing.T, src report.Source, p report.DetailParams) (string, error) {
	t.Helper()
	d, err := report.NewDetail(detailed(), chicago(t), time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC), p)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = report.New(src).WriteDetail(t.Context(), &b, d)
	return b.String(), err
}

// asked is what a client that wants these columns says.
func asked(names ...string) func(string) string {
	return func(name string) string {
		for _, n := range names {
			if n == name {
				return "1"
			}
		}
		return ""
	}
}

func transferred() []store.Record {
	rs := clicks()
	last := rs[2]
	last.Call.Result, last.Call.BridgedAt = clickbridge.ResultTransferred, last.Call.CreatedAt.Add(54*time.Second)
	last.Attempts = []clickbridge.Attempt{{Party: clickbridge.PartyTransfer, Number: "+16265550101", Result: clickbridge.AttemptAnswered}}
	return append(rs, last)
}

func TestDetailGolden(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"xml", "csv", "text"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			got, err := detail(t, &rows{records: transferred()}, report.DetailParams{Format: format})
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "detail."+format, got)
		})
	}
}

func TestDetailColumns(t *testing.T) {
	t.Parallel()
	got, err := detail(t, &rows{records: clicks()[:1]}, report.DetailParams{Format: "csv",
		Column: asked("city", "last_activity", "date_added", "no_such_column")})
	want := "date_added,last_activity,city\n2026-03-08 13:30:00,Findme Transfer To | 5555550112,\n"
	if err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	all, err := detail(t, &rows{}, report.DetailParams{Format: "csv", Column: func(string) string { return "0" }})
	if err != nil || strings.Count(all, ",") != 20 {
		t.Errorf("nothing chosen: %q, %v", all, err)
	}
}

// Every format is read by its usual reader, whatever the texts are.
func TestDetailIsReadable(t *testing.T) {
	t.Parallel()
	text, err := detail(t, &rows{records: clicks()}, report.DetailParams{Format: "csv"})
	if err != nil {
		t.Fatal(err)
	}
	if lines, err := csv.NewReader(strings.NewReader(text)).ReadAll(); err != nil || len(lines) != 4 || len(lines[0]) != 21 {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	if text, err = detail(t, &rows{records: clicks()}, report.DetailParams{}); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Records []struct {
			Ref string `xml:"ref"`
		} `xml:"record"`
	}
	if err := xml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Records) != 3 || doc.Records[2].Ref != "<b>&\ufffd\"'" {
		t.Errorf("%+v, %v", doc, err)
	}
}

func TestDailyWindow(t *testing.T) {
	t.Parallel()
	for window, want := range map[[2]string]int{
		{"13:30", "13:30"}: 1, {"1329", "1330"}: 1, {"13:31", "14:00"}: 0, {"00:00", "13:29"}: 0, {"13:30:00", "13:30:00"}: 1,
		{"13:30:01", "13:40:00"}: 0, {"22:00", "13:30"}: 1, {"22:00", "06:00"}: 0, {"00:00", "23:59"}: 1,
	} {
		got, err := detail(t, &rows{records: clicks()[:1]}, report.DetailParams{Format: "csv", StartTime: window[0], EndTime: window[1]})
		if n := strings.Count(got, "\n") - 1; err != nil || n != want {
			t.Errorf("%v: %d rows, %v, want %d", window, n, err, want)
		}
	}
}

func TestDetailRefuses(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]report.DetailParams{
		"Invalid format: must be xml, csv or text":                             {Format: "pdf"},
		"Invalid start_time: needs end_time":                                   {StartTime: "10:00"},
		"Invalid end_time: needs start_time":                                   {EndTime: "10:00"},
		"Invalid start_time: must be a time of day HH:MM":                      {StartTime: "25:00", EndTime: "10:00"},
		"Invalid end_time: must be a time of day HH:MM":                        {StartTime: "10:00", EndTime: "5pm"},
		"Invalid start_date: must be a date YYYYMMDD":                          {StartDate: "yesterday"},
		"Invalid call_type_filter: must be All, Inbound, Outbound or Click-To": {CallType: "x"},
	} {
		if _, err := detail(t, &rows{}, p); clickbridge.ErrorMessage(err) != want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// There are only click-to calls here.
func TestCallTypes(t *testing.T) {
	t.Parallel()
	for kind, empty := range map[string]bool{"": false, "All": false, "click-to": false, "Inbound": true, "outbound": true} {
		src := &rows{}
		if _, err := detail(t, src, report.DetailParams{CallType: kind}); err != nil || src.filter.From.Equal(src.filter.To) != empty {
			t.Errorf("%q: %v to %v, %v", kind, src.filter.From, src.filter.To, err)
		}
	}
}

func TestDetailFails(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	if got, err := detail(t, &rows{records: clicks(), lost: away}, report.DetailParams{}); !errors.Is(err, away) || got != "" {
		t.Errorf("%q, %v", got, err)
	}
}
