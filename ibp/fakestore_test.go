package ibp_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing/iotest"
	"time"

	"clickbridge"
	sounds "clickbridge/record"
	"clickbridge/store"
)

// The calls that were recorded: a talk, a message, and one that still goes on.
const (
	talkID    clickbridge.CallID = "019cceb6-9cbb-7abc-8def-000000000001"
	messageID clickbridge.CallID = "019cceb6-9cbb-7abc-8def-000000000002"
	runningID clickbridge.CallID = "019cceb6-9cbb-7abc-8def-000000000003"
)

// withRecordings puts them there; the ids were made at 18:30 UTC.
func (b *world) withRecordings() *world {
	at := time.Date(2026, 3, 8, 18, 30, 0, 0, time.UTC)
	for i, id := range []clickbridge.CallID{talkID, messageID, runningID} {
		b.talks = append(b.talks, store.Record{Call: clickbridge.Call{
			ID: id, AccountID: 1, FindMeID: 98770, FindMeName: "Night & Day", Order: clickbridge.PhoneFirst, Phone: "+15551112222",
			FirstCallerID: "+18887776666", State: clickbridge.CallEnded, Result: clickbridge.ResultNoAnswer, CreatedAt: at, EndedAt: at.Add(time.Minute),
		}})
		kind, state := clickbridge.RecordedCall, clickbridge.RecordingReady
		switch i {
		case 1:
			kind = clickbridge.RecordedVoicemail
		case 2:
			state = clickbridge.RecordingRunning
		}
		b.recordings = append(b.recordings, clickbridge.Recording{
			ID: clickbridge.RecordingID(fmt.Sprint("recording-", i+1)), CallID: id, AccountID: 1, FindMeID: 98770,
			Kind: kind, State: state, StartedAt: at.Add(5 * time.Second), Length: 10 * time.Millisecond,
		})
	}
	return b
}

func (b *world) ApplyAudited(_ context.Context, revision int64, changes []clickbridge.Change, es []clickbridge.AuditEntry) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if revision != b.dir.Revision {
		return store.ErrStale
	}
	next := *b.dir
	next.Revision++
	for _, c := range changes {
		switch {
		case c.FindMe != nil:
			next.FindMes = slices.DeleteFunc(slices.Clone(next.FindMes), func(f clickbridge.FindMe) bool { return f.ID == c.FindMe.ID })
			if c.Op == clickbridge.OpPut {
				next.FindMes = append(next.FindMes, *c.FindMe)
			}
		case c.Account != nil:
			next.Accounts = append([]clickbridge.Account{*c.Account}, next.Accounts[1:]...)
		case c.Key != nil:
			next.Keys = slices.Clone(next.Keys)
			next.Keys[slices.IndexFunc(next.Keys, func(k clickbridge.Key) bool { return k.Name == c.Key.Name })] = *c.Key
		}
	}
	b.dir, b.audit = &next, append(b.audit, es...)
	return nil
}

func (b *world) Owe(_ context.Context, ns []clickbridge.Notice) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.owed = append(b.owed, ns...)
	return b.away
}

// Open returns eight samples of a recording's file.
func (b *world) Open(_ context.Context, id clickbridge.RecordingID) (clickbridge.Recording, io.ReadCloser, error) {
	for _, r := range b.recordings {
		switch {
		case r.ID != id:
		case r.State == clickbridge.RecordingRunning:
			return r, nil, sounds.ErrNotReady
		default:
			file := io.Reader(strings.NewReader(string(soundFile)))
			if b.cut != 0 {
				file = io.MultiReader(io.LimitReader(file, int64(max(0, b.cut))), iotest.ErrReader(io.ErrUnexpectedEOF))
			}
			return r, io.NopCloser(file), nil
		}
	}
	return clickbridge.Recording{}, nil, store.ErrNotFound
}

func (b *world) Delete(_ context.Context, id clickbridge.RecordingID) error {
	for i := range b.recordings {
		switch r := &b.recordings[i]; {
		case r.ID != id:
		case r.State == clickbridge.RecordingRunning:
			return sounds.ErrNotReady
		default:
			r.State = clickbridge.RecordingDeleted
			return nil
		}
	}
	return store.ErrNotFound
}

// soundFile is a file as record keeps it, of text that a golden file can hold.
var soundFile = func() []byte {
	le := binary.LittleEndian
	b := append([]byte("RIFF\x38\x00\x00\x00WAVEfmt "), 16, 0, 0, 0, 7, 0, 1, 0)
	b = le.AppendUint32(b, 8000)
	b = le.AppendUint32(b, 8000)
	b = append(b, 1, 0, 8, 0)
	b = append(b, "data\x08\x00\x00\x00"...)
	return append(b, "~~~~zzzz"...)
}()
