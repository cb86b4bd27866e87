package clickbridge

// Directory is a snapshot of everything the accounts files describe. It is
// never changed after it was read; a newer one replaces it.
type Directory struct {
	Revision int64 // grows with every change
	Accounts []Account
	Keys     []Key
	FindMes  []FindMe
}

// ChangeOp says what a change does.
type ChangeOp string

// The operations.
const (
	OpPut    ChangeOp = "put"    // create or replace
	OpDelete ChangeOp = "delete" // remove
)

// Change creates, replaces or removes one thing of the directory: exactly one
// of Account, Key and FindMe is set. An account travels with its numbers; a new
// one has ID 0 and is found by name, and so are the account of a key (Owner)
// and of a FindMe.
type Change struct {
	Op      ChangeOp
	Owner   string // account name, for keys and FindMes
	Account *Account
	Key     *Key
	FindMe  *FindMe
}
