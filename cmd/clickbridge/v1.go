package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/audio"
	"clickbridge/config"
	"clickbridge/events"
	"clickbridge/ibp"
	"clickbridge/intake"
	"clickbridge/notify"
	"clickbridge/store"
	"clickbridge/v1"
)

// openEvents makes the stream of events and has everybody tell it.
func (s *Server) openEvents(ctx context.Context) error {
	secret, err := secretKey(ctx, s.store, s.cfg)
	if err != nil {
		return err
	}
	s.secret = secret
	hooks := notify.NewWebhook(notify.WebhookOptions{AllowPrivate: s.cfg.Webhooks.AllowPrivateTargets})
	s.events = events.New(events.Config{
		Store: s.store, Node: s.node, Shared: s.opened.Engine == config.Postgres, Secret: s.webhookSecret, Log: s.log,
		Post: func(ctx context.Context, m events.Message) events.Answer {
			r := hooks.Post(ctx, notify.Message{ID: m.ID, URL: m.URL, Type: "application/json", Body: m.Body, Secret: m.Secret})
			code, _ := strconv.Atoi(strings.SplitN(r.Answer, " ", 2)[0])
			return events.Answer{OK: r.OK, Gone: r.Permanent, Code: code, Text: r.Answer}
		},
	})
	if err := s.events.Load(ctx); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	watch := s.observe
	s.observe = func(e clickbridge.Event) {
		s.events.Observe(e)
		watch(e)
	}
	return nil
}

// webhookSecret signs a webhook's messages. It is made of the server's key, so
// that none has to be kept.
func (s *Server) webhookSecret(id string) []byte {
	m := hmac.New(sha256.New, s.secret)
	m.Write([]byte("webhook\x00" + id))
	return m.Sum(nil)
}

// recovered tells the end of a call that a dead server left open.
func (s *Server) recovered(r store.Record) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	if err := s.events.Recovered(ctx, r); err != nil {
		s.log.Warn("the end of a call was not told", "call_id", r.Call.ID, "err", err)
	}
}

// observeNotice gives what the delivery room tells the account it is of.
func (s *Server) observeNotice(e clickbridge.Event) {
	if e.AccountID == 0 && e.CallID != "" {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if r, err := s.store.Call(ctx, e.CallID); err == nil {
			e.AccountID = r.Call.AccountID
		}
	}
	s.observe(e)
}

// How often a node looks for calls it was asked to end, and forgets old keys of
// requests.
const (
	lookForCancels = 500 * time.Millisecond
	keepPromises   = 48 * time.Hour
)

// endAsked ends the calls that other nodes were asked to end.
func (s *Server) endAsked(ctx context.Context) {
	t := time.NewTicker(lookForCancels)
	defer t.Stop()
	forget := time.NewTicker(time.Hour)
	defer forget.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-forget.C:
			if err := s.store.ForgetPromises(ctx, now.Add(-keepPromises)); err != nil {
				s.log.Warn("old keys of requests were not deleted", "err", err)
			}
		case <-t.C:
			ids, err := s.store.Canceling(ctx, s.node)
			if err != nil && ctx.Err() == nil {
				s.log.Warn("calls to be ended were not looked for", "err", err)
			}
			for _, id := range ids {
				s.conductor.Cancel(id)
			}
		}
	}
}

// jsonAPI is the API under /v1.
func (s *Server) jsonAPI() *v1.API {
	a := s.cfg.Audio
	return v1.New(v1.Config{
		Who: caller{s}, Clicks: s.intake, Cancel: s.conductor.Cancel, Store: s.store, Admin: s.admin(), Events: s.events,
		Trunks: s.trunkHealth, Accounts: func() []clickbridge.Account { return s.directory.Whole().Accounts },
		MaxAudio: int64(a.MaxSize), Secret: s.webhookSecret, Version: version, Log: s.log,
		Convert: func(r io.Reader) ([]byte, error) {
			ulaw, _, err := audio.Convert(r, audio.Options{MaxBytes: int64(a.MaxSize), MaxLength: a.MaxLength})
			return ulaw, err
		},
	})
}

func (s *Server) trunkHealth() (out []v1.Trunk) {
	for _, t := range s.trunks.Statuses() {
		one := v1.Trunk{Name: t.Name, Host: t.Host, Up: t.Up, Calls: t.Calls, MaxCalls: t.MaxCalls}
		if !t.CheckedAt.IsZero() {
			checked := t.CheckedAt.UTC()
			one.CheckedAt = &checked
		}
		for _, fault := range []string{t.RegisterError, t.OptionsError, t.LastFault} {
			if one.Fault == "" {
				one.Fault = fault
			}
		}
		if t.Register {
			one.Registered = &t.Registered
		}
		out = append(out, one)
	}
	return out
}

// caller finds out whose request a request is: a program's, by its key, or a
// person's, by their session.
type caller struct{ s *Server }

func (c caller) Who(r *http.Request) (v1.Identity, error) {
	addr := ibp.ClientAddr(c.s.cfg.HTTP.TrustedProxies)(r)
	if r.Header.Get("Authorization") != "" || c.s.people == nil {
		return c.program(r, addr)
	}
	return c.person(r, addr)
}

var errNoKey = &clickbridge.Error{Code: clickbridge.EUNAUTHORIZED, Message: "Invalid access key"}

// program reads Authorization: Basic access_key:secret, or Bearer with the same
// or with a key of one part.
func (c caller) program(r *http.Request, addr string) (v1.Identity, error) {
	var tries []intake.Credentials
	if user, password, ok := r.BasicAuth(); ok {
		tries = append(tries, intake.Credentials{AccessKey: user, SecretAccessKey: password})
	} else if scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		if access, secret, pair := strings.Cut(strings.TrimSpace(token), ":"); pair {
			tries = append(tries, intake.Credentials{AccessKey: access, SecretAccessKey: secret})
		} else {
			tries = append(tries, intake.Credentials{APIKey: access}, intake.Credentials{PublicKey: access})
		}
	}
	for _, cred := range tries {
		who, err := c.s.intake.Authorize(cred)
		if err != nil {
			continue
		}
		id := v1.Identity{
			Access: who, Actor: clickbridge.Actor{Kind: clickbridge.ActorKey, ID: who.Key.ID, Name: who.Key.Name, RemoteAddr: addr},
			Origin: r.Header.Get("Origin"), Referer: r.Header.Get("Referer"),
			May: clickbridge.RoleOwner.May,
		}
		if who.Public() {
			id.May = func(p clickbridge.Permission) bool { return p == clickbridge.CallsPlace }
		}
		return id, nil
	}
	return v1.Identity{}, errNoKey
}

func (c caller) person(r *http.Request, addr string) (v1.Identity, error) {
	p, err := c.s.people.Who(r)
	if err != nil {
		return v1.Identity{}, err
	}
	account, err := c.account(r, p.User)
	if err != nil {
		return v1.Identity{}, err
	}
	return v1.Identity{
		Access: intake.Access{
			Account: account, Zone: account.Location(),
			Key: &clickbridge.Key{AccountID: account.ID, Name: p.User.Email, Kind: clickbridge.PairKey},
		},
		Actor: p.Actor,
		May:   func(what clickbridge.Permission) bool { return p.May(what, account.ID) },
	}, nil
}

func (c caller) account(r *http.Request, u clickbridge.User) (*clickbridge.Account, error) {
	var id int64
	if raw := r.Header.Get(v1.AccountHeader); raw != "" {
		id, _ = strconv.ParseInt(raw, 10, 64) // 0 is no account
	} else {
		id = c.only(u)
	}
	a, ok := c.s.directory.Account(id)
	if !ok || !u.May(clickbridge.AccountRead, id) {
		return nil, &clickbridge.Error{Code: clickbridge.EFORBIDDEN, Message: "Access denied: name an account of yours in the header " + v1.AccountHeader}
	}
	return a, nil
}

// only returns the one account somebody has a role in, an operator's first one.
func (c caller) only(u clickbridge.User) int64 {
	if len(u.Roles) > 0 {
		return u.Roles[0].AccountID
	}
	if all := c.s.directory.Whole().Accounts; u.Operator && len(all) > 0 {
		return all[0].ID
	}
	return 0
}

// startEvents tells what ended while nobody heard of it, and begins to tell.
func (s *Server) startEvents(ctx context.Context) error {
	if err := s.events.Recover(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}
