package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	migrateTries = 5
	migratePause = 200 * time.Millisecond
)

// migrate brings the tables up to date, forward only, one transaction each. A
// second process that opens a new file at the same moment loses a race it can
// simply run again.
func migrate(ctx context.Context, db *sql.DB, jobs Enqueuer) (err error) {
	for try := range migrateTries {
		if try > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(migratePause):
			}
		}
		if err = migrateOnce(ctx, db); err == nil {
			if err = jobs.Migrate(ctx, db); err == nil {
				return nil
			}
		}
	}
	return fmt.Errorf("migrate: %w", err)
}

func migrateOnce(ctx context.Context, db *sql.DB) error {
	current, newest, err := versions(ctx, db)
	if err != nil {
		return err
	}
	if current > newest {
		return fmt.Errorf("the file is of version %d, this program knows %d: it needs a newer program", current, newest)
	}
	if current == newest {
		return nil
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// versions returns the file's version, 0 for a new one, and the newest known.
// It asks the version table itself: goose would write to the file to look.
func versions(ctx context.Context, db *sql.DB) (current, newest int64, err error) {
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
	var there int
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'`).Scan(&there)
	if err != nil || there == 0 {
		return 0, newest, err
	}
	err = db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&current)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return current, newest, err
}
