package admin

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"clickbridge"
)

// How much one account may have, so that a stolen key cannot fill the store.
const (
	MaxFindMes = 10_000 // of an account
	MaxNumbers = 200    // of a FindMe
)

// Ids of new FindMes: short enough for 32 bits, which old clients have, and
// drawn, so that two nodes hardly ever draw the same and an id that was deleted
// hardly ever comes back.
const lowestID, highestID = 100_000_000, 999_999_999

// FindMes returns the FindMes of an account, by id.
func (a *Admin) FindMes(ctx context.Context, account int64) ([]clickbridge.FindMe, error) {
	v, err := a.look(ctx, account)
	if err != nil {
		return nil, err
	}
	var out []clickbridge.FindMe
	for i := range v.whole.FindMes {
		if f := &v.whole.FindMes[i]; f.AccountID == account {
			out = append(out, *f)
		}
	}
	slices.SortFunc(out, func(x, y clickbridge.FindMe) int { return int(x.ID - y.ID) })
	return out, nil
}

// FindMe returns a FindMe of an account. ENOTFOUND. It must not be changed.
func (a *Admin) FindMe(ctx context.Context, account, id int64) (clickbridge.FindMe, error) {
	v, err := a.look(ctx, account)
	if err != nil {
		return clickbridge.FindMe{}, err
	}
	f, err := v.findMe(id)
	if err != nil {
		return clickbridge.FindMe{}, err
	}
	return *f, nil
}

func (v view) findMe(id int64) (*clickbridge.FindMe, error) {
	for i := range v.whole.FindMes {
		if f := &v.whole.FindMes[i]; f.ID == id && f.AccountID == v.account.ID {
			return f, nil
		}
	}
	return nil, notFound(fmt.Sprintf("Invalid findme_id: %d does not exist", id))
}

// CreateFindMe keeps a new FindMe and returns it with its id. write fills it in
// with the account before it; it begins with the defaults, and may be asked more
// than once.
func (a *Admin) CreateFindMe(ctx context.Context, account int64, write func(*clickbridge.Account, *clickbridge.FindMe) error) (made clickbridge.FindMe, err error) {
	err = a.change(ctx, account, Deed{"findme.created", "FindMe"}, func(v view) ([]clickbridge.Change, error) {
		made = clickbridge.FindMe{
			ID: v.freeID(), AccountID: account, Timeout: clickbridge.DefaultRingTime, LoopCount: clickbridge.DefaultLoops,
		}
		if v.count() >= MaxFindMes {
			return nil, denied(fmt.Sprintf("the account has its %d FindMes", MaxFindMes))
		}
		return v.put(&made, nil, write)
	})
	return made, err
}

// ChangeFindMe has write change a FindMe, and returns it. write may be asked
// more than once, each time about the newest.
func (a *Admin) ChangeFindMe(ctx context.Context, account, id int64, write func(*clickbridge.Account, *clickbridge.FindMe) error) (made clickbridge.FindMe, err error) {
	err = a.change(ctx, account, Deed{"findme.changed", fmt.Sprintf("FindMe %d", id)}, func(v view) ([]clickbridge.Change, error) {
		was, err := v.findMe(id)
		if err != nil {
			return nil, err
		}
		made = *was
		made.Numbers = slices.Clone(was.Numbers)
		return v.put(&made, was, write)
	})
	return made, err
}

// put plans a FindMe that write has filled in.
func (v view) put(f, was *clickbridge.FindMe, write func(*clickbridge.Account, *clickbridge.FindMe) error) ([]clickbridge.Change, error) {
	id := f.ID
	if err := write(v.account, f); err != nil {
		return nil, err
	}
	f.ID, f.AccountID = id, v.account.ID
	if len(f.Numbers) > MaxNumbers {
		return nil, invalid(fmt.Sprintf("Invalid numbers: a FindMe may have %d", MaxNumbers))
	}
	if err := v.account.CheckFindMe(f, was, v.hasClip); err != nil {
		return nil, err
	}
	return []clickbridge.Change{{Op: clickbridge.OpPut, FindMe: f}}, nil
}

// DeleteFindMe deletes a FindMe and takes it off the keys that may click it.
func (a *Admin) DeleteFindMe(ctx context.Context, account, id int64) error {
	return a.change(ctx, account, Deed{"findme.deleted", fmt.Sprintf("FindMe %d", id)}, func(v view) ([]clickbridge.Change, error) {
		f, err := v.findMe(id)
		if err != nil {
			return nil, err
		}
		changes := []clickbridge.Change{{Op: clickbridge.OpDelete, FindMe: f}}
		for _, k := range v.whole.Keys {
			if i := slices.Index(k.FindMes, id); k.AccountID == account && i >= 0 {
				k.FindMes = slices.Delete(slices.Clone(k.FindMes), i, i+1)
				changes = append(changes, clickbridge.Change{Op: clickbridge.OpPut, Key: &k})
			}
		}
		return changes, nil
	})
}

// count returns how many FindMes the account has.
func (v view) count() (n int) {
	for i := range v.whole.FindMes {
		if v.whole.FindMes[i].AccountID == v.account.ID {
			n++
		}
	}
	return n
}

// freeID draws an id that no FindMe has.
func (v view) freeID() int64 {
	for {
		id := lowestID + rand.Int64N(highestID-lowestID+1)
		taken := func(f clickbridge.FindMe) bool { return f.ID == id }
		if !slices.ContainsFunc(v.whole.FindMes, taken) {
			return id
		}
	}
}
