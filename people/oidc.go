package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"clickbridge"
	"clickbridge/store"
)

// OIDC is somebody else who knows people: an OpenID Connect provider.
type OIDC struct {
	Issuer, ClientID, ClientSecret string
	// AllowedDomains are those of e-mails whose people become users by themselves,
	// with Role in Account ("" = the only one there is).
	AllowedDomains []string
	Account        string
	Role           clickbridge.Role
}

const (
	// providerTime bounds what is asked of the provider.
	providerTime = 10 * time.Second
	// roundTrip is how long a person may take to sign in there.
	roundTrip = 10 * time.Minute
)

// provider is asked who it is when it is first needed: it may be away when the
// server starts.
type provider struct {
	cfg OIDC

	mu    sync.Mutex
	found *oidc.Provider
}

// client is used for all that is asked of the provider.
var client = &http.Client{Timeout: providerTime}

func (p *provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// Its keys are fetched later, when this request is long over.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), client), p.cfg.Issuer)
	if err != nil {
		return nil, &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, Message: "The sign-in provider does not answer", RetryAfter: 10 * time.Second, Err: err}
	}
	p.found = found
	return found, nil
}

func (p *provider) oauth(found *oidc.Provider, callback string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret, Endpoint: found.Endpoint(),
		RedirectURL: callback, Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// trip is what a browser carries, sealed, to the provider and back.
type trip struct {
	State, Nonce, Verifier, Return, Callback string
	Until                                    time.Time
}

const tripPurpose = "oidc trip"

// leave begins a trip: where to, and what to carry (RFC 7636 for the verifier).
func (s *Service) leave(ctx context.Context, callback, back string) (to string, carry []byte, err error) {
	found, err := s.oidc.discover(ctx)
	if err != nil {
		return "", nil, err
	}
	t := trip{State: draw(), Nonce: draw(), Verifier: oauth2.GenerateVerifier(), Return: back, Callback: callback, Until: time.Now().Add(roundTrip)}
	plain, err := json.Marshal(t)
	if err != nil {
		return "", nil, err
	}
	to = s.oidc.oauth(found, callback).AuthCodeURL(t.State, oidc.Nonce(t.Nonce), oauth2.S256ChallengeOption(t.Verifier))
	return to, s.keys.sealed(plain, tripPurpose), nil
}

var errTrip = forbidden("The sign-in took too long or was begun elsewhere; begin again")

// openTrip reads what was carried.
func (s *Service) openTrip(carry []byte, state string) (t trip, err error) {
	plain, err := s.keys.opened(carry, tripPurpose)
	if err != nil || json.Unmarshal(plain, &t) != nil || t.State != state || !time.Now().Before(t.Until) {
		return trip{}, errTrip
	}
	return t, nil
}

// claims are what the provider says of a person.
type claims struct {
	Issuer   string `json:"-"`
	Subject  string `json:"sub"`
	Nonce    string `json:"nonce"`
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // some providers write it as text
	Name     string `json:"name"`
}

func (c claims) verified() bool { return c.Verified == true || c.Verified == "true" }

// arrive ends a trip: the code is exchanged for what the provider says, signed.
func (s *Service) arrive(ctx context.Context, t trip, code string) (claims, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*providerTime)
	defer cancel()
	found, err := s.oidc.discover(ctx)
	if err != nil {
		return claims{}, err
	}
	fault := func(err error) error {
		return &clickbridge.Error{Code: clickbridge.EFORBIDDEN, Message: "The sign-in provider did not confirm who you are", Err: err}
	}
	token, err := s.oidc.oauth(found, t.Callback).Exchange(oidc.ClientContext(ctx, client), code, oauth2.VerifierOption(t.Verifier))
	if err != nil {
		return claims{}, fault(errors.New("the code was not exchanged")) // the cause may quote tokens
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: s.oidc.cfg.ClientID}).Verify(ctx, raw)
	if err != nil {
		return claims{}, fault(err)
	}
	var c claims
	if err := id.Claims(&c); err != nil {
		return claims{}, fault(err)
	}
	if c.Nonce != t.Nonce || c.Subject == "" {
		return claims{}, fault(errors.New("the nonce is another sign-in's"))
	}
	c.Issuer = id.Issuer
	return c, nil
}

// admit begins a session of whom the provider told of.
func (s *Service) admit(ctx context.Context, c claims, addr, agent string) (Signed, error) {
	for range changeTries {
		u, err := s.userOf(ctx, c, addr)
		if err != nil {
			return Signed{}, away(err)
		}
		if u.Disabled {
			return Signed{}, errUnknown
		}
		signed, err := s.begin(ctx, u, clickbridge.ByOIDC, addr, agent)
		if !errors.Is(err, store.ErrStale) {
			return signed, away(err)
		}
	}
	return Signed{}, errChanged
}

var errUnknown = forbidden("You are not a user of this server; ask who runs it")

// userOf returns the user the provider means: the one linked to the identity,
// else the one with the e-mail, if the provider has verified it, who is linked
// then; else, for allowed domains, a new one. A user who is linked to another
// identity stays so: e-mails are given to other people.
func (s *Service) userOf(ctx context.Context, c claims, addr string) (clickbridge.User, error) {
	u, err := s.cfg.Store.UserByIdentity(ctx, c.Issuer, c.Subject)
	if !errors.Is(err, store.ErrNotFound) {
		return u, err
	}
	email := plainEmail(c.Email)
	if email == "" || !c.verified() {
		return u, forbidden("The sign-in provider has not verified your e-mail")
	}
	u, err = s.cfg.Store.UserByEmail(ctx, email)
	if errors.Is(err, store.ErrNotFound) {
		return s.welcome(ctx, c, email, addr)
	}
	if err != nil {
		return u, err
	}
	return s.link(ctx, u, c, addr)
}

// link remembers what the provider calls a user.
func (s *Service) link(ctx context.Context, u clickbridge.User, c claims, addr string) (clickbridge.User, error) {
	kept, err := s.cfg.Store.Credentials(ctx, u.ID)
	if err != nil {
		return u, err
	}
	if kept.Subject != "" || u.Disabled {
		return u, errUnknown
	}
	kept.Issuer, kept.Subject = c.Issuer, c.Subject
	by := Person{Actor: clickbridge.Actor{Kind: clickbridge.ActorUser, ID: u.ID, Name: u.Email, RemoteAddr: addr}}
	if err := s.cfg.Store.PutCredentials(ctx, kept, time.Time{}, by.about(&u, "user.linked", []string{"issuer: " + c.Issuer})); err != nil {
		return u, err
	}
	return s.cfg.Store.User(ctx, u.ID)
}

// welcome makes a user of somebody of an allowed domain.
func (s *Service) welcome(ctx context.Context, c claims, email, addr string) (clickbridge.User, error) {
	_, domain, _ := strings.Cut(email, "@")
	cfg := s.oidc.cfg
	if !slices.ContainsFunc(cfg.AllowedDomains, func(d string) bool { return strings.EqualFold(d, domain) }) {
		return clickbridge.User{}, errUnknown
	}
	account, err := s.accountNamed(ctx, cfg.Account)
	if err != nil {
		return clickbridge.User{}, err
	}
	u := clickbridge.User{Email: email, Name: shortName(c.Name), Roles: []clickbridge.AccountRole{{AccountID: account, Role: cfg.Role}}}
	if err := checkUser(&u); err != nil {
		return u, errUnknown
	}
	by := Person{Actor: clickbridge.Actor{Kind: clickbridge.ActorUser, Name: email, RemoteAddr: addr}}
	return s.insert(ctx, by, u, clickbridge.Credentials{Issuer: c.Issuer, Subject: c.Subject})
}

// shortName is a name as it fits.
func shortName(s string) string {
	r := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " "))
	return string(r[:min(len(r), maxName)])
}

// accountNamed finds the account new users belong to.
func (s *Service) accountNamed(ctx context.Context, name string) (int64, error) {
	d, err := s.cfg.Store.Directory(ctx)
	if err != nil {
		return 0, err
	}
	for _, a := range d.Accounts {
		if a.Name == name || name == "" && len(d.Accounts) == 1 {
			return a.ID, nil
		}
	}
	return 0, &clickbridge.Error{Code: clickbridge.EINTERNAL, Message: fmt.Sprintf("console.oidc.account %q is not one account", name)}
}
