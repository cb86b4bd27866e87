package clickbridge

import "slices"

// Role is what a person may do in one account.
type Role string

// The roles, the one that may most first.
const (
	RoleOwner      Role = "owner"      // everything, other owners included
	RoleAdmin      Role = "admin"      // everything but owners
	RoleSupervisor Role = "supervisor" // watches and steers calls, listens, changes no settings
	RoleReadOnly   Role = "read_only"  // sees calls and settings, hears nothing
)

// Roles are all of them, the one that may most first.
var Roles = []Role{RoleOwner, RoleAdmin, RoleSupervisor, RoleReadOnly}

// Valid reports whether r is one of [Roles].
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// AtLeast reports whether r may all that other may.
func (r Role) AtLeast(other Role) bool {
	i, j := slices.Index(Roles, r), slices.Index(Roles, other)
	return i >= 0 && j >= 0 && i <= j
}

// Permission names one thing that may be done in an account.
type Permission string

// The permissions. What is not of one account (making accounts, users of all
// accounts) needs no permission but an operator.
const (
	CallsRead        Permission = "calls.read"        // calls, attempts, the live board, events
	CallsPlace       Permission = "calls.place"       // click, test call, call later
	CallsHangup      Permission = "calls.hangup"      // end a call, cancel one that is owed
	CallsTrace       Permission = "calls.trace"       // the signalling of a call
	RecordingsListen Permission = "recordings.listen" // see and hear recordings
	RecordingsDelete Permission = "recordings.delete"
	ReportRead       Permission = "report.read" // the report and its charts
	FindMesRead      Permission = "findmes.read"
	FindMesWrite     Permission = "findmes.write" // their schedules and sounds too
	NumbersRead      Permission = "numbers.read"
	NumbersWrite     Permission = "numbers.write"
	OptOutsRead      Permission = "optouts.read"
	OptOutsWrite     Permission = "optouts.write"
	MessagesSend     Permission = "messages.send" // text messages
	KeysRead         Permission = "keys.read"     // their names and limits; secrets are kept nowhere
	KeysWrite        Permission = "keys.write"
	NoticesRead      Permission = "notices.read"
	NoticesRetry     Permission = "notices.retry"
	WebhooksRead     Permission = "webhooks.read"
	WebhooksWrite    Permission = "webhooks.write"
	TrunksRead       Permission = "trunks.read" // names and health
	AccountRead      Permission = "account.read"
	AccountWrite     Permission = "account.write" // zone, destinations, default caller id
	UsersRead        Permission = "users.read"
	UsersWrite       Permission = "users.write" // up to one's own role
	AuditRead        Permission = "audit.read"
)

// least is who may do something: that role and those above it.
var least = map[Permission]Role{
	CallsRead: RoleReadOnly, ReportRead: RoleReadOnly, FindMesRead: RoleReadOnly, NumbersRead: RoleReadOnly,
	OptOutsRead: RoleReadOnly, NoticesRead: RoleReadOnly, AccountRead: RoleReadOnly,

	CallsPlace: RoleSupervisor, CallsHangup: RoleSupervisor, CallsTrace: RoleSupervisor,
	RecordingsListen: RoleSupervisor, OptOutsWrite: RoleSupervisor, NoticesRetry: RoleSupervisor,
	TrunksRead: RoleSupervisor,

	RecordingsDelete: RoleAdmin, FindMesWrite: RoleAdmin, NumbersWrite: RoleAdmin, MessagesSend: RoleAdmin,
	KeysRead: RoleAdmin, KeysWrite: RoleAdmin, WebhooksRead: RoleAdmin, WebhooksWrite: RoleAdmin,
	UsersRead: RoleAdmin, UsersWrite: RoleAdmin, AuditRead: RoleAdmin,

	AccountWrite: RoleOwner,
}

// May reports whether the role has a permission; nobody has one that is not in
// the table.
func (r Role) May(p Permission) bool {
	low, ok := least[p]
	return ok && r.AtLeast(low)
}

// Permissions returns what the role may, sorted.
func (r Role) Permissions() []Permission {
	var out []Permission
	for p := range least {
		if r.May(p) {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}
