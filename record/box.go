package record

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"sync"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// Store is where recordings are on record.
type Store interface {
	PutRecording(ctx context.Context, r clickbridge.Recording) error
	Recording(ctx context.Context, id clickbridge.RecordingID) (clickbridge.Recording, error)
	ListRecordings(ctx context.Context, f store.RecordingFilter) ([]clickbridge.Recording, error)
}

// Config is what a Box needs.
type Config struct {
	Folder  string        // made when it is not there
	Node    string        // whose files are in Folder
	Keep    time.Duration // of recordings that do not say; 0 = for ever
	MinFree int64         // bytes; with less nothing is recorded
	Store   Store
	Bucket  *Bucket // nil = files stay in Folder
	Logger  *slog.Logger
}

// Box makes, keeps and deletes recordings.
type Box struct {
	cfg Config
	// create opens a new file; tests put a full disk here.
	create func(name string) (sink, error)
	// free returns the bytes that the folder's disk has, if that is known.
	free func() (bytes int64, known bool)

	mu      sync.Mutex
	root    *os.Root // nil before it was needed
	closed  bool
	running sync.WaitGroup
	ended   chan struct{} // a file may be moved to the bucket
}

// New returns a box over the folder, which is made when it is first needed.
func New(cfg Config) *Box {
	b := &Box{cfg: cfg, ended: make(chan struct{}, 1)}
	b.create = b.createFile
	b.free = func() (int64, bool) { return freeSpace(cfg.Folder) }
	return b
}

// folder returns where the files are. Nothing that is in it can lead out of it.
func (b *Box) folder() (*os.Root, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.root != nil {
		return b.root, nil
	}
	err := os.MkdirAll(b.cfg.Folder, 0o750)
	if err == nil {
		b.root, err = os.OpenRoot(b.cfg.Folder)
	}
	if err != nil {
		return nil, fmt.Errorf("recordings.folder: %w", err)
	}
	return b.root, nil
}

// Close waits for the recordings that are being ended; those that still run end
// when their legs do.
func (b *Box) Close() error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.running.Wait()
	if b.cfg.Bucket != nil {
		b.cfg.Bucket.Close()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.root == nil {
		return nil
	}
	return b.root.Close()
}

// enter counts a recording in; false once the box is closed.
func (b *Box) enter() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.running.Add(1)
	}
	return !b.closed
}

func (b *Box) createFile(name string) (sink, error) {
	root, err := b.folder()
	if err != nil {
		return nil, err
	}
	if err := root.MkdirAll(path.Dir(name), 0o750); err != nil {
		return nil, err
	}
	return root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o640)
}

// errSpace says that the disk is fuller than the operator wants it.
var errSpace = errors.New("the disk is nearly full")

// begin puts a recording on record and opens its file, in this order.
func (b *Box) begin(ctx context.Context, r clickbridge.Recording, channels int) (clickbridge.Recording, *track, error) {
	r.StartedAt, r.Node, r.State = time.Now().UTC(), b.cfg.Node, clickbridge.RecordingRunning
	if r.ID == "" {
		r.ID = clickbridge.NewRecordingID()
	}
	if r.KeepUntil.IsZero() && b.cfg.Keep > 0 {
		r.KeepUntil = r.StartedAt.Add(b.cfg.Keep)
	}
	r.File = fileName(r)
	if err := b.put(ctx, r); err != nil {
		return r, nil, err
	}
	t, err := b.open(r.File, channels)
	return r, t, err
}

func (b *Box) open(name string, channels int) (*track, error) {
	if _, err := b.folder(); err != nil {
		return nil, err
	}
	if err := b.room(); err != nil {
		return nil, err
	}
	out, err := b.create(name)
	if err != nil {
		return nil, err
	}
	t, err := newTrack(out, channels)
	if err != nil {
		_ = out.Close()
		b.discard(name)
		return nil, err
	}
	t.room = b.room
	return t, nil
}

// room says that nothing more may be recorded, if so: what else is on this
// disk, the store perhaps, needs the rest.
func (b *Box) room() error {
	if free, known := b.free(); known && free < b.cfg.MinFree {
		return fmt.Errorf("%w: %d MB free, recordings.min_free is %d MB", errSpace, free>>20, b.cfg.MinFree>>20)
	}
	return nil
}

// discard removes a file that has no sound.
func (b *Box) discard(name string) {
	if root, err := b.folder(); err == nil {
		_ = root.Remove(filepath.FromSlash(name))
	}
}

// fileName is a day's folder and the call's id, by which people find it.
func fileName(r clickbridge.Recording) string {
	name := string(r.CallID)
	if r.Kind != clickbridge.RecordedCall {
		name += "-" + string(r.Kind)
	}
	return r.StartedAt.Format(time.DateOnly) + "/" + name + ".wav"
}

// finish closes a file and puts on record what came of it.
func (b *Box) finish(r clickbridge.Recording, t *track, fault error) clickbridge.Recording {
	if fault != nil {
		r.Note = fault.Error()
		b.cfg.Logger.Warn("recording stopped; the call goes on", "call_id", r.CallID, "err", fault)
	}
	if t != nil {
		if err := t.out.Close(); err != nil && r.Note == "" {
			r.Note = err.Error()
		}
		r.Bytes, r.Length = headerSize+t.size, length(t.size, t.channels)
	}
	r.State = clickbridge.RecordingReady
	if r.Length == 0 {
		r.State = clickbridge.RecordingFailed
		if t != nil {
			b.discard(r.File)
		}
		r.File, r.Bytes = "", 0
		if r.Note == "" {
			r.Note = "no sound came"
		}
	}
	if err := b.put(context.Background(), r); err != nil {
		b.cfg.Logger.Error("recording is not on record; the next start will put it there", "call_id", r.CallID, "file", r.File, "err", err)
	}
	select {
	case b.ended <- struct{}{}:
	default:
	}
	return r
}

func length(size int64, channels int) time.Duration {
	return time.Duration(size/int64(channels)) * time.Second / sampleRate
}

// putFor bounds how long the store may take for a recording's row.
const putFor = 10 * time.Second

// put tries until the store takes the row.
func (b *Box) put(ctx context.Context, r clickbridge.Recording) error {
	ctx, cancel := context.WithTimeout(ctx, putFor)
	defer cancel()
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		err := b.cfg.Store.PutRecording(ctx, r)
		if err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

// Ready reports whether recordings can be kept now, and how many bytes the
// folder's disk has free (0 = not known). It writes a file and removes it, and
// asks for the bucket.
func (b *Box) Ready(ctx context.Context) (free int64, err error) {
	root, err := b.folder()
	if err != nil {
		return 0, err
	}
	const probe = ".ready"
	if err := root.WriteFile(probe, []byte("ready"), 0o600); err != nil {
		return 0, fmt.Errorf("recordings.folder: %w", err)
	}
	if err := root.Remove(probe); err != nil {
		return 0, fmt.Errorf("recordings.folder: %w", err)
	}
	free, _ = b.free()
	if err := b.room(); err != nil {
		return free, err
	}
	if b.cfg.Bucket != nil {
		if err := b.cfg.Bucket.Check(ctx); err != nil {
			return free, fmt.Errorf("recordings.s3: %w", err)
		}
	}
	return free, nil
}
