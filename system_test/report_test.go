package system_test

import (
	"encoding/xml"
	"net/url"
	"testing"
	"time"
)

// reportEvery is how often a test reads the report while it waits.
const reportEvery = 250 * time.Millisecond

// record is what the tests look at of a report row.
type record struct {
	ID       string    `xml:"id"`
	Result   string    `xml:"result"`
	Agent    string    `xml:"agent_number"`
	Phone    string    `xml:"phone_to_call"`
	Ref      string    `xml:"ref"`
	Attempts []attempt `xml:"attempts>attempt"`
}

// attempt is one of a row's.
type attempt struct {
	Leg    string `xml:"leg"`
	Number string `xml:"number"`
	Result string `xml:"result"`
	Ring   string `xml:"ring_seconds"`
	Code   string `xml:"sip_code"`
}

// report returns today's rows, oldest first.
func (w *world) report() []record {
	w.t.Helper()
	status, body := w.get("/ibp_api.php?" + url.Values{
		"action": {"report.clickto"}, "access_key": {"foo"}, "secret_access_key": {"bar"},
		"start_date": {time.Now().AddDate(0, 0, -1).Format("20060102")}, "end_date": {time.Now().AddDate(0, 0, 1).Format("20060102")},
	}.Encode())
	if status != 200 {
		w.t.Fatalf("report: %d %s", status, body)
	}
	var r struct {
		Records []record `xml:"record"`
	}
	if err := xml.Unmarshal([]byte(body), &r); err != nil {
		w.t.Fatalf("report: %v\n%s", err, body)
	}
	return r.Records
}

// ended waits until n clicks are on record and none is in progress.
func (w *world) ended(t *testing.T, n int) []record {
	t.Helper()
	var rs []record
	poll(t, reportEvery, 90*time.Second, "every call has its result", func() bool {
		rs = w.report()
		if len(rs) != n {
			return false
		}
		for _, r := range rs {
			if r.Result == "In Progress" {
				return false
			}
		}
		return true
	})
	return rs
}

// results lists a row's attempts as "number result".
func (r record) results() []string {
	var out []string
	for _, a := range r.Attempts {
		out = append(out, a.Number+" "+a.Result)
	}
	return out
}
