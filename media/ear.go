package media

import (
	"math"

	"clickbridge/leg"
	"clickbridge/media/g711"
	"clickbridge/media/rtp"
	"clickbridge/media/sdp"
)

// earBlock is how many samples are looked at together, 12.75 ms: the shortest
// press that must be heard, 40 ms (ITU-T Q.24), has two of them in it wherever
// it begins.
const (
	earBlock  = 102
	earHits   = 2 // blocks in a row that make a press
	earMisses = 2 // blocks in a row that end it
	// earGap is how much a source may leave out, in samples, before that is a
	// pause: two packets. Less is loss.
	earGap = 2 * frameSize
)

// What a block must be to be a key. Powers are those of a sine's peak squared,
// halved, so that they add up to the mean square of the samples.
const (
	// earQuiet is the least power of either tone: -30 dBm0, where Q.24 asks
	// for -25. 0 dBm0 is a sine of peak 22,300.
	earQuiet = 0.5 * 22300 * 22300 / 1000
	// earPure is the least share of all power that both tones have.
	earPure = 0.70
	// earApart is by how much the tone of each group is stronger than the
	// others of it.
	earApart = 5.0
	// earTwistHigh and earTwistLow are how much stronger the high and the low
	// tone may be than the other: 6 and 10 dB, where Q.24 asks for 4 and 8.
	earTwistHigh = 4.0
	earTwistLow  = 10.0
	// earHarmonic is the greatest share of a tone's power at twice its
	// frequency: voices have overtones, keys do not.
	earHarmonic = 0.10
)

// noKey is the code of no key.
const noKey = 0xFF

// ear finds keys in the audio of a far end that sends them as tones.
type ear struct {
	next    uint32 // timestamp expected next
	started bool
	count   int
	block   [earBlock]float32

	key    uint8 // that is pressed; noKey = none
	last   uint8 // what the last block was
	hits   int   // blocks in a row like it
	misses int   // blocks in a row unlike key
}

// listen takes a packet of audio and returns the key whose press began in it
// and the one that is pressed at its end.
func (e *ear) listen(h rtp.Header, payload []byte) (began, lasts uint8) {
	began, lasts = noKey, noKey
	gap := int32(h.TS - e.next)
	switch {
	case !e.started || gap > earGap || gap < -earGap*100:
		*e = ear{started: true, key: noKey, last: noKey}
	case gap < 0:
		return began, lasts // late: what came after it was heard
	}
	e.next = h.TS + uint32(len(payload))
	law := linearULaw
	if h.Type == sdp.PCMA {
		law = linearALaw
	}
	for _, b := range payload {
		e.block[e.count] = law[b]
		if e.count++; e.count < earBlock {
			continue
		}
		e.count = 0
		if k := e.take(keyOf(&e.block)); k != noKey {
			began = k
		}
	}
	return began, e.key
}

// take notes what a block is and returns the key whose press begins with it.
func (e *ear) take(code uint8) (began uint8) {
	if code != e.last {
		e.last, e.hits = code, 0
	}
	e.hits++
	if code == e.key && code != noKey {
		e.misses = 0
		return noKey
	}
	if e.misses++; e.misses >= earMisses {
		e.key = noKey
	}
	if code == noKey || e.hits < earHits {
		return noKey
	}
	e.key, e.misses = code, 0
	return code
}

// keyOf returns the key whose tones a block holds and nothing else.
func keyOf(block *[earBlock]float32) uint8 {
	total := float32(0)
	for _, x := range block {
		total += x * x
	}
	total /= earBlock
	if total < 2*earQuiet {
		return noKey
	}
	p := powers(block)
	low, lows := strongest(p[:4])
	high, highs := strongest(p[4:])
	switch {
	case lows < earQuiet || highs < earQuiet:
	case lows+highs < earPure*total:
	case highs > earTwistHigh*lows || lows > earTwistLow*highs:
	case !alone(p[:4], low) || !alone(p[4:], high):
	case overtone(block, low, high, lows, highs):
	default:
		return keypad[low][high]
	}
	return noKey
}

// powers returns how strong the eight tones are.
func powers(block *[earBlock]float32) (p [8]float32) {
	p[0], p[1], p[2], p[3] = four(block, turns[0], turns[1], turns[2], turns[3])
	p[4], p[5], p[6], p[7] = four(block, turns[4], turns[5], turns[6], turns[7])
	return p
}

// four is Goertzel's algorithm for four frequencies at once: they do not wait
// for each other, and all that is counted fits the processor's registers.
func four(block *[earBlock]float32, ta, tb, tc, td float32) (a, b, c, d float32) {
	var a1, a2, b1, b2, c1, c2, d1, d2 float32
	for _, x := range block {
		a1, a2 = x+ta*a1-a2, a1
		b1, b2 = x+tb*b1-b2, b1
		c1, c2 = x+tc*c1-c2, c1
		d1, d2 = x+td*d1-d2, d1
	}
	return strength(a1, a2, ta), strength(b1, b2, tb), strength(c1, c2, tc), strength(d1, d2, td)
}

func strength(s1, s2, turn float32) float32 {
	return (s1*s1 + s2*s2 - turn*s1*s2) * 2 / (earBlock * earBlock)
}

func strongest(p []float32) (at int, power float32) {
	for i, v := range p {
		if v > power {
			at, power = i, v
		}
	}
	return at, power
}

// alone reports whether no other tone of the group is nearly as strong.
func alone(p []float32, best int) bool {
	for i, v := range p {
		if i != best && v*earApart > p[best] {
			return false
		}
	}
	return true
}

// overtone reports whether a tone has a second harmonic. The low tone's is not
// looked at where the high tone lies so near that the block cannot tell them.
func overtone(block *[earBlock]float32, low, high int, lows, highs float32) bool {
	ofLow, ofHigh, _, _ := four(block, overtones[low], overtones[4+high], 0, 0)
	near := math.Abs(2*lowTones[low]-highTones[high]) < 2*8000/earBlock
	return ofHigh > earHarmonic*highs || !near && ofLow > earHarmonic*lows
}

// turnOf is Goertzel's coefficient of a frequency.
func turnOf(freq float64) float32 { return float32(2 * math.Cos(2*math.Pi*freq/8000)) }

// turns are the coefficients of the low and the high tones, overtones those of
// twice their frequency.
var turns, overtones = tableOfTurns(1), tableOfTurns(2)

func tableOfTurns(times float64) (t [8]float32) {
	for i := range lowTones {
		t[i], t[4+i] = turnOf(times*lowTones[i]), turnOf(times*highTones[i])
	}
	return t
}

// linearULaw and linearALaw are the samples of all bytes.
var (
	linearULaw = linear(g711.DecodeULaw)
	linearALaw = linear(g711.DecodeALaw)
)

func linear(decode func(byte) int16) *[256]float32 {
	var t [256]float32
	for i := range t {
		t[i] = float32(decode(byte(i)))
	}
	return &t
}

// inBand listens for keys in the far end's audio, where they can only come so
// and somebody may wait for one: in a bridge the other party hears them.
func (s *session) inBand(h rtp.Header, payload []byte) {
	began, lasts := s.ear.listen(h, payload)
	if began != noKey {
		s.pressed(began, byTone)
	}
	if key, ok := rtp.KeyOf(lasts); ok {
		s.dedupe.lasts(leg.Key(key), s.shard.now)
	}
}
