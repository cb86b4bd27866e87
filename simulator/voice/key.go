package voice

import "encoding/binary"

// press is one key being pressed: an RFC 4733 event of 120 ms, or the tones of
// the key for a far end that takes no events.
type press struct {
	code   byte
	sparse bool
	ts     uint32
	tick   int
	inband *Sound
	done   func()
}

const (
	keyTicks = 6 // 120 ms, above the 100 ms some gateways insist on
	keyEnds  = 3 // the last packet is sent three times, RFC 4733 2.5.1.4
)

// Press presses a key (0-9, *, #, A-D), after so many frames of 20 ms, in place
// of the audio that plays, which goes on afterwards. done is called once the last packet has been sent. Sparse
// sends one update instead of four; the key is the same to a receiver. It reports false
// for an unknown key, a silent or closed line, or while another key is down.
func (l *Line) Press(key byte, wait int, sparse bool, done func()) bool {
	code, ok := eventCode(key)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !ok || l.closed || l.silent || l.key != nil {
		return false
	}
	l.key = &press{code: code, tick: -wait, sparse: sparse, done: done}
	if l.event < 0 {
		l.key.inband = l.desk.digit(key)
	}
	l.desk.work(l)
	return true
}

// step sends what is due in this frame and reports whether that was the last.
func (p *press) step(l *Line) bool {
	defer func() { p.tick++ }()
	if p.tick < 0 {
		return false
	}
	if p.inband != nil {
		b, ok := p.inband.frame(p.tick, l.codec)
		if ok {
			l.sendAudio(b)
		}
		return !ok
	}
	if p.tick == 0 {
		p.ts = l.ts
	}
	end := p.tick >= keyTicks-1
	if p.sparse && !end && p.tick != 0 && p.tick != 3 {
		return false
	}
	var b [4]byte
	b[0], b[1] = p.code, 10 // -10 dBm0
	if end {
		b[1] |= 0x80
	}
	held := min(p.tick+1, keyTicks) * frameSamples
	binary.BigEndian.PutUint16(b[2:], uint16(held))
	l.send(byte(l.event), p.tick == 0, p.ts, b[:])
	return p.tick >= keyTicks-1+keyEnds-1
}

// eventCode returns the RFC 4733 3.2 code of a key.
func eventCode(key byte) (byte, bool) {
	switch {
	case key >= '0' && key <= '9':
		return key - '0', true
	case key == '*':
		return 10, true
	case key == '#':
		return 11, true
	case key >= 'A' && key <= 'D':
		return key - 'A' + 12, true
	}
	return 0, false
}

// eventKey is the reverse of eventCode.
func eventKey(code byte) (byte, bool) {
	const keys = "0123456789*#ABCD"
	if int(code) < len(keys) {
		return keys[code], true
	}
	return 0, false
}
