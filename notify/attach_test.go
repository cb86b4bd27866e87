package notify

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"clickbridge"
)

// tape is one recording, or why there is none.
type tape struct {
	sound []byte
	err   error
}

func (t tape) Open(context.Context, clickbridge.RecordingID) (clickbridge.Recording, io.ReadCloser, error) {
	return clickbridge.Recording{}, io.NopCloser(bytes.NewReader(t.sound)), t.err
}

func voicemail() clickbridge.Notice {
	call, attempts, account := sample()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	account.TimeZone = "America/Chicago"
	call.Ref = "lead\r\nBcc: x@example.com"
	n := Voicemail(call, attempts, account, "rec-1", []string{"sales@example.com"}, now)[0]
	n.ID = "0198-v1"
	return n
}

func TestVoicemailMail(t *testing.T) {
	t.Parallel()
	sound := bytes.Repeat([]byte("RIFF\x00\xff"), 5000)
	p := newPostOffice(t, "plain", nil)
	o := p.options()
	o.Recordings = tape{sound: sound}
	m := newMail(t, o)
	for range 2 {
		if got := m.Send(t.Context(), voicemail()); !got.OK {
			t.Fatalf("got %+v", got)
		}
	}
	if p.mails[0] != p.mails[1] {
		t.Error("the repeat differs")
	}
	text, got := parts(t, p.mails[0])
	for _, want := range []string{
		"Nobody took the call of (555) 111-2222, who left a message at 2026-03-03 23:06 CST.",
		"List: Sales", "Reference: lead Bcc: x@example.com", "(555) 868-8950 No Answer",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if !bytes.Equal(got, sound) {
		t.Errorf("attached %d bytes, want %d", len(got), len(sound))
	}
}

func TestVoicemailMailWithoutItsSound(t *testing.T) {
	t.Parallel()
	p := newPostOffice(t, "plain", nil)
	for name, c := range map[string]struct {
		tape Recordings
		sent bool
	}{
		"Gone":     {tape{err: ErrGone}, true},
		"TooLarge": {tape{sound: make([]byte, maxAttachment+1)}, true},
		"NotYet":   {tape{err: errors.New("the bucket does not answer")}, false},
		"None":     {nil, false},
	} {
		o := p.options()
		o.Recordings = c.tape
		got := newMail(t, o).Send(t.Context(), voicemail())
		if got.OK != c.sent || got.Permanent {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if len(p.mails) != 2 || !strings.Contains(p.mails[0], "is not attached") || !strings.Contains(p.mails[1], "is not attached") {
		t.Errorf("%d mails: %s", len(p.mails), p.mails)
	}
}

// parts returns the text and the attached file of a mail.
func parts(t *testing.T, raw string) (text string, file []byte) {
	t.Helper()
	msg, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	for r := multipart.NewReader(msg.Body, params["boundary"]); ; {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return text, file
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		if part.FileName() == "" {
			text = string(b)
			continue
		}
		if part.FileName() != "message.wav" || !strings.HasPrefix(part.Header.Get("Content-Type"), "audio/wav") {
			t.Errorf("attached as %v", part.Header)
		}
		if file, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(string(b), "\r\n", "")); err != nil {
			t.Fatal(err)
		}
	}
}
