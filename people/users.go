package people

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"clickbridge"
	"clickbridge/store"
)

// Bounds of what a user is called, in characters.
const (
	maxEmail = 254 // RFC 5321 4.5.3.1.3
	maxName  = 100
)

// plainEmail is an e-mail as it is kept and compared.
func plainEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// checkUser says what is wrong with a user.
func checkUser(u *clickbridge.User) error {
	a, err := mail.ParseAddress(u.Email)
	switch {
	case err != nil || a.Address != u.Email || len(u.Email) > maxEmail || strings.ContainsAny(u.Email, "\"\\ "):
		return invalid("Invalid email: must be an address like name@example.com")
	case !utf8.ValidString(u.Name) || utf8.RuneCountInString(u.Name) > maxName || strings.ContainsAny(u.Name, "\r\n\x00"):
		return invalid(fmt.Sprintf("Invalid name: must be one line of up to %d characters", maxName))
	}
	seen := map[int64]bool{}
	for _, r := range u.Roles {
		if !r.Role.Valid() {
			return invalid("Invalid role: must be owner, admin, supervisor or read_only")
		}
		if seen[r.AccountID] {
			return invalid(fmt.Sprintf("Invalid roles: account %d is named twice", r.AccountID))
		}
		seen[r.AccountID] = true
	}
	return nil
}

// Users returns the users whom the person may see: an operator all, others those
// with a role in accounts in which they may see users, and those roles only.
func (s *Service) Users(ctx context.Context, by Person) ([]clickbridge.User, error) {
	all, err := s.cfg.Store.Users(ctx)
	if err != nil {
		return nil, away(err)
	}
	var out []clickbridge.User
	for _, u := range all {
		if u, ok := by.sees(u); ok {
			out = append(out, u)
		}
	}
	return out, nil
}

// sees returns a user as the person sees them.
func (p Person) sees(u clickbridge.User) (clickbridge.User, bool) {
	if p.User.Operator && !p.User.Disabled {
		return u, true
	}
	u.Roles = slices.DeleteFunc(slices.Clone(u.Roles), func(r clickbridge.AccountRole) bool {
		return !p.May(clickbridge.UsersRead, r.AccountID)
	})
	return u, len(u.Roles) > 0
}

// User returns one. ENOTFOUND, also for users the person may not see.
func (s *Service) User(ctx context.Context, by Person, id int64) (clickbridge.User, error) {
	u, err := s.cfg.Store.User(ctx, id)
	if err != nil {
		return u, away(err)
	}
	u, ok := by.sees(u)
	if !ok {
		return clickbridge.User{}, away(fmt.Errorf("%w: user %d", store.ErrNotFound, id))
	}
	return u, nil
}

// CreateUser makes a user with a password, "" for one who comes by OpenID
// Connect. A user who is there already gets the roles beside those they have,
// and keeps name and password. EINVALID, EFORBIDDEN.
func (s *Service) CreateUser(ctx context.Context, by Person, u clickbridge.User, password string) (clickbridge.User, error) {
	u.Email, u.Name, u.Disabled = plainEmail(u.Email), strings.TrimSpace(u.Name), false
	if err := checkUser(&u); err != nil {
		return u, err
	}
	if err := by.mayChange(&clickbridge.User{}, &u); err != nil {
		return u, err
	}
	if there, err := s.cfg.Store.UserByEmail(ctx, u.Email); err == nil {
		return s.addRoles(ctx, by, there, u)
	} else if !errors.Is(err, store.ErrNotFound) {
		return u, away(err)
	}
	c := clickbridge.Credentials{}
	if password != "" {
		var err error
		if c.Password, err = s.newPassword(ctx, by, &u, password); err != nil {
			return u, err
		}
	} else if s.oidc == nil {
		return u, invalid("Invalid password: must have 12 to 128 characters")
	}
	return s.insert(ctx, by, u, c)
}

// insert keeps a new user.
func (s *Service) insert(ctx context.Context, by Person, u clickbridge.User, c clickbridge.Credentials) (clickbridge.User, error) {
	u.CreatedAt = time.Now()
	es := by.about(&u, "user.created", difference(&clickbridge.User{}, &u))
	id, err := s.cfg.Store.CreateUser(ctx, u, c, es)
	if errors.Is(err, store.ErrConflict) {
		return u, errChanged
	}
	if err != nil {
		return u, away(err)
	}
	s.cfg.Log.Info("user created", "user", id, "by", by.Actor.Kind, "by_user", by.Actor.ID)
	u, err = s.cfg.Store.User(ctx, id)
	return u, away(err)
}

// addRoles gives a user who is there what a new one would have.
func (s *Service) addRoles(ctx context.Context, by Person, there, u clickbridge.User) (clickbridge.User, error) {
	if len(u.Roles) == 0 {
		return u, &clickbridge.Error{Code: clickbridge.EINVALID, Message: "Invalid email: there is such a user already"}
	}
	return s.ChangeUser(ctx, by, there.ID, func(v *clickbridge.User) error {
		for _, r := range u.Roles {
			setRole(v, r.AccountID, r.Role)
		}
		return nil
	})
}

// setRole sets a user's role in an account; "" takes it away.
func setRole(u *clickbridge.User, account int64, role clickbridge.Role) {
	u.Roles = slices.DeleteFunc(slices.Clone(u.Roles), func(r clickbridge.AccountRole) bool { return r.AccountID == account })
	if role != "" {
		u.Roles = append(u.Roles, clickbridge.AccountRole{AccountID: account, Role: role})
	}
}

// SetRole sets a user's role in an account; "" takes it away.
func (s *Service) SetRole(ctx context.Context, by Person, id, account int64, role clickbridge.Role) (clickbridge.User, error) {
	return s.ChangeUser(ctx, by, id, func(u *clickbridge.User) error { setRole(u, account, role); return nil })
}

// changeTries is how often a change is tried that others were faster than.
const changeTries = 10

// ChangeUser has write change a user's name, roles, and whether they are disabled
// or an operator. It may be asked more than once. EINVALID, EFORBIDDEN,
// ENOTFOUND.
func (s *Service) ChangeUser(ctx context.Context, by Person, id int64, write func(*clickbridge.User) error) (clickbridge.User, error) {
	for range changeTries {
		was, err := s.cfg.Store.User(ctx, id)
		if err != nil {
			return was, away(err)
		}
		u := was
		if err := write(&u); err != nil {
			return u, err
		}
		u.ID, u.Email, u.Name = was.ID, was.Email, strings.TrimSpace(u.Name)
		if err := checkUser(&u); err != nil {
			return u, err
		}
		if err := by.mayChange(&was, &u); err != nil {
			return u, err
		}
		words := difference(&was, &u)
		if len(words) == 0 {
			return was, nil
		}
		err = s.cfg.Store.PutUser(ctx, u, by.about(&u, "user.changed", words, was.Roles...))
		if err == nil {
			u, err = s.cfg.Store.User(ctx, id)
			return u, away(err)
		}
		if !errors.Is(err, store.ErrStale) {
			return u, away(err)
		}
	}
	return clickbridge.User{}, errChanged
}

// mayChange reports whether the person may make a user of what they were. It is
// the one rule of who rules whom. EFORBIDDEN.
func (p Person) mayChange(was, u *clickbridge.User) error {
	self := p.User.ID != 0 && p.User.ID == was.ID
	ranks := was.Operator != u.Operator || was.Disabled != u.Disabled || difference(&clickbridge.User{Roles: was.Roles}, &clickbridge.User{Roles: u.Roles}) != nil
	switch {
	case p.User.Disabled:
		return forbidden("Not allowed: the user is disabled")
	case self && ranks:
		return forbidden("Not allowed: nobody changes their own roles")
	case p.User.Operator || self:
		return nil
	case was.Operator || u.Operator:
		return forbidden("Not allowed: only operators of the server may")
	case was.ID != 0 && (was.Name != u.Name || was.Disabled != u.Disabled) && !p.rules(was):
		return forbidden("Not allowed: the user has roles that are not yours to change")
	case was.ID == 0 && len(u.Roles) == 0:
		return forbidden("Not allowed: a user needs a role in an account of yours")
	}
	for _, account := range accountsOf(was, u) {
		before, after := was.RoleIn(account), u.RoleIn(account)
		if before == after {
			continue
		}
		if err := p.Require(clickbridge.UsersWrite, account); err != nil {
			return err
		}
		for _, r := range []clickbridge.Role{before, after} {
			if r != "" && !p.User.RoleIn(account).AtLeast(r) {
				return forbidden("Not allowed: it takes the role " + string(r) + " to give or take it")
			}
		}
	}
	return nil
}

// rules reports whether all of a user is the person's to change.
func (p Person) rules(u *clickbridge.User) bool {
	if p.User.Disabled || p.User.Operator {
		return !p.User.Disabled
	}
	for _, r := range u.Roles {
		if !p.May(clickbridge.UsersWrite, r.AccountID) || !p.User.RoleIn(r.AccountID).AtLeast(r.Role) {
			return false
		}
	}
	return !u.Operator && len(u.Roles) > 0
}

// accountsOf returns the accounts in which one of them has a role.
func accountsOf(us ...*clickbridge.User) (out []int64) {
	for _, u := range us {
		for _, r := range u.Roles {
			if !slices.Contains(out, r.AccountID) {
				out = append(out, r.AccountID)
			}
		}
	}
	slices.Sort(out)
	return out
}

// difference tells in words what was changed of a user.
func difference(was, u *clickbridge.User) (words []string) {
	add := func(what string, before, after any) {
		if before != after {
			words = append(words, fmt.Sprintf("%s: %v -> %v", what, before, after))
		}
	}
	add("name", was.Name, u.Name)
	add("operator", was.Operator, u.Operator)
	add("disabled", was.Disabled, u.Disabled)
	rank := func(u *clickbridge.User, account int64) string {
		for _, r := range u.Roles {
			if r.AccountID == account {
				return string(r.Role)
			}
		}
		return "none"
	}
	for _, account := range accountsOf(was, u) {
		add(fmt.Sprintf("role in account %d", account), rank(was, account), rank(u, account))
	}
	return words
}

// about are the entries of a change of a user: one for each account they have a
// role in, or had, so that it is seen there, else one of no account.
func (p Person) about(u *clickbridge.User, action string, words []string, before ...clickbridge.AccountRole) []clickbridge.AuditEntry {
	e := p.entry(action, "user "+u.Email, words...)
	var es []clickbridge.AuditEntry
	for _, account := range accountsOf(u, &clickbridge.User{Roles: before}) {
		e.AccountID = account
		e.Changes = slices.DeleteFunc(slices.Clone(words), func(w string) bool {
			return strings.HasPrefix(w, "role in ") && !strings.HasPrefix(w, fmt.Sprintf("role in account %d:", account))
		})
		es = append(es, e)
	}
	if len(es) == 0 {
		es = append(es, e)
	}
	return es
}
