package v1

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"clickbridge"
	"clickbridge/admin"
	"clickbridge/events"
	"clickbridge/intake"
	"clickbridge/store"
	"clickbridge/throttle"
)

// Identity is whose request it is, and what account it is about.
type Identity struct {
	intake.Access // Key is a made one for people
	Actor         clickbridge.Actor
	May           func(clickbridge.Permission) bool
	Origin        string // the headers, where a browser sent them
	Referer       string
}

// Who finds out whose request it is. EUNAUTHORIZED, EFORBIDDEN.
type Who interface {
	Who(r *http.Request) (Identity, error)
}

// Clicks makes calls; intake.Intake is it.
type Clicks interface {
	Check(who intake.Access, c intake.Click) (clickbridge.Call, error)
	Begin(ctx context.Context, who intake.Access, c intake.Click, id clickbridge.CallID) (clickbridge.Call, error)
}

// Store is what is read, and the little that is written without a room of its
// own.
type Store interface {
	store.Reader
	store.Notices
	store.Callbacks
	store.Recordings
	store.Clips
	store.Promises
	store.Cancels
	store.Events
	store.Webhooks
	store.Counted
	OptOut(ctx context.Context, o clickbridge.OptOut) error
	OptIn(ctx context.Context, account int64, n clickbridge.Number) error
	OptOuts(ctx context.Context, account int64) ([]clickbridge.OptOut, error)
	AuditLog(ctx context.Context, f store.AuditFilter) ([]clickbridge.AuditEntry, error)
	Audit(ctx context.Context, es []clickbridge.AuditEntry) error
}

// Trunk is a carrier's account and how it is.
type Trunk struct {
	Name       string     `json:"name"`
	Host       string     `json:"host"`
	Up         bool       `json:"up" doc:"False after two OPTIONS in a row without an answer"`
	Registered *bool      `json:"registered,omitempty" doc:"Where registration is wanted"`
	Calls      int        `json:"calls" doc:"Legs now"`
	MaxCalls   int        `json:"max_calls" doc:"0 = no limit"`
	CheckedAt  *time.Time `json:"checked_at,omitempty"`
	Fault      string     `json:"fault,omitempty" doc:"What was wrong last"`
}

// Config is what the API works with.
type Config struct {
	Who        Who
	Clicks     Clicks
	Cancel     func(clickbridge.CallID) bool // ends a call of this node
	Store      Store
	Admin      *admin.Admin
	Events     *events.Hub
	Trunks     func() []Trunk
	Accounts   func() []clickbridge.Account               // whose days Run counts
	Convert    func(r io.Reader) (ulaw []byte, err error) // of uploaded audio
	MaxAudio   int64                                      // bytes of an upload
	Secret     func(webhook string) []byte                // signs a webhook's messages
	CheckURL   func(url string) error                     // of a webhook; nil = any
	RemoteAddr func(*http.Request) string
	Limit      throttle.Rate // requests of a key; zero = DefaultLimit
	Visitors   throttle.Rate // requests of a visitor's address; zero = DefaultVisitors
	Version    string
	Log        *slog.Logger
}

// DefaultLimit is how many requests a key may make.
var DefaultLimit = throttle.Rate{Count: 6000, Per: time.Minute}

const rememberedKeys = 10_000

type service struct {
	cfg   Config
	api   huma.API
	limit *throttle.Throttle
	// visitors counts requests with public keys, by the visitor's address.
	visitors *throttle.Throttle
}

// API answers all paths that begin with /v1/.
type API struct {
	http.Handler
	s *service
}

// New returns the API.
func New(cfg Config) *API {
	if cfg.Limit == (throttle.Rate{}) {
		cfg.Limit = DefaultLimit
	}
	if cfg.Visitors == (throttle.Rate{}) {
		cfg.Visitors = DefaultVisitors
	}
	s := &service{cfg: cfg, limit: throttle.New(cfg.Limit, rememberedKeys), visitors: throttle.New(cfg.Visitors, rememberedVisitors)}
	mux := http.NewServeMux()
	s.api = humago.New(mux, s.describe())
	s.api.UseMiddleware(s.identify, s.throttled, s.permit)
	for _, open := range []func(){
		s.openCalls, s.openCallbacks, s.openEvents, s.openWebhooks, s.openAccount, s.openKeys, s.openNumbers, s.openFindMes,
		s.openAudio, s.openRecordings, s.openNotices, s.openOptOuts, s.openTrunks, s.openReport, s.openAudit,
	} {
		open()
	}
	mux.HandleFunc("OPTIONS /v1/calls", preflight(http.MethodPost))
	mux.HandleFunc("OPTIONS /v1/calls/{id}", preflight(http.MethodGet))
	mux.HandleFunc("GET /v1/{$}", s.page)
	mux.HandleFunc("/v1/", s.unknown)
	return &API{s: s, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		nameAccount(r)
		mux.ServeHTTP(w, r)
	})}
}

// AccountHeader names, by its id, the account that a person's request is about;
// where it is left out, the only one they have a role in. What cannot set headers
// (an EventSource, an audio element) writes account in the query.
const AccountHeader = "ClickBridge-Account"

func nameAccount(r *http.Request) {
	q := r.URL.Query()
	if !q.Has("account") {
		return
	}
	r.Header.Set(AccountHeader, q.Get("account"))
	q.Del("account")
	r.URL.RawQuery = q.Encode()
}

// describe is what the description says besides operations.
func (s *service) describe() huma.Config {
	c := huma.DefaultConfig("ClickBridge", s.cfg.Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "/v1/openapi", "", ""
	c.CreateHooks = nil // no $schema links in answers
	c.RejectUnknownQueryParameters = true
	c.Info.Description = "Click-to-call on your own SIP trunk. Times are RFC 3339 in UTC, numbers E.164, lengths seconds. " +
		"Lists are pages: next is the cursor of the next one. Errors are problems (RFC 9457) that name the field. See docs/api.md."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"basic":   {Type: "http", Scheme: "basic", Description: "access_key as user, secret_access_key as password"},
		"bearer":  {Type: "http", Scheme: "bearer", Description: "access_key:secret_access_key, or an api_key"},
		"session": {Type: "apiKey", In: "cookie", Name: "clickbridge", Description: "of people who signed in; what changes something needs X-CSRF-Token"},
	}
	c.Security = []map[string][]string{{"basic": {}}, {"bearer": {}}, {"session": {}}}
	return c
}

// needs is what an operation's metadata calls its permission.
const needs = "permission"

// op describes an operation. Each may fail with what every one may.
func op(id, method, path, tag, summary string, p clickbridge.Permission, more ...func(*huma.Operation)) huma.Operation {
	o := huma.Operation{
		OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary,
		Metadata: map[string]any{needs: p}, Errors: []int{401, 403, 422, 429, 500, 503},
	}
	if strings.Contains(path, "{") {
		o.Errors = append(o.Errors, 404)
	}
	if p != "" {
		o.Description = "Permission: " + string(p) + "."
	}
	for _, m := range more {
		m(&o)
	}
	return o
}

func status(n int) func(*huma.Operation) { return func(o *huma.Operation) { o.DefaultStatus = n } }

func mayFail(codes ...int) func(*huma.Operation) {
	return func(o *huma.Operation) { o.Errors = append(o.Errors, codes...) }
}

func says(text string) func(*huma.Operation) {
	return func(o *huma.Operation) { o.Description = strings.TrimSpace(text + " " + o.Description) }
}

type identityKey struct{}

// me returns whose request it is.
func me(ctx context.Context) *Identity {
	i, _ := ctx.Value(identityKey{}).(*Identity)
	return i
}
