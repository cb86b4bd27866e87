package admin

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/throttle"
)

// Store is the part of a store that this room needs.
type Store interface {
	ApplyAudited(ctx context.Context, revision int64, changes []clickbridge.Change, es []clickbridge.AuditEntry) error
	Owe(ctx context.Context, ns []clickbridge.Notice) error
	EachCall(ctx context.Context, f store.Filter, each func(store.Record) error) error
	ListRecordings(ctx context.Context, f store.RecordingFilter) ([]clickbridge.Recording, error)
}

// Directory is the directory in memory; intake.Directory is it.
type Directory interface {
	// Refresh reads the store's if that has changed.
	Refresh(ctx context.Context) error
	Whole() *clickbridge.Directory
}

// Files are the recordings' sound; record.Box is it.
type Files interface {
	Open(ctx context.Context, id clickbridge.RecordingID) (clickbridge.Recording, io.ReadCloser, error)
	Delete(ctx context.Context, id clickbridge.RecordingID) error
}

// Config is what an Admin works with.
type Config struct {
	Store     Store
	Directory Directory
	Files     Files
	Secret    []byte // the server's, which hashes new keys
	Log       *slog.Logger
}

// Deed is what is done, as the audit log has it.
type Deed struct {
	Action string // "findme.changed"
	Object string // "FindMe 98765 Sales"
}

// Admin changes the directory. Its methods may be called from any goroutine; of
// their errors, those that a client may read are *clickbridge.Error.
type Admin struct {
	cfg      Config
	turn     chan struct{} // one change at a time: this node does not race itself
	accounts *throttle.Throttle
	numbers  *throttle.Throttle
}

// New returns an admin.
func New(cfg Config) *Admin {
	return &Admin{
		cfg: cfg, turn: make(chan struct{}, 1),
		accounts: throttle.New(throttle.Rate{Count: TextsPerSecond, Per: time.Second}, remembered),
		numbers:  throttle.New(throttle.Rate{Count: TextsPerMinute, Per: time.Minute}, remembered),
	}
}

// view is the directory as one account sees it. It must not be changed.
type view struct {
	whole   *clickbridge.Directory
	account *clickbridge.Account
}

// look returns the newest directory.
func (a *Admin) look(ctx context.Context, account int64) (view, error) {
	if err := a.cfg.Directory.Refresh(ctx); err != nil {
		return view{}, away(err)
	}
	v := view{whole: a.cfg.Directory.Whole()}
	for i := range v.whole.Accounts {
		if v.whole.Accounts[i].ID == account {
			v.account = &v.whole.Accounts[i]
			return v, nil
		}
	}
	return v, notFound("the account does not exist")
}

// hasClip reports whether a clip of that name was uploaded.
func (v view) hasClip(name string) bool {
	for i := range v.whole.Audio {
		if c := &v.whole.Audio[i]; c.AccountID == v.account.ID && c.Name == name {
			return true
		}
	}
	return false
}

// A change that others were faster than is tried so often, in so long.
const (
	changeTries = 20
	changeTime  = 10 * time.Second
)

// change makes the changes that plan finds, to the directory that plan saw. It
// may be asked more than once; no changes are none.
func (a *Admin) change(ctx context.Context, account int64, what Deed, plan func(view) ([]clickbridge.Change, error)) error {
	ctx, cancel := context.WithTimeout(ctx, changeTime)
	defer cancel()
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return away(ctx.Err())
	}
	var err error
	for range changeTries {
		var v view
		if v, err = a.look(ctx, account); err != nil {
			return err
		}
		changes, planErr := plan(v)
		if planErr != nil || len(changes) == 0 {
			return planErr
		}
		for i := range changes {
			changes[i].Owner = v.account.Name
		}
		if err = a.cfg.Store.ApplyAudited(ctx, v.whole.Revision, changes, entry(ctx, v.account, what)); err == nil {
			a.cfg.Log.Info("directory changed", "account", v.account.Name, "what", what.Action, "object", what.Object)
			// A failure is made up for by the next look every server takes.
			_ = a.cfg.Directory.Refresh(ctx)
			return nil
		}
		if !errors.Is(err, store.ErrStale) {
			break
		}
	}
	return away(err)
}

// entry is a deed's line in the audit log.
func entry(ctx context.Context, a *clickbridge.Account, d Deed) []clickbridge.AuditEntry {
	return []clickbridge.AuditEntry{{
		At: time.Now(), AccountID: a.ID, Account: a.Name, Actor: actor(ctx), Action: d.Action, Object: d.Object,
	}}
}

// away is an error of the store as a client may read it.
func away(err error) error {
	return &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, RetryAfter: 30 * time.Second,
		Message: "Service unavailable: the store does not answer", Err: err}
}

func invalid(text string) error {
	return &clickbridge.Error{Code: clickbridge.EINVALID, Message: text}
}

func denied(why string) error {
	return &clickbridge.Error{Code: clickbridge.EFORBIDDEN, Message: "Access denied: " + why}
}

func notFound(text string) error {
	return &clickbridge.Error{Code: clickbridge.ENOTFOUND, Message: text}
}
