package people

import (
	"fmt"

	"clickbridge"
)

// Person is who asks: a user, and how they came.
type Person struct {
	User    clickbridge.User
	Session clickbridge.Session
	Actor   clickbridge.Actor
	CSRF    string // what X-CSRF-Token must say
}

// AtMachine is who runs a command on the server's machine: an operator.
func AtMachine(login string) Person {
	return Person{
		User:  clickbridge.User{Operator: true},
		Actor: clickbridge.Actor{Kind: clickbridge.ActorCLI, Name: login},
	}
}

// May reports whether the person has a permission in an account; 0, which is no
// account, is for operators.
func (p Person) May(what clickbridge.Permission, account int64) bool {
	return p.User.May(what, account)
}

// Require is May as an error. EFORBIDDEN.
func (p Person) Require(what clickbridge.Permission, account int64) error {
	if p.May(what, account) {
		return nil
	}
	return forbidden(fmt.Sprintf("Not allowed: %s is needed for it", what))
}

// RequireRole asks for a role in an account, or one that may more. EFORBIDDEN.
func (p Person) RequireRole(role clickbridge.Role, account int64) error {
	if !p.User.Disabled && p.User.RoleIn(account).AtLeast(role) {
		return nil
	}
	return forbidden(fmt.Sprintf("Not allowed: the role %s is needed for it", role))
}

// RequireOperator asks for an operator. EFORBIDDEN.
func (p Person) RequireOperator() error {
	if p.User.Operator && !p.User.Disabled {
		return nil
	}
	return forbidden("Not allowed: only operators of the server may")
}
