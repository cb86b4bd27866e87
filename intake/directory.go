package intake

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"clickbridge"
)

// Source is where the directory is kept.
type Source interface {
	// Directory returns everything the accounts files describe.
	Directory(ctx context.Context) (*clickbridge.Directory, error)
	// Revision is cheap and grows with every change.
	Revision(ctx context.Context) (int64, error)
}

// How often the source is asked whether it changed, and how long it may take:
// a running server acts on an apply within a second.
const (
	pollEvery   = 250 * time.Millisecond
	pollTimeout = 5 * time.Second
)

// Directory is the accounts, keys and FindMes in memory, indexed for clicks.
// Readers see one consistent snapshot; a newer one replaces it whole.
type Directory struct {
	src     Source
	secret  []byte
	log     *slog.Logger
	reading sync.Mutex // an older snapshot never replaces a newer
	current atomic.Pointer[snapshot]
}

// NewDirectory returns a directory that is empty until Refresh has succeeded
// once. secret is the server's key that stored credentials are hashed with.
func NewDirectory(src Source, secret []byte, log *slog.Logger) *Directory {
	d := &Directory{src: src, secret: secret, log: log}
	d.current.Store(index(&clickbridge.Directory{Revision: -1}))
	return d
}

// Refresh reads the source if it has changed since the last time.
func (d *Directory) Refresh(ctx context.Context) error {
	d.reading.Lock()
	defer d.reading.Unlock()
	rev, err := d.src.Revision(ctx)
	if err != nil {
		return fmt.Errorf("directory revision: %w", err)
	}
	if rev == d.current.Load().revision {
		return nil
	}
	dir, err := d.src.Directory(ctx)
	if err != nil {
		return fmt.Errorf("read directory: %w", err)
	}
	d.current.Store(index(dir))
	d.log.Info("directory read", "revision", dir.Revision,
		"accounts", len(dir.Accounts), "keys", len(dir.Keys), "findmes", len(dir.FindMes))
	return nil
}

// Run keeps the directory fresh until ctx is done. While the source does not
// answer, the last snapshot stays in force.
func (d *Directory) Run(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := d.refreshInTime(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			d.log.Error("directory is not fresh", "err", err)
		}
		if err == nil && failing {
			d.log.Info("directory is fresh again")
		}
		failing = err != nil
	}
}

func (d *Directory) refreshInTime(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	return d.Refresh(ctx)
}

// Account returns an account by its id. It must not be changed.
func (d *Directory) Account(id int64) (*clickbridge.Account, bool) {
	t, ok := d.current.Load().tenants[id]
	if !ok {
		return nil, false
	}
	return &t.account, true
}

// FindMe returns a FindMe by its id. It must not be changed.
func (d *Directory) FindMe(id int64) (*clickbridge.FindMe, bool) {
	f, ok := d.current.Load().findMes[id]
	return f, ok
}

// Whole returns the newest snapshot. It must not be changed.
func (d *Directory) Whole() *clickbridge.Directory { return d.current.Load().whole }

// snapshot is one revision of the directory, indexed; it never changes.
type snapshot struct {
	revision int64
	whole    *clickbridge.Directory
	tenants  map[int64]*tenant
	keys     map[string]*clickbridge.Key // by Lookup
	findMes  map[int64]*clickbridge.FindMe
}

// tenant is an account with its time zone loaded: that reads a file.
type tenant struct {
	account clickbridge.Account
	zone    *time.Location
}

func index(dir *clickbridge.Directory) *snapshot {
	s := &snapshot{
		revision: dir.Revision,
		whole:    dir,
		tenants:  make(map[int64]*tenant, len(dir.Accounts)),
		keys:     make(map[string]*clickbridge.Key, len(dir.Keys)),
		findMes:  make(map[int64]*clickbridge.FindMe, len(dir.FindMes)),
	}
	for i := range dir.Accounts {
		a := dir.Accounts[i]
		s.tenants[a.ID] = &tenant{account: a, zone: a.Location()}
	}
	for i := range dir.Keys {
		s.keys[dir.Keys[i].Lookup] = &dir.Keys[i]
	}
	for i := range dir.FindMes {
		s.findMes[dir.FindMes[i].ID] = &dir.FindMes[i]
	}
	return s
}
