package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"clickbridge"
	"clickbridge/record"
	"clickbridge/store"
)

// ErrNotReady: the call still goes on, so its recording cannot be had yet.
var ErrNotReady = errors.New("recording not ready")

// MaxListed bounds a list of recordings.
const MaxListed = 10_000

// errNoFile is the answer for what is not there, or not this account's.
var errNoFile = notFound("File not found")

// Recordings returns recordings of an account that have sound, or will, newest
// first; findMe 0 = of all its calls. At most MaxListed.
func (a *Admin) Recordings(ctx context.Context, account, findMe int64) ([]clickbridge.Recording, error) {
	rs, err := a.cfg.Store.ListRecordings(ctx, store.RecordingFilter{AccountID: account, FindMeID: findMe, Limit: MaxListed})
	if err != nil {
		return nil, away(err)
	}
	return slices.DeleteFunc(rs, silent), nil
}

func silent(r clickbridge.Recording) bool {
	return r.State == clickbridge.RecordingDeleted || r.State == clickbridge.RecordingFailed
}

// RecordingName is how a recording is called in lists: its file's name.
func RecordingName(r clickbridge.Recording) string {
	if r.Kind == clickbridge.RecordedCall {
		return string(r.CallID) + ".wav"
	}
	return string(r.CallID) + "-" + string(r.Kind) + ".wav"
}

// FindRecording returns the recording of an account that a name stands for: the
// sid or the id of its call, or what RecordingName says. Of a call with two, a
// sid means what was said between the parties. ENOTFOUND; EINVALID when a sid
// stands for recordings of two calls.
func (a *Admin) FindRecording(ctx context.Context, account int64, name string) (clickbridge.Recording, error) {
	name = strings.TrimSuffix(name, ".wav")
	id, kind := strings.CutSuffix(name, "-"+string(clickbridge.RecordedVoicemail))
	if len(name) != len("0000000000000000") {
		return a.recordingOf(ctx, account, clickbridge.CallID(id), kind)
	}
	ids, err := a.callsOf(ctx, account, name)
	if err != nil {
		return clickbridge.Recording{}, err
	}
	var found []clickbridge.Recording
	for _, id := range ids {
		r, err := a.recordingOf(ctx, account, id, false)
		switch {
		case err == nil:
			found = append(found, r)
		case clickbridge.ErrorCode(err) != clickbridge.ENOTFOUND:
			return r, err
		}
	}
	switch len(found) {
	case 0:
		return clickbridge.Recording{}, errNoFile
	case 1:
		return found[0], nil
	}
	return clickbridge.Recording{}, invalid(fmt.Sprintf("Invalid sid: %d calls have it; use the call's id", len(found)))
}

// callsOf returns the calls of an account with a sid: one, or none, or in rare
// cases several.
func (a *Admin) callsOf(ctx context.Context, account int64, sid string) (ids []clickbridge.CallID, err error) {
	from, to, ok := clickbridge.SIDSpan(sid)
	if !ok {
		return nil, nil
	}
	err = a.cfg.Store.EachCall(ctx, store.Filter{AccountID: account, From: from, To: to}, func(r store.Record) error {
		if r.Call.ID.SID() == sid {
			ids = append(ids, r.Call.ID)
		}
		return nil
	})
	if err != nil {
		return nil, away(err)
	}
	return ids, nil
}

// recordingOf returns the recording of a call: of the talk, or of the message
// where there is no other or that one is meant.
func (a *Admin) recordingOf(ctx context.Context, account int64, call clickbridge.CallID, message bool) (clickbridge.Recording, error) {
	if call == "" {
		return clickbridge.Recording{}, errNoFile
	}
	rs, err := a.cfg.Store.ListRecordings(ctx, store.RecordingFilter{AccountID: account, CallID: call})
	if err != nil {
		return clickbridge.Recording{}, away(err)
	}
	rs = slices.DeleteFunc(rs, func(r clickbridge.Recording) bool {
		return silent(r) || message && r.Kind != clickbridge.RecordedVoicemail
	})
	if len(rs) == 0 {
		return clickbridge.Recording{}, errNoFile
	}
	i := slices.IndexFunc(rs, func(r clickbridge.Recording) bool { return r.Kind == clickbridge.RecordedCall })
	return rs[max(0, i)], nil
}

// OpenRecording opens a recording that FindRecording returned: a WAVE file of
// µ-law at 8 kHz. ErrNotReady, ENOTFOUND.
func (a *Admin) OpenRecording(ctx context.Context, r clickbridge.Recording) (io.ReadCloser, error) {
	_, f, err := a.cfg.Files.Open(ctx, r.ID)
	return f, fileError(err)
}

// DeleteRecording deletes the sound of a recording that FindRecording returned.
// That there was one stays on record. ErrNotReady, ENOTFOUND.
func (a *Admin) DeleteRecording(ctx context.Context, r clickbridge.Recording) error {
	err := fileError(a.cfg.Files.Delete(ctx, r.ID))
	if err == nil {
		a.cfg.Log.Info("recording deleted", "account", r.AccountID, "call_id", r.CallID, "recording", r.ID)
	}
	return err
}

func fileError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, record.ErrNotReady):
		return ErrNotReady
	case errors.Is(err, store.ErrNotFound):
		return errNoFile
	case errors.Is(err, record.ErrElsewhere):
		return &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, Message: "Service unavailable: the file is on another node", Err: err}
	}
	return away(err)
}
