package v1

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"clickbridge"
	"clickbridge/admin"
	"clickbridge/store"
)

// Clip is an uploaded clip.
type Clip struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	SHA256  string  `json:"sha256" doc:"Of the file it was made of"`
}

// ClipRef names a clip.
type ClipRef struct {
	Name string `path:"name" maxLength:"100"`
}

func (s *service) openAudio() {
	handle(s, op("list-audio", "GET", "/v1/audio", "audio", "List uploaded clips", clickbridge.FindMesRead), s.listAudio)
	handle(s, sound(op("get-audio", "GET", "/v1/audio/{name}", "audio", "Hear a clip, as callers do", clickbridge.FindMesRead)), s.getAudio)
	put := op("put-audio", "PUT", "/v1/audio/{name}", "audio", "Upload a clip", clickbridge.FindMesWrite, says("A WAV or MP3 file. It is converted for telephones."))
	put.MaxBodyBytes = s.cfg.MaxAudio
	handle(s, put, s.putAudio)
	handle(s, op("delete-audio", "DELETE", "/v1/audio/{name}", "audio", "Delete a clip that no FindMe plays", clickbridge.FindMesWrite, status(204)), s.deleteAudio)
}

// sound describes an answer that is a WAV file.
func sound(o huma.Operation) huma.Operation {
	wav := map[string]*huma.MediaType{"audio/wav": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
	o.Responses = map[string]*huma.Response{
		"200": {Description: "A WAV file", Content: wav}, "206": {Description: "The range that was asked for", Content: wav},
	}
	return o
}

// serve answers with a file, or the part of it that was asked for.
func serve(name string, at time.Time, f io.ReadSeeker) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		w.Header().Set("Content-Type", "audio/wav")
		w.Header().Set("Content-Disposition", `inline; filename="`+name+`"`)
		w.Header().Set("Cache-Control", "private")
		http.ServeContent(w, r, "", at, f)
		if c, ok := f.(io.Closer); ok {
			_ = c.Close()
		}
	}}
}

func (s *service) listAudio(ctx context.Context, _ *struct{}) (*body[List[Clip]], error) {
	cs, err := s.cfg.Admin.Clips(ctx, me(ctx).Account.ID)
	if err != nil {
		return nil, err
	}
	var out []Clip
	for _, c := range cs {
		out = append(out, Clip{c.Name, c.Length.Seconds(), c.SHA256})
	}
	return &body[List[Clip]]{cut(out, admin.MaxClips, func(Clip) string { return "" })}, nil
}

func (s *service) getAudio(ctx context.Context, in *ClipRef) (*huma.StreamResponse, error) {
	c, err := s.cfg.Store.Audio(ctx, me(ctx).Account.ID, in.Name)
	if isAway(err) {
		err = notFound("Audio " + in.Name)
	}
	if err != nil {
		return nil, err
	}
	return serve("clip.wav", time.Time{}, bytes.NewReader(wav(c.ULaw))), nil
}

// wav is a file of µ-law at 8 kHz (RFC 2361 A, format 7).
func wav(ulaw []byte) []byte {
	b := make([]byte, 0, 58+len(ulaw))
	le := binary.LittleEndian
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, uint32(50+len(ulaw)))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 18)
	for _, n := range []uint16{7, 1} {
		b = le.AppendUint16(b, n)
	}
	b = le.AppendUint32(le.AppendUint32(b, 8000), 8000)
	for _, n := range []uint16{1, 8, 0} {
		b = le.AppendUint16(b, n)
	}
	b = le.AppendUint32(le.AppendUint32(append(b, "fact"...), 4), uint32(len(ulaw)))
	b = le.AppendUint32(append(b, "data"...), uint32(len(ulaw)))
	return append(b, ulaw...)
}

func (s *service) putAudio(ctx context.Context, in *struct {
	ClipRef
	RawBody []byte `contentType:"application/octet-stream" required:"true"`
}) (*body[Clip], error) {
	who := me(ctx)
	ulaw, err := s.cfg.Convert(bytes.NewReader(in.RawBody))
	if err != nil {
		return nil, invalid("body", nil, "the file "+err.Error())
	}
	c, err := s.cfg.Admin.PutClip(admin.By(ctx, who.Actor), who.Account.ID, in.Name, in.RawBody, ulaw)
	if err != nil {
		return nil, err
	}
	return &body[Clip]{Clip{c.Name, c.Length.Seconds(), c.SHA256}}, nil
}

func (s *service) deleteAudio(ctx context.Context, in *ClipRef) (*nothing, error) {
	who := me(ctx)
	return nil, s.cfg.Admin.DeleteClip(admin.By(ctx, who.Actor), who.Account.ID, in.Name)
}

// Recording is one file of sound of a call.
type Recording struct {
	ID        clickbridge.RecordingID    `json:"id"`
	CallID    clickbridge.CallID         `json:"call_id"`
	FindMeID  int64                      `json:"findme_id,omitempty"`
	Kind      clickbridge.RecordingKind  `json:"kind" enum:"call,voicemail"`
	State     clickbridge.RecordingState `json:"state" enum:"recording,ready,failed,deleted"`
	Consent   string                     `json:"consent,omitempty" doc:"Who was told, and when"`
	Note      string                     `json:"note,omitempty"`
	StartedAt time.Time                  `json:"started_at"`
	Seconds   float64                    `json:"seconds"`
	Bytes     int64                      `json:"bytes"`
	KeepUntil *time.Time                 `json:"keep_until,omitempty" doc:"For ever where left out"`
}

func recordingOf(r *clickbridge.Recording) Recording {
	return Recording{
		ID: r.ID, CallID: r.CallID, FindMeID: r.FindMeID, Kind: r.Kind, State: r.State, Consent: r.Consent, Note: r.Note,
		StartedAt: r.StartedAt.UTC(), Seconds: r.Length.Seconds(), Bytes: r.Bytes, KeepUntil: at(r.KeepUntil),
	}
}

type recordingInput struct {
	ID clickbridge.RecordingID `path:"id" maxLength:"64"`
}

func (s *service) openRecordings() {
	handle(s, op("list-recordings", "GET", "/v1/recordings", "recordings", "List recordings", clickbridge.RecordingsListen), s.listRecordings)
	handle(s, op("get-recording", "GET", "/v1/recordings/{id}", "recordings", "Read about a recording", clickbridge.RecordingsListen), s.getRecording)
	handle(s, sound(op("get-recording-audio", "GET", "/v1/recordings/{id}/audio", "recordings", "Hear a recording", clickbridge.RecordingsListen, mayFail(409))), s.getRecordingAudio)
	handle(s, op("delete-recording", "DELETE", "/v1/recordings/{id}", "recordings", "Delete a recording's sound", clickbridge.RecordingsDelete, status(204), mayFail(409),
		says("That there was one stays on record.")), s.deleteRecording)
}

func (s *service) listRecordings(ctx context.Context, in *struct {
	Pages
	FindMeID int64              `query:"findme_id"`
	CallID   clickbridge.CallID `query:"call_id"`
}) (*body[List[Recording]], error) {
	var p place
	if err := readCursor(in.Cursor, &p); err != nil {
		return nil, err
	}
	f := store.RecordingFilter{AccountID: me(ctx).Account.ID, FindMeID: in.FindMeID, CallID: in.CallID, Limit: in.Limit + 1}
	if p.ID != "" {
		f.Before, f.BeforeID = time.UnixMicro(p.At), clickbridge.RecordingID(p.ID)
	}
	rs, err := s.cfg.Store.ListRecordings(ctx, f)
	if err != nil {
		return nil, err
	}
	var out []Recording
	for i := range rs {
		out = append(out, recordingOf(&rs[i]))
	}
	return &body[List[Recording]]{cut(out, in.Limit, func(last Recording) string {
		return cursorOf(place{last.StartedAt.UnixMicro(), string(last.ID)})
	})}, nil
}

func (s *service) recording(ctx context.Context, id clickbridge.RecordingID) (clickbridge.Recording, error) {
	r, err := s.cfg.Store.Recording(ctx, id)
	if isAway(err) || err == nil && r.AccountID != me(ctx).Account.ID {
		err = notFound("Recording " + string(id))
	}
	return r, err
}

func (s *service) getRecording(ctx context.Context, in *recordingInput) (*body[Recording], error) {
	r, err := s.recording(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &body[Recording]{recordingOf(&r)}, nil
}

func (s *service) getRecordingAudio(ctx context.Context, in *recordingInput) (*huma.StreamResponse, error) {
	r, err := s.recording(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	f, err := s.cfg.Admin.OpenRecording(ctx, r)
	if err != nil {
		return nil, notReady(err)
	}
	seeker, ok := f.(io.ReadSeeker)
	if !ok { // of a bucket
		defer f.Close()
		all, err := io.ReadAll(f)
		if err != nil {
			return nil, err
		}
		seeker = bytes.NewReader(all)
	}
	s.audit(ctx, "recording.heard", "recording "+string(r.ID))
	return serve(admin.RecordingName(r), r.StartedAt, seeker), nil
}

func (s *service) deleteRecording(ctx context.Context, in *recordingInput) (*nothing, error) {
	r, err := s.recording(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.cfg.Admin.DeleteRecording(ctx, r); err != nil {
		return nil, notReady(err)
	}
	s.audit(ctx, "recording.deleted", "recording "+string(r.ID))
	return nil, nil
}
