package main

import (
	"context"
	"log/slog"
	"net/http"
	"os/user"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/accounts"
	"clickbridge/config"
	"clickbridge/ibp"
	"clickbridge/people"
	"clickbridge/store"
)

// newPeople returns the room of people of a configuration.
func newPeople(cfg *config.Config, st store.Store, secret []byte, log *slog.Logger) (*people.Service, error) {
	c, o := cfg.Console, cfg.Console.OIDC
	return people.New(people.Config{
		Store: st, Secret: secret, Life: c.Session, Idle: c.Idle, Keep: time.Duration(c.AuditKeep),
		RemoteAddr: ibp.ClientAddr(cfg.HTTP.TrustedProxies), Proxies: cfg.HTTP.TrustedProxies, PublicURL: cfg.HTTP.PublicURL,
		Log: log, OIDC: people.OIDC{
			Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: string(o.ClientSecret),
			AllowedDomains: o.AllowedDomains, Account: o.Account, Role: clickbridge.Role(o.Role),
		},
	})
}

// openPeople lets people sign in where console.enabled says so.
func (s *Server) openPeople(ctx context.Context) (err error) {
	if !s.cfg.Console.Enabled {
		return nil
	}
	secret, err := secretKey(ctx, s.store, s.cfg)
	if err != nil {
		return err
	}
	if s.people, err = newPeople(s.cfg, s.store, secret, s.log); err != nil {
		return err
	}
	us, err := s.store.Users(ctx)
	if err == nil && len(us) == 0 {
		s.log.Info("nobody can sign in yet; make the first user with: clickbridge users add --config FILE --operator you@example.com")
	}
	return err
}

// login is who runs this command.
func login() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// applied are the audit entries of what an apply has changed. A line names its
// account at its end.
func applied(lines []accounts.Line) (es []clickbridge.AuditEntry) {
	for _, l := range lines {
		if l.Kind == accounts.Keep {
			continue
		}
		e := clickbridge.AuditEntry{
			At: time.Now(), Actor: people.AtMachine(login()).Actor, Action: "apply." + string(l.Kind), Object: l.What, Changes: l.Fields,
		}
		if i := strings.LastIndex(l.What, " of account "); i >= 0 {
			e.Account = l.What[i+len(" of account "):]
		} else {
			e.Account = strings.TrimPrefix(l.What, "account ")
		}
		es = append(es, e)
	}
	return es
}

// ofPeople reports whether a path is the room of people's.
func ofPeople(path string) bool {
	for _, at := range []string{"/v1/session", "/v1/users"} {
		if rest, ok := strings.CutPrefix(path, at); ok && (rest == "" || strings.HasPrefix(rest, "/")) {
			return true
		}
	}
	return false
}

// withPeopleAt sends what is theirs to people, if there are any.
func (s *Server) withPeopleAt(rest http.Handler) http.Handler {
	if s.people == nil {
		return rest
	}
	h := s.people.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ofPeople(r.URL.Path) {
			h.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	})
}
