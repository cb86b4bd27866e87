package events

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"clickbridge/store"
)

// Message is what is posted to a webhook.
type Message struct {
	ID     string // the same when it is tried again
	URL    string
	Body   string // JSON
	Secret []byte // of the signature
}

// Answer is what came of it.
type Answer struct {
	OK   bool
	Gone bool // 410: it does not want to be asked again
	Code int  // 0 = no answer
	Text string
}

// Post delivers one message once.
type Post func(ctx context.Context, m Message) Answer

// How webhooks are served.
const (
	leaseTime    = time.Minute
	mostPosted   = 100 // events in one message
	hooksAtOnce  = 16  // webhooks served at once
	readHooksFor = 2 * time.Second
)

// pauses between tries, the last one repeated for as long as events are kept.
var pauses = []time.Duration{
	2 * time.Second, 10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
}

// Load reads what the store knows of webhooks: from then on the events of their
// accounts are kept.
func (h *Hub) Load(ctx context.Context) error {
	_, err := h.webhooks(ctx)
	return err
}

func (h *Hub) webhooks(ctx context.Context) ([]store.Webhook, error) {
	hooks, err := h.cfg.Store.ListWebhooks(ctx, 0)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.kept)
	for _, w := range hooks {
		h.kept[w.AccountID] = true
	}
	return hooks, nil
}

// watchHooks serves webhooks until ctx is done. Each is served by one node, and
// in order: what it has not taken holds up what comes after.
func (h *Hub) watchHooks(ctx context.Context) {
	var serving sync.WaitGroup
	defer serving.Wait()
	var mu sync.Mutex
	busy := map[string]bool{}
	room := make(chan struct{}, hooksAtOnce)
	t := time.NewTicker(readHooksFor)
	defer t.Stop()
	for {
		hooks, err := h.webhooks(ctx)
		if err != nil && ctx.Err() == nil {
			h.cfg.Log.Warn("webhooks were not read", "err", err)
		}
		for _, w := range hooks {
			mu.Lock()
			taken := busy[w.ID] || w.Disabled || h.cfg.Post == nil || w.NextAt.After(time.Now())
			busy[w.ID] = busy[w.ID] || !taken
			mu.Unlock()
			if taken {
				continue
			}
			serving.Go(func() {
				room <- struct{}{}
				defer func() {
					<-room
					mu.Lock()
					delete(busy, w.ID)
					mu.Unlock()
				}()
				h.serve(ctx, w)
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		case <-h.hooks:
			select { // let a batch or two gather
			case <-time.After(batchEvery):
			case <-ctx.Done():
				return
			}
		}
	}
}

// serve posts what a webhook has not seen, until it has all or fails.
func (h *Hub) serve(ctx context.Context, w store.Webhook) {
	for ctx.Err() == nil {
		es, err := h.cfg.Store.EventsAfter(ctx, w.AccountID, w.Cursor, mostPosted)
		if err != nil || len(es) == 0 {
			return
		}
		now := time.Now()
		if ours, err := h.cfg.Store.LeaseWebhook(ctx, w.ID, h.cfg.Node, now, now.Add(leaseTime)); err != nil || !ours {
			return
		}
		was := w.Cursor
		failed := h.deliver(ctx, &w, es)
		if ctx.Err() != nil && failed {
			return // we were stopped: it is not their fault
		}
		if err := h.cfg.Store.Delivered(ctx, w, was); err != nil || failed {
			return
		}
	}
}

// Delivery is the body of a message.
type Delivery struct {
	WebhookID string            `json:"webhook_id"`
	FirstSeq  int64             `json:"first_seq"`
	LastSeq   int64             `json:"last_seq"`
	Events    []json.RawMessage `json:"events"`
}

// deliver posts events and notes in w what came of it.
func (h *Hub) deliver(ctx context.Context, w *store.Webhook, es []store.Event) (failed bool) {
	d := Delivery{WebhookID: w.ID, FirstSeq: es[0].Seq, LastSeq: es[len(es)-1].Seq}
	for i := range es {
		if e := itemOfStored(&es[i]); len(w.Kinds) == 0 || slices.Contains(w.Kinds, es[i].Kind) {
			d.Events = append(d.Events, e.JSON())
		}
	}
	if len(d.Events) == 0 { // nothing of these is wanted
		w.Cursor = d.LastSeq
		return false
	}
	body, _ := json.Marshal(d) // it is JSON already
	a := h.cfg.Post(ctx, Message{
		ID: fmt.Sprintf("%s.%d-%d", w.ID, d.FirstSeq, d.LastSeq), URL: w.URL, Body: string(body), Secret: h.cfg.Secret(w.ID),
	})
	w.LastAt, w.LastCode, w.Answer = time.Now(), a.Code, a.Text
	if a.OK {
		w.Cursor, w.Tries, w.FirstAt, w.NextAt = d.LastSeq, 0, time.Time{}, time.Time{}
		return false
	}
	if w.Tries == 0 {
		w.FirstAt = w.LastAt
	}
	w.Tries++
	pause := pauses[min(w.Tries, len(pauses))-1]
	if a.Gone {
		pause = pauses[len(pauses)-1]
	}
	w.NextAt = w.LastAt.Add(pause + time.Duration(rand.Int64N(int64(pause/10)+1)))
	h.cfg.Log.Warn("webhook failed", "webhook", w.ID, "tries", w.Tries, "next", w.NextAt, "answer", a.Text)
	return true
}

// Changed tells that webhooks were changed.
func (h *Hub) Changed(ctx context.Context) error {
	err := h.Load(ctx)
	select {
	case h.hooks <- struct{}{}:
	default:
	}
	return err
}
