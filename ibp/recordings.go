package ibp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/admin"
	"clickbridge/audio"
)

// Sounds is where recordings are; admin.Admin is it.
type Sounds interface {
	Recordings(ctx context.Context, account, findMe int64) ([]clickbridge.Recording, error)
	FindRecording(ctx context.Context, account int64, name string) (clickbridge.Recording, error)
	OpenRecording(ctx context.Context, r clickbridge.Recording) (io.ReadCloser, error)
	DeleteRecording(ctx context.Context, r clickbridge.Recording) error
}

func (a asked) recordedCalls() (*answer, error) {
	id, err := a.findMeID("findme_id")
	if err != nil {
		return nil, err
	}
	if _, err := a.admin.FindMe(a.ctx, a.Account.ID, id); err != nil {
		return nil, err
	}
	return a.list(id)
}

// recordingList lists the recordings of a FindMe, or of all.
func (a asked) recordingList() (*answer, error) {
	if a.params["id"] == "" {
		return a.list(0)
	}
	id, err := a.findMeID("id")
	if err != nil {
		return nil, err
	}
	return a.list(id)
}

func (a asked) list(findMe int64) (*answer, error) {
	rs, err := a.admin.Recordings(a.ctx, a.Account.ID, findMe)
	if err != nil {
		return nil, err
	}
	out := &answer{description: fmt.Sprintf("%d recordings", len(rs))}
	for _, r := range rs {
		out.records = append(out.records, []field{
			{"recording_name", admin.RecordingName(r)},
			{"sid", r.CallID.SID()},
			{"findme_id", strconv.FormatInt(r.FindMeID, 10)},
			{"date_added", r.StartedAt.In(a.Zone).Format(time.DateTime)},
			{"length", strconv.Itoa(int(r.Length.Round(time.Second) / time.Second))},
			{"type", string(r.Kind)},
			{"ready", bit(r.State == clickbridge.RecordingReady)},
		})
	}
	return out, nil
}

func (a asked) deleteRecordedCall() (*answer, error) {
	id, err := a.findMeID("findme_id")
	if err != nil {
		return nil, err
	}
	name, err := a.needed("recording_name")
	if err != nil {
		return nil, err
	}
	r, err := a.admin.FindRecording(a.ctx, a.Account.ID, name)
	if err == nil && r.FindMeID != id {
		err = &clickbridge.Error{Code: clickbridge.ENOTFOUND, Message: "File not found"}
	}
	if err != nil {
		return nil, err
	}
	return a.remove(r)
}

func (a asked) removeRecording() (*answer, error) {
	r, err := a.recording()
	if err != nil {
		return nil, err
	}
	return a.remove(r)
}

func (a asked) remove(r clickbridge.Recording) (*answer, error) {
	err := a.admin.DeleteRecording(a.ctx, r)
	switch {
	case errors.Is(err, admin.ErrNotReady):
		return nil, invalid("sid", "the call still goes on")
	case err != nil:
		return nil, err
	}
	return &answer{description: "Recording deleted"}, nil
}

// recording finds the recording that sid names.
func (a asked) recording() (clickbridge.Recording, error) {
	sid := strings.Trim(a.params["sid"], ` "'`)
	if sid == "" {
		return clickbridge.Recording{}, &clickbridge.Error{Code: clickbridge.EINVALID, Message: "Parameter sid is required"}
	}
	return a.admin.FindRecording(a.ctx, a.Account.ID, sid)
}

// download answers recording.download: the sound, or the envelope.
func (s *server) download(w http.ResponseWriter, r *http.Request, p params) {
	a, err := s.ask(r, verbDownload, p)
	if err == nil {
		err = s.sound(w, a)
	}
	switch {
	case errors.Is(err, admin.ErrNotReady):
		writeEnvelope(w, http.StatusAccepted, "failed", "File not ready: the call still goes on", "")
	case err != nil:
		s.refuse(w, verbDownload, err)
	}
}

// sound sends a recording. An error means that nothing was sent.
func (s *server) sound(w http.ResponseWriter, a asked) error {
	rate, err := soundForm(a.params)
	if err != nil {
		return err
	}
	r, err := a.recording()
	if err != nil {
		return err
	}
	file, err := a.admin.OpenRecording(a.ctx, r)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	w.Header().Set("Content-Disposition", `attachment; filename="`+r.CallID.SID()+`.wav"`)
	out := &lazy{w: w, contentType: "audio/wav"}
	if rate == 0 {
		_, err = io.Copy(out, file)
	} else {
		err = audio.Rewrite(out, file, rate)
	}
	switch {
	case err == nil:
		out.begin()
	case out.begun:
		s.cfg.Log.Error("recording broke off", "recording", r.ID, "err", err)
		panic(http.ErrAbortHandler)
	default:
		w.Header().Del("Content-Disposition")
	}
	return err
}

// soundForm reads how a recording is wanted; rate 0 = as it is kept.
func soundForm(p params) (rate int, err error) {
	switch strings.ToLower(p["format"]) {
	case "", "wav":
	case "mp3":
		return 0, invalid("format", "mp3 is not available, because no encoder is part of this server; use wav")
	default:
		return 0, invalid("format", "must be wav")
	}
	switch s := strings.Trim(p["sample_rate"], ` "'`); s {
	case "":
		return 0, nil
	case "11000": // as the vendor wrote 11025
		return 11025, nil
	case "8000", "11025", "16000", "22050", "44100":
		return strconv.Atoi(s)
	}
	return 0, invalid("sample_rate", "must be 8000, 11000, 16000, 22050 or 44100")
}
