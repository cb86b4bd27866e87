package report_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/report"
	"clickbridge/store"

	"github.com/google/go-cmp/cmp"
)

var account = &clickbridge.Account{ID: 1, Name: "Example", Country: "US", TimeZone: "America/Chicago"}

func chicago(t testing.TB) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// rows is a source of the records it holds.
type rows struct {
	records []store.Record
	filter  store.Filter
	err     error // after the records
	lost    error // of the recordings of most
}

func (r *rows) ListRecordings(_ context.Context, f store.RecordingFilter) ([]clickbridge.Recording, error) {
	if f.CallID == "call-1" && f.AccountID == 1 {
		return []clickbridge.Recording{{Length: 59 * time.Second}, {Length: 2 * time.Second}}, nil
	}
	return nil, r.lost
}

func (r *rows) EachCall(_ context.Context, f store.Filter, each func(store.Record) error) error {
	r.filter = f
	for _, rec := range r.records {
		if err := each(rec); err != nil {
			return err
		}
	}
	return r.err
}

// clicks are one full click, one in progress, and one full of hostile text.
func clicks() []store.Record {
	at := time.Date(2026, 3, 8, 18, 30, 0, 0, time.UTC) // 13:30 in Chicago, clocks changed that morning
	return []store.Record{
		{
			Call: clickbridge.Call{ID: "call-1", AccountID: 1, KeyName: "website backend", Order: clickbridge.FindMeFirst,
				FindMeID: 98765, FindMeName: "Sales", Phone: "+15551112222", FirstCallerID: "+19998887777", SecondCallerID: "+18887776666",
				Page: "LeadResponse.html", Ref: "A-1", Notes: []string{"page was cut to 255 characters"},
				State: clickbridge.CallEnded, Result: clickbridge.ResultConnected, Cause: "phone_to_call hung up",
				Agent: "+15555550112", CreatedAt: at, AcceptedAt: at.Add(41400 * time.Millisecond), BridgedAt: at.Add(43600 * time.Millisecond), EndedAt: at.Add(103700 * time.Millisecond)},
			Attempts: []clickbridge.Attempt{
				{Seq: 1, Party: clickbridge.PartyFindMe, Number: "+15558688950", StartedAt: at, EndedAt: at.Add(30 * time.Second), Result: clickbridge.AttemptNoAnswer},
				{Seq: 2, Party: clickbridge.PartyFindMe, Number: "+15555550112", StartedAt: at.Add(30 * time.Second), AnsweredAt: at.Add(36 * time.Second), EndedAt: at.Add(41 * time.Second), Result: clickbridge.AttemptAccepted, SIPCode: 200},
				{Seq: 3, Party: clickbridge.PartyPhone, Number: "+15551112222", StartedAt: at.Add(42 * time.Second), AnsweredAt: at.Add(43 * time.Second), EndedAt: at.Add(43 * time.Second), Result: clickbridge.AttemptAnswered, SIPCode: 200},
			},
		},
		{
			Call: clickbridge.Call{ID: "call-2", AccountID: 1, KeyName: "page button", Order: clickbridge.PhoneFirst, FindMeID: 98766, FindMeName: "Support",
				Phone: "+14165550123", FirstCallerID: "+19998887777", SecondCallerID: "+19998887777", State: clickbridge.CallReaching, Result: clickbridge.ResultInProgress, CreatedAt: at},
			Attempts: []clickbridge.Attempt{{Seq: 1, Party: clickbridge.PartyPhone, Number: "+14165550123", StartedAt: at}},
		},
		{
			Call: clickbridge.Call{ID: "call-3", AccountID: 1, KeyName: "@key", Order: clickbridge.FindMeFirst, FindMeID: 98765, FindMeName: "-2+3", Phone: "+15551112222",
				FirstCallerID: "+19998887777", SecondCallerID: "+19998887777", Page: `=HYPERLINK("http://evil.example","a,b")`, Ref: "<b>&\ufffe\"'", State: clickbridge.CallEnded,
				Result: clickbridge.ResultNoAnswer, Cause: "two\r\nlines", CreatedAt: at, EndedAt: at.Add(time.Minute)},
			Notices: []clickbridge.Notice{
				{Kind: clickbridge.NoticeEmail, To: "sales@example.com", State: clickbridge.NoticeSent},
				{Kind: clickbridge.NoticeSMS, To: "+15554443333", State: clickbridge.NoticePending},
				{Kind: clickbridge.NoticeURL, To: "https://test.com/x?a=1&b=2", State: clickbridge.NoticeFailed},
			},
		},
	}
}

var update = flag.Bool("update", false, "write what is reported to testdata")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile("testdata/"+name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func write(t *testing.T, src report.Source, p report.Params) string {
	t.Helper()
	q, err := report.NewQuery(account, chicago(t), time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC), p)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.New(src).Write(t.Context(), &b, q); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"xml", "csv"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			golden(t, "report."+format, write(t, &rows{records: clicks()}, report.Params{Format: format}))
		})
	}
}

// Both forms have the same columns in the same order, and any reader of XML
// and CSV reads them: one record per click, one line per click.
func TestBothFormsAgree(t *testing.T) {
	t.Parallel()
	type child struct {
		XMLName xml.Name
		Text    string `xml:",chardata"`
	}
	var doc struct {
		XMLName xml.Name `xml:"report"`
		Records []struct {
			Children []child `xml:",any"`
		} `xml:"record"`
	}
	src := &rows{records: clicks()}
	if err := xml.Unmarshal([]byte(write(t, src, report.Params{})), &doc); err != nil {
		t.Fatal(err)
	}
	text := write(t, src, report.Params{Format: "csv"})
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Records) != 3 || len(lines) != 4 || strings.Count(text, "\n") != 4 {
		t.Fatalf("%d records, %d rows, %d lines", len(doc.Records), len(lines), strings.Count(text, "\n"))
	}
	for i, r := range doc.Records {
		for j, c := range r.Children {
			if lines[0][j] != c.XMLName.Local {
				t.Errorf("column %d: %s in CSV, %s in XML", j, lines[0][j], c.XMLName.Local)
			}
			if list := c.XMLName.Local == "attempts" || c.XMLName.Local == "notices"; !list && i < 2 {
				if got := strings.TrimPrefix(lines[i+1][j], "'"); got != c.Text {
					t.Errorf("%s of click %d: %q in CSV, %q in XML", c.XMLName.Local, i+1, got, c.Text)
				}
			}
		}
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	rec := clicks()[0]
	for _, evil := range []string{"=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r\n@x", "＝1"} {
		rec.Call.Page, rec.Call.Ref, rec.Call.FindMeName, rec.Call.KeyName, rec.Call.Cause = evil, evil, evil, evil, evil
		rec.Call.Notes = []string{evil}
		lines, err := csv.NewReader(strings.NewReader(write(t, &rows{records: []store.Record{rec}}, report.Params{Format: "csv"}))).ReadAll()
		if err != nil || len(lines) != 2 {
			t.Fatal(len(lines), err)
		}
		quoted := 0
		for _, cell := range lines[1] {
			if strings.ContainsRune("=+-@＝", []rune(strings.TrimSpace(cell) + "x")[0]) {
				t.Errorf("%q makes the cell %q", evil, cell)
			}
			if strings.HasPrefix(cell, "'") {
				quoted++
			}
		}
		if quoted != 6 {
			t.Errorf("%q: %d cells are quoted, want 6", evil, quoted)
		}
	}
}

func TestNewQuery(t *testing.T) {
	t.Parallel()
	zone := chicago(t)
	now := time.Date(2026, 3, 9, 4, 59, 0, 0, time.UTC) // still the 8th in Chicago
	at := func(d, h int) time.Time { return time.Date(2026, 3, d, h, 0, 0, 0, time.UTC) }
	tests := []struct {
		name     string
		p        report.Params
		from, to time.Time
	}{
		{"Today", report.Params{}, at(8, 6), at(9, 5)},
		{"OneDay", report.Params{StartDate: "20260307", EndDate: "20260307"}, at(7, 6), at(8, 6)},
		{"DayOf23Hours", report.Params{StartDate: "20260308", EndDate: "20260308"}, at(8, 6), at(9, 5)},
		{"DayOf25Hours", report.Params{StartDate: "20261101", EndDate: "20261101"},
			time.Date(2026, 11, 1, 5, 0, 0, 0, time.UTC), time.Date(2026, 11, 2, 6, 0, 0, 0, time.UTC)},
		{"StartOnly", report.Params{StartDate: "20260306"}, at(6, 6), at(9, 5)},
		{"EndOnly", report.Params{EndDate: "20260306"}, at(6, 6), at(7, 6)},
		{"OverTheYear", report.Params{StartDate: "20251231", EndDate: "20260101"},
			time.Date(2025, 12, 31, 6, 0, 0, 0, time.UTC), time.Date(2026, 1, 2, 6, 0, 0, 0, time.UTC)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q, err := report.NewQuery(account, zone, now, tt.p)
			if err != nil || !q.Filter.From.Equal(tt.from) || !q.Filter.To.Equal(tt.to) {
				t.Errorf("%v to %v, %v; want %v to %v", q.Filter.From.UTC(), q.Filter.To.UTC(), err, tt.from, tt.to)
			}
		})
	}
	q, err := report.NewQuery(account, zone, now, report.Params{ClickID: "98765", Ref: strings.Repeat("é", 40), Format: "CSV"})
	if err != nil || q.Filter.AccountID != 1 || q.Filter.FindMeID != 98765 || q.Filter.Ref != strings.Repeat("é", 32) || q.Format != report.CSV || q.Filter.Newest || q.Filter.Limit != 0 {
		t.Errorf("%+v, %v", q, err)
	}
}

func TestNewQueryRefuses(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]report.Params{
		"Invalid format: must be xml or csv":               {Format: "text"},
		"Invalid start_date: must be a date YYYYMMDD":      {StartDate: "2026-03-08"},
		"Invalid end_date: must be a date YYYYMMDD":        {EndDate: "20260230"},
		"Invalid end_date: is before start_date":           {StartDate: "20260309", EndDate: "20260308"},
		"Invalid click_id: must be a FindMe id":            {ClickID: "Sales"},
		"Invalid click_id: must be a FindMe id ":           {ClickID: "-1"},
		"Invalid start_date: must be a date YYYYMMDD ":     {StartDate: "20261301"},
		"Invalid end_date: is before start_date and today": {StartDate: "20990101"},
	} {
		_, err := report.NewQuery(account, chicago(t), time.Now(), p)
		if clickbridge.ErrorCode(err) != clickbridge.EINVALID || !strings.HasPrefix(want, clickbridge.ErrorMessage(err)) {
			t.Errorf("%+v: %v, want %q", p, err, want)
		}
	}
}

// A day begins at its first instant, also where midnight does not exist
// (Santiago, in September) or comes twice (Havana, in November).
func TestDaysWhereClocksChangeAtMidnight(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ zone, day, from, to string }{
		{"America/Santiago", "20240908", "2024-09-08T04:00:00Z", "2024-09-09T03:00:00Z"},
		{"America/Havana", "20241103", "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"},
		{"Asia/Kathmandu", "20240101", "2023-12-31T18:15:00Z", "2024-01-01T18:15:00Z"},
		{"Pacific/Kiritimati", "20240101", "2023-12-31T10:00:00Z", "2024-01-01T10:00:00Z"},
		{"Etc/GMT+12", "20240101", "2024-01-01T12:00:00Z", "2024-01-02T12:00:00Z"},
	} {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		q, err := report.NewQuery(account, zone, time.Now(), report.Params{StartDate: tt.day, EndDate: tt.day})
		from, to := q.Filter.From.UTC().Format(time.RFC3339), q.Filter.To.UTC().Format(time.RFC3339)
		if err != nil || from != tt.from || to != tt.to {
			t.Errorf("%s: %s to %s, %v; want %s to %s", tt.zone, from, to, err, tt.from, tt.to)
		}
	}
}

// Nothing is written of a report that fails at once, and a failing writer or
// source ends it.
func TestWriteFails(t *testing.T) {
	t.Parallel()
	away := errors.New("the store went away")
	for _, format := range []string{"xml", "csv"} {
		q, err := report.NewQuery(account, chicago(t), time.Now(), report.Params{Format: format})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := report.New(&rows{records: clicks(), err: away}).Write(t.Context(), &b, q); !errors.Is(err, away) || b.Len() != 0 {
			t.Errorf("%s: %v, %d bytes written", format, err, b.Len())
		}
		many := &rows{}
		for range 1000 {
			many.records = append(many.records, clicks()...)
		}
		if err := report.New(many).Write(t.Context(), broken{}, q); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s into a closed connection: %v", format, err)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func BenchmarkXML(b *testing.B) {
	q, err := report.NewQuery(account, chicago(b), time.Now(), report.Params{})
	if err != nil {
		b.Fatal(err)
	}
	src := &rows{records: clicks()}
	for b.Loop() {
		if err := report.New(src).Write(b.Context(), io.Discard, q); err != nil {
			b.Fatal(err)
		}
	}
}
