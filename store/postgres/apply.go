package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

const (
	nextRevisionSQL = `UPDATE revision SET n = n + 1`
	accountIDSQL    = `SELECT id FROM accounts WHERE name = $1`
	otherNameSQL    = `SELECT id FROM accounts WHERE name = $1 AND id <> $2`
	putAccountSQL   = `INSERT INTO accounts (name, country, time_zone, default_caller_id, destinations, daily_calls, targets, numbers)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name) DO UPDATE SET country = excluded.country,
		time_zone = excluded.time_zone, default_caller_id = excluded.default_caller_id,
		destinations = excluded.destinations, daily_calls = excluded.daily_calls,
		targets = excluded.targets, numbers = excluded.numbers`
	updateAccountSQL = `UPDATE accounts SET name = $1, country = $2, time_zone = $3, default_caller_id = $4,
		destinations = $5, daily_calls = $6, targets = $7, numbers = $8 WHERE id = $9`
	dropKeysSQL    = `DELETE FROM access_keys WHERE account_id = $1`
	dropFindMesSQL = `DELETE FROM findmes WHERE account_id = $1`
	dropAccountSQL = `DELETE FROM accounts WHERE id = $1`
	keyOwnerSQL    = `SELECT account_id FROM access_keys WHERE lookup = $1`
	movedKeySQL    = `DELETE FROM access_keys WHERE lookup = $1 AND name <> $2`
	putKeySQL      = `INSERT INTO access_keys (account_id, name, kind, lookup, secret, origins, findmes)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, name) DO UPDATE SET kind = excluded.kind,
		lookup = excluded.lookup, secret = excluded.secret, origins = excluded.origins,
		findmes = excluded.findmes`
	dropKeySQL     = `DELETE FROM access_keys WHERE account_id = $1 AND name = $2`
	findMeOwnerSQL = `SELECT account_id FROM findmes WHERE id = $1`
	putFindMeSQL   = `INSERT INTO findmes (` + row.FindMeColumns + `) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, timeout = excluded.timeout,
		loops = excluded.loops, numbers = excluded.numbers`
	dropFindMeSQL = `DELETE FROM findmes WHERE account_id = $1 AND id = $2`
)

// Apply implements [store.Admin]. Deleting what is not there is no error; an
// account takes its keys and FindMes with it, its calls stay. An account that
// is not there for a key or a FindMe is [store.ErrNotFound].
func (s *Store) Apply(ctx context.Context, changes []clickbridge.Change) error {
	if len(changes) == 0 {
		return nil
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		a := applier{ctx, tx}
		// The revision first: its row lock makes appliers take turns.
		if err := a.change(nextRevisionSQL); err != nil {
			return err
		}
		for i := range changes {
			if err := a.apply(&changes[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// applier is one Apply.
type applier struct {
	ctx context.Context
	tx  pgx.Tx
}

func (a applier) apply(c *clickbridge.Change) error {
	del := c.Op == clickbridge.OpDelete
	switch {
	case c.Op != clickbridge.OpPut && !del:
		return fmt.Errorf("apply: unknown operation %q", c.Op)
	case c.Account != nil && del:
		return a.deleteAccount(c.Account)
	case c.Account != nil:
		return a.putAccount(c.Account)
	case c.Key != nil:
		return a.applyKey(c.Owner, c.Key, del)
	case c.FindMe != nil:
		return a.applyFindMe(c.Owner, c.FindMe, del)
	}
	return errors.New("apply: an empty change")
}

func (a applier) putAccount(acc *clickbridge.Account) error {
	if acc.ID == 0 {
		return a.change(putAccountSQL, row.AccountValues(acc)...)
	}
	if _, err := a.id(otherNameSQL, row.Text(acc.Name), acc.ID); err == nil {
		return fmt.Errorf("%w: account %q is another one", store.ErrConflict, acc.Name)
	} else if !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	tag, err := a.tx.Exec(a.ctx, updateAccountSQL, append(row.AccountValues(acc), acc.ID)...)
	if err == nil && tag.RowsAffected() == 0 {
		err = fmt.Errorf("%w: account %d", store.ErrNotFound, acc.ID)
	}
	return err
}

func (a applier) deleteAccount(acc *clickbridge.Account) error {
	id := acc.ID
	if id == 0 {
		var err error
		if id, err = a.account(acc.Name); err != nil {
			return unlessDeleting(err, true)
		}
	}
	for _, sql := range []string{dropKeysSQL, dropFindMesSQL, dropAccountSQL} {
		if err := a.change(sql, id); err != nil {
			return err
		}
	}
	return nil
}

// applyKey puts or deletes a key, which is found by its name. A credential that
// moves to another name of its account takes the old name's place.
func (a applier) applyKey(owner string, k *clickbridge.Key, del bool) error {
	account, err := a.account(owner)
	if err != nil {
		return unlessDeleting(err, del)
	}
	if del {
		return a.change(dropKeySQL, account, row.Text(k.Name))
	}
	if err := a.mine(keyOwnerSQL, row.Text(k.Lookup), account, "a credential of key "+k.Name); err != nil {
		return err
	}
	if err := a.change(movedKeySQL, row.Text(k.Lookup), row.Text(k.Name)); err != nil {
		return err
	}
	return a.change(putKeySQL, row.KeyValues(k, account)...)
}

func (a applier) applyFindMe(owner string, f *clickbridge.FindMe, del bool) error {
	account, err := a.account(owner)
	if err != nil {
		return unlessDeleting(err, del)
	}
	if del {
		return a.change(dropFindMeSQL, account, f.ID)
	}
	if err := a.mine(findMeOwnerSQL, f.ID, account, fmt.Sprintf("FindMe %d", f.ID)); err != nil {
		return err
	}
	return a.change(putFindMeSQL, row.FindMeValues(f, account)...)
}

// account finds an account by its name.
func (a applier) account(name string) (int64, error) {
	id, err := a.id(accountIDSQL, row.Text(name))
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("%w: account %q", store.ErrNotFound, name)
	}
	return id, err
}

// mine fails when what the query finds belongs to another account.
func (a applier) mine(sql string, key any, account int64, what string) error {
	owner, err := a.id(sql, key)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && owner == account {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: %s belongs to another account", store.ErrConflict, what)
}

func (a applier) id(sql string, args ...any) (id int64, err error) {
	err = a.tx.QueryRow(a.ctx, sql, args...).Scan(&id)
	return id, err
}

func (a applier) change(sql string, args ...any) error {
	_, err := a.tx.Exec(a.ctx, sql, args...)
	return err
}

// unlessDeleting forgives a missing account to a deletion.
func unlessDeleting(err error, del bool) error {
	if del && errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
