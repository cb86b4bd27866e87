package store

import (
	"context"
	"time"

	"clickbridge"
)

// Users are the people who sign in. Every change takes the audit entries about
// it and writes them in the same transaction; times and who are the caller's.
type Users interface {
	// CreateUser inserts a user with roles and credentials and returns its id.
	// ErrConflict when the e-mail is another's, ErrNotFound for a role in an
	// account that is not there.
	CreateUser(ctx context.Context, u clickbridge.User, c clickbridge.Credentials, es []clickbridge.AuditEntry) (int64, error)
	// PutUser replaces Name, Operator, Disabled and Roles of the user of that id
	// and version; who is disabled has no session left. ErrStale when the version
	// is another by now, ErrNotFound as CreateUser.
	PutUser(ctx context.Context, u clickbridge.User, es []clickbridge.AuditEntry) error
	// User returns one by id, UserByEmail by e-mail, UserByIdentity by what an
	// issuer calls them. ErrNotFound.
	User(ctx context.Context, id int64) (clickbridge.User, error)
	UserByEmail(ctx context.Context, email string) (clickbridge.User, error)
	UserByIdentity(ctx context.Context, issuer, subject string) (clickbridge.User, error)
	// Users returns all, by e-mail.
	Users(ctx context.Context) ([]clickbridge.User, error)
	// Credentials returns a user's. ErrNotFound.
	Credentials(ctx context.Context, user int64) (clickbridge.Credentials, error)
	// PutCredentials replaces them, unless the user's version is not theirs any
	// more: ErrStale, and nothing changed. So a code is taken once. A time in
	// endSessions ends all the user's sessions then.
	PutCredentials(ctx context.Context, c clickbridge.Credentials, endSessions time.Time, es []clickbridge.AuditEntry) error
}

// Sessions are the sign-ins of users.
type Sessions interface {
	// CreateSession inserts a session of a user of that version who is not
	// disabled, and notes when the user signed in. ErrStale otherwise: what was
	// checked does not hold any more.
	CreateSession(ctx context.Context, s clickbridge.Session, version int64, es []clickbridge.AuditEntry) error
	// SessionByHash returns a session, ended and expired ones too. ErrNotFound.
	SessionByHash(ctx context.Context, hash string) (clickbridge.Session, error)
	// SessionSeen notes that a session was used. It only enqueues.
	SessionSeen(id string, at time.Time)
	// EndSession ends one of a user's. ErrNotFound when there is none that goes on.
	EndSession(ctx context.Context, user int64, id string, at time.Time, es []clickbridge.AuditEntry) error
	// Sessions returns a user's that were not ended and do not expire before
	// now, newest first.
	Sessions(ctx context.Context, user int64, now time.Time) ([]clickbridge.Session, error)
	// KnowsAddr reports whether a user has signed in from an address, as far as
	// sessions are kept.
	KnowsAddr(ctx context.Context, user int64, addr string) (bool, error)
	// ForgetSessions removes those that were over before then.
	ForgetSessions(ctx context.Context, before time.Time) error
}

// AuditFilter chooses entries of the audit log. Zero fields do not filter.
type AuditFilter struct {
	AccountID int64
	Actor     string // the name
	Action    string // "findme.changed", or with a dot at its end all of "findme."
	From, To  time.Time
	Before    int64 // entries with a smaller id: the page after one that ended there
	Limit     int   // 0 = all
}

// Audit is the log of who did what. Entries are added and, by age, removed; none
// is ever changed.
type Audit interface {
	// Audit adds entries. One with the name of an account and no id gets the id.
	Audit(ctx context.Context, es []clickbridge.AuditEntry) error
	// ApplyAudited is ApplyAt, with revision 0 Apply, that writes entries in the
	// same transaction. An account the changes make is found by its name.
	ApplyAudited(ctx context.Context, revision int64, changes []clickbridge.Change, es []clickbridge.AuditEntry) error
	// AuditLog returns entries, newest first.
	AuditLog(ctx context.Context, f AuditFilter) ([]clickbridge.AuditEntry, error)
	// ForgetAudit removes entries of before then, and returns how many.
	ForgetAudit(ctx context.Context, before time.Time) (int64, error)
}
