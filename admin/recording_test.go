package admin_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/admin"
	"clickbridge/record"
	"clickbridge/store"
)

func (m *memory) recorded(account int64, kind clickbridge.RecordingKind, state clickbridge.RecordingState) clickbridge.Recording {
	c := clickbridge.Call{ID: clickbridge.NewCallID(), AccountID: account, FindMeID: 98765, CreatedAt: time.Now()}
	r := clickbridge.Recording{ID: clickbridge.NewRecordingID(), CallID: c.ID, AccountID: account, FindMeID: 98765, Kind: kind, State: state}
	m.calls = append(m.calls, store.Record{Call: c})
	m.recordings = append(m.recordings, r)
	return r
}

func TestRecordings(t *testing.T) {
	t.Parallel()
	m, a := setup(t)
	ctx := t.Context()
	call := m.recorded(1, clickbridge.RecordedCall, clickbridge.RecordingReady)
	message := m.recorded(1, clickbridge.RecordedVoicemail, clickbridge.RecordingReady)
	gone := m.recorded(1, clickbridge.RecordedCall, clickbridge.RecordingDeleted)
	theirs := m.recorded(2, clickbridge.RecordedCall, clickbridge.RecordingReady)
	second := call // a message left in the call that was recorded
	second.ID, second.Kind = clickbridge.NewRecordingID(), clickbridge.RecordedVoicemail
	m.recordings = append(m.recordings, second)

	if rs, err := a.Recordings(ctx, 1, 98765); err != nil || len(rs) != 3 {
		t.Errorf("%+v, %v", rs, err)
	}
	if rs, err := a.Recordings(ctx, 1, 7); err != nil || len(rs) != 0 {
		t.Errorf("of another FindMe: %+v, %v", rs, err)
	}
	for name, want := range map[string]clickbridge.RecordingID{
		call.CallID.SID(): call.ID, string(call.CallID): call.ID, admin.RecordingName(call): call.ID,
		message.CallID.SID(): message.ID, admin.RecordingName(message): message.ID, admin.RecordingName(second): second.ID,
	} {
		r, err := a.FindRecording(ctx, 1, name)
		if err != nil || r.ID != want {
			t.Errorf("%s: %s, %v; want %s", name, r.ID, err, want)
		}
	}
	for _, name := range []string{gone.CallID.SID(), string(gone.CallID), theirs.CallID.SID(), string(theirs.CallID), "0000000000000000", "abcdefghijklmnop", "", ".wav", "-voicemail"} {
		_, err := a.FindRecording(ctx, 1, name)
		code(t, err, clickbridge.ENOTFOUND, "File not found")
	}
}

// Two calls of one second may have one sid.
func TestSIDOfTwo(t *testing.T) {
	t.Parallel()
	m, a := setup(t)
	r := m.recorded(1, clickbridge.RecordedCall, clickbridge.RecordingReady)
	m.calls = append(m.calls, m.calls[0])
	_, err := a.FindRecording(t.Context(), 1, r.CallID.SID())
	code(t, err, clickbridge.EINVALID, "2 calls have it")
	m.err = errors.New("away")
	_, err = a.FindRecording(t.Context(), 1, r.CallID.SID())
	code(t, err, clickbridge.EUNAVAILABLE, "Service unavailable")
}

func TestFiles(t *testing.T) {
	t.Parallel()
	m, a := setup(t)
	r := m.recorded(1, clickbridge.RecordedCall, clickbridge.RecordingReady)
	f, err := a.OpenRecording(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(f); err != nil || string(b) != "sound" {
		t.Errorf("%q, %v", b, err)
	}
	if err := a.DeleteRecording(t.Context(), r); err != nil || len(m.deleted) != 1 || m.deleted[0] != r.ID {
		t.Errorf("%v, %v", m.deleted, err)
	}
	for fault, want := range map[error]clickbridge.Code{
		store.ErrNotFound: clickbridge.ENOTFOUND, record.ErrElsewhere: clickbridge.EUNAVAILABLE, io.ErrUnexpectedEOF: clickbridge.EUNAVAILABLE,
	} {
		m.files[r.ID] = fault
		_, err := a.OpenRecording(t.Context(), r)
		code(t, err, want, "")
	}
	m.files[r.ID] = record.ErrNotReady
	if _, err := a.OpenRecording(t.Context(), r); !errors.Is(err, admin.ErrNotReady) {
		t.Errorf("got %v", err)
	}
	if err := a.DeleteRecording(t.Context(), r); !errors.Is(err, admin.ErrNotReady) {
		t.Errorf("got %v", err)
	}
}
