package driver_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clickbridge/store/driver"
	"clickbridge/store/postgres/pgtest"
)

// TestMain lets this binary be the process that is killed.
func TestMain(m *testing.M) {
	if role := os.Getenv("DRIVER_TEST_ROLE"); role != "" {
		if err := roles[role](os.Getenv("DRIVER_TEST_DSN")); err != nil {
			os.Stdout.WriteString("error " + err.Error() + "\n")
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var discard = slog.New(slog.NewTextHandler(io.Discard, nil))

func eachEngine(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, "sqlite:"+filepath.Join(t.TempDir(), "test.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, pgtest.DSN(t)) })
}

func open(t *testing.T, dsn string) *driver.Opened {
	t.Helper()
	o, err := driver.Open(context.Background(), dsn, discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.Store.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

func TestOpenRefuses(t *testing.T) {
	for _, test := range []struct {
		dsn  string
		want string
	}{
		{"", "sqlite:PATH"},
		{"mysql://x", "sqlite:PATH"},
		{"sqlite:", "the path is missing"},
		{"sqlite:" + filepath.Join(t.TempDir(), "none", "x.db"), "no such file"},
		{"postgres://user:hunter2@127.0.0.1:1/x", "refused"},
		{"postgres://user:hunter2@[::1", "parse"},
	} {
		_, err := driver.Open(context.Background(), test.dsn, discard)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v", test.dsn, err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the password is in the error: %v", test.dsn, err)
		}
	}
}

// TestOpenTogether opens an empty store from several places at once, as nodes
// that are deployed together do.
func TestOpenTogether(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		errs := make(chan error)
		for range 4 {
			go func() {
				o, err := driver.Open(context.Background(), dsn, discard)
				if err == nil {
					err = errors.Join(o.Store.Ping(context.Background()), o.Store.Close())
				}
				errs <- err
			}()
		}
		for range 4 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	open(t, "sqlite:"+path)
	for _, p := range []string{path, path + "-wal"} {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read by others: %s", filepath.Base(p), info.Mode())
		}
	}
}
