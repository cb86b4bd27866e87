package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"clickbridge"
	"clickbridge/store"
)

// inBucket begins the File of a recording that is in the bucket.
const inBucket = "s3:"

// Errors of Open, wrapped with detail.
var (
	// ErrNotReady: the call still goes on.
	ErrNotReady = errors.New("the recording is not ready yet")
	// ErrElsewhere: the file is on another node's disk.
	ErrElsewhere = errors.New("the recording is on another node")
)

// Open returns a recording with its file, a WAVE file of µ-law. The error is
// store.ErrNotFound when there is none or it was deleted, ErrNotReady,
// ErrElsewhere, or what the disk or the bucket says.
func (b *Box) Open(ctx context.Context, id clickbridge.RecordingID) (clickbridge.Recording, io.ReadCloser, error) {
	r, err := b.cfg.Store.Recording(ctx, id)
	if err != nil {
		return r, nil, err
	}
	switch r.State {
	case clickbridge.RecordingRunning:
		return r, nil, fmt.Errorf("%w: %s", ErrNotReady, id)
	case clickbridge.RecordingFailed, clickbridge.RecordingDeleted:
		return r, nil, fmt.Errorf("%w: recording %s is %s", store.ErrNotFound, id, r.State)
	}
	f, err := b.file(ctx, r)
	return r, f, err
}

func (b *Box) file(ctx context.Context, r clickbridge.Recording) (io.ReadCloser, error) {
	if key, ok := strings.CutPrefix(r.File, inBucket); ok {
		if b.cfg.Bucket == nil {
			return nil, fmt.Errorf("%w: recording %s is in a bucket, and recordings.s3 is not configured", ErrElsewhere, r.ID)
		}
		return b.cfg.Bucket.open(ctx, key)
	}
	root, err := b.folder()
	if err != nil {
		return nil, err
	}
	f, err := root.Open(filepath.FromSlash(r.File))
	if errors.Is(err, fs.ErrNotExist) && r.Node != b.cfg.Node {
		return nil, fmt.Errorf("%w: %s", ErrElsewhere, r.Node)
	}
	return f, err
}

// Delete removes a recording's file and says so on its record, which stays. A
// recording that is gone already is no error; one that still runs is
// ErrNotReady.
func (b *Box) Delete(ctx context.Context, id clickbridge.RecordingID) error {
	r, err := b.cfg.Store.Recording(ctx, id)
	if err != nil {
		return err
	}
	if r.State == clickbridge.RecordingRunning {
		return fmt.Errorf("%w: %s", ErrNotReady, id)
	}
	return b.remove(ctx, r, "deleted")
}

func (b *Box) remove(ctx context.Context, r clickbridge.Recording, why string) error {
	if r.State == clickbridge.RecordingDeleted {
		return nil
	}
	if err := b.removeFile(ctx, r); err != nil {
		return err
	}
	r.State, r.File, r.Bytes, r.Note = clickbridge.RecordingDeleted, "", 0, why
	return b.cfg.Store.PutRecording(ctx, r)
}

func (b *Box) removeFile(ctx context.Context, r clickbridge.Recording) error {
	if key, ok := strings.CutPrefix(r.File, inBucket); ok {
		if b.cfg.Bucket == nil {
			return fmt.Errorf("%w: recordings.s3 is not configured", ErrElsewhere)
		}
		return b.cfg.Bucket.remove(ctx, key)
	}
	if r.File == "" {
		return nil
	}
	root, err := b.folder()
	if err != nil {
		return err
	}
	err = root.Remove(filepath.FromSlash(r.File))
	if errors.Is(err, fs.ErrNotExist) {
		if r.Node != b.cfg.Node {
			return fmt.Errorf("%w: %s", ErrElsewhere, r.Node)
		}
		return nil
	}
	return err
}
