package record

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/store"
)

const (
	// sweepEvery is how often old recordings are looked for, and files that the
	// bucket did not take are offered again.
	sweepEvery = 10 * time.Minute
	// sweepAtOnce bounds what one look takes on.
	sweepAtOnce = 1000
)

// Recover ends the recordings that this node's former life left running: their
// files can be played, and their records say that they were cut. Call it before
// the node takes calls.
func (b *Box) Recover(ctx context.Context) error {
	cut, err := b.cfg.Store.ListRecordings(ctx, store.RecordingFilter{Node: b.cfg.Node, State: clickbridge.RecordingRunning})
	if err != nil {
		return err
	}
	for _, r := range cut {
		b.recoverOne(r)
	}
	return nil
}

func (b *Box) recoverOne(r clickbridge.Recording) {
	r.Note = "cut: the server died"
	f, err := b.reopen(r.File)
	if err != nil {
		b.finish(r, nil, nil)
		return
	}
	channels, size, err := repair(f)
	if err != nil {
		r.Note += "; " + err.Error()
		channels, size = 1, 0
	}
	b.finish(r, &track{out: f, channels: channels, size: size}, nil)
}

func (b *Box) reopen(name string) (*os.File, error) {
	root, err := b.folder()
	if err != nil {
		return nil, err
	}
	return root.OpenFile(filepath.FromSlash(name), os.O_RDWR, 0)
}

// Run deletes what has been kept long enough and moves files to the bucket,
// until ctx is done.
func (b *Box) Run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		b.expire(ctx)
		b.upload(ctx)
		select {
		case <-tick.C:
		case <-b.ended:
		case <-ctx.Done():
			return
		}
	}
}

func (b *Box) expire(ctx context.Context) {
	old, err := b.cfg.Store.ListRecordings(ctx, store.RecordingFilter{
		State: clickbridge.RecordingReady, Expired: time.Now(), Limit: sweepAtOnce,
	})
	if err != nil {
		b.cfg.Logger.Warn("old recordings were not looked for", "err", err)
		return
	}
	for _, r := range old {
		if r.Node != b.cfg.Node && !strings.HasPrefix(r.File, inBucket) {
			continue // its node deletes it
		}
		if err := b.remove(ctx, r, "kept until "+r.KeepUntil.Format(time.DateOnly)); err != nil {
			b.cfg.Logger.Warn("an old recording was not deleted; trying again later", "call_id", r.CallID, "err", err)
		}
	}
}

// upload moves this node's finished files to the bucket. A record says where
// its file is before the local copy goes.
func (b *Box) upload(ctx context.Context) {
	if b.cfg.Bucket == nil {
		return
	}
	local, err := b.cfg.Store.ListRecordings(ctx, store.RecordingFilter{
		Node: b.cfg.Node, State: clickbridge.RecordingReady, Local: true, Limit: sweepAtOnce,
	})
	if err != nil {
		b.cfg.Logger.Warn("recordings for the bucket were not looked for", "err", err)
		return
	}
	for _, r := range local {
		if err := b.move(ctx, r); err != nil {
			b.cfg.Logger.Warn("recording not uploaded; trying again later", "call_id", r.CallID, "err", err)
			return // the next would wait for the same bucket
		}
	}
}

// move takes one file to the bucket. A record whose file is gone says so: it
// must not keep others waiting.
func (b *Box) move(ctx context.Context, r clickbridge.Recording) error {
	root, err := b.folder()
	if err != nil {
		return err
	}
	name := filepath.FromSlash(r.File)
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return b.missing(ctx, r)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	key := r.File
	if err := b.cfg.Bucket.put(ctx, key, f, info.Size()); err != nil {
		return err
	}
	if ours, err := b.unchanged(ctx, r); err != nil {
		return err
	} else if !ours { // deleted meanwhile
		return b.cfg.Bucket.remove(ctx, key)
	}
	r.File, r.Bytes = inBucket+key, info.Size()
	if err := b.cfg.Store.PutRecording(ctx, r); err != nil {
		return err
	}
	return root.Remove(name)
}

// missing puts on record that a file is not there any more.
func (b *Box) missing(ctx context.Context, r clickbridge.Recording) error {
	if ours, err := b.unchanged(ctx, r); err != nil || !ours {
		return err
	}
	b.cfg.Logger.Error("a recording's file is gone", "call_id", r.CallID, "file", r.File)
	r.State, r.Note, r.File, r.Bytes = clickbridge.RecordingFailed, "the file is gone", "", 0
	return b.cfg.Store.PutRecording(ctx, r)
}

// unchanged reports whether a recording is on record as it was read.
func (b *Box) unchanged(ctx context.Context, r clickbridge.Recording) (bool, error) {
	now, err := b.cfg.Store.Recording(ctx, r.ID)
	return err == nil && now.State == r.State && now.File == r.File, err
}
