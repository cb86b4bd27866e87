package voice

import "clickbridge/media/g711"

// maxTape bounds what one line keeps: five minutes.
const maxTape = 300 * 8000

// tape keeps what a line hears, in its own time: µ-law, silence where nothing
// came.
type tape struct {
	on    bool
	begun bool
	first uint32 // timestamp of the first sample
	ssrc  uint32
	sound []byte
}

// keep puts one packet where its timestamp says. A far end that begins a stream
// anew is taken to go on at once.
func (t *tape) keep(payload []byte, pt int, ts, ssrc uint32) {
	if !t.on {
		return
	}
	if !t.begun || ssrc != t.ssrc {
		t.begun, t.ssrc, t.first = true, ssrc, ts-uint32(len(t.sound))
	}
	at := int(int32(ts - t.first))
	if at < 0 || at+len(payload) > maxTape {
		return
	}
	for len(t.sound) < at+len(payload) {
		t.sound = append(t.sound, g711.SilenceULaw)
	}
	if pt == PCMA {
		payload = g711.EncodeULawAll(g711.DecodeALawAll(payload))
	}
	copy(t.sound[at:], payload)
}

// Record makes the line keep what it hears from now on.
func (l *Line) Record() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tape.on = true
}

// Tape returns what was heard since Record: µ-law at 8 kHz, at most five
// minutes. The caller must not change it.
func (l *Line) Tape() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tape.sound[:len(l.tape.sound):len(l.tape.sound)]
}
