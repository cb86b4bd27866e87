package v1

import (
	"context"
	"errors"
	"fmt"
	"time"

	"clickbridge"
	"clickbridge/intake"
	"clickbridge/store"
)

// NewCall asks for a call.
type NewCall struct {
	FindMeID       int64     `json:"findme_id,omitempty" minimum:"1" doc:"The list; or numbers"`
	Numbers        []Target  `json:"numbers,omitempty" maxItems:"200" nullable:"false" doc:"Whom to ring, in place of a saved list"`
	Phone          string    `json:"phone" minLength:"1" doc:"Whom to connect them with, as people of the account's country write it, or E.164"`
	Order          string    `json:"order,omitempty" enum:"phone_first,findme_first" default:"phone_first"`
	FirstCallerID  string    `json:"first_caller_id,omitempty" doc:"Shown on the first leg; a number of the account"`
	SecondCallerID string    `json:"second_caller_id,omitempty"`
	Page           string    `json:"page,omitempty" doc:"Cut to 255 characters"`
	Ref            string    `json:"ref,omitempty" doc:"Cut to 32 characters"`
	NoAnswer       NoAnswer  `json:"no_answer,omitempty" doc:"With either order"`
	At             time.Time `json:"at,omitempty" doc:"Make the call then; it needs a findme_id"`
	CallingHours   bool      `json:"calling_hours,omitempty" doc:"With at: not outside the hours in which the phone may be called, but at the first one after"`
}

type newCallInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"255" doc:"The same key and body: the same call"`
	Body NewCall
}

type newCallOutput struct {
	Location string `header:"Location"`
	Replayed string `header:"Idempotency-Replayed" doc:"true where the call was made by an earlier request with this key"`
	Body     Call
}

type callInput struct {
	ID clickbridge.CallID `path:"id" maxLength:"64"`
}

func (s *service) openCalls() {
	handle(s, op("create-call", "POST", "/v1/calls", "calls", "Call", clickbridge.CallsPlace, status(202), mayFail(409), forPages,
		says("Answers when the call is kept, before anything rings.")), s.createCall)
	handle(s, op("list-calls", "GET", "/v1/calls", "calls", "List calls", clickbridge.CallsRead), s.listCalls)
	handle(s, op("get-call", "GET", "/v1/calls/{id}", "calls", "Read a call", clickbridge.CallsRead, forPages,
		says("With a public key a page reads the state and result of a call it made, up to ten minutes after its end.")), s.getCall)
	handle(s, op("cancel-call", "DELETE", "/v1/calls/{id}", "calls", "End a call, or take back one that is scheduled", clickbridge.CallsHangup, status(202), mayFail(409)), s.cancelCall)
}

// click is the click that a body stands for.
func (n *NewCall) click(r *intake.Click) {
	r.PhoneToCall, r.FirstCallerID, r.SecondCallerID, r.Page, r.Ref = n.Phone, n.FirstCallerID, n.SecondCallerID, n.Page, n.Ref
	r.NoAnswerEmail, r.NoAnswerSMS, r.NoAnswerURL, r.NoAnswerPhone = n.NoAnswer.Email, n.NoAnswer.SMS, n.NoAnswer.URL, n.NoAnswer.Phone
	r.BothOrders, r.Type = true, "1"
	if n.Order == "findme_first" {
		r.Type = "2"
	}
	if n.FindMeID != 0 {
		r.FindMeID = fmt.Sprint(n.FindMeID)
		return
	}
	if len(n.Numbers) > 0 {
		r.Listed = fmt.Sprintf("%d numbers", len(n.Numbers))
		r.List = func(a *clickbridge.Account) (*clickbridge.FindMe, []string, error) {
			f := &clickbridge.FindMe{Name: "List", Timeout: clickbridge.DefaultRingTime, LoopCount: clickbridge.DefaultLoops}
			return f, nil, targets(a, n.Numbers, f)
		}
	}
}

func (n *NewCall) check() error {
	switch {
	case n.FindMeID == 0 && len(n.Numbers) == 0:
		return invalid("findme_id", nil, "is needed, or numbers")
	case n.FindMeID != 0 && len(n.Numbers) > 0:
		return invalid("numbers", nil, "must not be there with a findme_id")
	case !n.At.IsZero() && n.FindMeID == 0:
		return invalid("at", n.At, "needs a findme_id: a list of one call is not kept")
	case !n.At.IsZero() && n.At.After(time.Now().AddDate(1, 0, 0)):
		return invalid("at", n.At, "must be within a year")
	case !n.At.IsZero() && n.At.Before(time.Now().Add(-time.Minute)):
		return invalid("at", n.At, "is over")
	case n.CallingHours && n.At.IsZero():
		return invalid("calling_hours", true, "is for calls with at")
	}
	return nil
}

func (s *service) createCall(ctx context.Context, in *newCallInput) (*newCallOutput, error) {
	if err := in.Body.check(); err != nil {
		return nil, err
	}
	who := me(ctx)
	var out *newCallOutput
	var err error
	if in.Key == "" {
		out, err = s.makeCall(ctx, who, &in.Body, clickbridge.NewCallID())
	} else {
		out, err = s.once(ctx, who, in)
	}
	if err != nil {
		return nil, named(s.problem(stored(err)), &in.Body)
	}
	if who.Public() {
		out.Body = forVisitor(out.Body)
	}
	return out, nil
}

// makeCall makes a call of that id, now or later.
func (s *service) makeCall(ctx context.Context, who *Identity, n *NewCall, id clickbridge.CallID) (*newCallOutput, error) {
	c := intake.Click{RemoteAddr: who.Actor.RemoteAddr, Origin: who.Origin, Referer: who.Referer}
	n.click(&c)
	if n.At.IsZero() {
		call, err := s.cfg.Clicks.Begin(ctx, who.Access, c, id)
		if err != nil {
			return nil, err
		}
		return made(callOf(&store.Record{Call: call})), nil
	}
	if who.Public() {
		return nil, &clickbridge.Error{Code: clickbridge.EFORBIDDEN, Message: "Access denied: this key may not schedule calls"}
	}
	call, err := s.cfg.Clicks.Check(who.Access, c)
	if err != nil {
		return nil, err
	}
	cb := clickbridge.Callback{
		ID: clickbridge.CallbackID(id), AccountID: call.AccountID, FindMeID: call.FindMeID, Order: call.Order, Phone: call.Phone,
		FirstCallerID: call.FirstCallerID, SecondCallerID: call.SecondCallerID, KeyName: call.KeyName, Page: call.Page, Ref: call.Ref,
		NoAnswer: call.NoAnswer, Plan: clickbridge.CallbackScheduled, State: clickbridge.CallbackWaiting, DueAt: n.At,
		Text: "scheduled", CreatedAt: call.CreatedAt,
	}
	if n.CallingHours {
		cb.Plan = clickbridge.CallbackPolite
	}
	if err := s.cfg.Store.AddCallback(ctx, cb); err != nil {
		return nil, err
	}
	return made(scheduledCall(&cb)), nil
}

func made(c Call) *newCallOutput {
	return &newCallOutput{Location: "/v1/calls/" + string(c.ID), Body: c}
}

// find returns a call of the account, or the scheduled one of that id; of a
// scheduled one that was made, the call it was made with.
func (s *service) find(ctx context.Context, account int64, id clickbridge.CallID) (r *store.Record, cb *clickbridge.Callback, err error) {
	rec, err := s.cfg.Store.Call(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		var c clickbridge.Callback
		if c, err = s.cfg.Store.Callback(ctx, clickbridge.CallbackID(id)); err == nil && c.AccountID == account {
			cb = &c
			if rec, err = s.cfg.Store.Call(ctx, c.CallID); errors.Is(err, store.ErrNotFound) {
				return nil, cb, nil
			}
		}
	}
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && rec.Call.AccountID != account:
		return nil, nil, notFound("Call " + string(id))
	case err != nil:
		return nil, nil, err
	}
	return &rec, cb, nil
}

func (s *service) getCall(ctx context.Context, in *callInput) (*body[Call], error) {
	who := me(ctx)
	if who.Public() {
		return s.visitorsCall(ctx, who, in.ID)
	}
	r, cb, err := s.find(ctx, who.Account.ID, in.ID)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return &body[Call]{scheduledCall(cb)}, nil
	}
	out := callOf(r)
	if who.May(clickbridge.RecordingsListen) {
		rs, err := s.cfg.Store.ListRecordings(ctx, store.RecordingFilter{AccountID: who.Account.ID, CallID: r.Call.ID})
		if err != nil {
			return nil, err
		}
		for i := range rs {
			out.Recordings = append(out.Recordings, recordingOf(&rs[i]))
		}
	}
	return &body[Call]{out}, nil
}

// cancelCall ends a call where it is: this node's at once, another's when that
// looks next, which is every half second.
func (s *service) cancelCall(ctx context.Context, in *callInput) (*body[Call], error) {
	who := me(ctx)
	r, cb, err := s.find(ctx, who.Account.ID, in.ID)
	if err != nil {
		return nil, err
	}
	if cb != nil && (cb.State == clickbridge.CallbackWaiting || cb.State == clickbridge.CallbackCalling) {
		if err := s.cfg.Store.CancelCallback(ctx, cb.ID, "canceled by "+who.Actor.Name); err != nil {
			return nil, err
		}
		if r == nil {
			cb.State, cb.Text = clickbridge.CallbackCanceled, "canceled by "+who.Actor.Name
			return &body[Call]{scheduledCall(cb)}, nil
		}
	}
	if r == nil || !r.Call.InFlight() {
		return nil, conflicts(conflict, "The call has ended")
	}
	if !s.cfg.Cancel(r.Call.ID) {
		if err := s.cfg.Store.AskCancel(ctx, r.Call.ID, r.Call.Node, time.Now()); err != nil {
			return nil, err
		}
	}
	return &body[Call]{callOf(r)}, nil
}
