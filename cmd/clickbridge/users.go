package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"clickbridge"
	"clickbridge/config"
	"clickbridge/people"
	"clickbridge/store"
)

type usersCmd struct {
	List      usersListCmd      `cmd:"" help:"Who may sign in, with their roles."`
	Add       usersAddCmd       `cmd:"" help:"Make a user; the password is asked for, or read from standard input."`
	Passwd    usersPasswdCmd    `cmd:"" help:"Give a user another password; all their sessions end."`
	Role      usersRoleCmd      `cmd:"" help:"Give a user a role in an account, or take it."`
	Disable   usersDisableCmd   `cmd:"" help:"Have a user not sign in any more; all their sessions end."`
	TOTPReset usersTOTPResetCmd `cmd:"" name:"totp-reset" help:"Have a user sign in without a code, who lost theirs."`
	Audit     usersAuditCmd     `cmd:"" help:"Who did what, newest first."`
}

// withPeople runs f on the configured store, as an operator.
func withPeople(ctx context.Context, path string, f func(store.Store, *people.Service, people.Person) error) error {
	cfg, err := config.Load(path, os.Environ())
	if err != nil {
		return err
	}
	return openStore(ctx, cfg, func(s store.Store) error {
		secret, err := secretKey(ctx, s, cfg)
		if err != nil {
			return err
		}
		p, err := newPeople(cfg, s, secret, commandLog())
		if err != nil {
			return err
		}
		return f(s, p, people.AtMachine(login()))
	})
}

// oneUser names a user.
type oneUser struct {
	configFlag
	Email string `arg:"" help:"The user's e-mail."`
}

// with finds the user.
func (o oneUser) with(ctx context.Context, f func(store.Store, *people.Service, people.Person, clickbridge.User) error) error {
	return withPeople(ctx, o.Config, func(s store.Store, p *people.Service, by people.Person) error {
		u, err := s.UserByEmail(ctx, strings.ToLower(strings.TrimSpace(o.Email)))
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("user %s does not exist; `clickbridge users list` shows them", o.Email)
		}
		if err != nil {
			return err
		}
		return f(s, p, by, u)
	})
}

// newPassword asks for a password twice at a terminal, and reads one line
// elsewhere. It is never an argument: those are seen by everybody.
func newPassword(in *os.File) (string, error) {
	if !term.IsTerminal(int(in.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	first, err := ask(in, "Password: ")
	if err != nil {
		return "", err
	}
	again, err := ask(in, "Once more: ")
	if err == nil && first != again {
		err = errors.New("the two are not the same")
	}
	return first, err
}

func ask(in *os.File, prompt string) (string, error) {
	fmt.Fprint(os.Stderr, prompt)
	b, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(os.Stderr)
	return string(b), err
}

type usersListCmd struct {
	configFlag
}

// Run prints all users.
func (c usersListCmd) Run(ctx context.Context) error {
	return withPeople(ctx, c.Config, func(s store.Store, p *people.Service, by people.Person) error {
		us, err := p.Users(ctx, by)
		if err != nil {
			return err
		}
		dir, err := s.Directory(ctx)
		if err != nil {
			return err
		}
		w := table("E-MAIL", "NAME", "ROLES", "CODE", "SIGNED IN", "")
		for _, u := range us {
			row(w, u.Email, u.Name, rolesInWords(&u, dir), onOff(u.TOTP), neverOr(u), disabledWord(u))
		}
		return done(w, len(us), "no users; `clickbridge users add --operator E-MAIL` makes the first")
	})
}

func rolesInWords(u *clickbridge.User, dir *clickbridge.Directory) string {
	var words []string
	if u.Operator {
		words = append(words, "operator")
	}
	for _, r := range u.Roles {
		for _, a := range dir.Accounts {
			if a.ID == r.AccountID {
				words = append(words, fmt.Sprintf("%s of %s", r.Role, a.Name))
			}
		}
	}
	return strings.Join(words, ", ")
}

func onOff(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}

func neverOr(u clickbridge.User) string {
	if u.SignedIn.IsZero() {
		return "never"
	}
	return stamp(u.SignedIn)
}

func disabledWord(u clickbridge.User) string {
	if u.Disabled {
		return "disabled"
	}
	return ""
}

type usersAddCmd struct {
	configFlag
	Email    string `arg:"" help:"The user's e-mail."`
	Name     string `help:"The user's name."`
	Operator bool   `help:"An owner of every account and of the server."`
	Account  string `help:"The account the user has a role in."`
	Role     string `help:"That role." enum:"owner,admin,supervisor,read_only" default:"read_only"`
	NoPasswd bool   `name:"no-password" help:"The user signs in with console.oidc only."`
}

// Run makes a user.
func (c usersAddCmd) Run(ctx context.Context) error {
	if !c.Operator && c.Account == "" {
		return errors.New("--operator, or --account with --role, says what the user may do")
	}
	return withPeople(ctx, c.Config, func(s store.Store, p *people.Service, by people.Person) error {
		u := clickbridge.User{Email: c.Email, Name: c.Name, Operator: c.Operator}
		if c.Account != "" {
			id, err := accountNamed(ctx, s, c.Account)
			if err != nil {
				return err
			}
			u.Roles = []clickbridge.AccountRole{{AccountID: id, Role: clickbridge.Role(c.Role)}}
		}
		if _, err := s.UserByEmail(ctx, strings.ToLower(strings.TrimSpace(c.Email))); err == nil {
			return fmt.Errorf("%s is a user already; `clickbridge users role` gives roles", c.Email)
		}
		password := ""
		if !c.NoPasswd {
			var err error
			if password, err = newPassword(os.Stdin); err != nil {
				return err
			}
			if password == "" {
				return errors.New("the password is empty; --no-password makes a user without one")
			}
		}
		u, err := p.CreateUser(ctx, by, u, password)
		if err == nil {
			fmt.Printf("%s may sign in\n", u.Email)
		}
		return err
	})
}

func accountNamed(ctx context.Context, s store.Store, name string) (int64, error) {
	dir, err := s.Directory(ctx)
	if err != nil {
		return 0, err
	}
	for _, a := range dir.Accounts {
		if a.Name == name {
			return a.ID, nil
		}
	}
	return 0, fmt.Errorf("account %q does not exist; `clickbridge apply` makes accounts", name)
}

type usersPasswdCmd struct{ oneUser }

// Run gives a user another password.
func (c usersPasswdCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(_ store.Store, p *people.Service, by people.Person, u clickbridge.User) error {
		password, err := newPassword(os.Stdin)
		if err != nil {
			return err
		}
		if err := p.SetPassword(ctx, by, u.ID, password); err != nil {
			return err
		}
		fmt.Printf("%s has another password, and no session any more\n", u.Email)
		return nil
	})
}

type usersRoleCmd struct {
	oneUser
	Account string `arg:"" help:"The account's name."`
	Role    string `arg:"" help:"owner, admin, supervisor, read_only, or none." enum:"owner,admin,supervisor,read_only,none"`
}

// Run sets a role.
func (c usersRoleCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(s store.Store, p *people.Service, by people.Person, u clickbridge.User) error {
		id, err := accountNamed(ctx, s, c.Account)
		if err != nil {
			return err
		}
		role := clickbridge.Role(c.Role)
		if c.Role == "none" {
			role = ""
		}
		if _, err := p.SetRole(ctx, by, u.ID, id, role); err != nil {
			return err
		}
		fmt.Printf("%s: %s in %s\n", u.Email, c.Role, c.Account)
		return nil
	})
}

type usersDisableCmd struct {
	oneUser
	Undo bool `help:"Let the user sign in again."`
}

// Run disables a user.
func (c usersDisableCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(_ store.Store, p *people.Service, by people.Person, u clickbridge.User) error {
		_, err := p.ChangeUser(ctx, by, u.ID, func(u *clickbridge.User) error { u.Disabled = !c.Undo; return nil })
		if err == nil {
			fmt.Printf("%s disabled: %v\n", u.Email, !c.Undo)
		}
		return err
	})
}

type usersTOTPResetCmd struct{ oneUser }

// Run has a user sign in without a code.
func (c usersTOTPResetCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(_ store.Store, p *people.Service, by people.Person, u clickbridge.User) error {
		if err := p.ResetTOTP(ctx, by, u.ID); err != nil {
			return err
		}
		fmt.Printf("%s signs in without a code, and has no session any more\n", u.Email)
		return nil
	})
}

type usersAuditCmd struct {
	configFlag
	Action string `help:"Only of this, or all that begins with it when it ends with a dot: user."`
	Limit  int    `help:"At most so many." default:"100"`
}

// Run prints the audit log.
func (c usersAuditCmd) Run(ctx context.Context) error {
	return withPeople(ctx, c.Config, func(_ store.Store, p *people.Service, by people.Person) error {
		es, err := p.AuditLog(ctx, by, store.AuditFilter{Action: c.Action, Limit: c.Limit})
		if err != nil {
			return err
		}
		w := table("TIME", "WHO", "FROM", "ACCOUNT", "WHAT", "", "")
		for _, e := range es {
			row(w, stamp(e.At), strings.TrimSpace(string(e.Actor.Kind)+" "+e.Actor.Name), e.Actor.RemoteAddr, e.Account, e.Action, e.Object, strings.Join(e.Changes, "; "))
		}
		return done(w, len(es), "nothing was done yet")
	})
}
