package simulator

import (
	"time"

	"clickbridge/simulator/wire"
)

// clientTx is a request of ours, repeated over UDP until its final answer
// (RFC 3261 17.1).
type clientTx struct {
	repeat *repeat
	req    *wire.Request
	peer   wire.Peer
	ack    []byte // of a 2xx to our INVITE, sent again for each repeat of it
	done   func(status int, m *wire.Message)
	over   bool
}

// ask sends a request. done is called once under the lock with the final
// answer, or with 408 and nil when none came.
func (s *Simulator) ask(req *wire.Request, to wire.Peer, done func(status int, m *wire.Message)) *clientTx {
	c := &clientTx{req: req, peer: to, done: done}
	s.clients[req.Branch] = c
	b := req.Bytes()
	to.Send(b)
	send := func() { to.Send(b) }
	if to.Conn.Transport() != "UDP" {
		send = func() {} // TCP repeats by itself; only the time-out is needed
	}
	limit := s.cfg.T2
	if req.Method == "INVITE" {
		limit = s.lifetime() // timer A doubles without a limit
	}
	c.repeat = s.repeating(limit, send, func() { s.finishAsk(c, 408, nil) })
	return c
}

func (s *Simulator) finishAsk(c *clientTx, status int, m *wire.Message) {
	c.over = true
	c.repeat.stop()
	if c.done != nil {
		c.done(status, m)
	}
	if c.req.Method != "INVITE" || m == nil {
		delete(s.clients, c.req.Branch)
		return
	}
	time.AfterFunc(s.lifetime(), func() { // until then each repeat of the answer gets the ACK again
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.clients, c.req.Branch)
	})
}

// answered takes an answer to a request of ours.
func (s *Simulator) answered(m *wire.Message) {
	c := s.clients[m.Via.Branch]
	if c == nil || m.CSeqMethod != c.req.Method {
		return
	}
	if m.Status < 200 {
		if c.req.Method == "INVITE" && !c.over {
			c.repeat.stop() // DEVIATION: no timer of ours ends a re-INVITE the far end only ever says 1xx to
		}
		return
	}
	if c.req.Method == "INVITE" {
		if c.ack == nil {
			c.ack = s.ackFor(c, m)
		}
		c.peer.Send(c.ack)
	}
	if !c.over {
		s.finishAsk(c, m.Status, m)
	}
}

// ackFor makes the ACK of a final answer: of the INVITE's own transaction for a
// refusal (17.1.1.3), a new one for a 2xx (13.2.2.4).
func (s *Simulator) ackFor(c *clientTx, m *wire.Message) []byte {
	r := *c.req
	r.Method = "ACK"
	r.To = m.To
	r.Extra = wire.Extra{}
	if m.Status < 300 {
		r.Branch = "z9hG4bK" + s.token()
		if t := wire.Address(m.Get("Contact")); t != "" {
			r.URI = t
		}
	}
	return r.Bytes()
}
