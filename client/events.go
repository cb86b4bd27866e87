package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
)

// Event is something that happened. Type is "reset" when events are missing:
// then read the calls anew.
type Event struct {
	Place  string    `json:"-"` // go on behind it
	ID     string    `json:"id"`
	Type   string    `json:"type"`
	At     time.Time `json:"at"`
	CallID string    `json:"call_id"`
	LegID  string    `json:"leg_id"`
	Party  string    `json:"party"`
	Number string    `json:"number"`
	Name   string    `json:"name"`
	Result string    `json:"result"`
	Text   string    `json:"text"`
}

// again is the pause before a connection that was lost is made anew.
const again = time.Second

// Follow calls f with what happens behind a place, "" = from now on, and comes
// back by itself where the connection is lost. It ends when ctx is done, f fails,
// or the server refuses.
func (c *Client) Follow(ctx context.Context, place string, f func(Event) error) error {
	for {
		err := c.follow(ctx, &place, f)
		var p *Problem
		var own *stopped
		switch {
		case errors.As(err, &own):
			return own.err
		case errors.As(err, &p) && p.Status < 500 && p.Status != 429:
			return p
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(again):
		}
	}
}

// stopped is an error of the caller's own.
type stopped struct{ err error }

func (s *stopped) Error() string { return s.err.Error() }

func (c *Client) follow(ctx context.Context, place *string, f func(Event) error) error {
	resp, err := c.send(ctx, "GET", "/v1/events", nil, "Last-Event-ID", *place, "Accept", "text/event-stream")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var e Event
	var data string
	for lines := bufio.NewReader(resp.Body); ; {
		line, err := lines.ReadString('\n')
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ": ")
		switch name {
		case "id":
			e.Place = value
		case "event":
			e.Type = value
		case "data":
			data = value
		case "":
			if e.Type == "" {
				continue
			}
			*place = e.Place
			if e.Type != "ready" && e.Type != "cut" {
				_ = json.Unmarshal([]byte(data), &e) // the server's own
				if err := f(e); err != nil {
					return &stopped{err}
				}
			}
			e, data = Event{}, ""
		}
	}
}
