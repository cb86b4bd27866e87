package clickbridge

import "time"

// ActorKind says what acted.
type ActorKind string

// The kinds of actor.
const (
	ActorUser   ActorKind = "user"   // a person who signed in
	ActorKey    ActorKind = "key"    // a program with an account's key
	ActorCLI    ActorKind = "cli"    // a command on the server's machine
	ActorNobody ActorKind = "nobody" // who tried to sign in
)

// Actor is who did something, and from where.
type Actor struct {
	Kind       ActorKind
	ID         int64  // of the user or the key; 0 = none
	Name       string // e-mail, name of the key, login on the machine
	RemoteAddr string
}

// AuditEntry is one line of the audit log: who did what when. It is never
// changed.
type AuditEntry struct {
	ID        int64 // grows; set by the store
	At        time.Time
	AccountID int64  // 0 = of no account
	Account   string // its name then; with AccountID 0 the store finds the id
	Actor     Actor
	Action    string   // "findme.changed"
	Object    string   // "FindMe 98765 Sales"
	Changes   []string // in words, old and new: "timeout: 30s -> 20s"; never a secret
}
