package row

import (
	"context"
	"errors"
	"fmt"

	"clickbridge"
	"clickbridge/store"
)

const (
	nextRevisionSQL  = `UPDATE revision SET n = n + 1`
	afterRevisionSQL = nextRevisionSQL + ` WHERE n = $1`

	accountIDSQL  = `SELECT id FROM accounts WHERE name = $1`
	otherNameSQL  = `SELECT id FROM accounts WHERE name = $1 AND id <> $2`
	putAccountSQL = `INSERT INTO accounts (name, country, time_zone, default_caller_id, destinations, daily_calls, targets, numbers, show_dialled)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (name) DO UPDATE SET country = excluded.country,
		time_zone = excluded.time_zone, default_caller_id = excluded.default_caller_id,
		destinations = excluded.destinations, daily_calls = excluded.daily_calls,
		targets = excluded.targets, numbers = excluded.numbers, show_dialled = excluded.show_dialled`
	updateAccountSQL = `UPDATE accounts SET name = $1, country = $2, time_zone = $3, default_caller_id = $4,
		destinations = $5, daily_calls = $6, targets = $7, numbers = $8, show_dialled = $9 WHERE id = $10`

	keyOwnerSQL = `SELECT account_id FROM access_keys WHERE lookup = $1`
	movedKeySQL = `DELETE FROM access_keys WHERE lookup = $1 AND name <> $2`
	putKeySQL   = `INSERT INTO access_keys (account_id, name, kind, lookup, secret, origins, findmes)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, name) DO UPDATE SET kind = excluded.kind,
		lookup = excluded.lookup, secret = excluded.secret, origins = excluded.origins,
		findmes = excluded.findmes`
	dropKeySQL = `DELETE FROM access_keys WHERE account_id = $1 AND name = $2`

	findMeOwnerSQL = `SELECT account_id FROM findmes WHERE id = $1`
	putFindMeSQL   = `INSERT INTO findmes (` + findMeColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, timeout = excluded.timeout,
		loops = excluded.loops, numbers = excluded.numbers, settings = excluded.settings`
	dropFindMeSQL = `DELETE FROM findmes WHERE account_id = $1 AND id = $2`

	putAudioSQL = `INSERT INTO audio (` + audioColumns + `) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account_id, name) DO UPDATE SET sha256 = excluded.sha256,
		length = excluded.length, ulaw = excluded.ulaw`
	dropAudioSQL = `DELETE FROM audio WHERE account_id = $1 AND name = $2`
)

// dropAccountSQL are about an account's id. The account comes last: what is
// there of it can be found until then.
var dropAccountSQL = []string{
	`DELETE FROM access_keys WHERE account_id = $1`,
	`DELETE FROM audio WHERE account_id = $1`,
	`DELETE FROM opt_outs WHERE account_id = $1`,
	`DELETE FROM user_roles WHERE account_id = $1`,
	`DELETE FROM rung WHERE account_id = $1`,
	`DELETE FROM turns WHERE findme_id IN (SELECT id FROM findmes WHERE account_id = $1)`,
	`DELETE FROM talked WHERE findme_id IN (SELECT id FROM findmes WHERE account_id = $1)`,
	`DELETE FROM findmes WHERE account_id = $1`,
	`UPDATE callbacks SET state = 'canceled', node = '', cause = 'the account was deleted'
		WHERE account_id = $1 AND state IN ('waiting', 'calling')`,
	`DELETE FROM accounts WHERE id = $1`,
}

// forgetFindMeSQL are about the id of a FindMe: another account may have the id
// next.
var forgetFindMeSQL = []string{
	`DELETE FROM turns WHERE findme_id = $1`,
	`DELETE FROM talked WHERE findme_id = $1`,
}

// Apply implements [store.Admin].
func (t Tables) Apply(ctx context.Context, changes []clickbridge.Change) error {
	if len(changes) == 0 {
		return nil
	}
	return t.db.Atomic(ctx, func(tx Tx) error {
		// The revision first: its row lock makes appliers take turns.
		if err := exec(tx, nextRevisionSQL); err != nil {
			return err
		}
		return applyAll(tx, changes)
	})
}

// ApplyAt implements [store.Admin].
func (t Tables) ApplyAt(ctx context.Context, revision int64, changes []clickbridge.Change) error {
	return t.db.Atomic(ctx, func(tx Tx) error {
		if err := takeTurn(tx, revision); err != nil {
			return err
		}
		return applyAll(tx, changes)
	})
}

// takeTurn moves on from a revision. [store.ErrStale].
func takeTurn(tx Tx, revision int64) error {
	n, err := tx.Exec(afterRevisionSQL, revision)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: it is not at revision %d", store.ErrStale, revision)
	}
	return err
}

func applyAll(tx Tx, changes []clickbridge.Change) error {
	for i := range changes {
		if err := apply(tx, &changes[i]); err != nil {
			return err
		}
	}
	return nil
}

func apply(tx Tx, c *clickbridge.Change) error {
	del := c.Op == clickbridge.OpDelete
	switch {
	case c.Op != clickbridge.OpPut && !del:
		return fmt.Errorf("apply: unknown operation %q", c.Op)
	case c.Account != nil && del:
		return dropAccount(tx, c.Account)
	case c.Account != nil:
		return putAccount(tx, c.Account)
	case c.Key == nil && c.FindMe == nil && c.Audio == nil:
		return errors.New("apply: an empty change")
	}
	account, err := accountID(tx, c.Owner)
	if del && errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return applyOwned(tx, c, account, del)
}

func applyOwned(tx Tx, c *clickbridge.Change, account int64, del bool) error {
	switch {
	case c.Key != nil && del:
		return exec(tx, dropKeySQL, account, Text(c.Key.Name))
	case c.Key != nil:
		return putKey(tx, c.Key, account)
	case c.FindMe != nil && del:
		return dropFindMe(tx, c.FindMe.ID, account)
	case c.FindMe != nil:
		return putFindMe(tx, c.FindMe, account)
	case del:
		return exec(tx, dropAudioSQL, account, Text(c.Audio.Name))
	}
	return exec(tx, putAudioSQL, audioValues(c.Audio, account)...)
}

func putAccount(tx Tx, a *clickbridge.Account) error {
	if a.ID == 0 {
		return exec(tx, putAccountSQL, accountValues(a)...)
	}
	others, err := list(tx, itself[int64], otherNameSQL, Text(a.Name), a.ID)
	if err == nil && len(others) > 0 {
		err = fmt.Errorf("%w: account %q is another one", store.ErrConflict, a.Name)
	}
	if err != nil {
		return err
	}
	n, err := tx.Exec(updateAccountSQL, append(accountValues(a), a.ID)...)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: account %d", store.ErrNotFound, a.ID)
	}
	return err
}

func dropAccount(tx Tx, a *clickbridge.Account) error {
	id := a.ID
	if id == 0 {
		var err error
		if id, err = accountID(tx, a.Name); errors.Is(err, store.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return execAll(tx, dropAccountSQL, id)
}

// putKey puts a key, which is found by its name. A credential that moves to
// another name of its account takes the old name's place.
func putKey(tx Tx, k *clickbridge.Key, account int64) error {
	if err := mine(tx, account, "a credential of key "+k.Name, keyOwnerSQL, Text(k.Lookup)); err != nil {
		return err
	}
	if err := exec(tx, movedKeySQL, Text(k.Lookup), Text(k.Name)); err != nil {
		return err
	}
	return exec(tx, putKeySQL, keyValues(k, account)...)
}

func putFindMe(tx Tx, f *clickbridge.FindMe, account int64) error {
	if err := mine(tx, account, fmt.Sprintf("FindMe %d", f.ID), findMeOwnerSQL, f.ID); err != nil {
		return err
	}
	return exec(tx, putFindMeSQL, findMeValues(f, account)...)
}

func dropFindMe(tx Tx, id, account int64) error {
	n, err := tx.Exec(dropFindMeSQL, account, id)
	if err != nil || n == 0 {
		return err
	}
	return execAll(tx, forgetFindMeSQL, id)
}

// accountID finds an account by its name.
func accountID(tx Tx, name string) (int64, error) {
	return one(tx, itself[int64], fmt.Sprintf("account %q", name), accountIDSQL, Text(name))
}

// mine fails when what the query finds belongs to another account.
func mine(tx Tx, account int64, what, query string, key any) error {
	owners, err := list(tx, itself[int64], query, key)
	if err == nil && len(owners) > 0 && owners[0] != account {
		err = fmt.Errorf("%w: %s belongs to another account", store.ErrConflict, what)
	}
	return err
}

func execAll(tx Tx, queries []string, args ...any) error {
	for _, q := range queries {
		if err := exec(tx, q, args...); err != nil {
			return err
		}
	}
	return nil
}
