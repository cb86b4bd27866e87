package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the advisory lock nodes that start together take turns with.
const migrationLock = 0x636c69636b62 // "clickb"

// undefinedTable is the SQLSTATE of a query about a table that is not there.
const undefinedTable = "42P01"

// migrate brings our tables and the queue's up to date, forward only, one
// transaction each.
func migrate(ctx context.Context, pool *pgxpool.Pool, jobs Enqueuer) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		// The lock ends with this transaction, however it ends.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(migrationLock)); err != nil {
			return err
		}
		if err := migrateOurs(ctx, pool); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		return jobs.Migrate(ctx, pool)
	})
}

func migrateOurs(ctx context.Context, pool *pgxpool.Pool) error {
	current, newest, err := versions(ctx, pool)
	switch {
	case err != nil:
		return err
	case current > newest:
		return fmt.Errorf("the database is of version %d, this program knows %d: it needs a newer program", current, newest)
	case current == newest:
		return nil
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(pool)
	p, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err == nil {
		_, err = p.Up(ctx)
	}
	return errors.Join(err, db.Close())
}

// versions returns the database's version, 0 for an empty one, and the newest
// known.
func versions(ctx context.Context, pool *pgxpool.Pool) (current, newest int64, err error) {
	entries, err := fs.ReadDir(migrations, "migrations")
	if err != nil {
		return 0, 0, err
	}
	for _, e := range entries {
		n, err := goose.NumericComponent(e.Name())
		if err != nil {
			return 0, 0, err
		}
		newest = max(newest, n)
	}
	err = pool.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version`).Scan(&current)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == undefinedTable {
		err = nil
	}
	return current, newest, err
}
