package sqlite_test

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"clickbridge/jobs"
	"clickbridge/store/sqlite"
)

func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	j, err := jobs.ForSQLite(log)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(context.Background(), sqlite.Config{Path: path, Jobs: j, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
