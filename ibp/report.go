package ibp

import (
	"net/http"
	"time"

	"clickbridge"
	"clickbridge/report"
)

// report answers report.clickto. What succeeds is the bare report; what fails
// is in the envelope.
func (s *server) report(w http.ResponseWriter, r *http.Request, p params) {
	q, err := s.query(p)
	if err != nil {
		writeError(w, err, true)
		return
	}
	out := &lazy{w: w, contentType: q.ContentType()}
	err = s.cfg.Reports.Write(r.Context(), out, q)
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

func (s *server) query(p params) (report.Query, error) {
	who, err := s.cfg.Clicks.Authorize(credentials(p))
	if err != nil {
		return report.Query{}, err
	}
	if who.Public() {
		return report.Query{}, &clickbridge.Error{Code: clickbridge.EFORBIDDEN,
			Message: "Access denied: a public key may not read reports"}
	}
	return report.NewQuery(who.Account, who.Zone, time.Now(), report.Params{
		StartDate: p["start_date"],
		EndDate:   p["end_date"],
		Format:    p["format"],
		ClickID:   p["click_id"],
		Ref:       p["ref"],
	})
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
