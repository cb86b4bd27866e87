package clickbridge

// Directory is a snapshot of everything the accounts files describe. It is
// never changed after it was read; a newer one replaces it.
type Directory struct {
	Revision int64 // grows with every change
	Accounts []Account
	Keys     []Key
	FindMes  []FindMe
	Audio    []Audio // without their sound
}

// ChangeOp says what a change does.
type ChangeOp string

// The operations.
const (
	OpPut    ChangeOp = "put"    // create or replace
	OpDelete ChangeOp = "delete" // remove
)

// Change creates, replaces or removes one thing of the directory: exactly one
// of Account, Key, FindMe and Audio is set. An account travels with its numbers; a new
// one has ID 0 and is found by name, and so is the account of the others (Owner).
type Change struct {
	Op      ChangeOp
	Owner   string // account name, for keys, FindMes and audio
	Account *Account
	Key     *Key
	FindMe  *FindMe
	Audio   *Audio // with its sound, to put
}
