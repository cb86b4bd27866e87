package ibp

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"clickbridge"
	"clickbridge/intake"
	"clickbridge/report"
)

// Clicks is where clicks go; intake.Intake is it.
type Clicks interface {
	// Click returns when the first leg's fate is known. An error means that
	// nothing rang.
	Click(ctx context.Context, c intake.Click) (clickbridge.Outcome, error)
	// Refused records a click that this room turned away.
	Refused(ctx context.Context, c intake.Click, err error)
	// Authorize returns what the credentials give access to.
	Authorize(c intake.Credentials) (intake.Access, error)
	// AllowsOrigin reports whether a page may read answers to its clicks.
	AllowsOrigin(publicKey, origin string) bool
}

// Reports writes the Smart Click-to-Call Report and call details;
// report.Reporter is it.
type Reports interface {
	Write(ctx context.Context, w io.Writer, q report.Query) error
	WriteDetail(ctx context.Context, w io.Writer, d report.Detail) error
}

// Config is what the handler works with.
type Config struct {
	Clicks  Clicks
	Reports Reports
	Admin   Admin
	// RemoteAddr tells where a request came from; nil = ClientAddr(nil).
	RemoteAddr func(*http.Request) string
	Log        *slog.Logger
}

// New returns the handler of both paths; any other path is not found.
func New(cfg Config) http.Handler {
	if cfg.RemoteAddr == nil {
		cfg.RemoteAddr = ClientAddr(nil)
	}
	return &server{cfg: cfg}
}

type server struct{ cfg Config }

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began, rec := time.Now(), &recorder{ResponseWriter: w, status: http.StatusOK}
	v := s.serve(rec, r)
	// The query holds secrets, so no part of it is logged but a verb we know.
	s.cfg.Log.Info("http", "method", r.Method, "path", r.URL.Path, "verb", string(v),
		"status", rec.status, "ms", time.Since(began).Milliseconds(), "remote", s.cfg.RemoteAddr(r))
}

// recorder remembers the status for the log.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (s *server) serve(w http.ResponseWriter, r *http.Request) verb {
	h := w.Header()
	h.Set("Cache-Control", "no-store") // a GET here rings telephones
	h.Set("X-Content-Type-Options", "nosniff")
	switch {
	case r.URL.Path != pathAPI && r.URL.Path != pathClick:
		writeText(w, http.StatusNotFound, "Not found")
		return ""
	case r.Method == http.MethodOptions:
		s.preflight(w, r)
		return ""
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		h.Set("Allow", methods)
		writeText(w, http.StatusMethodNotAllowed, "Method not allowed")
		return ""
	}
	p, err := readParams(w, r)
	click := s.click(r, p)
	s.allowOrigin(w, r, click.Credentials)
	if err != nil {
		badBody(w, err, !inText(r.URL.Path, p["action"]))
		return ""
	}
	v, inXML, err := resolve(r.URL.Path, p)
	switch {
	case err != nil:
		if !inXML {
			s.cfg.Clicks.Refused(r.Context(), click, err)
		}
		writeError(w, err, inXML)
	case v == verbReport, v == verbDetail, v == verbDetailCSV:
		s.report(w, r, v, p)
	case v == verbDownload:
		s.download(w, r, p)
	case v == verbList, v == verbCall:
		s.connect(w, r, v, unsaved(v, p, click))
	case v == verbFindMe:
		click.FindMeID = p["findme_id"] // or what click_id said
		s.connect(w, r, v, click)
	default:
		s.administer(w, r, v, p)
	}
	return v
}

// badBody answers a body that could not be read.
func badBody(w http.ResponseWriter, err error, inXML bool) {
	status, text := http.StatusBadRequest, "Invalid request: the body could not be read"
	if errors.Is(err, errTooLarge) {
		status, text = http.StatusRequestEntityTooLarge, "Invalid request: the body is too large"
	}
	if inXML {
		writeEnvelope(w, status, "failed", text, "")
		return
	}
	writeText(w, status, text)
}

func (s *server) connect(w http.ResponseWriter, r *http.Request, v verb, c intake.Click) {
	o, err := s.cfg.Clicks.Click(r.Context(), c)
	if err != nil {
		writeError(w, err, false)
		return
	}
	text := outcomeText(o)
	if v == verbCall && o.Kind == clickbridge.OutcomeProcessed {
		text = lastText(o.Last)
	}
	writeText(w, http.StatusOK, text)
}

func (s *server) click(r *http.Request, p params) intake.Click {
	return intake.Click{
		Credentials:    credentials(p),
		FindMeID:       p["findme_id"],
		PhoneToCall:    p["phone_to_call"],
		Type:           p["type"],
		FirstCallerID:  p["first_callerid"],
		SecondCallerID: p["second_callerid"],
		Page:           p["page"],
		Ref:            p["ref"],
		NoAnswerEmail:  p["no_answer_email"],
		NoAnswerSMS:    p["no_answer_sms"],
		NoAnswerURL:    p["no_answer_url"],
		NoAnswerPhone:  p["no_answer_phone"],
		Origin:         r.Header.Get("Origin"),
		Referer:        r.Header.Get("Referer"),
		RemoteAddr:     s.cfg.RemoteAddr(r),
	}
}

func credentials(p params) intake.Credentials {
	public := p["key"]
	if public == "" {
		public = p["public_key"]
	}
	return intake.Credentials{
		AccessKey:       p["access_key"],
		SecretAccessKey: p["secret_access_key"],
		APIKey:          p["api_key"],
		PublicKey:       public,
	}
}

func asError(err error) *clickbridge.Error {
	var e *clickbridge.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
