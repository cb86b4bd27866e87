package events

import (
	"slices"

	"clickbridge"
)

// tracked is a call that goes on: its legs that have started and not ended.
type tracked struct {
	account int64
	open    []Item // the LegStarted of each
}

// track turns what the conductor told into what is told of it: each leg ends
// once, at the latest with its call, and nothing comes after that. The caller
// holds mu.
func (h *Hub) track(out []Item, i Item) []Item {
	if i.Type == CallCreated {
		h.calls[i.CallID] = &tracked{account: i.account}
		return append(out, i)
	}
	c := h.calls[i.CallID]
	if c == nil {
		if i.Type == NoticeTried { // may come long after
			return append(out, i)
		}
		return out
	}
	switch i.Type {
	case LegStarted:
		if c.index(i.LegID) >= 0 { // by another trunk
			return out
		}
		c.open = append(c.open, i)
	case LegEnded:
		n := c.index(i.LegID)
		if n < 0 {
			i.Type = LegSkipped
		} else {
			c.open = slices.Delete(c.open, n, n+1)
		}
	case CallEnded:
		for _, leg := range c.open {
			out = append(out, ended(leg, i))
		}
		delete(h.calls, i.CallID)
	}
	return append(out, i)
}

func (c *tracked) index(leg clickbridge.AttemptID) int {
	return slices.IndexFunc(c.open, func(i Item) bool { return i.LegID == leg })
}

// ended is the end of a leg that lasted as long as its call.
func ended(leg, call Item) Item {
	leg.Type, leg.At, leg.Result, leg.Text = LegEnded, call.At, "Released", "the call ended"
	return leg
}
