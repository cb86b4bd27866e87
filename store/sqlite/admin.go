package sqlite

import (
	"context"
	"database/sql"

	"clickbridge"
	"clickbridge/store/row"
)

// Directory implements [store.Admin]: one state of everything.
func (s *Store) Directory(ctx context.Context) (*clickbridge.Directory, error) {
	d := &clickbridge.Directory{}
	err := s.snapshot(ctx, func(tx *sql.Tx) (err error) {
		if err = tx.QueryRowContext(ctx, revisionSQL).Scan(&d.Revision); err != nil {
			return err
		}
		if d.Accounts, err = list(ctx, tx, `SELECT `+row.AccountColumns+` FROM accounts ORDER BY id`, row.AccountDest); err != nil {
			return err
		}
		if d.Keys, err = list(ctx, tx, `SELECT `+row.KeyColumns+` FROM access_keys ORDER BY id`, row.KeyDest); err != nil {
			return err
		}
		d.FindMes, err = list(ctx, tx, `SELECT `+row.FindMeColumns+` FROM findmes ORDER BY id`, row.FindMeDest)
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

func list[T any](ctx context.Context, q querier, query string, dest func(*T) []any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(rows *sql.Rows) (v T, err error) { return v, rows.Scan(dest(&v)...) })
}

const revisionSQL = `SELECT n FROM revision`

// Revision implements [store.Admin]. Another process's Apply is seen at once.
func (s *Store) Revision(ctx context.Context) (n int64, err error) {
	err = s.read.QueryRowContext(ctx, revisionSQL).Scan(&n)
	return n, err
}

// SecretKey implements [store.Admin].
func (s *Store) SecretKey(ctx context.Context, fresh []byte) (key []byte, err error) {
	err = s.w.do(ctx, func(b *batch) error {
		if _, err := b.exec(qPutSecret, fresh); err != nil {
			return err
		}
		return b.row(qGetSecret).Scan(&key)
	})
	return key, err
}
