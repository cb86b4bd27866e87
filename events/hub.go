package events

import (
	"context"
	"hash/fnv"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// Store is where events are kept.
type Store interface {
	store.Events
	store.Webhooks
	Call(ctx context.Context, id clickbridge.CallID) (store.Record, error)
}

// Config is what a Hub works with.
type Config struct {
	Store Store
	Node  string
	// KeepAll keeps the events of all accounts, not only of those that have a
	// webhook. Shared says that other nodes write to the store too; then all are.
	KeepAll bool
	Shared  bool
	Keep    time.Duration // how long events are kept; 0 = 7 days
	Memory  int           // bytes of events in memory; 0 = 32 MB
	Post    Post          // delivers to webhooks; nil = nobody does
	Secret  func(webhook string) []byte
	Log     *slog.Logger
}

// How things are timed, and bounded.
const (
	batchEvery    = 50 * time.Millisecond
	pollEvery     = 250 * time.Millisecond // for other nodes' events
	rememberFor   = 5 * time.Minute        // in memory
	defaultKeep   = 7 * 24 * time.Hour
	defaultMemory = 32 << 20
	itemBytes     = 400 // what an event is reckoned to take
	mostSpare     = 4096
	commitTime    = 5 * time.Second
	mostPending   = 200_000 // while the store does not answer: some 80 MB
)

// Hub collects and tells. Its methods may be called from any goroutine.
type Hub struct {
	cfg    Config
	tag    string // of this node, in names
	boot   string // of this process, in places
	closed chan struct{}
	once   sync.Once

	mu      sync.Mutex
	stamp   int64 // of the last event, microseconds
	calls   map[clickbridge.CallID]*tracked
	mended  map[clickbridge.CallID]bool // whose ends were told after a crash
	pending []Item
	spare   []Item // what pending was before
	lost    int
	wake    chan struct{} // has room for one
	tails   map[int64]*tail
	held    int            // events in tails
	kept    map[int64]bool // accounts whose events are kept
	hooks   chan struct{}  // the webhooks have changed
}

// New returns a hub. Run has to run for anybody to be told anything.
func New(cfg Config) *Hub {
	if cfg.Keep == 0 {
		cfg.Keep = defaultKeep
	}
	if cfg.Memory == 0 {
		cfg.Memory = defaultMemory
	}
	f := fnv.New32a()
	_, _ = f.Write([]byte(cfg.Node)) // a hash does not fail
	return &Hub{
		cfg: cfg, tag: strconv.FormatUint(uint64(f.Sum32()), 36), boot: strconv.FormatInt(time.Now().UnixMicro(), 36),
		closed: make(chan struct{}), wake: make(chan struct{}, 1), hooks: make(chan struct{}, 1),
		calls: map[clickbridge.CallID]*tracked{}, mended: map[clickbridge.CallID]bool{}, tails: map[int64]*tail{}, kept: map[int64]bool{},
	}
}

// Observe takes an event in. It is cheap and never waits for anything but other
// observers.
func (h *Hub) Observe(e clickbridge.Event) {
	i, ok := itemOf(&e)
	if !ok || i.account == 0 {
		return
	}
	h.mu.Lock()
	h.take(i)
	h.mu.Unlock()
}

// take appends what is to be told; the caller holds mu.
func (h *Hub) take(i Item) {
	before := len(h.pending)
	h.pending = h.track(h.pending, i)
	h.stampFrom(before)
}

// enqueue appends an event as it is; the caller holds mu.
func (h *Hub) enqueue(i Item) {
	h.pending = append(h.pending, i)
	h.stampFrom(len(h.pending) - 1)
}

// stampFrom gives what was appended its time, by which it is named; the caller
// holds mu.
func (h *Hub) stampFrom(before int) {
	if len(h.pending) > mostPending {
		h.lost += len(h.pending) - before
		h.pending = h.pending[:before]
	}
	for n := before; n < len(h.pending); n++ {
		h.stamp = max(h.stamp+1, h.pending[n].At.UnixMicro())
		h.pending[n].stamp = h.stamp
	}
	if before == 0 && len(h.pending) > 0 {
		select {
		case h.wake <- struct{}{}:
		default:
		}
	}
}

// Close ends who follows; Run goes on until its context is done.
func (h *Hub) Close() { h.once.Do(func() { close(h.closed) }) }

// Run tells what was observed until ctx is done, and then what is left.
func (h *Hub) Run(ctx context.Context) {
	var beside sync.WaitGroup
	defer beside.Wait()
	for _, run := range []func(context.Context){h.forget, h.watchHooks, h.poll} {
		beside.Go(func() { run(ctx) })
	}
	for {
		select {
		case <-ctx.Done():
			h.tell(ctx) // what is left
			return
		case <-h.wake:
		}
		h.tell(ctx)
		select {
		case <-time.After(batchEvery):
		case <-ctx.Done():
		}
	}
}

// tell hands on what is pending. What is to be kept is committed first; a store
// that does not answer is asked again, and until it does nothing is told.
func (h *Hub) tell(ctx context.Context) {
	h.mu.Lock()
	batch, lost := h.pending, h.lost
	h.pending, h.lost = h.spare[:0], 0
	kept := make([]store.Event, 0, len(batch))
	for i := range batch {
		e := &batch[i]
		if h.keeps(e.account) {
			e.ID = name(e.stamp, h.tag)
			kept = append(kept, eventOf(e))
		}
	}
	h.mu.Unlock()
	if lost > 0 {
		h.cfg.Log.Error("events were not told: too many waited for the store", "events", lost)
	}
	if len(kept) > 0 && !h.commit(ctx, kept) {
		return
	}
	h.publish(batch, kept)
	clear(batch)
	h.mu.Lock()
	h.spare = batch[:0]
	if cap(batch) > mostSpare {
		h.spare = nil
	}
	h.mu.Unlock()
}

// keeps reports whether an account's events are kept; the caller holds mu.
func (h *Hub) keeps(account int64) bool { return h.cfg.KeepAll || h.cfg.Shared || h.kept[account] }

// commit keeps events. When ctx is done it tries once.
func (h *Hub) commit(ctx context.Context, kept []store.Event) bool {
	for pause := batchEvery; ; pause = min(2*pause, 2*time.Second) {
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
		err := h.cfg.Store.KeepEvents(try, kept)
		cancel()
		if err == nil {
			return true
		}
		h.cfg.Log.Warn("events are not kept yet", "events", len(kept), "err", err)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pause):
		}
	}
}

// eventOf is an event as it is kept; its number is not in the text yet.
func eventOf(i *Item) store.Event {
	return store.Event{
		AccountID: i.account, ID: i.ID, At: i.At, CallID: i.CallID, AttemptID: i.LegID, Kind: string(i.Type), Data: string(i.JSON()),
	}
}

// forget deletes what has been kept long enough.
func (h *Hub) forget(ctx context.Context) {
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	for {
		h.shrinkAll()
		if err := h.cfg.Store.ForgetEvents(ctx, time.Now().Add(-h.cfg.Keep)); err != nil && ctx.Err() == nil {
			h.cfg.Log.Warn("old events were not deleted", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}
