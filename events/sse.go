package events

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// beat is how often a connection that is quiet shows that it lives.
	beat = 15 * time.Second
	// sendTime is how long a client may take to take a batch.
	sendTime = 10 * time.Second
)

// Stream is what a connection asked for.
type Stream struct {
	Account int64
	Place   string // Last-Event-ID
	Types   []Type // none = all
	// Calls is where calls are read, for who has missed events.
	Calls string
}

// ServeSSE sends an account's events as server-sent events (WHATWG HTML 9.2)
// until the client leaves. Besides events it sends: "ready" at the beginning;
// "reset" when events are missing, with where to read calls instead; "cut" as the
// last, with why. Each has an id to go on from.
func (h *Hub) ServeSSE(w http.ResponseWriter, r *http.Request, s Stream) {
	c := &connection{w: w, out: http.NewResponseController(w), stream: s, hub: h}
	head := w.Header()
	head.Set("Content-Type", "text/event-stream")
	head.Set("Cache-Control", "no-store")
	head.Set("X-Accel-Buffering", "no") // nginx would collect it
	w.WriteHeader(http.StatusOK)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	batches := make(chan Batch)
	ended := make(chan error, 1)
	go func() {
		ended <- h.Follow(ctx, s.Account, s.Place, func(b Batch) error {
			select {
			case batches <- b:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	c.run(batches, ended)
}

type connection struct {
	w      http.ResponseWriter
	out    *http.ResponseController
	stream Stream
	hub    *Hub
	place  string
	buf    []byte
}

// run sends until there is nothing more to be sent, or nobody to send it to.
func (c *connection) run(batches <-chan Batch, ended <-chan error) {
	quiet := time.NewTicker(beat)
	defer quiet.Stop()
	for first := true; ; first = false {
		var err error
		select {
		case b := <-batches:
			err = c.batch(b, first)
			quiet.Reset(beat)
		case <-quiet.C:
			err = c.send([]byte(": still here\n\n"))
		case why := <-ended:
			c.cut(why)
			return
		}
		if err != nil {
			return
		}
	}
}

// notice is what is said besides events.
type notice struct {
	Text string `json:"text"`
	From string `json:"from,omitempty"` // where calls are read
}

func (c *connection) batch(b Batch, first bool) error {
	c.place = b.Place
	c.buf = c.buf[:0]
	switch {
	case b.Reset:
		c.say("reset", notice{"events before this one are not kept any more: read the calls anew", c.stream.Calls})
	case first:
		c.say("ready", notice{Text: "events follow"})
	}
	for i := range b.Items {
		e := &b.Items[i]
		if len(c.stream.Types) > 0 && !slices.Contains(c.stream.Types, e.Type) {
			continue
		}
		if e.frame != nil {
			c.buf = append(c.buf, e.frame...)
		} else {
			c.buf = append(c.buf, c.hub.frame(e, b.first+int64(i))...)
		}
	}
	if len(c.buf) == 0 {
		return nil
	}
	return c.send(c.buf)
}

func (c *connection) say(what string, n notice) {
	text, _ := json.Marshal(n) // strings always can be
	c.buf = append(c.buf, "id: "+c.place+"\nevent: "+what+"\ndata: "+string(text)+"\n\n"...)
}

// cut tells why there is no more, as far as it can.
func (c *connection) cut(why error) {
	if errors.Is(why, context.Canceled) {
		return
	}
	c.buf = c.buf[:0]
	c.say("cut", notice{Text: strings.TrimSpace(why.Error() + "; come back with Last-Event-ID")})
	_ = c.send(c.buf) // they may be gone
}

func (c *connection) send(b []byte) error {
	_ = c.out.SetWriteDeadline(time.Now().Add(sendTime)) // a recorder in a test has none
	if _, err := c.w.Write(b); err != nil {
		return err
	}
	if err := c.out.Flush(); err != nil {
		return err
	}
	return nil
}
