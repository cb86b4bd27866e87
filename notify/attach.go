package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wneessen/go-mail"

	"clickbridge"
)

// Recordings are where the sound of a message is. Open's error is ErrGone when
// there is none any more; any other may be over later.
type Recordings interface {
	Open(ctx context.Context, id clickbridge.RecordingID) (clickbridge.Recording, io.ReadCloser, error)
}

// ErrGone says that a recording has been deleted, or never had a sound.
var ErrGone = errors.New("the recording is gone")

// maxAttachment bounds what is read for a mail: ten minutes of one channel are
// half of it, and mail servers refuse more than about 20 MB.
const maxAttachment = 10 << 20

// sound returns the file to attach; nil when there is none to send.
func (m *Mail) sound(ctx context.Context, n clickbridge.Notice) ([]byte, error) {
	if n.Recording == "" {
		return nil, nil
	}
	if m.o.Recordings == nil {
		return nil, errors.New("recordings are not available here")
	}
	_, f, err := m.o.Recordings.Open(ctx, n.Recording)
	if errors.Is(err, ErrGone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the recording cannot be read: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxAttachment+1))
	if err == nil && len(b) > maxAttachment {
		return nil, nil
	}
	return b, err
}

// attach puts the sound into the mail. The boundary is made of the notice's id,
// so that a repeat is the same to the byte.
func attach(msg *mail.Msg, n clickbridge.Notice, sound []byte) error {
	if sound == nil {
		return nil
	}
	msg.SetBoundary("part-" + string(n.ID))
	return msg.AttachReader("message.wav", bytes.NewReader(sound), mail.WithFileContentType("audio/wav"))
}

// withoutSound is the sentence that stands for a file that is not there.
const withoutSound = "\n\n(The recording is not attached: it was deleted, is empty, or is too large for a mail.)"
