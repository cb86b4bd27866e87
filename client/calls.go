package client

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// NewCall asks for a call.
type NewCall struct {
	FindMeID       int64      `json:"findme_id,omitempty"`
	Numbers        []Target   `json:"numbers,omitempty"` // in place of a saved list
	Phone          string     `json:"phone"`
	Order          string     `json:"order,omitempty"` // phone_first or findme_first
	FirstCallerID  string     `json:"first_caller_id,omitempty"`
	SecondCallerID string     `json:"second_caller_id,omitempty"`
	Page           string     `json:"page,omitempty"`
	Ref            string     `json:"ref,omitempty"`
	NoAnswer       *NoAnswer  `json:"no_answer,omitempty"`
	At             *time.Time `json:"at,omitempty"` // make it then
	CallingHours   bool       `json:"calling_hours,omitempty"`
}

// Target is whom a list rings.
type Target struct {
	Number  string `json:"number"`
	Name    string `json:"name,omitempty"`
	Timeout int    `json:"timeout,omitempty"` // seconds
}

// NoAnswer is what is done because nobody accepted.
type NoAnswer struct {
	Email string `json:"email,omitempty"`
	SMS   string `json:"sms,omitempty"`
	URL   string `json:"url,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// Call is a call.
type Call struct {
	ID         string     `json:"id"`
	State      string     `json:"state"`
	Result     string     `json:"result"` // "" until it ended
	Cause      string     `json:"cause"`
	Order      string     `json:"order"`
	FindMeID   int64      `json:"findme_id"`
	FindMeName string     `json:"findme_name"`
	Phone      string     `json:"phone"`
	Agent      string     `json:"agent"`
	AgentName  string     `json:"agent_name"`
	Page       string     `json:"page"`
	Ref        string     `json:"ref"`
	CreatedAt  time.Time  `json:"created_at"`
	AcceptedAt *time.Time `json:"accepted_at"`
	BridgedAt  *time.Time `json:"bridged_at"`
	EndedAt    *time.Time `json:"ended_at"`
	Attempts   []Attempt  `json:"attempts"`
}

// Attempt is one number being tried once.
type Attempt struct {
	ID          string  `json:"id"`
	Party       string  `json:"party"`
	Number      string  `json:"number"`
	Name        string  `json:"name"`
	Result      string  `json:"result"`
	SIPCode     int     `json:"sip_code"`
	Text        string  `json:"text"`
	RingSeconds float64 `json:"ring_seconds"`
}

// Call asks for a call and returns when it is kept; nothing has rung by then.
// key makes the request repeatable: with the same key and n it is the same call;
// "" = every request is a call.
func (c *Client) Call(ctx context.Context, n NewCall, key string) (Call, error) {
	var out Call
	var header []string
	if key != "" {
		header = []string{"Idempotency-Key", key}
	}
	return out, c.Do(ctx, "POST", "/v1/calls", n, &out, header...)
}

// Get reads a call.
func (c *Client) Get(ctx context.Context, id string) (Call, error) {
	var out Call
	return out, c.Do(ctx, "GET", "/v1/calls/"+url.PathEscape(id), nil, &out)
}

// Cancel ends a call, or takes back one that is scheduled.
func (c *Client) Cancel(ctx context.Context, id string) error {
	return c.Do(ctx, "DELETE", "/v1/calls/"+url.PathEscape(id), nil, nil)
}

// Calls walks through calls, newest first; filter has query parameters of
// GET /v1/calls, as ref or result. An error ends it.
func (c *Client) Calls(ctx context.Context, filter map[string]string) iter.Seq2[Call, error] {
	return func(yield func(Call, error) bool) {
		f := map[string]string{"limit": "100"}
		for name, v := range filter {
			f[name] = v
		}
		for {
			var page struct {
				Items []Call `json:"items"`
				Next  string `json:"next"`
			}
			if err := c.Do(ctx, "GET", query("/v1/calls", f), nil, &page); err != nil {
				yield(Call{}, err)
				return
			}
			for _, one := range page.Items {
				if !yield(one, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			f["cursor"] = page.Next
		}
	}
}
