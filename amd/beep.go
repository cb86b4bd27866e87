package amd

import (
	"math"
	"time"

	"clickbridge/media/tone"
)

// The tones machines make, in Hz. Below are vowels and the ringing and busy
// tones of many countries (400-450 Hz), which a switchboard may play on the way
// to a person.
const (
	lowest  = 460.0
	highest = 2000.0
	steady  = 20.0 // Hz from frame to frame
	purity  = 0.75 // of a frame's energy; less is a voice, or two tones
)

// beep follows a single steady tone.
type beep struct {
	freq float64
	held time.Duration
}

// take returns how long a tone has been held at the end of a frame.
func (b *beep) take(samples []int16, loud bool) time.Duration {
	if !loud {
		b.held = 0
		return 0
	}
	f, share := pitch(samples)
	switch {
	case share < purity:
		b.held = 0
	case b.held > 0 && math.Abs(f-b.freq) > steady:
		b.freq, b.held = f, frame
	default:
		b.freq, b.held = f, b.held+frame
	}
	return b.held
}

// pitch returns the tone that most of a frame's energy is in, and how much. A
// frame of 20 ms tells tones 50 Hz apart: a look at each of those finds where a
// tone would be, a closer one its place and strength.
func pitch(samples []int16) (freq, share float64) {
	n := float64(len(samples))
	whole := n * n * tone.Energy(samples) / 2 // what a sine of this energy would have
	best := 0.0
	look := func(from, to, step float64) {
		for f := from; f <= to; f += step {
			if p := goertzel(samples, f); p > best {
				freq, best = f, p
			}
		}
	}
	if look(lowest, highest, 50); best < purity*whole/3 {
		return 0, 0 // between two looks a tone is down to two fifths
	}
	look(freq-24, freq+24, 6)
	return freq, best / whole
}

// goertzel returns the squared magnitude at a frequency: (A·n/2)² for a sine of
// peak A.
func goertzel(samples []int16, freq float64) float64 {
	c := 2 * math.Cos(2*math.Pi*freq/tone.Rate)
	var s1, s2 float64
	for _, x := range samples {
		s1, s2 = float64(x)+c*s1-s2, s1
	}
	return s1*s1 + s2*s2 - c*s1*s2
}
