package people

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/driver"
)

// TestMain makes hashes cheap; password_test.go looks at those of production.
func TestMain(m *testing.M) {
	production = current
	current = cost{64, 1, 1}
	os.Exit(run(m))
}

// template is a file with all tables: making them for each test would be most
// of the time.
var template []byte

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "people-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "template.db")
	o, err := driver.Open(context.Background(), "sqlite:"+path, slog.New(slog.DiscardHandler))
	if err == nil {
		err = o.Store.Close()
	}
	if err == nil {
		template, err = os.ReadFile(path)
	}
	if err != nil {
		panic(err)
	}
	return m.Run()
}

var production cost

// A password nobody else's test guesses by accident.
const good = "a brick under 7 lamps"

type bench struct {
	*Service
	st   store.Store
	one  int64 // accounts
	two  int64
	root Person // at the machine
}

// bed opens a store with two accounts.
func bed(t *testing.T) store.Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "people.db")
	must(t, os.WriteFile(path, template, 0o600))
	o, err := driver.Open(context.Background(), "sqlite:"+path, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(func() { _ = o.Store.Close() })
	must(t, o.Store.Apply(context.Background(), []clickbridge.Change{
		{Op: clickbridge.OpPut, Account: &clickbridge.Account{Name: "One", Country: "US"}},
		{Op: clickbridge.OpPut, Account: &clickbridge.Account{Name: "Two", Country: "US"}},
	}))
	return o.Store
}

func serve(t *testing.T, st store.Store, tweak ...func(*Config)) *bench {
	t.Helper()
	c := Config{
		Store: st, Secret: []byte("server"), Life: 12 * time.Hour, Idle: time.Hour, Keep: 400 * 24 * time.Hour,
		RemoteAddr: func(r *http.Request) string { return r.RemoteAddr }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, f := range tweak {
		f(&c)
	}
	s, err := New(c)
	must(t, err)
	d, err := st.Directory(context.Background())
	must(t, err)
	return &bench{Service: s, st: st, one: d.Accounts[0].ID, two: d.Accounts[1].ID, root: AtMachine("root")}
}

// bubble runs a test with a service in a bubble of its own time.
func bubble(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, serve(t, bed(t))) })
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func coded(t *testing.T, what string, err error, want clickbridge.Code) *clickbridge.Error {
	t.Helper()
	var e *clickbridge.Error
	if !errors.As(err, &e) || e.Code != want {
		t.Errorf("%s: %v, want %s", what, err, want)
		return &clickbridge.Error{}
	}
	return e
}

// add makes a user with roles in One and Two; "" = none.
func (b *bench) add(t *testing.T, email string, one, two clickbridge.Role) clickbridge.User {
	t.Helper()
	u := clickbridge.User{Email: email}
	setRole(&u, b.one, one)
	setRole(&u, b.two, two)
	u, err := b.CreateUser(t.Context(), b.root, u, good)
	must(t, err)
	return u
}

func (b *bench) in(t *testing.T, email string) Signed {
	t.Helper()
	s, err := b.SignIn(t.Context(), SignIn{Email: email, Password: good, RemoteAddr: "192.0.2.1", Agent: "Browser"})
	must(t, err)
	return s
}

func (b *bench) log(t *testing.T) (actions []string) {
	t.Helper()
	es, err := b.st.AuditLog(t.Context(), store.AuditFilter{})
	must(t, err)
	for _, e := range es {
		actions = append(actions, e.Action)
	}
	return actions
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
