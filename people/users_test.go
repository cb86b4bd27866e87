package people

import (
	"testing"

	"clickbridge"
	"clickbridge/store"
)

const (
	owner = clickbridge.RoleOwner
	admin = clickbridge.RoleAdmin
	super = clickbridge.RoleSupervisor
	plain = clickbridge.RoleReadOnly
)

// Who may make what of whom.
func TestWhoRulesWhom(t *testing.T) {
	user := func(id int64, operator bool, one, two clickbridge.Role) clickbridge.User {
		u := clickbridge.User{ID: id, Email: "x@example.com", Operator: operator}
		setRole(&u, 1, one)
		setRole(&u, 2, two)
		return u
	}
	nobody := user(0, false, "", "")
	with := func(u clickbridge.User, f func(*clickbridge.User)) clickbridge.User { f(&u); return u }
	disabled := func(u clickbridge.User) clickbridge.User {
		return with(u, func(u *clickbridge.User) { u.Disabled = true })
	}
	named := func(u clickbridge.User) clickbridge.User {
		return with(u, func(u *clickbridge.User) { u.Name = "New" })
	}
	for _, test := range []struct {
		name    string
		by      clickbridge.User
		was, to clickbridge.User
		want    bool
	}{
		{"an operator makes an operator", user(9, true, "", ""), nobody, user(0, true, "", ""), true},
		{"an operator disables an owner", user(9, true, "", ""), user(2, false, owner, ""), disabled(user(2, false, owner, "")), true},
		{"an operator is not made less by themselves", user(9, true, "", ""), user(9, true, "", ""), user(9, false, "", ""), false},
		{"an operator does not disable themselves", user(9, true, "", ""), user(9, true, "", ""), disabled(user(9, true, "", "")), false},
		{"a disabled operator does nothing", disabled(user(9, true, "", "")), nobody, user(0, false, plain, ""), false},
		{"an owner makes an owner", user(9, false, owner, ""), nobody, user(0, false, owner, ""), true},
		{"an owner makes no operator", user(9, false, owner, owner), nobody, user(0, true, owner, ""), false},
		{"an owner makes nobody elsewhere", user(9, false, owner, ""), nobody, user(0, false, owner, plain), false},
		{"an owner makes nobody without a role", user(9, false, owner, ""), nobody, nobody, false},
		{"an admin makes an admin", user(9, false, admin, ""), nobody, user(0, false, admin, ""), true},
		{"an admin makes no owner", user(9, false, admin, ""), nobody, user(0, false, owner, ""), false},
		{"an admin takes no owner's role", user(9, false, admin, ""), user(2, false, owner, ""), user(2, false, plain, ""), false},
		{"an admin takes a supervisor's role", user(9, false, admin, ""), user(2, false, super, owner), user(2, false, "", owner), true},
		{"an admin disables a supervisor", user(9, false, admin, ""), user(2, false, super, ""), disabled(user(2, false, super, "")), true},
		{"an admin disables nobody who is somebody elsewhere", user(9, false, admin, ""), user(2, false, super, plain), disabled(user(2, false, super, plain)), false},
		{"an admin changes no operator", user(9, false, admin, ""), user(2, true, super, ""), user(2, true, plain, ""), false},
		{"an admin enables nobody who has no role", user(9, false, admin, ""), disabled(user(2, false, "", "")), user(2, false, "", ""), false},
		{"an admin makes themselves no owner", user(9, false, admin, ""), user(9, false, admin, ""), user(9, false, owner, ""), false},
		{"anybody changes their own name", user(9, false, plain, ""), user(9, false, plain, ""), named(user(9, false, plain, "")), true},
		{"a supervisor changes nobody", user(9, false, super, ""), user(2, false, plain, ""), user(2, false, "", ""), false},
		{"a supervisor renames nobody", user(9, false, super, ""), user(2, false, plain, ""), named(user(2, false, plain, "")), false},
	} {
		p := Person{User: test.by}
		if err := p.mayChange(&test.was, &test.to); (err == nil) != test.want {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestUsers(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		b.add(t, "root@example.com", "", "")
		boss, peer, far := b.add(t, "boss@example.com", admin, ""), b.add(t, "peer@example.com", super, plain), b.add(t, "far@example.com", "", owner)
		by := b.in(t, boss.Email).Person
		seen, err := b.Users(ctx, by)
		must(t, err)
		if len(seen) != 2 || seen[1].Email != peer.Email || len(seen[1].Roles) != 1 {
			t.Errorf("%+v", seen)
		}
		_, err = b.User(ctx, by, far.ID)
		coded(t, "a user elsewhere", err, clickbridge.ENOTFOUND)
		coded(t, "a password of who is somebody elsewhere", b.SetPassword(ctx, by, peer.ID, "another 9 good words"), clickbridge.EFORBIDDEN)
		coded(t, "codes of them", b.ResetTOTP(ctx, by, peer.ID), clickbridge.EFORBIDDEN)
		coded(t, "one's own without the old", b.SetPassword(ctx, by, boss.ID, "another 9 good words"), clickbridge.EFORBIDDEN)

		// Somebody who is there gets a role, and keeps the rest.
		_, err = b.CreateUser(ctx, by, clickbridge.User{Email: far.Email, Name: "Evil", Roles: []clickbridge.AccountRole{{AccountID: b.one, Role: plain}}}, "another 9 good words")
		must(t, err)
		if u, err := b.st.User(ctx, far.ID); err != nil || u.Name != "" || u.RoleIn(b.two) != owner || u.RoleIn(b.one) != plain {
			t.Errorf("%+v, %v", u, err)
		}
		b.in(t, far.Email)
		for _, u := range []clickbridge.User{
			{Email: "x"}, {Email: "A <x@example.com>"}, {Email: "x@example.com\r\nBcc: y"}, {Email: "x@example.com", Name: "a\nb"},
			{Email: "x@example.com", Roles: []clickbridge.AccountRole{{AccountID: b.one, Role: "root"}}},
			{Email: "x@example.com", Roles: []clickbridge.AccountRole{{AccountID: b.one, Role: plain}, {AccountID: b.one, Role: owner}}},
		} {
			_, err := b.CreateUser(ctx, b.root, u, good)
			coded(t, u.Email+u.Name, err, clickbridge.EINVALID)
		}
		_, err = b.CreateUser(ctx, b.root, clickbridge.User{Email: "x@example.com", Operator: true}, "")
		coded(t, "no password", err, clickbridge.EINVALID)
		_, err = b.SetRole(ctx, b.root, peer.ID, 4711, plain)
		coded(t, "nowhere", err, clickbridge.ENOTFOUND)
	})
}

// What is changed is told in words, where the account's people see it.
func TestUsersAreAudited(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		boss, u := b.add(t, "boss@example.com", admin, ""), b.add(t, "a@example.com", super, "")
		by := b.in(t, boss.Email).Person
		_, err := b.SetRole(ctx, by, u.ID, b.one, plain)
		must(t, err)
		_, err = b.SetRole(ctx, by, u.ID, b.one, plain) // nothing changes, nothing is told
		must(t, err)
		es, err := b.AuditLog(ctx, by, store.AuditFilter{AccountID: b.one, Action: "user.changed"})
		must(t, err)
		if len(es) != 1 || len(es[0].Changes) != 1 || es[0].Changes[0] != "role in account 1: supervisor -> read_only" ||
			es[0].Actor.Name != boss.Email || es[0].Actor.RemoteAddr != "192.0.2.1" || es[0].Object != "user a@example.com" {
			t.Errorf("%+v", es)
		}
		for _, account := range []int64{0, b.two} {
			_, err = b.AuditLog(ctx, by, store.AuditFilter{AccountID: account})
			coded(t, "another account's log", err, clickbridge.EFORBIDDEN)
		}
		if _, err = b.AuditLog(ctx, b.root, store.AuditFilter{}); err != nil {
			t.Error(err)
		}
	})
}

func TestRequire(t *testing.T) {
	p := Person{User: clickbridge.User{Roles: []clickbridge.AccountRole{{AccountID: 1, Role: super}}}}
	must(t, p.RequireRole(super, 1))
	must(t, p.RequireRole(plain, 1))
	must(t, p.Require(clickbridge.CallsHangup, 1))
	coded(t, "a role", p.RequireRole(admin, 1), clickbridge.EFORBIDDEN)
	coded(t, "elsewhere", p.RequireRole(plain, 2), clickbridge.EFORBIDDEN)
	coded(t, "a permission", p.Require(clickbridge.KeysWrite, 1), clickbridge.EFORBIDDEN)
	coded(t, "an operator", p.RequireOperator(), clickbridge.EFORBIDDEN)
	must(t, AtMachine("x").RequireOperator())
}
