package media

import (
	"math"
	"sync"

	"clickbridge/media/g711"
)

// The tones of keys, in Hz (ITU-T Q.23): a key is one low and one high one.
var (
	lowTones  = [4]float64{697, 770, 852, 941}
	highTones = [4]float64{1209, 1336, 1477, 1633}
)

// keypad holds the event codes of keys by their low and their high tone.
var keypad = [4][4]uint8{
	{1, 2, 3, 12},
	{4, 5, 6, 13},
	{7, 8, 9, 14},
	{10, 0, 11, 15},
}

// toneSize is how long a press as tones is, in samples.
const toneSize = pressSteps * frameSize

// Peaks of the tones we send: -8 and -6 dBm0, the high one louder because lines
// weaken it more (ITU-T Q.23; a full-scale sine is +3.17 dBm0).
const (
	lowPeak  = 8900
	highPeak = 11200
)

// tones are all presses in mu-law, by event code, made when the first is sent.
var tones = sync.OnceValue(func() *[16][toneSize]byte {
	var all [16][toneSize]byte
	for i, row := range keypad {
		for j, code := range row {
			for n := range toneSize {
				at := 2 * math.Pi * float64(n) / 8000
				s := lowPeak*math.Sin(at*lowTones[i]) + highPeak*math.Sin(at*highTones[j])
				all[code][n] = g711.EncodeULaw(int16(s))
			}
		}
	}
	return &all
})

// dtmfTone returns the press of a key (event code below 16) as mu-law.
func dtmfTone(code uint8) []byte { return tones()[code][:] }
