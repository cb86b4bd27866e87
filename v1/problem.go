package v1

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"clickbridge"
)

// Problem is what went wrong (RFC 9457).
type Problem struct {
	Type       string           `json:"type,omitempty" doc:"about:blank: the title is all there is"`
	Title      string           `json:"title"`
	Status     int              `json:"status"`
	Detail     string           `json:"detail" doc:"One sentence for people"`
	Code       clickbridge.Code `json:"code" doc:"invalid, unauthorized, forbidden, not_found, conflict, limit, unavailable or internal"`
	RetryAfter int              `json:"retry_after,omitempty" doc:"Seconds, as the header Retry-After"`
	Errors     []FieldProblem   `json:"errors,omitempty" nullable:"false"`
}

// FieldProblem is what is wrong with one field.
type FieldProblem struct {
	Field   string `json:"field" doc:"As numbers[0].timeout"`
	Value   any    `json:"value,omitempty" doc:"What was sent"`
	Message string `json:"message" doc:"What would be right"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.RetryAfter > 0 {
		h.Set("Retry-After", seconds(sec(p.RetryAfter)))
	}
	return h
}

// Codes that only this face has.
const (
	conflict  clickbridge.Code = "conflict"
	staleETag clickbridge.Code = "stale"
)

var statusOf = map[clickbridge.Code]int{
	clickbridge.EINVALID: 422, clickbridge.EUNAUTHORIZED: 401, clickbridge.EFORBIDDEN: 403, clickbridge.ENOTFOUND: 404,
	clickbridge.ELIMIT: 429, clickbridge.EUNAVAILABLE: 503, clickbridge.EINTERNAL: 500, conflict: 409, staleETag: 412,
}

// problem words an error; what a client must not read is logged.
func (s *service) problem(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	code := clickbridge.ErrorCode(err)
	p = &Problem{Type: "about:blank", Status: statusOf[code], Code: code, Detail: clickbridge.ErrorMessage(err)}
	p.Title = http.StatusText(p.Status)
	var e *clickbridge.Error
	if errors.As(err, &e) {
		p.RetryAfter = int(math.Ceil(e.RetryAfter.Seconds()))
	}
	if code == clickbridge.EINTERNAL || code == clickbridge.EUNAVAILABLE && e.Err != nil {
		s.cfg.Log.Error("v1", "err", err)
	}
	if code == clickbridge.EINVALID {
		p.Errors = fields(p.Detail)
		for old, better := range renamed {
			p.Detail = strings.Replace(p.Detail, "Invalid "+old+":", "Invalid "+better+":", 1)
		}
	}
	return p
}

// about is how the domain begins what it says of a field.
var about = regexp.MustCompile(`^Invalid ([a-z_]+(?:\[\d+\])?(?:\.[a-z_]+(?:\[\d+\])?)*)(?: ([^:]*))?: (.+)$`)

// renamed are fields that have better names here than in the old API.
var renamed = map[string]string{
	"phone_to_call": "phone", "first_callerid": "first_caller_id", "second_callerid": "second_caller_id", "type": "order",
	"no_answer_email": "no_answer.email", "no_answer_sms": "no_answer.sms", "no_answer_url": "no_answer.url", "no_answer_phone": "no_answer.phone",
}

// fields finds the field in what the domain says.
func fields(detail string) []FieldProblem {
	if name, ok := strings.CutPrefix(detail, "Missing parameter: "); ok {
		return []FieldProblem{{Field: ours(name), Message: "is needed"}}
	}
	m := about.FindStringSubmatch(detail)
	if m == nil {
		return nil
	}
	f := FieldProblem{Field: ours(m[1]), Message: m[3]}
	if v := strings.Trim(m[2], `"`); v != "" {
		f.Value = v
	}
	return []FieldProblem{f}
}

// named adds to what is wrong with a field what was sent in it.
func named(err *Problem, body any) *Problem {
	text, _ := json.Marshal(body) // it came as JSON
	var sent map[string]any
	_ = json.Unmarshal(text, &sent)
	for i := range err.Errors {
		var v any = sent
		for part := range strings.SplitSeq(err.Errors[i].Field, ".") {
			m, _ := v.(map[string]any)
			v = m[part]
		}
		if err.Errors[i].Value == nil {
			err.Errors[i].Value = v
		}
	}
	return err
}

func ours(name string) string {
	if better, ok := renamed[name]; ok {
		return better
	}
	return name
}

func invalid(field string, value any, message string) error {
	return &Problem{Type: "about:blank", Title: http.StatusText(http.StatusUnprocessableEntity), Status: http.StatusUnprocessableEntity, Code: clickbridge.EINVALID,
		Detail: "Invalid " + field + ": " + message, Errors: []FieldProblem{{field, value, message}}}
}

func notFound(what string) error {
	return &clickbridge.Error{Code: clickbridge.ENOTFOUND, Message: what + " does not exist"}
}

func conflicts(code clickbridge.Code, why string) error {
	return &Problem{Type: "about:blank", Title: http.StatusText(statusOf[code]), Status: statusOf[code], Code: code, Detail: why}
}

func (s *service) write(w http.ResponseWriter, p *Problem) {
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", seconds(sec(p.RetryAfter)))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a client that went away
}

// init has the library word what it finds itself as everything else here is. It
// has one way to be told, for the whole program.
func init() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		p := &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: codeOf(status), Detail: message}
		for _, err := range errs {
			var d huma.ErrorDetailer
			if !errors.As(err, &d) {
				continue
			}
			e := d.ErrorDetail()
			_, field, _ := strings.Cut(e.Location, ".")
			p.Errors = append(p.Errors, FieldProblem{Field: field, Value: e.Value, Message: e.Message})
		}
		if len(p.Errors) > 0 {
			p.Detail = "Invalid " + p.Errors[0].Field + ": " + p.Errors[0].Message
		}
		return p
	}
}

func codeOf(status int) clickbridge.Code {
	for code, n := range statusOf {
		if n == status {
			return code
		}
	}
	if status >= 500 {
		return clickbridge.EINTERNAL
	}
	return clickbridge.EINVALID
}
