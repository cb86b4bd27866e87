package intake_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/intake"
	"clickbridge/store"
)

var serverKey = []byte("server key of the tests")

func hash(kind clickbridge.KeyKind, s string) string {
	return clickbridge.HashSecret(serverKey, kind, s)
}

const (
	publicKey = "0123456789abcdef0123456789abcdef01234567"
	openKey   = "1111111111111111111111111111111111111111"
	apiKey    = "89abcdef0123456789abcdef0123456789abcdef"
)

// example is the documented account, a poor one, and one without caller ids.
func example() *clickbridge.Directory {
	return &clickbridge.Directory{
		Revision: 1,
		Accounts: []clickbridge.Account{
			{
				ID: 1, Name: "Example", Country: "US", TimeZone: "America/Chicago",
				DefaultCallerID: "+19998887777", Destinations: []string{"US", "CA"}, DailyCalls: 5000,
				NoAnswerTargets: clickbridge.NoAnswerTargets{
					Emails: []string{"sales@example.com"}, SMS: []clickbridge.Number{"+15554443333"},
					URLs: []string{"https://test.com/no_answer_listener.php"}, Phones: []clickbridge.Number{"+15555550100"},
				},
				Numbers: []clickbridge.OwnedNumber{
					{Number: "+19998887777", Kind: clickbridge.Tracking},
					{Number: "+18887776666", Kind: clickbridge.Registered},
					{Number: "+15557585902", Kind: clickbridge.Tracking, SMS: true},
				},
			},
			{ID: 2, Name: "Bare", Country: "US", TimeZone: "UTC", Numbers: []clickbridge.OwnedNumber{
				{Number: "+15555550150", Kind: clickbridge.Registered},
			}},
		},
		Keys: []clickbridge.Key{
			{ID: 1, AccountID: 1, Name: "website backend", Kind: clickbridge.PairKey, Lookup: hash(clickbridge.PairKey, "foo"), Secret: hash(clickbridge.PairKey, "bar")},
			{ID: 2, AccountID: 1, Name: "old admin script", Kind: clickbridge.APIKey, Lookup: hash(clickbridge.APIKey, apiKey)},
			{ID: 3, AccountID: 1, Name: "page button", Kind: clickbridge.PublicKey, Lookup: hash(clickbridge.PublicKey, publicKey),
				Origins: []string{"https://www.example.com"}, FindMes: []int64{98765}},
			{ID: 4, AccountID: 1, Name: "open button", Kind: clickbridge.PublicKey, Lookup: hash(clickbridge.PublicKey, openKey), FindMes: []int64{98765}},
			{ID: 5, AccountID: 2, Name: "bare", Kind: clickbridge.PairKey, Lookup: hash(clickbridge.PairKey, "bare"), Secret: hash(clickbridge.PairKey, "bare")},
			{ID: 6, AccountID: 9, Name: "orphan", Kind: clickbridge.APIKey, Lookup: hash(clickbridge.APIKey, "orphan")},
		},
		FindMes: []clickbridge.FindMe{
			{ID: 98765, AccountID: 1, Name: "Sales", Timeout: 30 * time.Second, LoopCount: 1, Numbers: []clickbridge.FindMeNumber{{Number: "+15558688950"}}},
			{ID: 98766, AccountID: 1, Name: "Support", Timeout: 30 * time.Second, LoopCount: 1},
			{ID: 500, AccountID: 2, Name: "Theirs", Timeout: 30 * time.Second, LoopCount: 1},
		},
	}
}

// source is a directory that can change and fail.
type source struct {
	mu    sync.Mutex
	dir   *clickbridge.Directory
	err   error
	reads int
}

func (s *source) Directory(context.Context) (*clickbridge.Directory, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	return s.dir, s.err
}

func (s *source) Revision(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dir.Revision, s.err
}

func (s *source) set(dir *clickbridge.Directory, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dir, s.err = dir, err
}

// calls is a store that keeps what it was given.
type calls struct {
	mu   sync.Mutex
	err  error
	made []clickbridge.Call
	days []store.Daily
}

func (c *calls) CreateCall(ctx context.Context, call clickbridge.Call, d store.Daily) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.days = append(c.days, d)
	if err := errors.Join(ctx.Err(), c.err); err != nil {
		return err
	}
	c.made = append(c.made, call)
	return nil
}

func (c *calls) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.made)
}

func (c *calls) last(t *testing.T) clickbridge.Call {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.made) == 0 {
		t.Fatal("no call was made")
	}
	return c.made[len(c.made)-1]
}

// conductor hands every call's outcome channel to the test; with answer set it
// answers at once.
type conductor struct {
	mu     sync.Mutex
	answer *clickbridge.Outcome
	told   []chan clickbridge.Outcome
	begun  chan clickbridge.Call
	list   *clickbridge.FindMe // the last one
}

func (c *conductor) Conduct(call clickbridge.Call, _ *clickbridge.Account, f *clickbridge.FindMe) <-chan clickbridge.Outcome {
	ch := make(chan clickbridge.Outcome, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told, c.list = append(c.told, ch), f
	if c.answer != nil {
		ch <- *c.answer
	}
	c.begun <- call
	return ch
}

var connected = clickbridge.Outcome{Kind: clickbridge.OutcomeConnected}

// bundle is an intake with everything around it.
type bundle struct {
	*intake.Intake
	dir       *intake.Directory
	source    *source
	calls     *calls
	conductor *conductor
	ready     func() error
	refusals  []clickbridge.Refusal
	log       *logged
}

// logged keeps log lines.
type logged struct {
	mu sync.Mutex
	b  []byte
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, p...)
	return len(p), nil
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.b)
}

// setup returns an intake whose calls connect at once.
func setup(t testing.TB) *bundle {
	t.Helper()
	b := &bundle{
		source:    &source{dir: example()},
		calls:     &calls{},
		conductor: &conductor{answer: &connected, begun: make(chan clickbridge.Call, 1000)},
		log:       &logged{},
	}
	log := slog.New(slog.NewTextHandler(b.log, nil))
	b.dir = intake.NewDirectory(b.source, serverKey, log)
	if err := b.dir.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	b.Intake = intake.New(intake.Config{
		Directory: b.dir, Calls: b.calls, Conductor: b.conductor, Node: "node-1", Log: log,
		Ready: func() error {
			if b.ready == nil {
				return nil
			}
			return b.ready()
		},
		Refuse: func(r clickbridge.Refusal) {
			mu.Lock()
			defer mu.Unlock()
			b.refusals = append(b.refusals, r)
		},
	})
	return b
}

var pair = intake.Credentials{AccessKey: "foo", SecretAccessKey: "bar"}

// click is the smallest click that is accepted.
func click(change ...func(*intake.Click)) intake.Click {
	c := intake.Click{Credentials: pair, FindMeID: "98765", PhoneToCall: "5551112222", RemoteAddr: "192.0.2.7"}
	for _, f := range change {
		f(&c)
	}
	return c
}

// discard is a log nobody reads.
func (b *bundle) discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
