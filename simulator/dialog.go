package simulator

import (
	"net/netip"
	"strings"

	"clickbridge/simulator/wire"
)

type dialogKey struct{ callID, tag string }

// dialog is one answered leg as SIP sees it.
type dialog struct {
	p       *party
	index   int // in Leg.Dialogs
	tag     string
	peer    wire.Peer
	target  string    // the far end's Contact
	cseq    uint32    // of our requests
	theirs  uint32    // the highest of the far end's
	ok      *repeat   // our 200 until its ACK
	okSeq   uint32    // the CSeq that ACK must have
	waiting bool      // the ACK will bring the answer to our offer
	asking  *clientTx // a re-INVITE of ours under way
	over    bool
	byeCame bool
}

// find returns the dialog a request belongs to. Over TCP the latest connection
// is the one our own requests take: the one before may be gone.
func (s *Simulator) find(m *wire.Message, from wire.Peer) *dialog {
	d := s.dialogs[dialogKey{m.CallID, wire.Tag(m.To)}]
	if d == nil || wire.Tag(d.p.from) != wire.Tag(m.From) {
		return nil
	}
	if from.Conn.Transport() != "UDP" {
		d.peer = from
	}
	return d
}

// answer sends the 200, one for each phone that answers.
func (p *party) answer() {
	if !p.open() {
		return
	}
	p.line.Hush()
	p.tx.final = true
	p.leg.Status, p.leg.AnsweredAt = 200, p.s.now()
	p.say(Answered, "answers")
	for i := range 1 + p.scene.Forks {
		d := &dialog{
			p: p, index: i, tag: p.tag, peer: p.peer, target: p.target, cseq: 1, theirs: p.cseq,
			waiting: len(p.offer) == 0,
		}
		if i > 0 {
			d.tag = p.s.token()
		}
		p.dialogs = append(p.dialogs, d)
		p.s.dialogs[dialogKey{p.callID, d.tag}] = d
		p.s.held++
		p.leg.Dialogs = append(p.leg.Dialogs, Dialog{ToTag: d.tag, AnsweredAt: p.leg.AnsweredAt})
		d.confirm(p.tx, p.cseq, p.ok())
	}
}

// ok is what a 200 or 183 of the phone carries.
func (p *party) ok() wire.Extra {
	x := sdp(p.sdp)
	x.Headers = p.s.contact(p.leg.Dialed, p.peer.Conn) + allow
	return x
}

// open opens the phone's audio and answers the offer; when that cannot be done
// it refuses the call.
func (p *party) open() bool {
	if p.line != nil {
		return true
	}
	line, err := p.openLine()
	if err != nil {
		p.s.cfg.Logger.Error("no media socket", "err", err)
		p.refuse(500, wire.Extra{}, ByPhone, Refused)
		return false
	}
	if len(p.offer) == 0 {
		p.sdp = line.Offer("sendrecv")
	} else if p.sdp, err = line.Answer(p.offer); err != nil {
		line.Close()
		p.refuse(488, wire.Extra{}, ByPhone, Refused)
		return false
	}
	p.line = line
	return true
}

// confirm sends a 200 to an INVITE and repeats it until its ACK, over any
// transport (RFC 3261 13.3.1.4). Without one the phone hangs up.
func (d *dialog) confirm(tx *serverTx, cseq uint32, x wire.Extra) {
	b := tx.reply.Compose(200, d.tag, x)
	tx.send(b)
	d.okSeq = cseq
	d.ok = d.p.s.repeating(d.p.s.cfg.T2, func() { tx.peer.Send(b) }, func() {
		d.p.say(Trouble, "no ACK came")
		d.sendBye(ByNobody)
	})
}

// acked takes the ACK of a 200.
func (d *dialog) acked(m *wire.Message) {
	if m.CSeq != d.okSeq {
		return
	}
	d.ok.stop()
	if d.waiting && len(m.Body) > 0 {
		d.waiting = false
		if err := d.p.line.Accept(m.Body); err != nil {
			d.p.s.cfg.Logger.Warn("answer in ACK cannot be used", "err", err)
		}
	}
	rec := &d.p.leg.Dialogs[d.index]
	if !rec.AckedAt.IsZero() {
		return
	}
	rec.AckedAt = d.p.s.now()
	if d.p.leg.AckedAt.IsZero() {
		d.p.leg.AckedAt = rec.AckedAt
		d.p.say(Acked, "is connected")
	}
	if d.index == 0 && !d.over {
		d.p.play(d)
	}
}

// end ends the dialog, and the leg with its last one.
func (d *dialog) end(by EndedBy, what What, text string) {
	if d.over {
		return
	}
	d.over = true
	d.ok.stop()
	p := d.p
	p.s.held--
	rec := &p.leg.Dialogs[d.index]
	rec.EndedAt, rec.EndedBy = p.s.now(), by
	if text == "" {
		text = string(what)
	}
	p.say(what, text)
	for _, other := range p.dialogs {
		if !other.over {
			return
		}
	}
	p.finish(by)
}

// forget drops what was kept for the far end's repeats.
func (p *party) forget() {
	if p.s.calls[p.callID] == p {
		delete(p.s.calls, p.callID)
	}
	for _, d := range p.dialogs {
		delete(p.s.dialogs, dialogKey{p.callID, d.tag})
	}
}

// inOrder reports whether a request's CSeq is above those before it (RFC 3261
// 12.2.2) and takes note of it.
func (d *dialog) inOrder(m *wire.Message) bool {
	if m.CSeq <= d.theirs {
		return false
	}
	d.theirs = m.CSeq
	return true
}

// retarget follows the far end's Contact (12.2.2).
func (d *dialog) retarget(m *wire.Message) {
	if c := wire.Address(m.Get("Contact")); c != "" {
		d.target = c
	}
}

// reinvite answers a re-INVITE of the server's (RFC 3261 14.2).
func (s *Simulator) reinvite(m *wire.Message, from wire.Peer) {
	d := s.find(m, from)
	switch {
	case d == nil || d.over:
		s.refuseInvite(m, from, 481)
		return
	case !d.inOrder(m):
		s.refuseInvite(m, from, 500)
		return
	case d.asking != nil || !d.ok.stopped:
		s.refuseInvite(m, from, 491)
		return
	}
	var body []byte
	var err error
	if d.waiting = len(m.Body) == 0; d.waiting {
		body = d.p.line.Offer("sendrecv")
	} else if body, err = d.p.line.Answer(m.Body); err != nil {
		s.refuseInvite(m, from, 488)
		return
	}
	d.p.leg.Reinvites++
	d.retarget(m)
	tx := s.newTx(m, from)
	tx.final = true
	x := sdp(body)
	x.Headers = s.contact(d.p.leg.Dialed, d.peer.Conn)
	d.confirm(tx, m.CSeq, x)
}

// refuseInvite refuses an INVITE that makes no leg, until its ACK.
func (s *Simulator) refuseInvite(m *wire.Message, from wire.Peer, status int) {
	s.newTx(m, from).refuse(s, status, s.token(), wire.Extra{})
}

// request makes the next request of ours in the dialog.
func (d *dialog) request(method string, x wire.Extra) (*wire.Request, wire.Peer) {
	s, p := d.p.s, d.p
	d.cseq++
	x.Headers += s.contact(p.leg.Dialed, d.peer.Conn)
	r := &wire.Request{
		Method: method, URI: d.target, Transport: d.peer.Conn.Transport(), SentBy: s.sentBy(d.peer.Conn),
		Branch: "z9hG4bK" + s.token(), Routes: p.routes, From: p.to + ";tag=" + d.tag, To: p.from,
		CallID: p.callID, CSeq: d.cseq, Extra: x,
	}
	return r, d.hop()
}

// hop is where a request of ours goes: the first of the route set, else the
// far end's Contact, else, where neither is a numeric address, its source.
func (d *dialog) hop() wire.Peer {
	peer := d.peer
	if d.p.s.cfg.ViaSource {
		return peer
	}
	next := d.target
	if len(d.p.routes) > 0 && strings.Contains(strings.ToLower(d.p.routes[0]), ";lr") {
		next = wire.Address(d.p.routes[0])
	}
	if a := wire.AddrPort(next); a != (netip.AddrPort{}) {
		peer.Addr = a
	}
	return peer
}
