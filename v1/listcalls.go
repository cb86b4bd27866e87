package v1

import (
	"context"
	"errors"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// Span is a time that is asked about.
type Span struct {
	From time.Time `query:"from" doc:"Not before; of the call's making"`
	To   time.Time `query:"to" doc:"Before"`
}

type callsInput struct {
	Pages
	Span
	FindMeID int64  `query:"findme_id"`
	Page     string `query:"page"`
	Ref      string `query:"ref"`
	Phone    string `query:"phone"`
	Agent    string `query:"agent" doc:"Number of who accepted"`
	Result   string `query:"result" enum:"In Progress,Connected,Transferred,No Answer,Busy,Declined,Failed,Canceled,Interrupted"`
	Oldest   bool   `query:"oldest_first"`
}

// place is where a list of calls goes on.
type place struct {
	At int64  `json:"t"` // microseconds
	ID string `json:"i"`
}

func (s *service) listCalls(ctx context.Context, in *callsInput) (*body[List[Call]], error) {
	who := me(ctx)
	f := store.Filter{
		AccountID: who.Account.ID, From: in.From, To: in.To, FindMeID: in.FindMeID, Ref: in.Ref, Page: in.Page,
		Result: clickbridge.Result(in.Result), Newest: !in.Oldest, Limit: in.Limit + 1,
	}
	for _, n := range []struct {
		name, raw string
		to        *clickbridge.Number
	}{{"phone", in.Phone, &f.Phone}, {"agent", in.Agent, &f.Agent}} {
		if n.raw == "" {
			continue
		}
		var err error
		if *n.to, err = clickbridge.ParseNumber(n.raw, who.Account.Country); err != nil {
			return nil, invalid(n.name, n.raw, err.Error())
		}
	}
	var p place
	if err := readCursor(in.Cursor, &p); err != nil {
		return nil, err
	}
	if p.ID != "" {
		f.After = store.Place{CreatedAt: time.UnixMicro(p.At).UTC(), ID: clickbridge.CallID(p.ID)}
	}
	var out []Call
	if err := s.cfg.Store.EachCall(ctx, f, func(r store.Record) error {
		out = append(out, callOf(&r))
		return nil
	}); err != nil {
		return nil, err
	}
	return &body[List[Call]]{cut(out, in.Limit, func(last Call) string {
		return cursorOf(place{last.CreatedAt.UnixMicro(), string(last.ID)})
	})}, nil
}

// isAway reports whether a store has something of that name.
func isAway(err error) bool { return errors.Is(err, store.ErrNotFound) }
