// Package store says what a store keeps and promises; store/sqlite and
// store/postgres keep it, each with SQL of its own, and store/storetest proves
// that they agree. Rooms that need a part of it declare the part they need.
//
// A method that returns nil has committed: with SQLite the fact survives power
// loss (synchronous=FULL), with PostgreSQL what the server promises. Methods
// without an error only enqueue and may lose the last few milliseconds in a
// crash; they are used for facts that recovery can do without.
package store

import (
	"context"
	"errors"
	"time"

	"clickbridge"
)

// Errors a store returns, wrapped with detail.
var (
	// ErrNotFound: no such row.
	ErrNotFound = errors.New("not found")
	// ErrDailyLimit: the account has had its clicks for the day.
	ErrDailyLimit = errors.New("daily limit reached")
	// ErrNotOwner: the call has ended already, or another node owns it.
	ErrNotOwner = errors.New("call ended or owned by another node")
	// ErrOccupied: another call's leg is with the same agent.
	ErrOccupied = errors.New("the agent is on another call")
	// ErrConflict: a change names an id that belongs to another account.
	ErrConflict = errors.New("conflict")
	// ErrStale: the directory is not as it was read.
	ErrStale = errors.New("the directory has changed")
)

// Daily is an account's limit for the day a click falls in.
type Daily struct {
	Day   string // YYYY-MM-DD in the account's zone
	Limit int    // 0 = none
}

// Record is a call with all that belongs to it, attempts in order.
type Record struct {
	Call     clickbridge.Call
	Attempts []clickbridge.Attempt
	Notices  []clickbridge.Notice
}

// Filter chooses calls. Zero fields do not filter. From is inclusive, To
// exclusive; both are about CreatedAt. Oldest first unless Newest is set.
type Filter struct {
	AccountID int64
	From, To  time.Time
	FindMeID  int64
	Ref       string
	Page      string
	Phone     clickbridge.Number
	Agent     clickbridge.Number // who accepted
	Result    clickbridge.Result
	Newest    bool
	Limit     int   // 0 = all
	After     Place // continue behind this call, in the order asked for
}

// Place is where a call stands in a list.
type Place struct {
	CreatedAt time.Time // whole microseconds
	ID        clickbridge.CallID
}

// Orphan is a call whose node died, with the legs a carrier may still hold.
type Orphan struct {
	Record
	Legs []clickbridge.LegRecord
}

// Calls is the conductor's part: what one goroutine commits about its call.
type Calls interface {
	// CreateCall inserts a call and its attempts' counter and counts it against
	// the account's day in the same transaction. ErrDailyLimit when it is one
	// too many.
	CreateCall(ctx context.Context, c clickbridge.Call, d Daily) error
	// Dialing upserts an attempt and a leg record in one transaction: before an
	// INVITE leaves. ErrNotOwner when the call has ended or is not there: then
	// nobody must be dialled for it. ErrOccupied, and nothing changed, when the
	// leg is exclusive and a leg of another call on record, of whatever account
	// and node, has the same Agent; the same call may hold several.
	Dialing(ctx context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error
	// Early updates a leg record with what a provisional response told; not one
	// that is answered or gone by now.
	Early(l clickbridge.LegRecord)
	// Answered updates an attempt and a leg record before the leg is used, also
	// of a call that has ended meanwhile. An attempt that has its result keeps it.
	Answered(ctx context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error
	// Gone removes a leg record. Its id is not used again.
	Gone(legID string)
	// Save updates a call's state, result, times and notes, upserts the attempts given and
	// inserts the notices given with a delivery job each, in one transaction. A
	// notice that is there already is left alone, so that a Save may be repeated;
	// so is the callback in c.Later.
	// ErrNotOwner, and nothing changed, when the stored call has ended or its
	// node is not c.Node: a call ends exactly once.
	Save(ctx context.Context, c clickbridge.Call, as []clickbridge.Attempt, ns []clickbridge.Notice) error
}

// Recovery is for the crash before this start, and for other nodes' crashes.
type Recovery interface {
	// Heartbeat says the node lives.
	Heartbeat(ctx context.Context, node string, now time.Time) error
	// ClaimOwn returns what the node's own former life left in flight: its
	// calls, and leg records of calls that had ended. Called once, before the
	// node takes clicks.
	ClaimOwn(ctx context.Context, node string) ([]Orphan, []clickbridge.LegRecord, error)
	// ClaimDead makes the node the owner of calls whose node has not been heard
	// of since deadline, and returns them as ClaimOwn does. Two nodes never get
	// the same call.
	ClaimDead(ctx context.Context, node string, deadline time.Time) ([]Orphan, []clickbridge.LegRecord, error)
}

// Reader answers questions about calls and refusals.
type Reader interface {
	// Call returns one call. ErrNotFound.
	Call(ctx context.Context, id clickbridge.CallID) (Record, error)
	// EachCall streams records to f until it returns an error, which EachCall
	// returns.
	EachCall(ctx context.Context, f Filter, each func(Record) error) error
	// Refusals returns refused clicks, newest first.
	Refusals(ctx context.Context, since time.Time, limit int) ([]clickbridge.Refusal, error)
}

// Notices is the delivery room's part.
type Notices interface {
	// Notice returns a notice with its tries. ErrNotFound.
	Notice(ctx context.Context, id clickbridge.NoticeID) (clickbridge.Notice, error)
	// ListNotices returns notices, newest first; state "" means all.
	ListNotices(ctx context.Context, state clickbridge.NoticeState, limit int) ([]clickbridge.Notice, error)
	// Owe inserts notices of no call, with a delivery job each, in one
	// transaction; one that is there already is left alone.
	Owe(ctx context.Context, ns []clickbridge.Notice) error
	// Tried records one try and the state it leaves the notice in. ErrNotFound.
	Tried(ctx context.Context, t clickbridge.NoticeTry, state clickbridge.NoticeState) error
	// Resend sets a notice to pending and enqueues a delivery job, in place of
	// one that still waits, in one transaction. ErrNotFound.
	Resend(ctx context.Context, id clickbridge.NoticeID) error
}

// Hunting is what hunts remember from one call to the next.
type Hunting interface {
	// Turn counts a hunt of a FindMe and returns how many there were before, over
	// all nodes: the place of a round robin.
	Turn(ctx context.Context, findMe int64) (int64, error)
	// LastRung returns when each number was last rung for the account, as Rung
	// told; numbers that never were are left out.
	LastRung(ctx context.Context, account int64, ns []clickbridge.Number) (map[clickbridge.Number]time.Time, error)
	// Rung notes that a number is rung. It only enqueues.
	Rung(account int64, n clickbridge.Number, at time.Time)
	// LastAgent returns who last talked to a customer through a FindMe, not
	// before since. ErrNotFound.
	LastAgent(ctx context.Context, findMe int64, customer clickbridge.Number, since time.Time) (clickbridge.Number, error)
	// Talked notes who talks to a customer, for MaxStickyDays. It only enqueues.
	Talked(findMe int64, customer, agent clickbridge.Number, at time.Time)
	// OptedOut reports whether a number must not be called for the account.
	OptedOut(ctx context.Context, account int64, n clickbridge.Number) (bool, error)
	// OptOut puts a number on that list, OptIn takes it off; both may be repeated:
	// the first OptOut stays. Revision grows with each.
	OptOut(ctx context.Context, o clickbridge.OptOut) error
	OptIn(ctx context.Context, account int64, n clickbridge.Number) error
	// OptOuts returns the list of an account, 0 = of all, newest first.
	OptOuts(ctx context.Context, account int64) ([]clickbridge.OptOut, error)
}

// Callbacks are the calls owed later. Save puts them here.
type Callbacks interface {
	// DueCallbacks sets at most limit callbacks that wait and are due to calling,
	// with the node, and returns them, oldest first. Two nodes never get the same.
	DueCallbacks(ctx context.Context, node string, now time.Time, limit int) ([]clickbridge.Callback, error)
	// LostCallbacks returns those that have been calling on this node, or on one
	// not heard of since deadline, whose call (CallID) has ended or never was, and
	// makes the node theirs. Two nodes never get the same.
	LostCallbacks(ctx context.Context, node string, deadline time.Time) ([]clickbridge.Callback, error)
	// PutCallback replaces the changing part of a callback: CallID, State, Tries,
	// DueAt, Node, Text. ErrNotFound; ErrConflict, and nothing changed, when it
	// is canceled, done or given up.
	PutCallback(ctx context.Context, c clickbridge.Callback) error
	// CancelCallback cancels one that waits or calls. ErrNotFound; ErrConflict
	// when it is over.
	CancelCallback(ctx context.Context, id clickbridge.CallbackID, why string) error
	// AddCallback keeps a new one of no call yet; one that is there is left alone.
	AddCallback(ctx context.Context, c clickbridge.Callback) error
	// Callback returns one. ErrNotFound.
	Callback(ctx context.Context, id clickbridge.CallbackID) (clickbridge.Callback, error)
	// CallbacksOf returns an account's callbacks made before one, newest first;
	// state "" means all, before "" the newest.
	CallbacksOf(ctx context.Context, account int64, state clickbridge.CallbackState, before clickbridge.CallbackID, limit int) ([]clickbridge.Callback, error)
	// ListCallbacks returns callbacks, newest first; state "" means all.
	ListCallbacks(ctx context.Context, state clickbridge.CallbackState, limit int) ([]clickbridge.Callback, error)
}

// Clips are the uploaded clips with their sound.
type Clips interface {
	// Audio returns an uploaded clip. ErrNotFound.
	Audio(ctx context.Context, account int64, name string) (clickbridge.Audio, error)
}

// RecordingFilter chooses recordings. Zero fields do not filter.
type RecordingFilter struct {
	AccountID int64
	FindMeID  int64
	CallID    clickbridge.CallID
	Node      string
	State     clickbridge.RecordingState
	Expired   time.Time // KeepUntil is set and before it
	Local     bool      // its File does not begin with "s3:"
	Before    time.Time // with BeforeID: those that come after that one, newest first
	BeforeID  clickbridge.RecordingID
	Limit     int // 0 = all
}

// Recordings are the records of sound files; the files are elsewhere.
type Recordings interface {
	// PutRecording creates or replaces a recording.
	PutRecording(ctx context.Context, r clickbridge.Recording) error
	// Recording returns one. ErrNotFound.
	Recording(ctx context.Context, id clickbridge.RecordingID) (clickbridge.Recording, error)
	// ListRecordings returns recordings, newest first.
	ListRecordings(ctx context.Context, f RecordingFilter) ([]clickbridge.Recording, error)
}

// Admin is the accounts' part.
type Admin interface {
	// Directory returns everything the accounts files describe.
	Directory(ctx context.Context) (*clickbridge.Directory, error)
	// Revision is cheap and grows with every Apply.
	Revision(ctx context.Context) (int64, error)
	// Apply makes all changes or none. ErrConflict when a FindMe id, a
	// credential or a changed name belongs to another account, ErrNotFound when
	// an owner or an account with an id is not there. Deleting what is not there
	// is no error; an account takes its keys, FindMes, audio and opt-outs with it,
	// and its callbacks that are not over are canceled. Its calls stay.
	Apply(ctx context.Context, changes []clickbridge.Change) error
	// ApplyAt is Apply to the directory of that revision; ErrStale, and nothing
	// changed, when it has another one by now. Who reads, changes and writes back
	// loses nobody's change that way.
	ApplyAt(ctx context.Context, revision int64, changes []clickbridge.Change) error
	// SecretKey returns the server's secret, keeping fresh as it when there is
	// none yet.
	SecretKey(ctx context.Context, fresh []byte) ([]byte, error)
	// Refused records a refused click. It only enqueues, and drops under a
	// flood: at most a few hundred a second are kept, the newest 100,000 in all.
	Refused(r clickbridge.Refusal)
}

// Store is all of it; only cmd and storetest see it whole.
type Store interface {
	Calls
	Recovery
	Reader
	Notices
	Hunting
	Callbacks
	Recordings
	Clips
	Promises
	Cancels
	Events
	Webhooks
	Counted
	Admin
	Users
	Sessions
	Audit
	// Ping reports whether the store answers.
	Ping(ctx context.Context) error
	// Close commits what is enqueued and closes.
	Close() error
}
