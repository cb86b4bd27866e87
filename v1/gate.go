package v1

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"clickbridge"
)

// identify finds out whose request it is.
func (s *service) identify(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	who, err := s.cfg.Who.Who(r)
	known := &who
	if err != nil {
		known = nil
	}
	if isForPages(ctx.Operation()) {
		letRead(w.Header(), r, known)
	}
	if err == nil {
		err = s.secretInPage(r, known)
	}
	if err != nil {
		if clickbridge.ErrorCode(err) == clickbridge.EUNAUTHORIZED {
			w.Header().Add("WWW-Authenticate", `Basic realm="ClickBridge"`)
			w.Header().Add("WWW-Authenticate", `Bearer realm="ClickBridge"`)
		}
		s.refuse(ctx, err)
		return
	}
	next(huma.WithValue(ctx, identityKey{}, &who))
}

// throttled slows down who asks too often, and says how often they may
// (draft-ietf-httpapi-ratelimit-headers).
func (s *service) throttled(ctx huma.Context, next func(huma.Context)) {
	who := me(ctx.Context())
	limit, rate, name := s.bucket(who)
	ctx.SetHeader("RateLimit-Policy", fmt.Sprintf(`"default";q=%d;w=%d`, rate.Count, int(rate.Per.Seconds())))
	wait, left, ok := limit.TakeLeft(name)
	ctx.SetHeader("RateLimit", fmt.Sprintf(`"default";r=%d;t=%d`, left, int(math.Ceil(wait.Seconds()))))
	if !ok {
		s.refuse(ctx, &clickbridge.Error{
			Code: clickbridge.ELIMIT, RetryAfter: max(wait, time.Second),
			Message: fmt.Sprintf("Too many requests: at most %d in %v", rate.Count, rate.Per),
		})
		return
	}
	next(ctx)
}

// permit refuses what somebody may not.
func (s *service) permit(ctx huma.Context, next func(huma.Context)) {
	p, _ := ctx.Operation().Metadata[needs].(clickbridge.Permission)
	who := me(ctx.Context())
	if p != "" && !who.May(p) && !(who.Public() && isForPages(ctx.Operation())) {
		s.refuse(ctx, &clickbridge.Error{Code: clickbridge.EFORBIDDEN, Message: "Access denied: this needs the permission " + string(p)})
		return
	}
	next(ctx)
}

// refuse answers for an operation that is not asked.
func (s *service) refuse(ctx huma.Context, err error) {
	_, w := humago.Unwrap(ctx)
	s.write(w, s.problem(err))
}

func (s *service) unknown(w http.ResponseWriter, r *http.Request) {
	s.write(w, &Problem{Title: "Not Found", Status: 404, Code: clickbridge.ENOTFOUND,
		Detail: r.Method + " " + r.URL.Path + " is not part of this API; /v1/openapi.json says what is"})
}

// seconds rounds up, as Retry-After is written.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
