package v1

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"clickbridge"
	"clickbridge/store"
)

// handle opens an operation.
func handle[I, O any](s *service, o huma.Operation, f func(context.Context, *I) (*O, error)) {
	huma.Register(s.api, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		if err != nil {
			return nil, s.problem(stored(err))
		}
		return out, nil
	})
}

// stored words what a store says.
func stored(err error) error {
	var e *clickbridge.Error
	var p *Problem
	switch {
	case errors.As(err, &e), errors.As(err, &p):
		return err
	case errors.Is(err, store.ErrNotFound):
		return &clickbridge.Error{Code: clickbridge.ENOTFOUND, Message: "It does not exist", Err: err}
	case errors.Is(err, store.ErrConflict):
		return conflicts(conflict, "It is over already")
	}
	return &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, RetryAfter: 5 * time.Second, Message: "Service unavailable: the store does not answer", Err: err}
}

// body is an answer of one thing.
type body[T any] struct{ Body T }

// nothing is an answer without a body: 204.
type nothing struct{}

// List is a page.
type List[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; left out on the last one"`
}

// Pages are the parameters of lists.
type Pages struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Things on a page"`
	Cursor string `query:"cursor" maxLength:"500" doc:"next of the page before"`
}

// cut makes a page of at most limit+1 things that were read.
func cut[T any](items []T, limit int, cursor func(last T) string) List[T] {
	l := List[T]{Items: items}
	if len(items) > limit {
		l.Items = items[:limit]
		l.Next = cursor(l.Items[limit-1])
	}
	if l.Items == nil {
		l.Items = []T{}
	}
	return l
}

// cursorOf and read make and take a cursor apart; what is in it is nobody's
// business.
func cursorOf(v any) string {
	b, _ := json.Marshal(v) // a struct of strings and numbers
	return base64.RawURLEncoding.EncodeToString(b)
}

func readCursor(cursor string, v any) error {
	if cursor == "" {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return invalid("cursor", cursor, "must be next of the page before")
	}
	return nil
}

func sec(n int) time.Duration { return time.Duration(n) * time.Second }

// at is a time, left out when there is none.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
