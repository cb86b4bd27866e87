package admin_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clickbridge"
	"clickbridge/admin"
	"clickbridge/store"
)

// memory is a store with its directory, as two nodes may share it.
type memory struct {
	mu         sync.Mutex
	dir        clickbridge.Directory
	interrupts int // how often somebody else is faster
	err        error
	owed       []clickbridge.Notice
	calls      []store.Record
	recordings []clickbridge.Recording
	files      map[clickbridge.RecordingID]error
	deleted    []clickbridge.RecordingID
}

func (m *memory) Refresh(context.Context) error { return m.err }

func (m *memory) Whole() *clickbridge.Directory {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.dir
	d.Accounts, d.FindMes, d.Keys = slices.Clone(d.Accounts), slices.Clone(d.FindMes), slices.Clone(d.Keys)
	return &d
}

func (m *memory) ApplyAudited(_ context.Context, revision int64, changes []clickbridge.Change, _ []clickbridge.AuditEntry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.interrupts > 0 {
		m.interrupts--
		m.dir.Revision++
	}
	if revision != m.dir.Revision {
		return store.ErrStale
	}
	m.dir.Revision++
	for _, c := range changes {
		m.apply(c)
	}
	return nil
}

func (m *memory) apply(c clickbridge.Change) {
	switch {
	case c.FindMe != nil:
		m.dir.FindMes = slices.DeleteFunc(slices.Clone(m.dir.FindMes), func(f clickbridge.FindMe) bool { return f.ID == c.FindMe.ID })
		if c.Op == clickbridge.OpPut {
			m.dir.FindMes = append(m.dir.FindMes, *c.FindMe)
		}
	case c.Account != nil:
		m.dir.Accounts[0] = *c.Account
	case c.Key != nil:
		m.dir.Keys = slices.DeleteFunc(slices.Clone(m.dir.Keys), func(k clickbridge.Key) bool { return k.Name == c.Key.Name })
		if c.Op == clickbridge.OpPut {
			m.dir.Keys = append(m.dir.Keys, *c.Key)
		}
	}
}

func (m *memory) Owe(_ context.Context, ns []clickbridge.Notice) error {
	m.owed = append(m.owed, ns...)
	return m.err
}

func (m *memory) EachCall(_ context.Context, f store.Filter, each func(store.Record) error) error {
	for _, r := range m.calls {
		if r.Call.AccountID == f.AccountID && !r.Call.CreatedAt.Before(f.From) && r.Call.CreatedAt.Before(f.To) {
			if err := each(r); err != nil {
				return err
			}
		}
	}
	return m.err
}

func (m *memory) ListRecordings(_ context.Context, f store.RecordingFilter) (out []clickbridge.Recording, err error) {
	for _, r := range m.recordings {
		if r.AccountID == f.AccountID && (f.FindMeID == 0 || r.FindMeID == f.FindMeID) && (f.CallID == "" || r.CallID == f.CallID) {
			out = append(out, r)
		}
	}
	return out, m.err
}

func (m *memory) Open(_ context.Context, id clickbridge.RecordingID) (clickbridge.Recording, io.ReadCloser, error) {
	return clickbridge.Recording{}, io.NopCloser(strings.NewReader("sound")), m.files[id]
}

func (m *memory) Delete(_ context.Context, id clickbridge.RecordingID) error {
	m.deleted = append(m.deleted, id)
	return m.files[id]
}

func setup(t *testing.T) (*memory, *admin.Admin) {
	t.Helper()
	m := &memory{files: map[clickbridge.RecordingID]error{}, dir: clickbridge.Directory{
		Revision: 1,
		Accounts: []clickbridge.Account{{ID: 1, Name: "Example", Country: "US", Destinations: []string{"US", "CA"}, DefaultCallerID: "+18887776666", Numbers: []clickbridge.OwnedNumber{
			{Number: "+19998887777", Kind: clickbridge.Tracking, SMS: true},
			{Number: "+18887776666", Kind: clickbridge.Registered},
		}}},
		Keys: []clickbridge.Key{{ID: 1, AccountID: 1, Name: "page button", Kind: clickbridge.PublicKey, FindMes: []int64{98765, 2}}},
		FindMes: []clickbridge.FindMe{
			{ID: 98765, AccountID: 1, Name: "Sales", Timeout: clickbridge.DefaultRingTime, LoopCount: 1, Numbers: []clickbridge.FindMeNumber{{Number: "+15558688950"}}},
			{ID: 500, AccountID: 2, Name: "Theirs"},
		},
	}}
	return m, admin.New(admin.Config{Store: m, Directory: m, Files: m, Log: slog.New(slog.DiscardHandler)})
}

func code(t *testing.T, err error, want clickbridge.Code, text string) {
	t.Helper()
	if err == nil || clickbridge.ErrorCode(err) != want || !strings.Contains(clickbridge.ErrorMessage(err), text) {
		t.Errorf("got %v, want %s %q", err, want, text)
	}
}

func add(n clickbridge.Number) func(*clickbridge.Account, *clickbridge.FindMe) error {
	return func(_ *clickbridge.Account, f *clickbridge.FindMe) error {
		f.Numbers = append(f.Numbers, clickbridge.FindMeNumber{Number: n})
		return nil
	}
}

func TestFindMes(t *testing.T) {
	t.Parallel()
	m, a := setup(t)
	ctx := t.Context()
	f, err := a.CreateFindMe(ctx, 1, add("+13125550100"))
	if err != nil || f.ID < 100_000_000 || f.ID > 999_999_999 || f.Timeout != clickbridge.DefaultRingTime || f.AccountID != 1 {
		t.Fatalf("%+v, %v", f, err)
	}
	if f, err = a.ChangeFindMe(ctx, 1, f.ID, add("+13125550101")); err != nil || len(f.Numbers) != 2 {
		t.Errorf("%+v, %v", f, err)
	}
	if got, err := a.FindMe(ctx, 1, f.ID); err != nil || len(got.Numbers) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if list, err := a.FindMes(ctx, 1); err != nil || len(list) != 2 || list[0].ID != 98765 {
		t.Errorf("%+v, %v", list, err)
	}
	if err := a.DeleteFindMe(ctx, 1, 98765); err != nil || len(m.dir.FindMes) != 2 || !slices.Equal(m.dir.Keys[0].FindMes, []int64{2}) {
		t.Errorf("%v; %+v, key %+v", err, m.dir.FindMes, m.dir.Keys[0])
	}
}

func TestFindMesRefused(t *testing.T) {
	t.Parallel()
	m, a := setup(t)
	ctx := t.Context()
	before := m.Whole()
	_, err := a.FindMe(ctx, 1, 500)
	code(t, err, clickbridge.ENOTFOUND, "Invalid findme_id: 500 does not exist")
	_, err = a.ChangeFindMe(ctx, 1, 500, add("+13125550100"))
	code(t, err, clickbridge.ENOTFOUND, "500 does not exist")
	code(t, a.DeleteFindMe(ctx, 1, 500), clickbridge.ENOTFOUND, "500 does not exist")
	_, err = a.CreateFindMe(ctx, 9, add("+13125550100"))
	code(t, err, clickbridge.ENOTFOUND, "the account does not exist")
	_, err = a.CreateFindMe(ctx, 1, add("+18765550100"))
	code(t, err, clickbridge.EFORBIDDEN, "calls to JM are not allowed")
	_, err = a.ChangeFindMe(ctx, 1, 98765, func(_ *clickbridge.Account, f *clickbridge.FindMe) error { f.LoopCount = 6; return nil })
	code(t, err, clickbridge.EINVALID, "Invalid loop_count 6")
	_, err = a.ChangeFindMe(ctx, 1, 98765, func(_ *clickbridge.Account, f *clickbridge.FindMe) error {
		f.Numbers = make([]clickbridge.FindMeNumber, admin.MaxNumbers+1)
		return nil
	})
	code(t, err, clickbridge.EINVALID, "may have 200")
	if m.dir.Revision != before.Revision {
		t.Error("something was changed")
	}
	m.err = errors.New("away")
	_, err = a.CreateFindMe(ctx, 1, add("+13125550100"))
	code(t, err, clickbridge.EUNAVAILABLE, "Service unavailable")
}

// Somebody on another node was faster: their change stays, and so does ours.
func TestNoChangeIsLost(t *testing.T) {
	t.Parallel()
	m, a := setup(t)
	m.interrupts = 5
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := a.ChangeFindMe(context.Background(), 1, 98765, add("+13125550100")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if f, err := a.FindMe(t.Context(), 1, 98765); err != nil || len(f.Numbers) != 11 {
		t.Errorf("%d numbers, %v", len(f.Numbers), err)
	}
	m.interrupts = 1000
	_, err := a.ChangeFindMe(t.Context(), 1, 98765, add("+13125550100"))
	code(t, err, clickbridge.EUNAVAILABLE, "Service unavailable")
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	m, a := setup(t)
	ctx := t.Context()
	for _, text := range []string{"desk", " front desk "} {
		if err := a.RegisterNumber(ctx, 1, "+13125550100", text); err != nil {
			t.Error(err)
		}
	}
	ns, err := a.Numbers(ctx, 1)
	if err != nil || len(ns) != 3 || ns[2].Description != "front desk" || ns[2].Kind != clickbridge.Registered {
		t.Errorf("%+v, %v", ns, err)
	}
	code(t, a.RegisterNumber(ctx, 1, "+19998887777", ""), clickbridge.EINVALID, "a tracking number of the account already")
	code(t, a.RegisterNumber(ctx, 1, "+442079460123", ""), clickbridge.EFORBIDDEN, "calls to GB are not allowed")
	code(t, a.RegisterNumber(ctx, 1, "+13125550100", strings.Repeat("x", 256)), clickbridge.EINVALID, "up to 255")
	code(t, a.RemoveNumber(ctx, 1, "+19998887777"), clickbridge.EFORBIDDEN, "only the operator removes")
	code(t, a.RemoveNumber(ctx, 1, "+18887776666"), clickbridge.EINVALID, "default caller id")
	code(t, a.RemoveNumber(ctx, 1, "+13125550101"), clickbridge.ENOTFOUND, "is not a number of the account")
	if err := a.RemoveNumber(ctx, 1, "+13125550100"); err != nil || len(m.dir.Accounts[0].Numbers) != 2 {
		t.Errorf("%v, %+v", err, m.dir.Accounts[0].Numbers)
	}
}

func TestTexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, a := setup(t)
		ctx := t.Context()
		id, err := a.SendText(ctx, 1, "", "+13125550100", "Hello")
		if err != nil || len(m.owed) != 1 || m.owed[0].ID != id || m.owed[0].From != "+19998887777" || m.owed[0].CallID != "" {
			t.Fatalf("%+v, %v", m.owed, err)
		}
		_, err = a.SendText(ctx, 1, "+18887776666", "+13125550100", "Hello")
		code(t, err, clickbridge.EINVALID, "Invalid from: 8887776666 is not an SMS-enabled number of the account")
		_, err = a.SendText(ctx, 1, "", "+18765550100", "Hello")
		code(t, err, clickbridge.EFORBIDDEN, "calls to JM are not allowed")
		for _, long := range []string{strings.Repeat("é", 257), " "} {
			_, err = a.SendText(ctx, 1, "", "+13125550100", long)
			code(t, err, clickbridge.EINVALID, "Invalid message: must have 1 to 256 characters")
		}
		for range 3 {
			_, err = a.SendText(ctx, 1, "", "+13125550100", strings.Repeat("é", 256))
		}
		if err != nil {
			t.Error(err)
		}
		_, err = a.SendText(ctx, 1, "", "+13125550100", "Hello")
		code(t, err, clickbridge.ELIMIT, "the account may send 4 messages a second")
		sent := 4
		var last error
		for range 60 {
			<-time.After(300 * time.Millisecond)
			if _, err = a.SendText(ctx, 1, "", "+13125550100", "Hello"); err == nil {
				sent++
			} else {
				last = err
			}
		}
		code(t, last, clickbridge.ELIMIT, "the number may send 40 messages a minute")
		if sent < 40 || sent > 52 || len(m.owed) != sent {
			t.Errorf("%d sent, %d owed", sent, len(m.owed))
		}
	})
}
