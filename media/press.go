package media

import (
	"slices"

	"clickbridge/media/g711"
	"clickbridge/media/rtp"
	"clickbridge/media/sdp"
)

// A press we make lasts 100 ms and is followed by 100 ms of silence before the
// next. As events it is one packet each 20 ms, the last one three times (RFC
// 4733 2.5.1.4).
const (
	pressStep  = frameSize // timestamp units a packet
	pressSteps = 5
	pressEnds  = 3
	pressGap   = 100e6 // ns
	pressWait  = 25    // packets of silence for a ","
	// relayQueue is how many presses of a bridged party wait to be passed on.
	relayQueue = 16
)

// waitCode stands for "," among the codes of keys.
const waitCode = 0xFF

// press is one key to be sent.
type press struct {
	code    uint8
	relayed bool          // it is a bridged party's
	done    chan struct{} // closed when it was sent; nil for all but a Press's last
}

func (p press) finish() {
	if p.done != nil {
		close(p.done)
	}
}

// keySender sends presses one after another.
type keySender struct {
	queue []press // the first is being sent
	step  int     // packets of it sent
	tones bool    // in band
	ts    uint32
	free  int64 // engine clock: when the next may begin
}

func (k *keySender) active() bool { return len(k.queue) > 0 }

// forget drops what a party that is heard no more pressed, save the press that
// goes on: the far end must hear its end.
func (k *keySender) forget() {
	i := 0
	if k.step > 0 {
		i = 1
	}
	k.queue = append(k.queue[:i], slices.DeleteFunc(k.queue[i:], func(p press) bool { return p.relayed })...)
}

// end drops everything.
func (k *keySender) end() {
	for _, p := range k.queue {
		p.finish()
	}
	k.queue, k.step = nil, 0
}

// Press implements leg.Media.
func (p *port) Press(keys string) <-chan struct{} {
	done := make(chan struct{})
	var all []press
	for _, k := range keys {
		if code, ok := rtp.CodeOf(k); ok {
			all = append(all, press{code: code})
		} else if k == ',' {
			all = append(all, press{code: waitCode})
		}
	}
	if len(all) == 0 {
		close(done)
		return done
	}
	all[len(all)-1].done = done
	tones() // not on the shard: it takes a millisecond
	if !p.run(func() { p.session.press(all) }) {
		close(done)
	}
	return done
}

// press queues keys for the far end.
func (s *session) press(all []press) {
	if s.closed {
		all[len(all)-1].finish()
		return
	}
	s.sender.queue = append(s.sender.queue, all...)
	s.shard.wheel.add(s, s.shard.now)
}

// pressFor queues a bridged party's press for the far end, if it takes keys at
// all.
func (s *session) pressFor(code uint8) {
	if s.agreed.Event == sdp.None || len(s.sender.queue) >= relayQueue {
		return
	}
	s.press([]press{{code: code, relayed: true}})
}

// sendKey sends the next packet of the press at the head of the queue, or of the
// silence before it.
func (s *session) sendKey() {
	k := &s.sender
	last := false
	switch {
	case k.step == 0 && s.shard.now < k.free-frameTime/2:
		s.sendQuiet()
		return
	case k.queue[0].code == waitCode:
		s.sendQuiet()
		last = k.step+1 == pressWait
	case s.pressInBand():
		last = s.sendTone()
	default:
		last = s.sendEvent()
	}
	k.step++
	if last {
		k.queue[0].finish()
		k.queue, k.step = k.queue[1:], 0
	}
	if len(k.queue) == 0 {
		k.queue = nil
	}
}

// pressInBand reports whether the press at the head goes as a tone; what was
// agreed when it began counts.
func (s *session) pressInBand() bool {
	if s.sender.step == 0 {
		s.sender.tones = s.agreed.Event == sdp.None
	}
	return s.sender.tones
}

// sendEvent sends one packet of a press as a telephone event, and reports
// whether it was the last.
func (s *session) sendEvent() (last bool) {
	k := &s.sender
	now, step := s.shard.now, k.step+1
	if step == 1 {
		k.ts = s.line.Resume(now)
	}
	e := rtp.Event{Code: k.queue[0].code, End: step >= pressSteps, Duration: uint16(min(step, pressSteps) * pressStep)}
	if s.sends && s.agreed.Event != sdp.None {
		h := s.line.Insert(k.ts, uint32(e.Duration), now)
		h.Type, h.Marker = uint8(s.agreed.Event), step == 1
		tx := s.shard.tx[:rtp.HeaderSize+rtp.EventSize]
		h.Put(tx)
		e.Put(tx[rtp.HeaderSize:])
		s.send(tx)
	}
	if step == pressSteps {
		k.free = now + frameTime + pressGap
	}
	return step == pressSteps+pressEnds-1
}

// sendTone sends one packet of a press as a tone, and reports whether it was
// the last.
func (s *session) sendTone() (last bool) {
	k := &s.sender
	from := k.step * frameSize
	s.sendOwn(dtmfTone(k.queue[0].code)[from : from+frameSize])
	if k.step+1 < pressSteps {
		return false
	}
	k.free = s.shard.now + frameTime + pressGap
	return true
}

// quiet is a frame of silence in mu-law.
var quiet = func() (f [frameSize]byte) {
	for i := range f {
		f[i] = g711.SilenceULaw
	}
	return f
}()

func (s *session) sendQuiet() { s.sendOwn(quiet[:]) }

// sendOwn sends a mu-law frame of our making in the codec of the leg.
func (s *session) sendOwn(ulaw []byte) {
	if !s.sends {
		s.line.Break()
		return
	}
	h := s.line.Own(s.shard.now, frameSize)
	h.Type = uint8(s.agreed.Codec)
	tx := s.shard.tx[:rtp.HeaderSize+frameSize]
	h.Put(tx)
	body := tx[rtp.HeaderSize:]
	if h.Type == sdp.PCMA {
		translate(body, ulaw, g711.ULawToALaw)
	} else {
		copy(body, ulaw)
	}
	s.send(tx)
}
