package v1

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"clickbridge"
	"clickbridge/events"
	"clickbridge/store"
)

type eventsInput struct {
	LastEventID string   `header:"Last-Event-ID" doc:"The id of the last event that was seen"`
	After       string   `query:"after" doc:"Last-Event-ID, for who cannot set headers"`
	Types       []string `query:"types" doc:"Only these, by commas"`
}

func (s *service) openEvents() {
	o := op("follow-events", "GET", "/v1/events", "events", "Follow what happens", clickbridge.CallsRead,
		says("Server-sent events: ready, then one for each thing that happens, as Item; reset where some are missing; cut as the last."))
	schema := s.api.OpenAPI().Components.Schemas.Schema(itemType, true, "Item")
	o.Responses = map[string]*huma.Response{"200": {
		Description: "Events until one side leaves", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{
			Type: "string", Description: "data of each is JSON", Extensions: map[string]any{"x-data": schema},
		}}},
	}}
	handle(s, o, s.followEvents)
}

func (s *service) followEvents(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	stream := events.Stream{Account: me(ctx).Account.ID, Place: in.LastEventID, Calls: "/v1/calls"}
	if stream.Place == "" {
		stream.Place = in.After
	}
	types, err := eventTypes("types", in.Types)
	if err != nil {
		return nil, err
	}
	for _, t := range types {
		stream.Types = append(stream.Types, events.Type(t))
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		s.cfg.Events.ServeSSE(w, r, stream)
	}}, nil
}

func eventTypes(field string, in []string) (out []string, err error) {
	for _, t := range in {
		if !slices.Contains(events.Types, events.Type(t)) {
			return nil, invalid(field, t, "is no type of event; see the enumeration in /v1/openapi.json")
		}
		out = append(out, t)
	}
	return out, nil
}

// Webhook is an address that is told of events.
type Webhook struct {
	ID        string     `json:"id" readOnly:"true"`
	URL       string     `json:"url" format:"uri" maxLength:"2000"`
	Types     []string   `json:"types,omitempty" nullable:"false" doc:"None = all"`
	Disabled  bool       `json:"disabled,omitempty"`
	Secret    string     `json:"secret,omitempty" readOnly:"true" doc:"Only in the answer to its making: whsec_ and the base64 of the key of webhook-signature (standardwebhooks.com)"`
	Cursor    int64      `json:"cursor" readOnly:"true" doc:"seq of the last event that was taken"`
	Tries     int        `json:"tries" readOnly:"true" doc:"Failures in a row"`
	FailsFrom *time.Time `json:"fails_since,omitempty" readOnly:"true"`
	NextAt    *time.Time `json:"next_try_at,omitempty" readOnly:"true"`
	LastAt    *time.Time `json:"last_try_at,omitempty" readOnly:"true"`
	Answer    string     `json:"last_answer,omitempty" readOnly:"true"`
	CreatedAt time.Time  `json:"created_at" readOnly:"true"`
}

// WebhookSettings are what of a webhook may be set.
type WebhookSettings struct {
	URL      string   `json:"url" format:"uri" maxLength:"2000"`
	Types    []string `json:"types,omitempty" nullable:"false" doc:"None = all"`
	Disabled bool     `json:"disabled,omitempty"`
}

// WebhookRef names a webhook.
type WebhookRef struct {
	ID string `path:"id" maxLength:"64"`
}

// mostWebhooks of an account.
const mostWebhooks = 20

func (s *service) openWebhooks() {
	handle(s, op("list-webhooks", "GET", "/v1/webhooks", "events", "List webhooks", clickbridge.WebhooksRead), s.listWebhooks)
	handle(s, op("create-webhook", "POST", "/v1/webhooks", "events", "Have events posted", clickbridge.WebhooksWrite, status(201),
		says("From now on. Messages are signed as standardwebhooks.com has it, tried again until they are taken, and in order.")), s.createWebhook)
	handle(s, op("change-webhook", "PUT", "/v1/webhooks/{id}", "events", "Change a webhook", clickbridge.WebhooksWrite), s.changeWebhook)
	handle(s, op("delete-webhook", "DELETE", "/v1/webhooks/{id}", "events", "Post no more", clickbridge.WebhooksWrite, status(204)), s.deleteWebhook)
	handle(s, op("replay-webhook", "POST", "/v1/webhooks/{id}/replay", "events", "Post events again", clickbridge.WebhooksWrite, status(202)), s.replayWebhook)
}

func webhookOf(w *store.Webhook) Webhook {
	return Webhook{
		ID: w.ID, URL: w.URL, Types: w.Kinds, Disabled: w.Disabled, Cursor: w.Cursor, Tries: w.Tries,
		FailsFrom: at(w.FirstAt), NextAt: at(w.NextAt), LastAt: at(w.LastAt), Answer: w.Answer, CreatedAt: w.CreatedAt.UTC(),
	}
}

func (s *service) listWebhooks(ctx context.Context, _ *struct{}) (*body[List[Webhook]], error) {
	ws, err := s.cfg.Store.ListWebhooks(ctx, me(ctx).Account.ID)
	if err != nil {
		return nil, err
	}
	var out []Webhook
	for i := range ws {
		out = append(out, webhookOf(&ws[i]))
	}
	return &body[List[Webhook]]{cut(out, mostWebhooks, func(Webhook) string { return "" })}, nil
}

// settle checks what was set.
func (s *service) settle(in *WebhookSettings, w *store.Webhook) (err error) {
	if !strings.HasPrefix(in.URL, "https://") && !strings.HasPrefix(in.URL, "http://") {
		return invalid("url", in.URL, "must be an http or https address")
	}
	if s.cfg.CheckURL != nil {
		if err := s.cfg.CheckURL(in.URL); err != nil {
			return invalid("url", in.URL, err.Error())
		}
	}
	if w.Kinds, err = eventTypes("types", in.Types); err != nil {
		return err
	}
	w.URL, w.Disabled = in.URL, in.Disabled
	return nil
}

func (s *service) createWebhook(ctx context.Context, in *struct{ Body WebhookSettings }) (*body[Webhook], error) {
	who := me(ctx)
	have, err := s.cfg.Store.ListWebhooks(ctx, who.Account.ID)
	if err != nil {
		return nil, err
	}
	if len(have) >= mostWebhooks {
		return nil, &clickbridge.Error{Code: clickbridge.EFORBIDDEN, Message: "The account has its 20 webhooks"}
	}
	id := make([]byte, 12)
	_, _ = rand.Read(id) // it never fails
	w := store.Webhook{ID: "wh_" + hex.EncodeToString(id), AccountID: who.Account.ID, CreatedAt: time.Now()}
	if err := s.settle(&in.Body, &w); err != nil {
		return nil, err
	}
	if _, w.Cursor, err = s.cfg.Store.EventSpan(ctx, who.Account.ID); err != nil {
		return nil, err
	}
	if err := s.cfg.Store.PutWebhook(ctx, w); err != nil {
		return nil, err
	}
	s.audit(ctx, "webhook.created", "webhook "+w.ID+" "+w.URL)
	out := webhookOf(&w)
	out.Secret = "whsec_" + base64.StdEncoding.EncodeToString(s.cfg.Secret(w.ID))
	return &body[Webhook]{out}, s.cfg.Events.Changed(ctx)
}

func (s *service) webhook(ctx context.Context, id string) (store.Webhook, error) {
	ws, err := s.cfg.Store.ListWebhooks(ctx, me(ctx).Account.ID)
	if err != nil {
		return store.Webhook{}, err
	}
	for _, w := range ws {
		if w.ID == id {
			return w, nil
		}
	}
	return store.Webhook{}, notFound("Webhook " + id)
}

func (s *service) changeWebhook(ctx context.Context, in *struct {
	WebhookRef
	Body WebhookSettings
}) (*body[Webhook], error) {
	w, err := s.webhook(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.settle(&in.Body, &w); err != nil {
		return nil, err
	}
	if err := s.cfg.Store.PutWebhook(ctx, w); err != nil {
		return nil, err
	}
	s.audit(ctx, "webhook.changed", "webhook "+w.ID+" "+w.URL)
	return &body[Webhook]{webhookOf(&w)}, s.cfg.Events.Changed(ctx)
}

func (s *service) deleteWebhook(ctx context.Context, in *WebhookRef) (*nothing, error) {
	if _, err := s.webhook(ctx, in.ID); err != nil {
		return nil, err
	}
	if err := s.cfg.Store.DeleteWebhook(ctx, me(ctx).Account.ID, in.ID); err != nil {
		return nil, err
	}
	s.audit(ctx, "webhook.deleted", "webhook "+in.ID)
	return nil, s.cfg.Events.Changed(ctx)
}

// Replay says from where events are posted again.
type Replay struct {
	FromSeq int64 `json:"from_seq" minimum:"1" doc:"The first event that is posted again"`
}

func (s *service) replayWebhook(ctx context.Context, in *struct {
	WebhookRef
	Body Replay
}) (*body[Webhook], error) {
	w, err := s.webhook(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	first, last, err := s.cfg.Store.EventSpan(ctx, me(ctx).Account.ID)
	switch {
	case err != nil:
		return nil, err
	case in.Body.FromSeq < first || in.Body.FromSeq > last:
		return nil, invalid("from_seq", in.Body.FromSeq, keptSpan(first, last))
	}
	w.Cursor, w.Tries = in.Body.FromSeq-1, 0
	if err := s.cfg.Store.RewindWebhook(ctx, w.AccountID, w.ID, w.Cursor); err != nil {
		return nil, err
	}
	s.audit(ctx, "webhook.replayed", "webhook "+w.ID)
	return &body[Webhook]{webhookOf(&w)}, s.cfg.Events.Changed(ctx)
}
