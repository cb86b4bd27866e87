package v1_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/admin"
	"clickbridge/events"
	"clickbridge/intake"
	"clickbridge/store"
	"clickbridge/store/driver"
	"clickbridge/throttle"
	"clickbridge/v1"
)

var secret = []byte("server key of the tests")

// world is the API over a real store and a conductor that only takes note.
type world struct {
	t       testing.TB
	dir     string
	store   store.Store
	api     *v1.API
	handler http.Handler
	hub     *events.Hub

	mu    sync.Mutex
	begun []clickbridge.Call
	calls map[clickbridge.CallID]bool
}

func (w *world) Conduct(c clickbridge.Call, _ *clickbridge.Account, _ *clickbridge.FindMe) <-chan clickbridge.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun = append(w.begun, c)
	return make(chan clickbridge.Outcome, 1)
}

// Who believes a name: "pair" is the account's key.
func (w *world) Who(r *http.Request) (v1.Identity, error) {
	user, _, ok := r.BasicAuth()
	if !ok || user == "wrong" {
		return v1.Identity{}, &clickbridge.Error{Code: clickbridge.EUNAUTHORIZED, Message: "Invalid access key"}
	}
	d, err := w.store.Directory(r.Context())
	if err != nil {
		return v1.Identity{}, err
	}
	id := v1.Identity{
		Access: intake.Access{Zone: time.UTC, Key: &clickbridge.Key{Name: user, Kind: clickbridge.PairKey}},
		Actor:  clickbridge.Actor{Kind: clickbridge.ActorKey, Name: user, RemoteAddr: "192.0.2.7"}, May: clickbridge.RoleOwner.May,
	}
	for i := range d.Accounts {
		if d.Accounts[i].Name == "Example" && user != "second" || d.Accounts[i].Name == "Second" && user == "second" {
			id.Account = &d.Accounts[i]
		}
	}
	switch user {
	case "page", "anywhere":
		id.Key = &clickbridge.Key{Name: user, Kind: clickbridge.PublicKey, FindMes: []int64{98765}}
		id.May = func(p clickbridge.Permission) bool { return p == clickbridge.CallsPlace }
		id.Origin, id.Referer = r.Header.Get("Origin"), r.Header.Get("Referer")
		if user == "page" {
			id.Key.Origins = []string{"https://shop.example.com"}
		}
	}
	if addr := r.Header.Get("From-Address"); addr != "" {
		id.Actor.RemoteAddr = addr
	}
	if user == "reader" {
		id.May = clickbridge.RoleReadOnly.May
	}
	return id, nil
}

// Open and Delete are the recordings' files.
func (w *world) Open(ctx context.Context, id clickbridge.RecordingID) (clickbridge.Recording, io.ReadCloser, error) {
	r, err := w.store.Recording(ctx, id)
	return r, struct {
		io.ReadSeeker
		io.Closer
	}{bytes.NewReader([]byte("RIFF0123456789")), io.NopCloser(nil)}, err
}

func (w *world) Delete(context.Context, clickbridge.RecordingID) error { return nil }

func newWorld(t testing.TB, with ...func(*v1.Config)) *world {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	folder := t.TempDir()
	o, err := driver.Open(t.Context(), "sqlite:"+filepath.Join(folder, "v1.db"), log)
	ok(t, err)
	t.Cleanup(func() { _ = o.Store.Close() })
	w := &world{t: t, dir: folder, store: o.Store, calls: map[clickbridge.CallID]bool{}}
	ok(t, w.store.Apply(t.Context(), directory()))
	dir := intake.NewDirectory(w.store, secret, log)
	ok(t, dir.Refresh(t.Context()))
	w.hub = events.New(events.Config{Store: w.store, Node: "a", KeepAll: true, Log: log, Secret: func(string) []byte { return secret }})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() { w.hub.Run(ctx); close(done) }()
	t.Cleanup(func() { w.hub.Close(); stop(); <-done })
	cfg := v1.Config{
		Who: w, Clicks: intake.New(intake.Config{Directory: dir, Calls: w.store, Conductor: w, Node: "a", Log: log}),
		Cancel: func(id clickbridge.CallID) bool { return false }, Store: w.store,
		Admin:  admin.New(admin.Config{Store: w.store, Directory: dir, Files: w, Secret: secret, Log: log}),
		Events: w.hub, MaxAudio: 1 << 20, Secret: func(string) []byte { return secret }, Version: "test", Log: log,
		Trunks: func() []v1.Trunk {
			return []v1.Trunk{{Name: "main", Host: "sip.example.com", Up: true}}
		},
		Convert: func(r io.Reader) ([]byte, error) {
			b, err := io.ReadAll(r)
			if bytes.HasPrefix(b, []byte("bad")) {
				err = errors.New("is not a sound file")
			}
			return b, err
		},
		Limit: throttle.Rate{Count: 100_000, Per: time.Minute},
	}
	for _, f := range with {
		f(&cfg)
	}
	w.api = v1.New(cfg)
	w.handler = w.api
	return w
}

func directory() []clickbridge.Change {
	account := func(name string) *clickbridge.Account {
		return &clickbridge.Account{
			Name: name, Country: "US", TimeZone: "America/Chicago", DefaultCallerID: "+19998887777", DailyCalls: 5000,
			Numbers: []clickbridge.OwnedNumber{{Number: "+19998887777", Kind: clickbridge.Tracking, SMS: true}, {Number: "+18887776666", Kind: clickbridge.Registered}},
		}
	}
	list := func(id int64) *clickbridge.FindMe {
		return &clickbridge.FindMe{ID: id, Name: "Sales", Timeout: 30 * time.Second, LoopCount: 1, Numbers: []clickbridge.FindMeNumber{{Number: "+15558688950", Name: "Ann"}}}
	}
	return []clickbridge.Change{
		{Op: clickbridge.OpPut, Account: account("Example")}, {Op: clickbridge.OpPut, Account: account("Second")},
		{Op: clickbridge.OpPut, Owner: "Example", FindMe: list(98765)}, {Op: clickbridge.OpPut, Owner: "Second", FindMe: list(500)},
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// do asks as the pair, or as who header X-As says.
func (w *world) do(method, path, body string, header ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	r.SetBasicAuth("pair", "")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "As" {
			r.SetBasicAuth(header[i+1], "")
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

// get asks and reads the answer, which must have a status.
func (w *world) get(status int, method, path, body string, header ...string) map[string]any {
	w.t.Helper()
	rec := w.do(method, path, body, header...)
	if rec.Code != status {
		w.t.Fatalf("%s %s: %d, want %d: %s", method, path, rec.Code, status, rec.Body)
	}
	var out map[string]any
	if rec.Body.Len() > 0 {
		ok(w.t, json.Unmarshal(rec.Body.Bytes(), &out))
	}
	return out
}
