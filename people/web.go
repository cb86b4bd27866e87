package people

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"clickbridge"
)

// maxBody bounds what is read of a request.
const maxBody = 16 << 10

// Handler answers /v1/session… and /v1/users…. Errors are problems as RFC 9457
// has them, with a member code: the error's code, or totp_needed.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	open := func(pattern string, h func(http.ResponseWriter, *http.Request) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, h(w, r)) })
	}
	signed := func(pattern string, h func(http.ResponseWriter, *http.Request, Person) error) {
		open(pattern, func(w http.ResponseWriter, r *http.Request) error {
			p, err := s.Who(r)
			if err != nil {
				return err
			}
			return h(w, r, p)
		})
	}
	open("POST /v1/session", s.postSession)
	open("GET /v1/session/oidc", s.getOIDC)
	open("GET /v1/session/oidc/callback", s.getCallback)
	signed("GET /v1/session", s.getSession)
	signed("DELETE /v1/session", s.deleteSession)
	signed("GET /v1/session/all", s.getSessions)
	signed("DELETE /v1/session/all/{id}", s.deleteOneSession)
	signed("POST /v1/session/password", s.postPassword)
	signed("POST /v1/session/totp", s.postTOTP)
	signed("PUT /v1/session/totp", s.putTOTP)
	signed("DELETE /v1/session/totp", s.deleteTOTP)
	signed("GET /v1/users", s.getUsers)
	signed("POST /v1/users", s.postUser)
	signed("GET /v1/users/{id}", s.getUser)
	signed("PATCH /v1/users/{id}", s.patchUser)
	signed("PUT /v1/users/{id}/password", s.putUserPassword)
	signed("DELETE /v1/users/{id}/totp", s.deleteUserTOTP)
	signed("PUT /v1/users/{id}/roles/{account}", s.putRole)
	signed("DELETE /v1/users/{id}/roles/{account}", s.deleteRole)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if _, pattern := mux.Handler(r); pattern == "" {
			s.unknown(mux, w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// unknown answers what has no handler: another method, else nothing there.
func (s *Service) unknown(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	probe := &statusOnly{header: http.Header{}}
	mux.ServeHTTP(probe, r)
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.header.Get("Allow"))
		writeProblem(w, problem{Status: probe.status, Detail: "This method is not of this address", Code: "invalid"})
		return
	}
	writeProblem(w, problem{Status: http.StatusNotFound, Detail: "There is nothing at this address", Code: clickbridge.ENOTFOUND})
}

// statusOnly keeps what an answer would be.
type statusOnly struct {
	header http.Header
	status int
}

// Header implements http.ResponseWriter.
func (s *statusOnly) Header() http.Header { return s.header }

// Write implements http.ResponseWriter.
func (s *statusOnly) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader implements http.ResponseWriter.
func (s *statusOnly) WriteHeader(status int) { s.status = status }

// problem is an error as a program reads it (RFC 9457).
type problem struct {
	Type       string           `json:"type"`
	Title      string           `json:"title"`
	Status     int              `json:"status"`
	Detail     string           `json:"detail"`
	Code       clickbridge.Code `json:"code"`
	RetryAfter int              `json:"retry_after,omitempty"` // seconds
	Errors     []fieldProblem   `json:"errors,omitempty"`
}

// fieldProblem is what is wrong with one field of a form.
type fieldProblem struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// fieldOf reads which field an error is about: "Invalid name: must be …".
func fieldOf(message string) []fieldProblem {
	rest, ok := strings.CutPrefix(message, "Invalid ")
	field, text, found := strings.Cut(rest, ": ")
	if !ok || !found {
		return nil
	}
	return []fieldProblem{{Field: field, Message: text}}
}

var statuses = map[clickbridge.Code]int{
	clickbridge.EINVALID: 422, clickbridge.EUNAUTHORIZED: 401, clickbridge.EFORBIDDEN: 403, clickbridge.ENOTFOUND: 404,
	clickbridge.ELIMIT: 429, clickbridge.EUNAVAILABLE: 503, clickbridge.EINTERNAL: 500,
}

// answer writes an error, if there is one.
func (s *Service) answer(w http.ResponseWriter, err error) {
	if err == nil {
		return
	}
	code := clickbridge.ErrorCode(err)
	p := problem{Status: statuses[code], Detail: clickbridge.ErrorMessage(err), Code: code}
	if code == clickbridge.EINVALID {
		p.Errors = fieldOf(p.Detail)
	}
	if errors.Is(err, errCodeNeeded) {
		p.Code = "totp_needed"
	}
	var e *clickbridge.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		p.RetryAfter = int(math.Ceil(e.RetryAfter.Seconds()))
	}
	if code == clickbridge.EINTERNAL || code == clickbridge.EUNAVAILABLE && (e == nil || e.Err != nil) {
		s.cfg.Log.Error("people", "err", err)
	}
	writeProblem(w, p)
}

func writeProblem(w http.ResponseWriter, p problem) {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that went away
	return nil
}

// read reads a JSON body into v. Other types of body, which a foreign page may
// send without being asked, are refused. EINVALID; what was sent is not in it.
func read(w http.ResponseWriter, r *http.Request, v any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return invalid("The body must be application/json")
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return invalid("Invalid " + wrong.Field + ": must be of type " + wrong.Type.String())
		}
		return invalid("The body must be one JSON object with the fields of this address")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalid("The body must be one JSON object")
	}
	return nil
}

func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}
