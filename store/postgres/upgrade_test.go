package postgres_test

import (
	"context"
	"database/sql"
	"os"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"clickbridge/store/postgres/pgtest"
	"clickbridge/store/storetest"
)

// TestUpgrade: a database of the first version keeps what it has, also what was
// in flight. The second open has nothing to do.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	firstVersion(t, dsn)
	openWith(t, dsn, inserter(t))
	storetest.Upgraded(t, openWith(t, dsn, inserter(t)))
}

func firstVersion(t *testing.T, dsn string) {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("migrations"))
	if err == nil {
		_, err = p.UpTo(context.Background(), 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range storetest.FirstVersion {
		if _, err := db.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}
