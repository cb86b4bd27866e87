package simulator

import (
	"fmt"
	"time"

	"clickbridge/simulator/voice"
	"clickbridge/simulator/wire"
)

// party is one phone while it is being called. All of it is guarded by the
// simulator's lock.
type party struct {
	s      *Simulator
	leg    *Leg
	scene  Scene
	callID string
	cseq   uint32
	tx     *serverTx
	tag    string // of the first answer, and of everything before it

	from, to, target string   // as the INVITE wrote them: From, To, Contact's URI
	routes           []string // Record-Route, in order: the route set of a UAS (12.1.1)
	peer             wire.Peer
	offer            []byte

	line    *voice.Line
	sdp     []byte // our description, the same in 183 and 200
	dialogs []*dialog
	timers  []*time.Timer
	playing bool
	menu    func() // what its menu leads to; nil = no menu, or through it
	talking bool   // the hang-up after TalkTime is being timed
	over    bool
}

// invite starts a leg, or goes on with one that was challenged.
func (s *Simulator) invite(m *wire.Message, from wire.Peer) {
	before := s.calls[m.CallID]
	if before != nil && before.cseq == m.CSeq && wire.Tag(before.from) == wire.Tag(m.From) {
		s.refuseInvite(m, from, 482) // merged request, RFC 3261 8.2.2.2
		return
	}
	if req := m.Get("Require"); req != "" {
		s.newTx(m, from).refuse(s, 420, s.token(), wire.Extra{Headers: "Unsupported: " + req + "\r\n"})
		return
	}
	p := s.newParty(m, from, before)
	s.calls[m.CallID] = p
	p.tx = s.newTx(m, from)
	p.tx.party = p
	if p.scene.NoReply {
		p.later(s.lifetime(), func() { p.finish(ByNobody) }) // the caller has given up by then
		return
	}
	if p.scene.Challenge && !p.admitted(m) {
		return
	}
	if !p.scene.NoTrying {
		p.tx.send(p.tx.reply.Compose(100, "", wire.Extra{}))
	}
	p.ring()
}

func (s *Simulator) newParty(m *wire.Message, from wire.Peer, before *party) *party {
	p := &party{
		s: s, callID: m.CallID, cseq: m.CSeq, tag: s.token(), from: m.From, to: m.To,
		target: wire.Address(m.Get("Contact")), routes: m.All("Record-Route"), peer: from, offer: m.Body,
	}
	if before != nil && before.leg.Challenges > 0 && !before.leg.Answered() {
		p.leg, p.scene = before.leg, before.scene
		p.leg.Invites++
		p.leg.party = p
		p.leg.EndedAt, p.leg.AckedAt, p.leg.EndedBy, p.leg.Status = time.Time{}, time.Time{}, "", 0
		return p
	}
	dialed := wire.User(m.URI)
	number := national(dialed)
	p.scene = s.sceneOf(number)
	p.leg = &Leg{
		CallID: m.CallID, Number: number, Dialed: dialed, Caller: wire.User(wire.Address(m.From)),
		Scene: p.scene.Name, InvitedAt: s.now(), Invites: 1, party: p,
	}
	s.remember(p.leg)
	p.say(Invited, "called by "+p.leg.Caller)
	return p
}

func (s *Simulator) sceneOf(number string) Scene {
	scene, ok := Scene{}, false
	if s.cfg.Script != nil {
		scene, ok = s.cfg.Script(number)
	}
	if !ok {
		scene = SceneOf(number)
	}
	if s.cfg.Quick {
		scene = scene.quick()
	}
	return scene
}

// ring says what comes before the final answer, and waits for it.
func (p *party) ring() {
	switch {
	case p.scene.EarlyMedia:
		if !p.open() {
			return
		}
		p.leg.RungAt = p.s.now()
		p.tx.send(p.tx.reply.Compose(183, p.tag, p.ok()))
		p.line.Say(p.s.desk.Ringback())
		p.say(Early, "sends early media")
	case !p.scene.NoRing:
		p.leg.RungAt = p.s.now()
		p.tx.send(p.tx.reply.Compose(180, p.tag, wire.Extra{Headers: p.s.contact(p.leg.Dialed, p.peer.Conn)}))
		p.say(Ringing, "rings")
	}
	if p.scene.RingFor != Forever {
		p.after(p.scene.RingFor, p.decide)
	}
}

// decide sends the scene's final answer.
func (p *party) decide() {
	if p.tx.final {
		return
	}
	if st := p.scene.FinalStatus; st != 0 {
		x := wire.Extra{}
		if st >= 300 && st < 400 && len(p.leg.Dialed) > 2 {
			to := p.leg.Dialed[:len(p.leg.Dialed)-2] + p.scene.RedirectTo
			x.Headers = p.s.contact(to, p.peer.Conn)
		}
		p.refuse(st, x, ByPhone, Refused)
		return
	}
	p.answer()
}

// refuse ends the leg with a final answer that is no answer.
func (p *party) refuse(status int, x wire.Extra, by EndedBy, what What) {
	p.tx.refuse(p.s, status, p.tag, x)
	p.leg.Status = status
	p.say(what, fmt.Sprintf("answers %d %s", status, wire.Reason(status)))
	p.finish(by)
}

// cancelled is what a CANCEL does.
func (p *party) cancelled() {
	if p.leg.CancelledAt.IsZero() {
		p.leg.CancelledAt = p.s.now()
	}
	switch {
	case p.tx.final:
	case p.scene.NoReply:
		p.tx.final = true
		p.say(Cancelled, "cancelled, says nothing")
		p.finish(ByServer)
	case p.scene.AnswerOnCancel:
		p.say(Trouble, "answers as it is cancelled")
		p.answer()
	default:
		p.refuse(487, wire.Extra{}, ByServer, Cancelled)
	}
}

// finish ends the leg: no dialog of it is left.
func (p *party) finish(by EndedBy) {
	if p.over {
		return
	}
	p.over = true
	p.stopTimers()
	p.leg.listen(p.line)
	if p.line != nil {
		p.line.Close()
	}
	p.leg.EndedAt, p.leg.EndedBy, p.leg.Hears = p.s.now(), by, 0
	p.leg.party = nil
	if p.leg.Status != 407 { // a challenge: the leg goes on with the next INVITE
		p.say(Ended, "over")
	}
}

// after calls f under the lock once the scene's wait d has passed, unless the
// leg has ended.
func (p *party) after(d time.Duration, f func()) {
	p.later(p.s.wait(d), f)
}

func (p *party) later(d time.Duration, f func()) {
	if d <= 0 {
		f()
		return
	}
	p.timers = append(p.timers, time.AfterFunc(d, func() {
		p.s.mu.Lock()
		defer p.s.mu.Unlock()
		if !p.over && !p.s.closed {
			f()
		}
	}))
}

func (p *party) stopTimers() {
	for _, t := range p.timers {
		t.Stop()
	}
	p.timers = nil
}

// say tells the observer, and the leg's last words.
func (p *party) say(what What, text string) {
	if what != Ended {
		p.leg.LastWords = text
	}
	if p.s.tell == nil {
		return
	}
	p.s.tell.tell(Event{At: p.s.now(), CallID: p.callID, Number: p.leg.Number, Caller: p.leg.Caller, What: what, Text: text})
}

func (s *Simulator) now() time.Time { return time.Now() }
