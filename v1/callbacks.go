package v1

import (
	"context"
	"time"

	"clickbridge"
)

// Callback is a call that is owed.
type Callback struct {
	ID        clickbridge.CallbackID    `json:"id"`
	CallID    clickbridge.CallID        `json:"call_id,omitempty" doc:"The last call made for it, or the one that found nobody"`
	FindMeID  int64                     `json:"findme_id"`
	Order     string                    `json:"order" enum:"phone_first,findme_first"`
	Phone     clickbridge.Number        `json:"phone"`
	Page      string                    `json:"page,omitempty"`
	Ref       string                    `json:"ref,omitempty"`
	State     clickbridge.CallbackState `json:"state" enum:"waiting,calling,done,canceled,given up"`
	Scheduled bool                      `json:"scheduled" doc:"A click wanted it at that time; else nobody had accepted"`
	Tries     int                       `json:"tries" doc:"Calls made so far"`
	DueAt     time.Time                 `json:"due_at"`
	Text      string                    `json:"text,omitempty" doc:"Why it is in this state"`
	CreatedAt time.Time                 `json:"created_at"`
}

type callbacksInput struct {
	Pages
	State string `query:"state" enum:"waiting,calling,done,canceled,given up"`
}

type callbackInput struct {
	ID clickbridge.CallbackID `path:"id" maxLength:"64"`
}

func (s *service) openCallbacks() {
	handle(s, op("list-callbacks", "GET", "/v1/callbacks", "calls", "List calls that are owed later", clickbridge.CallsRead), s.listCallbacks)
	handle(s, op("cancel-callback", "DELETE", "/v1/callbacks/{id}", "calls", "Take back a call that is owed", clickbridge.CallsHangup, status(204), mayFail(409),
		says("A call that goes on for it is not ended.")), s.cancelCallback)
}

func (s *service) listCallbacks(ctx context.Context, in *callbacksInput) (*body[List[Callback]], error) {
	var before struct{ ID clickbridge.CallbackID }
	if err := readCursor(in.Cursor, &before); err != nil {
		return nil, err
	}
	cs, err := s.cfg.Store.CallbacksOf(ctx, me(ctx).Account.ID, clickbridge.CallbackState(in.State), before.ID, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var out []Callback
	for _, c := range cs {
		out = append(out, Callback{
			ID: c.ID, CallID: c.CallID, FindMeID: c.FindMeID, Order: orderWord(c.Order), Phone: c.Phone, Page: c.Page, Ref: c.Ref,
			State: c.State, Scheduled: c.Plan != clickbridge.CallbackOfHunt, Tries: c.Tries, DueAt: c.DueAt.UTC(), Text: c.Text, CreatedAt: c.CreatedAt.UTC(),
		})
	}
	return &body[List[Callback]]{cut(out, in.Limit, func(last Callback) string {
		before.ID = last.ID
		return cursorOf(before)
	})}, nil
}

func (s *service) cancelCallback(ctx context.Context, in *callbackInput) (*nothing, error) {
	who := me(ctx)
	c, err := s.cfg.Store.Callback(ctx, in.ID)
	if err != nil || c.AccountID != who.Account.ID {
		if err == nil || isAway(err) {
			err = notFound("Callback " + string(in.ID))
		}
		return nil, err
	}
	return nil, s.cfg.Store.CancelCallback(ctx, in.ID, "canceled by "+who.Actor.Name)
}
