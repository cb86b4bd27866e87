package media

import "clickbridge/leg"

// frameSize is 20 ms of G.711.
const frameSize = 160

// player walks through clips a frame at a time. Clips follow each other
// without a gap, so a loop need not be a whole number of frames.
type player struct {
	rest  []byte        // of the clip, in the law it was begun in
	done  chan struct{} // nil when nothing plays
	alaw  bool
	loop  bool
	index int // the next clip
	clips []*leg.Clip
}

// start replaces what plays. The old playback's channel closes.
func (p *player) start(clips []*leg.Clip, loop bool, done chan struct{}) {
	p.stop()
	*p = player{clips: clips, loop: loop && !empty(clips), done: done}
}

// stop ends the playback and closes its channel.
func (p *player) stop() {
	if p.done != nil {
		close(p.done)
		*p = player{}
	}
}

func (p *player) active() bool { return p.done != nil }

func empty(clips []*leg.Clip) bool {
	for _, c := range clips {
		if len(c.ULaw) > 0 && len(c.ALaw) > 0 {
			return false
		}
	}
	return true
}

// fill writes the next frame and reports false when there is none. A last
// short frame is padded with silence.
func (p *player) fill(frame []byte, alaw bool, silence byte) bool {
	if p.alaw != alaw {
		p.translate(alaw)
	}
	n := 0
	for n < len(frame) {
		if len(p.rest) == 0 && !p.turn() {
			break
		}
		c := copy(frame[n:], p.rest)
		p.rest = p.rest[c:]
		n += c
	}
	for i := n; i < len(frame); i++ {
		frame[i] = silence
	}
	return n > 0
}

// turn goes on to the next clip, and reports false after the last.
func (p *player) turn() bool {
	if p.index == len(p.clips) {
		if !p.loop {
			return false
		}
		p.index = 0
	}
	p.rest = p.clips[p.index].ULaw
	if p.alaw {
		p.rest = p.clips[p.index].ALaw
	}
	p.index++
	return true
}

// translate goes on in the other law: the far end changed its codec.
func (p *player) translate(alaw bool) {
	p.alaw = alaw
	if len(p.rest) == 0 {
		return
	}
	left := len(p.rest)
	p.index--
	p.turn()
	p.rest = p.rest[max(0, len(p.rest)-left):]
}
