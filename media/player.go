package media

import "clickbridge/leg"

// frameSize is 20 ms of G.711.
const frameSize = 160

// player walks through clips a frame at a time. Clips follow each other
// without a gap, so a loop need not be a whole number of frames.
type player struct {
	clips []*leg.Clip
	index int // the clip
	pos   int // in it
	loop  bool
	done  chan struct{} // nil when nothing plays
}

// start replaces what plays. The old playback's channel closes.
func (p *player) start(clips []*leg.Clip, loop bool, done chan struct{}) {
	p.stop()
	*p = player{clips: clips, loop: loop, done: done}
	if loop && empty(clips) {
		p.loop = false
	}
}

// stop ends the playback and closes its channel.
func (p *player) stop() {
	if p.done != nil {
		close(p.done)
	}
	*p = player{}
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
	n := 0
	for n < len(frame) {
		if p.index == len(p.clips) {
			if !p.loop {
				break
			}
			p.index = 0
		}
		audio := p.clips[p.index].ULaw
		if alaw {
			audio = p.clips[p.index].ALaw
		}
		if p.pos >= len(audio) {
			p.index, p.pos = p.index+1, 0
			continue
		}
		c := copy(frame[n:], audio[p.pos:])
		n += c
		p.pos += c
	}
	if n == 0 {
		return false
	}
	for i := n; i < len(frame); i++ {
		frame[i] = silence
	}
	return true
}
