package sqlite_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"clickbridge/store/storetest"
)

// TestUpgrade: a file of the first version keeps what it has, also what was in
// flight.
func TestUpgrade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	firstVersion(t, path)
	for range 2 { // the second time there is nothing to do
		if err := open(t, path).Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, path)
	defer s.Close()
	storetest.Upgraded(t, s)
}

func firstVersion(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("migrations"))
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
