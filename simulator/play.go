package simulator

import (
	"fmt"
	"strings"
	"time"

	"clickbridge/simulator/voice"
	"clickbridge/simulator/wire"
)

func (p *party) openLine() (*voice.Line, error) {
	line, err := p.pickLine()
	if err != nil {
		return nil, err
	}
	line.Prefer(p.scene.Codec)
	if p.scene.NoEvents {
		line.WithoutEvents()
	}
	if p.scene.NoRTP {
		line.NoRTP()
	}
	if p.scene.Tape {
		line.Record()
	}
	return line, nil
}

func (p *party) pickLine() (*voice.Line, error) {
	if p.scene.Deaf {
		return p.s.desk.OpenDeaf()
	}
	return p.s.desk.Open(voice.Ear{
		Tone:  func(hz int) { p.locked(func() { p.hears(hz) }) },
		Key:   func(k byte) { p.locked(func() { p.keyHeard(k) }) },
		Match: nearestTone,
	})
}

// locked runs f under the simulator's lock while the leg lives.
func (p *party) locked(f func()) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if !p.over && !p.s.closed {
		f()
	}
}

// play does what the scene says once the phone is connected. It starts at the
// ACK, because only then the far end is sure to listen.
func (p *party) play(d *dialog) {
	if p.playing {
		return
	}
	p.playing = true
	if p.scene.Voicemail {
		p.line.Say(p.s.desk.Greeting())
		p.say(Speaking, "is a voicemail: speaks, never presses a key")
	}
	if len(p.scene.Say) > 0 {
		p.after(p.scene.SayAfter, func() {
			p.line.Say(voice.Speech(p.scene.Say))
			p.say(Speaking, "speaks")
		})
	}
	if p.scene.Menu != "" {
		p.menu = func() { p.decideKey(d) }
		p.say(Speaking, "is a menu that wants "+p.scene.Menu)
		return
	}
	p.decideKey(d)
}

// decideKey presses the scene's key, if it has one, and goes on.
func (p *party) decideKey(d *dialog) {
	if p.scene.Key == 0 {
		p.goOn(d)
		return
	}
	if p.scene.Deaf { // the pacing goroutine waits for all of them: no timer for each
		p.press(d, int(p.s.wait(p.scene.KeyAfter)/(20*time.Millisecond)))
		return
	}
	p.after(p.scene.KeyAfter, func() { p.press(d, 0) })
}

// press presses the scene's key, after so many frames, and goes on when it is
// up again.
func (p *party) press(d *dialog, frames int) {
	key := p.scene.Key
	if p.scene.KeyVia == KeyInfo {
		x := wire.Extra{Type: "application/dtmf-relay", Body: fmt.Appendf(nil, "Signal=%c\r\nDuration=160\r\n", key)}
		req, to := d.request("INFO", x)
		p.s.ask(req, to, nil)
		p.pressed(key, " by SIP INFO")
		p.goOn(d)
		return
	}
	ok := p.line.Press(key, frames, p.scene.Deaf, func() { p.locked(func() { p.goOn(d) }) })
	if !ok { // a phone without RTP
		p.goOn(d)
		return
	}
	p.pressed(key, "")
}

func (p *party) pressed(key byte, how string) {
	p.leg.Keys += string(rune(key))
	p.say(KeySent, fmt.Sprintf("presses %c%s", key, how))
}

// goOn is the rest of the scene.
func (p *party) goOn(d *dialog) {
	if p.scene.Talk {
		p.line.Say(p.s.desk.Tone(toneOf(p.leg.Number)))
		p.say(Speaking, fmt.Sprintf("talks (%d Hz)", toneOf(p.leg.Number)))
	}
	if p.scene.HoldAfter > 0 {
		p.after(p.scene.HoldAfter, func() { p.hold(d) })
	}
	if p.scene.HangupAfter > 0 {
		p.after(p.scene.HangupAfter, p.hangUp)
	}
}

// hangUp ends every answer of the phone.
func (p *party) hangUp() {
	for _, d := range p.dialogs {
		if !d.over {
			d.sendBye(ByPhone)
		}
	}
}

func (d *dialog) sendBye(by EndedBy) {
	if d.over {
		return
	}
	rec := &d.p.leg.Dialogs[d.index]
	req, to := d.request("BYE", wire.Extra{})
	s := d.p.s
	s.ask(req, to, func(status int, m *wire.Message) {
		if m != nil {
			rec.Closed = s.now()
		} else {
			d.p.say(Trouble, "nobody answered its BYE")
		}
	})
	d.end(by, ByePhone, "hangs up")
}

// hold puts the call on hold, and takes it back after HoldFor.
func (p *party) hold(d *dialog) {
	p.reoffer(d, "sendonly", func() {
		p.line.Hush()
		p.say(Held, "puts the call on hold")
		p.after(p.scene.HoldFor, func() {
			p.reoffer(d, "sendrecv", func() {
				if p.scene.Talk {
					p.line.Say(p.s.desk.Tone(toneOf(p.leg.Number)))
				}
				p.say(Resumed, "takes the call back")
			})
		})
	})
}

// glarePause is waited before a re-INVITE that met one of the far end's is
// tried again: we do not own the Call-ID, so 0 to 2 s (RFC 3261 14.1).
const glarePause = time.Second

// reoffer sends a re-INVITE and calls done once it was accepted.
func (p *party) reoffer(d *dialog, direction string, done func()) {
	if d.over || d.asking != nil {
		return
	}
	req, to := d.request("INVITE", sdp(p.line.Offer(direction)))
	d.asking = p.s.ask(req, to, func(status int, m *wire.Message) {
		d.asking = nil
		switch {
		case p.over || d.over:
		case status == 491:
			p.after(glarePause, func() { p.reoffer(d, direction, done) })
		case status >= 300:
			p.say(Trouble, fmt.Sprintf("its re-INVITE was answered %d", status))
		default:
			if err := p.line.Accept(m.Body); err != nil {
				p.say(Trouble, "the answer to its re-INVITE has no audio")
				return
			}
			d.retarget(m)
			done()
		}
	})
}

// hears is told every change of the tone that arrives.
func (p *party) hears(hz int) {
	if hz == 0 {
		p.say(Hears, "hears no voice any more")
		return
	}
	p.say(Hears, fmt.Sprintf("hears %d Hz", hz))
	if d := p.s.cfg.TalkTime; d > 0 && p.scene.Talk && !p.talking {
		p.talking = true
		p.later(d, func() { p.enough(hz) })
	}
}

// enough hangs up when the voice was heard for most of TalkTime: a beep in a
// prompt is no conversation.
func (p *party) enough(hz int) {
	tones, now := p.line.Hearing()
	for _, t := range tones {
		if t.Hz == now && t.For >= p.s.cfg.TalkTime*7/10 {
			p.hangUp()
			return
		}
	}
	p.talking = false
	if now != 0 {
		p.talking = true
		p.later(p.s.cfg.TalkTime/4+time.Millisecond, func() { p.enough(now) })
	}
}

func (p *party) keyHeard(k byte) {
	const most = 256 // a far end that dials for ever must not fill the memory
	if len(p.leg.KeysHeard) < most {
		p.leg.KeysHeard += string(rune(k))
	}
	p.say(KeyHeard, fmt.Sprintf("hears key %c", k))
	if p.menu != nil && strings.HasSuffix(p.leg.KeysHeard, p.scene.Menu) {
		through := p.menu
		p.menu = nil
		through()
	}
}

// info takes a key the far end sent as SIP INFO.
func (p *party) info(body []byte) {
	for line := range strings.Lines(string(body)) {
		k, v, _ := strings.Cut(line, "=")
		if strings.EqualFold(strings.TrimSpace(k), "Signal") {
			if v = strings.TrimSpace(v); len(v) == 1 {
				p.keyHeard(v[0])
			}
		}
	}
}
