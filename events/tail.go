package events

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"clickbridge/store"
)

// tail is the newest of an account's events, in order. Items are never changed
// once they are in it, so that readers share them.
type tail struct {
	kept      bool     // places are numbers of the store's
	chunks    [][]Item // each but the last is full
	first     int64    // place of the first of them
	size      int
	changed   chan struct{} // closed when there is more
	followers int
}

// chunk is how many items lie together: a tail grows and shrinks without moving
// what is in it.
const chunk = 256

func (t *tail) next() int64 { return t.first + int64(t.size) }

// from returns items from a place on, which is in the tail; there may be more
// behind them.
func (t *tail) from(place int64) []Item {
	n := int(place - t.first)
	return t.chunks[n/chunk][n%chunk:]
}

func (t *tail) add(e Item) {
	if t.size%chunk == 0 {
		var c []Item
		if t.size > 0 { // the first grows with what little an account may have
			c = make([]Item, 0, chunk)
		}
		t.chunks = append(t.chunks, c)
	}
	last := &t.chunks[len(t.chunks)-1]
	*last = append(*last, e)
	t.size++
}

// empty forgets all; next is the place of what is added next.
func (t *tail) empty(next int64) (dropped int) {
	dropped = t.size
	t.chunks, t.size, t.first = nil, 0, next
	return dropped
}

// drop forgets the first full chunk.
func (t *tail) drop() {
	t.chunks, t.first, t.size = t.chunks[1:], t.first+chunk, t.size-chunk
}

// tailOf returns an account's; the caller holds mu.
func (h *Hub) tailOf(account int64) *tail {
	t := h.tails[account]
	if t == nil {
		t = &tail{first: 1, changed: make(chan struct{})}
		h.tails[account] = t
	}
	return t
}

// publish puts a batch into the tails. What other nodes write too is read from
// the store, in its order (poll).
func (h *Hub) publish(batch []Item, kept []store.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	touched := map[*tail]bool{}
	k := 0
	for i := range batch {
		e := &batch[i]
		if k < len(kept) && e.ID != "" {
			e.Seq = kept[k].Seq
			k++
			if h.cfg.Shared {
				continue
			}
		}
		t := h.tailOf(e.account)
		h.append(t, *e)
		touched[t] = true
	}
	for t := range touched {
		h.shrink(t)
		close(t.changed)
		t.changed = make(chan struct{})
	}
	if len(kept) > 0 {
		select {
		case h.hooks <- struct{}{}:
		default:
		}
	}
}

// append adds an event; the caller holds mu. A tail whose events begin or cease
// to be kept begins anew, and so does one with a gap.
func (h *Hub) append(t *tail, e Item) {
	kept := e.Seq > 0
	if t.kept != kept || kept && e.Seq != t.next() {
		next := t.next()
		if kept {
			next = e.Seq
		}
		h.held -= t.empty(next)
		t.kept = kept
	}
	if t.followers > 0 {
		e.frame = h.frame(&e, t.next())
	}
	t.add(e)
	h.held++
}

// shrink drops what is too old, and what is too much; the caller holds
// mu.
func (h *Hub) shrink(t *tail) {
	old := time.Now().Add(-rememberFor)
	for len(t.chunks) > 1 && (h.held > h.cfg.Memory/itemBytes || t.chunks[0][chunk-1].At.Before(old)) {
		t.drop()
		h.held -= chunk
	}
}

func (h *Hub) shrinkAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.tails {
		h.shrink(t)
	}
}

// place writes where an event stands.
func (h *Hub) place(kept bool, n int64) string {
	if kept {
		return strconv.FormatInt(n, 10)
	}
	return h.boot + "." + strconv.FormatInt(n, 10)
}

// readPlace reads what place wrote. known is false when it is of another life,
// or of another way to keep.
func (h *Hub) readPlace(kept bool, s string) (n int64, known bool) {
	if !kept {
		boot, rest, _ := strings.Cut(s, ".")
		if boot != h.boot {
			return 0, false
		}
		s = rest
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 0
}

// frame is an event as it is server-sent.
func (h *Hub) frame(e *Item, place int64) []byte {
	b := make([]byte, 0, 400)
	b = append(append(append(b, "id: "...), h.place(e.Seq > 0, place)...), "\nevent: "...)
	told := *e
	if told.ID == "" {
		told.ID = name(told.stamp, h.tag)
	}
	b = append(append(append(b, e.Type...), "\ndata: "...), told.JSON()...)
	return append(b, "\n\n"...)
}

// itemOfStored is the reverse of eventOf.
func itemOfStored(e *store.Event) (i Item) {
	_ = json.Unmarshal([]byte(e.Data), &i) // eventOf wrote it
	i.Seq, i.account = e.Seq, e.AccountID
	return i
}

// poll reads what nodes have written of accounts that somebody follows here.
func (h *Hub) poll(ctx context.Context) {
	if !h.cfg.Shared {
		return
	}
	t := time.NewTicker(pollEvery / 2)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		for account, after := range h.followed() {
			es, err := h.cfg.Store.EventsAfter(ctx, account, after, mostRead)
			if err != nil {
				if ctx.Err() == nil {
					h.cfg.Log.Warn("events were not read", "err", err)
				}
				break
			}
			h.read(account, es)
		}
	}
}

// followed returns the accounts somebody follows, and the last number known of
// each.
func (h *Hub) followed() map[int64]int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := map[int64]int64{}
	for account, t := range h.tails {
		if t.followers > 0 && t.kept {
			out[account] = t.next() - 1
		}
	}
	return out
}

func (h *Hub) read(account int64, es []store.Event) {
	if len(es) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.tailOf(account)
	for i := range es {
		if e := itemOfStored(&es[i]); e.Seq >= t.next() {
			h.append(t, e)
		}
	}
	h.shrink(t)
	close(t.changed)
	t.changed = make(chan struct{})
}
