package ibp

import (
	"io"
	"net/http"
	"time"

	"clickbridge/report"
)

// report answers report.clickto and report.call_detail. What succeeds is the
// bare report; what fails is in the envelope.
func (s *server) report(w http.ResponseWriter, r *http.Request, v verb, p params) {
	a, err := s.ask(r, v, p)
	if err != nil {
		writeError(w, err, true)
		return
	}
	write, contentType, err := s.query(a, v)
	if err != nil {
		writeError(w, err, true)
		return
	}
	out := &lazy{w: w, contentType: contentType}
	err = write(out)
	switch {
	case err == nil:
		out.begin()
	case out.begun:
		// The status is sent: the one honest sign left is a body that breaks off.
		s.cfg.Log.Error("report broke off", "err", err)
		panic(http.ErrAbortHandler)
	default:
		s.cfg.Log.Error("report failed", "err", err)
		writeError(w, err, true)
	}
}

// query reads which report is wanted, and returns what writes it.
func (s *server) query(a asked, v verb) (write func(io.Writer) error, contentType string, err error) {
	p, now := a.params, time.Now()
	if v == verbReport {
		q, err := report.NewQuery(a.Account, a.Zone, now, report.Params{
			StartDate: p["start_date"], EndDate: p["end_date"], Format: p["format"], ClickID: p["click_id"], Ref: p["ref"],
		})
		return func(w io.Writer) error { return s.cfg.Reports.Write(a.ctx, w, q) }, q.ContentType(), err
	}
	in := report.DetailParams{
		StartDate: p["start_date"], EndDate: p["end_date"], StartTime: p["start_time"], EndTime: p["end_time"],
		Format: p["format"], CallType: p["call_type_filter"],
		Column: func(name string) string { return p[name] },
	}
	if v == verbDetailCSV {
		in.Format, in.Column = string(report.CSV), nil
		if p["lookup"] == "1" {
			in.Column = func(string) string { return "1" }
		}
	}
	d, err := report.NewDetail(a.Account, a.Zone, now, in)
	return func(w io.Writer) error { return s.cfg.Reports.WriteDetail(a.ctx, w, d) }, d.ContentType(), err
}

// lazy sends the header with the first byte, so that a failure before it can
// still be answered as one.
type lazy struct {
	w           http.ResponseWriter
	contentType string
	begun       bool
}

func (l *lazy) begin() {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", l.contentType)
		l.w.WriteHeader(http.StatusOK)
	}
}

func (l *lazy) Write(b []byte) (int, error) {
	l.begin()
	return l.w.Write(b)
}
