package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"clickbridge"
	"clickbridge/store/row"
)

const (
	revisionSQL  = `SELECT n FROM revision`
	accountsSQL  = `SELECT ` + row.AccountColumns + ` FROM accounts ORDER BY id`
	keysSQL      = `SELECT ` + row.KeyColumns + ` FROM access_keys ORDER BY id`
	findMesSQL   = `SELECT ` + row.FindMeColumns + ` FROM findmes ORDER BY id`
	putSecretSQL = `INSERT INTO settings (name, value) VALUES ('secret_key', $1) ON CONFLICT (name) DO NOTHING`
	getSecretSQL = `SELECT value FROM settings WHERE name = 'secret_key'`
)

// Directory implements [store.Admin]: one state of everything.
func (s *Store) Directory(ctx context.Context) (*clickbridge.Directory, error) {
	d := &clickbridge.Directory{}
	err := s.snapshot(ctx, func(tx pgx.Tx) (err error) {
		if err = tx.QueryRow(ctx, revisionSQL).Scan(&d.Revision); err != nil {
			return err
		}
		if d.Accounts, err = list(ctx, tx, row.AccountDest, accountsSQL); err != nil {
			return err
		}
		if d.Keys, err = list(ctx, tx, row.KeyDest, keysSQL); err != nil {
			return err
		}
		d.FindMes, err = list(ctx, tx, row.FindMeDest, findMesSQL)
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Revision implements [store.Admin]. Another node's Apply is seen at once.
func (s *Store) Revision(ctx context.Context) (n int64, err error) {
	err = s.pool.QueryRow(ctx, revisionSQL).Scan(&n)
	return n, err
}

// SecretKey implements [store.Admin].
func (s *Store) SecretKey(ctx context.Context, fresh []byte) (key []byte, err error) {
	if _, err := s.pool.Exec(ctx, putSecretSQL, fresh); err != nil {
		return nil, err
	}
	err = s.pool.QueryRow(ctx, getSecretSQL).Scan(&key)
	return key, err
}
