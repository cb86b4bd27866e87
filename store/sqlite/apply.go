package sqlite

import (
	"database/sql"
	"errors"
	"fmt"

	"context"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

// Apply implements [store.Admin]. Deleting what is not there is no error; an
// account takes its keys and FindMes with it, its calls stay. An account that
// is not there for a key or a FindMe is [store.ErrNotFound].
func (s *Store) Apply(ctx context.Context, changes []clickbridge.Change) error {
	if len(changes) == 0 {
		return nil
	}
	return s.w.doSaved(ctx, func(b *batch) error {
		for i := range changes {
			if err := b.apply(&changes[i]); err != nil {
				return err
			}
		}
		return b.change(`UPDATE revision SET n = n + 1`)
	})
}

func (b *batch) apply(c *clickbridge.Change) error {
	del := c.Op == clickbridge.OpDelete
	switch {
	case c.Op != clickbridge.OpPut && !del:
		return fmt.Errorf("apply: unknown operation %q", c.Op)
	case c.Account != nil && del:
		return b.deleteAccount(c.Account)
	case c.Account != nil:
		return b.putAccount(c.Account)
	case c.Key != nil:
		return b.applyKey(c.Owner, c.Key, del)
	case c.FindMe != nil:
		return b.applyFindMe(c.Owner, c.FindMe, del)
	}
	return errors.New("apply: an empty change")
}

func (b *batch) putAccount(a *clickbridge.Account) error {
	if a.ID == 0 {
		return b.change(`INSERT INTO accounts (name, country, time_zone, default_caller_id, destinations, daily_calls, targets, numbers)
			VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (name) DO UPDATE SET country = excluded.country,
			time_zone = excluded.time_zone, default_caller_id = excluded.default_caller_id,
			destinations = excluded.destinations, daily_calls = excluded.daily_calls,
			targets = excluded.targets, numbers = excluded.numbers`, row.AccountValues(a)...)
	}
	var other int64
	err := b.tx.QueryRowContext(b.ctx, `SELECT id FROM accounts WHERE name = ? AND id <> ?`, row.Text(a.Name), a.ID).Scan(&other)
	if err == nil {
		return fmt.Errorf("%w: account %q is another one", store.ErrConflict, a.Name)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	r, err := b.tx.ExecContext(b.ctx, `UPDATE accounts SET name = ?, country = ?, time_zone = ?, default_caller_id = ?,
		destinations = ?, daily_calls = ?, targets = ?, numbers = ? WHERE id = ?`, append(row.AccountValues(a), a.ID)...)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("%w: account %d", store.ErrNotFound, a.ID))
	}
	return nil
}

func (b *batch) deleteAccount(a *clickbridge.Account) error {
	id := a.ID
	if id == 0 {
		var err error
		if id, err = b.account(a.Name); errors.Is(err, store.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
	}
	for _, q := range []string{
		`DELETE FROM access_keys WHERE account_id = ?`, `DELETE FROM findmes WHERE account_id = ?`,
		`DELETE FROM accounts WHERE id = ?`,
	} {
		if err := b.change(q, id); err != nil {
			return err
		}
	}
	return nil
}

// applyKey puts or deletes a key, which is found by its name. A credential that
// moves to another name of its account takes the old name's place.
func (b *batch) applyKey(owner string, k *clickbridge.Key, del bool) error {
	account, err := b.account(owner)
	if err != nil {
		return unlessDeleting(err, del)
	}
	if del {
		return b.change(`DELETE FROM access_keys WHERE account_id = ? AND name = ?`, account, row.Text(k.Name))
	}
	if err := b.mine(`SELECT account_id FROM access_keys WHERE lookup = ?`, row.Text(k.Lookup), account, "a credential of key "+k.Name); err != nil {
		return err
	}
	if err := b.change(`DELETE FROM access_keys WHERE lookup = ? AND name <> ?`, row.Text(k.Lookup), row.Text(k.Name)); err != nil {
		return err
	}
	return b.change(`INSERT INTO access_keys (account_id, name, kind, lookup, secret, origins, findmes)
		VALUES (?,?,?,?,?,?,?) ON CONFLICT (account_id, name) DO UPDATE SET kind = excluded.kind,
		lookup = excluded.lookup, secret = excluded.secret, origins = excluded.origins,
		findmes = excluded.findmes`, row.KeyValues(k, account)...)
}

func (b *batch) applyFindMe(owner string, f *clickbridge.FindMe, del bool) error {
	account, err := b.account(owner)
	if err != nil {
		return unlessDeleting(err, del)
	}
	if del {
		return b.change(`DELETE FROM findmes WHERE account_id = ? AND id = ?`, account, f.ID)
	}
	if err := b.mine(`SELECT account_id FROM findmes WHERE id = ?`, f.ID, account, fmt.Sprintf("FindMe %d", f.ID)); err != nil {
		return err
	}
	return b.change(`INSERT INTO findmes (`+row.FindMeColumns+`) VALUES (?,?,?,?,?,?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, timeout = excluded.timeout,
		loops = excluded.loops, numbers = excluded.numbers`, row.FindMeValues(f, account)...)
}

// account finds an account by its name.
func (b *batch) account(name string) (id int64, err error) {
	err = b.tx.QueryRowContext(b.ctx, `SELECT id FROM accounts WHERE name = ?`, row.Text(name)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%w: account %q", store.ErrNotFound, name)
	}
	return id, err
}

// mine fails when what the query finds belongs to another account.
func (b *batch) mine(query string, key any, account int64, what string) error {
	var owner int64
	err := b.tx.QueryRowContext(b.ctx, query, key).Scan(&owner)
	if errors.Is(err, sql.ErrNoRows) || err == nil && owner == account {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: %s belongs to another account", store.ErrConflict, what)
}

// change runs a rare query, unprepared.
func (b *batch) change(query string, args ...any) error {
	_, err := b.tx.ExecContext(b.ctx, query, args...)
	return err
}

// unlessDeleting forgives a missing account to a deletion.
func unlessDeleting(err error, del bool) error {
	if del && errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
