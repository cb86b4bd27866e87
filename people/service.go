package people

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// Store is the part of a store that this room needs.
type Store interface {
	store.Users
	store.Sessions
	store.Audit
	Directory(ctx context.Context) (*clickbridge.Directory, error)
}

// Config is what a Service works with.
type Config struct {
	Store  Store
	Secret []byte        // the server's secret_key
	Life   time.Duration // of a session, however busy
	Idle   time.Duration // of a session nobody uses
	Keep   time.Duration // of the audit log; 0 = for ever
	OIDC   OIDC          // no Issuer: passwords only

	// RemoteAddr tells a visitor's address; Proxies may tell it and the scheme.
	RemoteAddr func(*http.Request) string
	Proxies    []netip.Prefix
	PublicURL  string // the address people use; "" = the one they say
	Log        *slog.Logger
}

// Service signs people in. Its methods may be called from any goroutine; of
// their errors, those that a client may read are *clickbridge.Error.
type Service struct {
	cfg    Config
	keys   keys
	gate   *gate
	locks  *locks
	dummy  string // a password nobody has, for e-mails nobody has
	origin *http.CrossOriginProtection
	oidc   *provider
}

// New returns a service.
func New(cfg Config) (*Service, error) {
	ks, err := deriveKeys(cfg.Secret)
	if err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, keys: ks, gate: newGate(), locks: newLocks(), dummy: nobodys(), origin: http.NewCrossOriginProtection()}
	if cfg.PublicURL != "" {
		if err := s.origin.AddTrustedOrigin(cfg.PublicURL); err != nil {
			return nil, err
		}
	}
	if cfg.OIDC.Issuer != "" {
		s.oidc = &provider{cfg: cfg.OIDC}
	}
	return s, nil
}

// How often what is old is forgotten, and how long sessions that are over stay:
// they tell from where a user has signed in before.
const (
	forgetEvery  = time.Hour
	sessionsKept = 90 * 24 * time.Hour
)

// Run forgets what is old until ctx is done.
func (s *Service) Run(ctx context.Context) {
	t := time.NewTicker(forgetEvery)
	defer t.Stop()
	for {
		if err := s.forget(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.cfg.Log.Warn("old sessions and audit entries stay", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

func (s *Service) forget(ctx context.Context, now time.Time) error {
	err := s.cfg.Store.ForgetSessions(ctx, now.Add(-sessionsKept))
	if s.cfg.Keep > 0 {
		n, ferr := s.cfg.Store.ForgetAudit(ctx, now.Add(-s.cfg.Keep))
		if n > 0 {
			s.cfg.Log.Info("audit entries forgotten", "entries", n)
		}
		err = errors.Join(err, ferr)
	}
	return err
}

// AuditLog returns entries of the audit log, newest first; without f.AccountID
// an operator sees all. EFORBIDDEN.
func (s *Service) AuditLog(ctx context.Context, by Person, f store.AuditFilter) ([]clickbridge.AuditEntry, error) {
	if err := by.Require(clickbridge.AuditRead, f.AccountID); err != nil {
		return nil, err
	}
	es, err := s.cfg.Store.AuditLog(ctx, f)
	return es, away(err)
}

// Errors a client may read.
var (
	errCredentials = &clickbridge.Error{Code: clickbridge.EUNAUTHORIZED, Message: "The e-mail, the password or the code is wrong"}
	errCodeNeeded  = &clickbridge.Error{Code: clickbridge.EUNAUTHORIZED, Message: "A code of the authenticator app, or a recovery code, is needed"}
	errSignedOut   = &clickbridge.Error{Code: clickbridge.EUNAUTHORIZED, Message: "Not signed in"}
	errForged      = &clickbridge.Error{Code: clickbridge.EFORBIDDEN, Message: "The request does not come from this server's own page, or its X-CSRF-Token is missing"}
	errChanged     = &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, Message: "The user was changed at the same moment; try again", RetryAfter: time.Second}
)

func invalid(text string) error {
	return &clickbridge.Error{Code: clickbridge.EINVALID, Message: text}
}

func forbidden(text string) error {
	return &clickbridge.Error{Code: clickbridge.EFORBIDDEN, Message: text}
}

// away is an error of the store as a client may read it; nil stays nil.
func away(err error) error {
	var e *clickbridge.Error
	switch {
	case err == nil || errors.As(err, &e):
		return err
	case errors.Is(err, store.ErrNotFound):
		return &clickbridge.Error{Code: clickbridge.ENOTFOUND, Message: "There is no such user, session or account", Err: err}
	case errors.Is(err, store.ErrStale):
		return errChanged
	}
	return &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, RetryAfter: 30 * time.Second,
		Message: "Service unavailable: the store does not answer", Err: err}
}
