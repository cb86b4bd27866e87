package trace

import (
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Config says where a trace is kept and how much of it.
type Config struct {
	Folder  string        // made when first needed
	Keep    time.Duration // 0 = nothing is kept
	MaxSize int64         // bytes of all segments; 0 = nothing is kept
	Logger  *slog.Logger  // must not be nil
}

// Writer appends messages to the segments of a folder, and deletes old ones. A nil
// Writer is one that keeps nothing. Several, of several servers, may share a folder.
type Writer struct {
	cfg    Config
	name   string
	wake   chan struct{}
	done   chan struct{}
	over   chan struct{}
	create func(path string) (io.WriteCloser, error)

	mu      sync.Mutex
	batch   batch
	dropped uint64 // for want of room

	// The rest belongs to the goroutine.
	spare   batch
	head    []byte
	segment io.WriteCloser // nil = none is open
	path    string
	start   time.Time
	size    int64
	retry   time.Time // not before then is another one opened
	lost    uint64    // messages that were not written
	why     error     // of the last write; nil = it succeeded
	warned  time.Time
}

var errSlow = errors.New("the disk is too slow")

// batch is what waits for the disk.
type batch struct {
	records []byte
	keys    []uint64
}

const (
	gather     = 100 * time.Millisecond // how long messages wait for others
	maxSegment = 64 << 20
	retryAfter = time.Second // from a disk that failed
	lookAfter  = time.Minute // for what is too old, and between warnings
	spareSize  = 1 << 20     // of a buffer that is kept: over 1000 clicks a second
)

// New returns a Writer that keeps messages until Close; nil where cfg says that
// nothing is kept.
func New(cfg Config) *Writer {
	if cfg.Keep <= 0 || cfg.MaxSize <= 0 {
		return nil
	}
	w := &Writer{
		cfg: cfg, name: strings.ToLower(rand.Text()[:8]), create: create,
		wake: make(chan struct{}, 1), done: make(chan struct{}), over: make(chan struct{}),
	}
	go w.run()
	return w
}

func create(path string) (io.WriteCloser, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
}

// Add keeps a message that was sent or received right now. It copies text, secrets
// left out, and does not wait: where too much waits for the disk already the message
// is dropped and counted.
func (w *Writer) Add(of *About, via Wire, text []byte) {
	if w == nil {
		return
	}
	at := time.Now()
	w.mu.Lock()
	b := &w.batch
	if len(b.records) >= maxPending {
		w.dropped++
		w.mu.Unlock()
		return
	}
	first := len(b.records) == 0
	b.records = appendRecord(b.records, at, of, via, text)
	b.keys = append(b.keys, key(of.Call))
	w.mu.Unlock()
	if first {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// Close writes what waits and ends the Writer. What is added afterwards is lost.
func (w *Writer) Close() {
	if w == nil {
		return
	}
	close(w.done)
	<-w.over
}

func (w *Writer) run() {
	defer close(w.over)
	w.expire(time.Now(), 0)
	look := time.NewTicker(lookAfter)
	defer look.Stop()
	due := time.NewTimer(gather)
	defer due.Stop()
	due.Stop()
	for {
		select {
		case <-w.wake:
			due.Reset(gather)
		case now := <-due.C:
			w.flush(now)
		case now := <-look.C:
			w.expire(now, 0)
		case <-w.done:
			w.flush(time.Now())
			w.finish()
			return
		}
		w.warn(time.Now())
	}
}

// flush writes what waits as one block.
func (w *Writer) flush(now time.Time) {
	w.mu.Lock()
	b, lost := w.batch, w.dropped
	w.batch, w.dropped = w.spare, 0
	w.mu.Unlock()
	w.lost += lost
	if len(b.records) > 0 {
		messages := uint64(len(b.keys))
		if err := w.write(b, now); err != nil {
			w.lost += messages
			w.fail(err, now)
		}
	}
	w.spare = batch{}
	if cap(b.records) <= spareSize {
		w.spare = batch{b.records[:0], b.keys[:0]}
	}
}

// write appends a block to the open segment, or to the next one.
func (w *Writer) write(b batch, now time.Time) error {
	w.head = appendBlockHead(w.head[:0], b.keys, b.records)
	length := int64(len(w.head) + len(b.records))
	if w.segment != nil && (w.size+length > w.maxSegment() || now.Sub(w.start) >= maxAge-lookAfter) {
		w.finish()
	}
	if w.segment == nil {
		if err := w.open(now); err != nil {
			return err
		}
	}
	for _, part := range [][]byte{w.head, b.records} {
		if _, err := w.segment.Write(part); err != nil {
			return err
		}
	}
	w.size += length
	w.why = nil
	return nil
}

// open begins a segment. Its name is a little earlier than its first message.
func (w *Writer) open(now time.Time) error {
	if now.Before(w.retry) {
		return w.why
	}
	w.expire(now, w.maxSegment())
	w.start = now.Add(-gather).Truncate(time.Millisecond)
	w.path = filepath.Join(w.cfg.Folder, segmentName(w.start, w.name))
	var err error
	if w.segment, err = w.create(w.path); err != nil {
		w.segment, w.path = nil, ""
		return err
	}
	w.size = int64(len(fileHead))
	_, err = io.WriteString(w.segment, fileHead)
	return err
}

// fail gives the open segment up: what was written of the block would hide all
// that follows it.
func (w *Writer) fail(err error, now time.Time) {
	w.why = err
	w.finish()
	if !now.Before(w.retry) {
		w.retry = now.Add(retryAfter)
	}
}

func (w *Writer) finish() {
	if w.segment != nil {
		_ = w.segment.Close()
	}
	w.segment, w.path = nil, ""
}

// maxSegment keeps segments small against the whole, of which one is deleted at a
// time.
func (w *Writer) maxSegment() int64 { return min(maxSegment, max(w.cfg.MaxSize/8, 1)) }

// expire deletes what is too old or too much, with reserve bytes more to come.
func (w *Writer) expire(now time.Time, reserve int64) {
	if err := expire(w.cfg.Folder, w.path, now.Add(-w.cfg.Keep), w.cfg.MaxSize-reserve); err != nil {
		w.cfg.Logger.Warn("SIP trace: old files could not be deleted", "err", err)
	}
}

// warn says, once a minute, that messages are missing.
func (w *Writer) warn(now time.Time) {
	if w.lost == 0 || !w.warned.IsZero() && now.Sub(w.warned) < lookAfter {
		return
	}
	why := w.why
	if why == nil {
		why = errSlow
	}
	w.cfg.Logger.Warn("SIP trace: messages were not kept; calls are not affected", "messages", w.lost, "folder", w.cfg.Folder, "err", why)
	w.lost, w.warned = 0, now
}
