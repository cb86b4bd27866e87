package row

import (
	"context"
	"fmt"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// The columns are in the order of the values and dest functions of their kind.
const (
	userColumns       = `id, email, name, operator, disabled, created_at, signed_in_at, totp_on, version`
	credentialColumns = `id, version, password, totp, totp_on, totp_step, recovery, issuer, subject`
)

const (
	addUserSQL = `INSERT INTO users (email, name, operator, disabled, created_at, signed_in_at, version,
			password, totp, totp_on, totp_step, recovery, issuer, subject)
		VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING RETURNING id`
	putUserSQL = `UPDATE users SET name = $3, operator = $4, disabled = $5, version = version + 1
		WHERE id = $1 AND version = $2`
	dropRolesSQL      = `DELETE FROM user_roles WHERE user_id = $1`
	putRoleSQL        = `INSERT INTO user_roles (user_id, account_id, role) SELECT $1, id, $3 FROM accounts WHERE id = $2`
	rolesSQL          = `SELECT user_id, account_id, role FROM user_roles ORDER BY user_id, account_id`
	userRolesSQL      = `SELECT user_id, account_id, role FROM user_roles WHERE user_id = $1 ORDER BY account_id`
	usersSQL          = `SELECT ` + userColumns + ` FROM users`
	credentialsSQL    = `SELECT ` + credentialColumns + ` FROM users WHERE id = $1`
	putCredentialsSQL = `UPDATE users SET version = version + 1, password = $3, totp = $4, totp_on = $5, totp_step = $6,
		recovery = $7, issuer = $8, subject = $9 WHERE id = $1 AND version = $2`
)

func userDest(u *clickbridge.User) []any {
	return []any{
		&u.ID, &u.Email, &u.Name, &u.Operator, &u.Disabled, timeColumn{&u.CreatedAt}, timeColumn{&u.SignedIn}, &u.TOTP, &u.Version,
	}
}

// credentialValues returns what is bound for credentials, without id and version.
func credentialValues(c *clickbridge.Credentials) []any {
	sealed := c.TOTP
	if sealed == nil {
		sealed = []byte{}
	}
	return []any{Text(c.Password), sealed, c.TOTPOn, c.TOTPStep, cleanJSON(c.Recovery), Text(c.Issuer), Text(c.Subject)}
}

func credentialDest(c *clickbridge.Credentials) []any {
	return []any{
		&c.UserID, &c.Version, &c.Password, &c.TOTP, &c.TOTPOn, &c.TOTPStep, jsonColumn{&c.Recovery}, &c.Issuer, &c.Subject,
	}
}

// userRole is a row of user_roles.
type userRole struct {
	user int64
	clickbridge.AccountRole
}

func userRoleDest(r *userRole) []any { return []any{&r.user, &r.AccountID, &r.Role} }

// CreateUser implements [store.Users].
func (t Tables) CreateUser(ctx context.Context, u clickbridge.User, c clickbridge.Credentials, es []clickbridge.AuditEntry) (id int64, err error) {
	values := append([]any{
		Text(u.Email), Text(u.Name), u.Operator, u.Disabled, Micros(u.CreatedAt), Micros(u.SignedIn),
	}, credentialValues(&c)...)
	err = t.db.Atomic(ctx, func(tx Tx) error {
		ids, err := list(tx, itself[int64], addUserSQL, values...)
		if err == nil && len(ids) == 0 {
			err = fmt.Errorf("%w: %s is a user already", store.ErrConflict, u.Email)
		}
		if err != nil {
			return err
		}
		id = ids[0]
		if err := putRoles(tx, id, u.Roles); err != nil {
			return err
		}
		return addEntries(tx, es)
	})
	return id, err
}

// PutUser implements [store.Users].
func (t Tables) PutUser(ctx context.Context, u clickbridge.User, es []clickbridge.AuditEntry) error {
	return t.db.Atomic(ctx, func(tx Tx) error {
		if err := atVersion(tx, u.ID, u.Version, putUserSQL, Text(u.Name), u.Operator, u.Disabled); err != nil {
			return err
		}
		if err := exec(tx, dropRolesSQL, u.ID); err != nil {
			return err
		}
		if err := putRoles(tx, u.ID, u.Roles); err != nil {
			return err
		}
		if u.Disabled {
			if err := exec(tx, endAllSQL, u.ID, Micros(lastOf(es))); err != nil {
				return err
			}
		}
		return addEntries(tx, es)
	})
}

// lastOf returns when the last entry was; without one, a time long ago.
func lastOf(es []clickbridge.AuditEntry) time.Time {
	if len(es) == 0 {
		return time.UnixMicro(1)
	}
	return es[len(es)-1].At
}

// atVersion runs a statement that changes the user of an id and version.
// [store.ErrStale].
func atVersion(tx Tx, id, version int64, query string, args ...any) error {
	n, err := tx.Exec(query, append([]any{id, version}, args...)...)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: user %d is not at version %d", store.ErrStale, id, version)
	}
	return err
}

func putRoles(tx Tx, user int64, rs []clickbridge.AccountRole) error {
	for _, r := range rs {
		n, err := tx.Exec(putRoleSQL, user, r.AccountID, Text(string(r.Role)))
		if err == nil && n == 0 {
			err = fmt.Errorf("%w: account %d", store.ErrNotFound, r.AccountID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// User implements [store.Users].
func (t Tables) User(ctx context.Context, id int64) (clickbridge.User, error) {
	return t.user(ctx, fmt.Sprintf("user %d", id), usersSQL+` WHERE id = $1`, id)
}

// UserByEmail implements [store.Users].
func (t Tables) UserByEmail(ctx context.Context, email string) (clickbridge.User, error) {
	return t.user(ctx, "user "+email, usersSQL+` WHERE email = $1`, Text(email))
}

// UserByIdentity implements [store.Users].
func (t Tables) UserByIdentity(ctx context.Context, issuer, subject string) (clickbridge.User, error) {
	return t.user(ctx, "user of "+issuer, usersSQL+` WHERE issuer = $1 AND subject = $2 AND subject <> ''`, Text(issuer), Text(subject))
}

func (t Tables) user(ctx context.Context, what, query string, args ...any) (u clickbridge.User, err error) {
	err = t.db.Snapshot(ctx, func(tx Tx) error {
		if u, err = one(tx, userDest, what, query, args...); err != nil {
			return err
		}
		rs, err := list(tx, userRoleDest, userRolesSQL, u.ID)
		for _, r := range rs {
			u.Roles = append(u.Roles, r.AccountRole)
		}
		return err
	})
	return u, err
}

// Users implements [store.Users].
func (t Tables) Users(ctx context.Context) (us []clickbridge.User, err error) {
	err = t.db.Snapshot(ctx, func(tx Tx) error {
		if us, err = list(tx, userDest, usersSQL+` ORDER BY email`); err != nil {
			return err
		}
		rs, err := list(tx, userRoleDest, rolesSQL)
		of := map[int64][]clickbridge.AccountRole{}
		for _, r := range rs {
			of[r.user] = append(of[r.user], r.AccountRole)
		}
		for i := range us {
			us[i].Roles = of[us[i].ID]
		}
		return err
	})
	return us, err
}

// Credentials implements [store.Users].
func (t Tables) Credentials(ctx context.Context, user int64) (clickbridge.Credentials, error) {
	c, err := one(t.db.Look(ctx), credentialDest, fmt.Sprintf("user %d", user), credentialsSQL, user)
	if len(c.TOTP) == 0 {
		c.TOTP = nil
	}
	return c, err
}

// PutCredentials implements [store.Users].
func (t Tables) PutCredentials(ctx context.Context, c clickbridge.Credentials, endSessions time.Time, es []clickbridge.AuditEntry) error {
	return t.db.Atomic(ctx, func(tx Tx) error {
		if err := atVersion(tx, c.UserID, c.Version, putCredentialsSQL, credentialValues(&c)...); err != nil {
			return err
		}
		if !endSessions.IsZero() {
			if err := exec(tx, endAllSQL, c.UserID, Micros(endSessions)); err != nil {
				return err
			}
		}
		return addEntries(tx, es)
	})
}
