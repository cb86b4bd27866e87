package simulator

import (
	"clickbridge/simulator/wire"
)

const allow = "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REGISTER, MESSAGE\r\n"

// receive takes every message, one at a time.
func (s *Simulator) receive(m *wire.Message, from wire.Peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || !s.started {
		return
	}
	if m.Method == "" {
		s.answered(m)
		return
	}
	if m.Method == "ACK" {
		s.ack(m, from)
		return
	}
	if tx := s.txs[keyOf(m, m.Method)]; tx != nil {
		s.again(m, tx)
		return
	}
	switch m.Method {
	case "INVITE":
		if wire.Tag(m.To) != "" {
			s.reinvite(m, from)
		} else {
			s.invite(m, from)
		}
	case "CANCEL":
		s.cancel(m, from)
	case "BYE":
		s.bye(m, from)
	case "INFO", "UPDATE", "NOTIFY":
		s.inDialog(m, from)
	case "OPTIONS", "MESSAGE":
		s.reply(m, from, 200, wire.Extra{Headers: allow + "Accept: application/sdp\r\n"})
	case "REGISTER":
		s.register(m, from)
	case "PRACK", "REFER", "SUBSCRIBE", "PUBLISH":
		s.reply(m, from, 405, wire.Extra{Headers: allow})
	default:
		s.reply(m, from, 501, wire.Extra{Headers: allow})
	}
}

// again answers a repeated request as before.
func (s *Simulator) again(m *wire.Message, tx *serverTx) {
	if tx.party != nil && m.Method == "INVITE" {
		tx.party.leg.Invites++
	}
	if tx.last != nil {
		tx.peer.Send(tx.last)
	}
}

// reply answers a request that is over with it.
func (s *Simulator) reply(m *wire.Message, from wire.Peer, status int, x wire.Extra) {
	tx := s.newTx(m, from)
	tx.final = true
	tx.send(tx.reply.Compose(status, s.token(), x))
}

// cancel takes back an INVITE (RFC 3261 9.2).
func (s *Simulator) cancel(m *wire.Message, from wire.Peer) {
	tx := s.txs[keyOf(m, "INVITE")]
	switch {
	case tx == nil:
		s.reply(m, from, 481, wire.Extra{})
	case tx.party == nil: // a re-INVITE of the server's is answered at once
		s.reply(m, from, 200, wire.Extra{})
	case tx.party.scene.NoReply:
		tx.party.cancelled()
	default:
		tx.party.cancelled()
		s.reply(m, from, 200, wire.Extra{})
	}
}

// ack ends the repeating of a final answer: a refusal's ACK has the INVITE's
// branch (RFC 3261 17.1.1.3), a 200's belongs to its dialog (13.2.2.4).
func (s *Simulator) ack(m *wire.Message, from wire.Peer) {
	if tx := s.txs[keyOf(m, "INVITE")]; tx != nil && tx.refused {
		tx.repeat.stop()
		if p := tx.party; p != nil && s.calls[p.callID] == p && p.leg.AckedAt.IsZero() {
			p.leg.AckedAt = s.now()
		}
		return
	}
	if d := s.find(m, from); d != nil {
		d.acked(m)
	}
}

// bye ends a dialog of ours (RFC 3261 15.1.2).
func (s *Simulator) bye(m *wire.Message, from wire.Peer) {
	d := s.find(m, from)
	if d == nil || d.byeCame {
		s.reply(m, from, 481, wire.Extra{})
		return
	}
	d.byeCame = true // one that crosses ours is answered 200 like any other
	s.reply(m, from, 200, wire.Extra{})
	d.end(ByServer, ByeServer, "")
}

// inDialog answers INFO, UPDATE and NOTIFY.
func (s *Simulator) inDialog(m *wire.Message, from wire.Peer) {
	d := s.find(m, from)
	if d == nil || d.over {
		s.reply(m, from, 481, wire.Extra{})
		return
	}
	if !d.inOrder(m) {
		s.reply(m, from, 500, wire.Extra{})
		return
	}
	x := wire.Extra{}
	switch {
	case m.Method == "INFO":
		d.p.info(m.Body)
	case m.Method == "UPDATE" && len(m.Body) > 0:
		answer, err := d.p.line.Answer(m.Body)
		if err != nil {
			s.reply(m, from, 488, wire.Extra{})
			return
		}
		d.retarget(m)
		x = sdp(answer)
		x.Headers = s.contact(d.p.leg.Dialed, d.peer.Conn)
	}
	s.reply(m, from, 200, x)
}

func sdp(body []byte) wire.Extra { return wire.Extra{Type: "application/sdp", Body: body} }
