package simulator

import (
	"strconv"
	"time"

	"clickbridge/simulator/wire"
)

// txKey finds the server transaction of a request (RFC 3261 17.2.3). A request
// without the magic cookie (RFC 2543) is told apart by its Call-ID and CSeq.
type txKey struct{ branch, sentBy, method string }

func keyOf(m *wire.Message, method string) txKey {
	if len(m.Via.Branch) > 7 && m.Via.Branch[:7] == "z9hG4bK" {
		return txKey{m.Via.Branch, m.Via.SentBy, method}
	}
	return txKey{m.CallID + "\n" + wire.Tag(m.From) + "\n" + strconv.FormatUint(uint64(m.CSeq), 10), m.Via.SentBy, method}
}

// serverTx is a request we answer. It lives 64*T1 beyond its call's end, so
// that a repeat of the request gets the same answer and never makes a second
// leg.
type serverTx struct {
	peer    wire.Peer // where answers go
	reply   *wire.Reply
	last    []byte // the last answer sent; nil while silent
	final   bool
	refused bool    // the final answer to an INVITE is no 2xx
	repeat  *repeat // of that refusal, until its ACK
	party   *party  // of a first INVITE
}

// send sends an answer and keeps it for repeats.
func (tx *serverTx) send(b []byte) {
	tx.last = b
	tx.peer.Send(b)
}

// refuse sends a final answer to an INVITE that is no 2xx, over UDP until its
// ACK (timer G of RFC 3261 17.2.1).
func (tx *serverTx) refuse(s *Simulator, status int, tag string, x wire.Extra) {
	tx.final, tx.refused = true, true
	b := tx.reply.Compose(status, tag, x)
	tx.send(b)
	if tx.peer.Conn.Transport() == "UDP" {
		tx.repeat = s.repeating(s.cfg.T2, func() { tx.peer.Send(b) }, nil)
	}
}

type expiring struct {
	at  time.Time
	key txKey
}

// lifetime is how long the far end may repeat a message (64*T1, RFC 3261
// 17.1.1.2).
func (s *Simulator) lifetime() time.Duration { return 64 * s.cfg.T1 }

func (s *Simulator) newTx(m *wire.Message, from wire.Peer) *serverTx {
	tx := &serverTx{
		peer:  wire.Peer{Conn: from.Conn, Addr: wire.ReplyAddr(m, from.Addr)},
		reply: wire.NewReply(m, from.Addr),
	}
	key := keyOf(m, m.Method)
	s.txs[key] = tx
	s.expiry = append(s.expiry, expiring{time.Now().Add(s.lifetime()), key})
	return tx
}

// sweep forgets transactions whose time is over. All live equally long, so the
// queue is in order; one whose call still lives gets another round.
func (s *Simulator) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	now := time.Now()
	for len(s.expiry) > 0 && s.expiry[0].at.Before(now) {
		e := s.expiry[0]
		s.expiry = s.expiry[1:]
		tx := s.txs[e.key]
		if tx == nil {
			continue
		}
		if p := tx.party; p != nil {
			if !p.over {
				s.expiry = append(s.expiry, expiring{now.Add(s.lifetime()), e.key})
				continue
			}
			p.forget()
		}
		tx.repeat.stop()
		delete(s.txs, e.key)
	}
	if len(s.expiry) == 0 {
		s.expiry = nil // let the spent front of the array go
	}
	for user, end := range s.registrations {
		if end.Before(now) {
			delete(s.registrations, user)
		}
	}
	s.janitor.Reset(time.Second)
}

// repeat sends something again and again: after first, then twice as long each
// time up to limit, until stop or the end of its lifetime.
type repeat struct {
	timer   *time.Timer
	stopped bool
}

// stop ends the repeating. A nil repeat is stopped already.
func (r *repeat) stop() {
	if r == nil || r.stopped {
		return
	}
	r.stopped = true
	r.timer.Stop()
}

// repeating starts a repeat whose first sending has just happened. gone, which
// may be nil, is called under the lock when nobody stopped it in 64*T1.
func (s *Simulator) repeating(limit time.Duration, send, gone func()) *repeat {
	r := &repeat{}
	pause := s.cfg.T1
	end := time.Now().Add(s.lifetime())
	r.timer = time.AfterFunc(pause, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.stopped || s.closed {
			return
		}
		if !time.Now().Before(end) {
			r.stopped = true
			if gone != nil {
				gone()
			}
			return
		}
		send()
		pause = min(2*pause, limit)
		r.timer.Reset(min(pause, time.Until(end)+time.Millisecond))
	})
	return r
}
