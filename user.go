package clickbridge

import "time"

// User is a person who signs in. What proves it is them is in [Credentials], so
// that a User can be shown.
type User struct {
	ID        int64
	Email     string // unique, in lower case; it stays
	Name      string
	Operator  bool // an owner of every account, and of the server
	Disabled  bool // may not sign in
	Roles     []AccountRole
	CreatedAt time.Time
	SignedIn  time.Time // when last; zero = never
	TOTP      bool      // a code is asked for beside the password
	Version   int64     // grows with every change of the user or the credentials
}

// AccountRole is a user's role in one account.
type AccountRole struct {
	AccountID int64
	Role      Role
}

// RoleIn returns the user's role in an account; "" = none.
func (u *User) RoleIn(account int64) Role {
	if u.Operator {
		return RoleOwner
	}
	for _, r := range u.Roles {
		if r.AccountID == account {
			return r.Role
		}
	}
	return ""
}

// May reports whether the user has a permission in an account.
func (u *User) May(p Permission, account int64) bool {
	return !u.Disabled && u.RoleIn(account).May(p)
}

// Credentials are what proves that somebody is a user. Nothing of them can be
// used by who reads the store alone.
type Credentials struct {
	UserID   int64
	Version  int64    // the user's
	Password string   // argon2id in PHC form; "" = no password signs in
	TOTP     []byte   // encrypted secret; nil = none
	TOTPOn   bool     // it was confirmed, so that codes are asked for
	TOTPStep int64    // the last 30 s of which a code was taken
	Recovery []string // keyed hashes of the codes that are left
	Issuer   string   // OpenID Connect: who vouches for the user,
	Subject  string   // and the name they have there
}

// Session is one sign-in. Its token is kept by the browser alone.
type Session struct {
	ID         string
	UserID     int64
	Hash       string // of the token
	Method     SignInMethod
	CreatedAt  time.Time
	SeenAt     time.Time
	ExpiresAt  time.Time // however busy it is
	EndedAt    time.Time // zero = it was not ended
	RemoteAddr string
	Agent      string // the browser's name for itself
}

// SignInMethod says how a person signed in.
type SignInMethod string

// The methods.
const (
	ByPassword SignInMethod = "password"
	ByOIDC     SignInMethod = "oidc"
)
