package events

import (
	"context"
	"errors"
)

// mostRead bounds what is read from the store at once.
const mostRead = 1000

// mostBehind is how many events who follows may be behind before they are cut.
const mostBehind = 20_000

// Errors of Follow.
var (
	// ErrSlow: who follows does not keep up.
	ErrSlow = errors.New("too slow")
	// ErrClosed: the server stops.
	ErrClosed = errors.New("the server stops")
)

// Batch is what happened since the last one.
type Batch struct {
	Items []Item
	Place string // of the last of them, to go on behind it
	// Reset says that events before Items are not to be had any more: what was
	// open then has to be read anew. At first Items is empty and Place is now.
	Reset bool

	first int64 // place of Items[0]
}

// Follow calls send with an account's events behind a place, "" = from now on,
// and goes on until ctx is done, send fails, or ErrSlow or ErrClosed. A batch of
// no items with a Place begins it. send may use Items until the next batch.
func (h *Hub) Follow(ctx context.Context, account int64, place string, send func(Batch) error) error {
	f := &follower{h: h, account: account}
	if err := f.begin(ctx, place, send); err != nil {
		return err
	}
	defer f.leave()
	for {
		b, more, err := f.next(ctx)
		if err != nil {
			return err
		}
		if b != nil {
			if err := send(*b); err != nil {
				return err
			}
			continue
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		case <-h.closed:
			return ErrClosed
		}
	}
}

type follower struct {
	h       *Hub
	account int64
	kept    bool
	at      int64 // the next place wanted
}

// begin finds where to go on.
func (f *follower) begin(ctx context.Context, place string, send func(Batch) error) error {
	h := f.h
	first, last, err := int64(0), int64(0), error(nil)
	h.mu.Lock()
	t := h.tailOf(f.account)
	t.followers++
	f.kept = h.keeps(f.account)
	h.mu.Unlock()
	if f.kept {
		if first, last, err = h.cfg.Store.EventSpan(ctx, f.account); err != nil {
			f.leave()
			return err
		}
		if first == 0 {
			first = last + 1
		}
		h.mu.Lock()
		if alone := t.followers == 1 && h.cfg.Shared; !t.kept || (alone || t.size == 0) && t.next() <= last {
			h.held -= t.empty(last + 1)
			t.kept = true
		}
		h.mu.Unlock()
	} else {
		h.mu.Lock()
		first, last = t.first, t.next()-1
		h.mu.Unlock()
	}
	b := Batch{}
	n, known := h.readPlace(f.kept, place)
	if place == "" || !known || n < first-1 || n > last {
		b.Reset = place != ""
		n = last
	}
	f.at, b.Place = n+1, h.place(f.kept, n)
	return send(b)
}

func (f *follower) leave() {
	f.h.mu.Lock()
	defer f.h.mu.Unlock()
	f.h.tailOf(f.account).followers--
}

// next returns what there is now, else what is closed when there is more.
func (f *follower) next(ctx context.Context) (*Batch, <-chan struct{}, error) {
	h := f.h
	h.mu.Lock()
	t := h.tailOf(f.account)
	switch {
	case t.kept != f.kept: // its events began or ceased to be kept
		f.kept, f.at = t.kept, t.next()
		b := &Batch{Reset: true, Place: h.place(f.kept, f.at-1)}
		h.mu.Unlock()
		return b, nil, nil
	case f.at >= t.next():
		more := t.changed
		h.mu.Unlock()
		return nil, more, nil
	case f.at >= t.first:
		items, behind := t.from(f.at), t.next()-f.at
		h.mu.Unlock()
		if behind > mostBehind {
			return nil, nil, ErrSlow
		}
		b := &Batch{Items: items, first: f.at}
		f.at += int64(len(items))
		b.Place = h.place(f.kept, f.at-1)
		return b, nil, nil
	}
	h.mu.Unlock()
	if !f.kept {
		return nil, nil, ErrSlow
	}
	return f.old(ctx)
}

// old reads what is not in memory any more.
func (f *follower) old(ctx context.Context) (*Batch, <-chan struct{}, error) {
	es, err := f.h.cfg.Store.EventsAfter(ctx, f.account, f.at-1, mostRead)
	if err != nil {
		return nil, nil, err
	}
	if len(es) == 0 || es[0].Seq != f.at { // deleted meanwhile
		f.h.mu.Lock()
		f.at = f.h.tailOf(f.account).first
		f.h.mu.Unlock()
		return &Batch{Reset: true, Place: f.h.place(true, f.at-1)}, nil, nil
	}
	b := &Batch{Items: make([]Item, len(es)), first: f.at}
	for i := range es {
		b.Items[i] = itemOfStored(&es[i])
	}
	f.at += int64(len(es))
	b.Place = f.h.place(true, f.at-1)
	return b, nil, nil
}
