package ibp_test

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/admin"
	"clickbridge/ibp"
	"clickbridge/intake"
	"clickbridge/report"
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

// world is everything around the handler: the documented example account, a
// store in memory and a conductor that answers by the number called.
type world struct {
	mu       sync.Mutex
	calls    []clickbridge.Call
	lists    []clickbridge.FindMe // of clicks that brought their own
	dir      *clickbridge.Directory
	owed     []clickbridge.Notice
	audit    []clickbridge.AuditEntry
	refusals []clickbridge.Refusal
	log      strings.Builder
	records  []store.Record
	talks    []store.Record // that were recorded

	recordings []clickbridge.Recording
	filter     store.Filter
	away       error // the store's
	cut        int   // files end in a fault after so many bytes; 0 = they do not
	failAt     int   // EachCall fails before this record; 0 = never
	ready      func() error
	handler    http.Handler
}

func setup(t testing.TB) *world {
	t.Helper()
	b := &world{dir: example()}
	log := slog.New(slog.NewTextHandler(writer{b}, nil))
	dir := intake.NewDirectory(b, serverKey, log)
	if err := dir.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	in := intake.New(intake.Config{
		Directory: dir, Calls: b, Conductor: b, Log: log, Node: "node-1",
		Refuse: func(r clickbridge.Refusal) { b.mu.Lock(); defer b.mu.Unlock(); b.refusals = append(b.refusals, r) },
		Ready: func() error {
			if b.ready == nil {
				return nil
			}
			return b.ready()
		},
	})
	b.handler = ibp.New(ibp.Config{
		Clicks: in, Reports: report.New(b), Log: log,
		Admin: admin.New(admin.Config{Store: b, Directory: dir, Files: b, Log: log}),
	})
	return b
}

type writer struct{ *world }

func (w writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

func newReader(s string) *bufio.Reader { return bufio.NewReader(strings.NewReader(s)) }

func (b *world) made() []clickbridge.Call {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls
}

// checkLog fails when a secret of the example account, or what a client tried
// for one, is in the log.
func (b *world) checkLog(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, secret := range []string{"=foo", "secret_access_key", publicKey, openKey, apiKey, "wr0ng", "b@r"} {
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, b.log.String())
		}
	}
}

func (b *world) Revision(context.Context) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dir.Revision, b.away
}

func (b *world) Directory(context.Context) (*clickbridge.Directory, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := *b.dir
	d.Accounts, d.FindMes = slices.Clone(d.Accounts), slices.Clone(d.FindMes)
	return &d, nil
}

func example() *clickbridge.Directory {
	numbers := []clickbridge.OwnedNumber{
		{Number: "+19998887777", Kind: clickbridge.Tracking},
		{Number: "+18887776666", Kind: clickbridge.Registered, Description: "Front desk <1>"},
		{Number: "+15557585902", Kind: clickbridge.Tracking, SMS: true},
	}
	return &clickbridge.Directory{
		Revision: 1,
		Accounts: []clickbridge.Account{
			{ID: 1, Name: "Example", Country: "US", TimeZone: "America/Chicago", DefaultCallerID: "+19998887777",
				Destinations: []string{"US", "CA"}, DailyCalls: 5000, Numbers: numbers,
				NoAnswerTargets: clickbridge.NoAnswerTargets{Emails: []string{"sales@example.com"}}},
			{ID: 2, Name: "Limited", Country: "US", TimeZone: "UTC", DefaultCallerID: "+19998887777", DailyCalls: 1, Numbers: numbers},
		},
		Keys: []clickbridge.Key{
			{AccountID: 1, Name: "website backend", Kind: clickbridge.PairKey, Lookup: hash(clickbridge.PairKey, "foo"), Secret: hash(clickbridge.PairKey, "bar")},
			{AccountID: 1, Name: "spaced secret", Kind: clickbridge.PairKey, Lookup: hash(clickbridge.PairKey, "a b"), Secret: hash(clickbridge.PairKey, "c;d|é")},
			{AccountID: 1, Name: "old admin script", Kind: clickbridge.APIKey, Lookup: hash(clickbridge.APIKey, apiKey)},
			{AccountID: 1, Name: "page button", Kind: clickbridge.PublicKey, Lookup: hash(clickbridge.PublicKey, publicKey),
				Origins: []string{"https://www.example.com"}, FindMes: []int64{98765}},
			{AccountID: 1, Name: "open button", Kind: clickbridge.PublicKey, Lookup: hash(clickbridge.PublicKey, openKey), FindMes: []int64{98765}},
			{AccountID: 2, Name: "limited", Kind: clickbridge.PairKey, Lookup: hash(clickbridge.PairKey, "limited"), Secret: hash(clickbridge.PairKey, "bar")},
		},
		FindMes: []clickbridge.FindMe{
			{ID: 98765, AccountID: 1, Name: "Sales", Timeout: 30 * time.Second, LoopCount: 1, Numbers: []clickbridge.FindMeNumber{{Number: "+15558688950"}}},
			{ID: 98770, AccountID: 1, Name: "Night & Day", Timeout: 20 * time.Second, LoopCount: 2, Settings: fullSettings(), Numbers: []clickbridge.FindMeNumber{
				{Number: "+15555550100", Name: "Ann's desk"}, {Number: "+14165550123"}, {Number: "+15555550100", Name: "again"},
			}},
			{ID: 200, AccountID: 2, Name: "Sales", Timeout: 30 * time.Second, LoopCount: 1},
		},
		Audio: []clickbridge.Audio{{AccountID: 1, Name: "jazz"}},
	}
}

func fullSettings() clickbridge.FindMeSettings {
	once := clickbridge.HoldOnce
	return clickbridge.FindMeSettings{
		Strategy: clickbridge.RoundRobin, Simul: 2, Group: true, AutoAccept: clickbridge.AcceptLastAsked,
		Screen: clickbridge.Screening{Method: clickbridge.ScreenText, Text: "A call for {name}"},
		Hold:   clickbridge.Hold{Music: "jazz", Repeat: &once},
		Voice:  clickbridge.Voice{PromptText: "Please wait"},
		Record: clickbridge.RecordSettings{On: true},
		End:    clickbridge.EndOfList{Action: clickbridge.EndVoicemail, Emails: []string{"sales@example.com"}},
	}
}

func (b *world) CreateCall(_ context.Context, c clickbridge.Call, _ store.Daily) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.AccountID == 2 {
		return store.ErrDailyLimit
	}
	b.calls = append(b.calls, c)
	return nil
}

// Conduct answers by the last two digits of phone_to_call.
func (b *world) Conduct(c clickbridge.Call, _ *clickbridge.Account, f *clickbridge.FindMe) <-chan clickbridge.Outcome {
	if c.FindMeID == 0 {
		b.mu.Lock()
		b.lists = append(b.lists, *f)
		b.mu.Unlock()
	}
	ch := make(chan clickbridge.Outcome, 1)
	failed := func(cause *clickbridge.Cause) clickbridge.Outcome {
		return clickbridge.Outcome{Kind: clickbridge.OutcomeFailed, Cause: cause}
	}
	switch string(c.Phone[len(c.Phone)-2:]) {
	case "01":
		o := clickbridge.Outcome{Kind: clickbridge.OutcomeProcessed, Last: clickbridge.AttemptBusy}
		if strings.HasPrefix(c.Ref, "last ") {
			o.Last = clickbridge.AttemptResult(c.Ref[5:])
		}
		ch <- o
	case "02":
		ch <- failed(clickbridge.SIPCause(480, "Temporarily Unavailable", true))
	case "03":
		ch <- failed(clickbridge.SIPCause(486, "Busy Here", true))
	case "04":
		ch <- failed(clickbridge.SIPCause(603, "Decline", true))
	case "05":
		ch <- failed(clickbridge.SIPCause(404, "Not Found", false))
	case "06":
		ch <- failed(&clickbridge.Cause{Class: clickbridge.CauseDrained})
	case "07":
		ch <- failed(nil)
	case "08":
		ch <- failed(clickbridge.SIPCause(600, "Busy Everywhere", true))
	case "09":
		ch <- failed(clickbridge.SIPCause(408, "Request Timeout", true))
	default:
		ch <- clickbridge.Outcome{Kind: clickbridge.OutcomeConnected}
	}
	return ch
}

var errStoreAway = errors.New("the store went away")

func (b *world) ListRecordings(_ context.Context, f store.RecordingFilter) (out []clickbridge.Recording, err error) {
	for _, r := range b.recordings {
		if r.AccountID == f.AccountID && (f.FindMeID == 0 || r.FindMeID == f.FindMeID) && (f.CallID == "" || r.CallID == f.CallID) {
			out = append(out, r)
		}
	}
	return out, nil
}

func (b *world) EachCall(_ context.Context, f store.Filter, each func(store.Record) error) error {
	b.mu.Lock()
	b.filter = f
	b.mu.Unlock()
	if b.away != nil {
		return b.away
	}
	for _, r := range b.talks {
		if at := r.Call.CreatedAt; !at.Before(f.From) && at.Before(f.To) && r.Call.AccountID == f.AccountID {
			if err := each(r); err != nil {
				return err
			}
		}
	}
	for i, r := range b.records {
		if b.failAt == i+1 {
			return errStoreAway
		}
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}
