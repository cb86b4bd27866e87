package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Env names the setting that holds a DSN.
const Env = "CLICKBRIDGE_TEST_POSTGRES"

// server is this process's server, started by the first test that asks. One
// per process is the point, so it is a global.
var server = sync.OnceValues(func() (string, error) {
	if dsn := os.Getenv(Env); dsn != "" {
		return dsn, nil
	}
	return start()
})

// DSN returns the DSN of a fresh, empty database that is dropped when the test
// ends. Without a PostgreSQL the test fails and says how to install one.
func DSN(t testing.TB) string {
	t.Helper()
	return create(t, "template1")
}

// Template prepares a database once, for all tests that clone it.
type Template struct {
	// Prepare fills the empty database, and closes all its connections to it.
	Prepare func(dsn string) error

	once sync.Once
	name string
	err  error
}

// DSN returns the DSN of a fresh copy of the template, as [DSN] does of an empty
// database: in a tenth of the time that migrations take.
func (p *Template) DSN(t testing.TB) string {
	t.Helper()
	if os.Getenv(Env) != "" { // a template would stay on somebody's server
		dsn := create(t, "template1")
		if err := p.Prepare(dsn); err != nil {
			t.Fatal(err)
		}
		return dsn
	}
	p.once.Do(func() {
		base := base(t)
		p.name = fresh()
		if p.err = run(base, "CREATE DATABASE "+p.name); p.err == nil {
			p.err = p.Prepare(at(t, base, p.name))
		}
	})
	if p.err != nil {
		t.Fatal(p.err)
	}
	return create(t, p.name)
}

func base(t testing.TB) string {
	t.Helper()
	base, err := server()
	if err != nil {
		t.Fatalf("no PostgreSQL for tests: %v\ninstall it with\n\n\tapt-get install -y postgresql\n\nor set %s to the DSN of a server", err, Env)
	}
	return base
}

// create makes a database of a template, for as long as the test runs.
func create(t testing.TB, template string) string {
	t.Helper()
	base, name := base(t), fresh()
	if err := run(base, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run(base, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return at(t, base, name)
}

func fresh() string { return "clickbridge_" + strings.ReplaceAll(uuid.NewString(), "-", "") }

// at is the DSN of another database of the same server.
func at(t testing.TB, base, name string) string {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// run runs one statement on a connection of its own.
func run(dsn, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("connect to the test server: %w", err)
	}
	_, err = c.Exec(ctx, sql)
	return joinClose(err, c.Close(ctx))
}

func joinClose(err, closing error) error {
	if err != nil {
		return err
	}
	return closing
}
