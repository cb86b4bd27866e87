// Package tone makes and finds sine tones in 8 kHz audio: ringback, test
// tones, and the proof that audio put in at one phone came out at the other. It
// knows nothing of codecs; prompts, the simulator and tests use it.
package tone

import (
	"math"
	"time"
)

// Rate is the sample rate of everything here, in Hz.
const Rate = 8000

// Generate returns d of the sum of sine tones at freqs (Hz). Amplitude is the
// peak of the sum as a share of full scale, 0 to 1. No freqs is silence.
func Generate(freqs []float64, d time.Duration, amplitude float64) []int16 {
	out := make([]int16, int(d*Rate/time.Second))
	if len(freqs) == 0 {
		return out
	}
	each := amplitude * math.MaxInt16 / float64(len(freqs))
	for i := range out {
		var s float64
		for _, f := range freqs {
			s += each * math.Sin(2*math.Pi*f*float64(i)/Rate)
		}
		out[i] = int16(s)
	}
	return out
}

// Power returns the share of the samples' energy that lies at freq (Hz): 1 for
// that pure tone, 0.5 for each of two equal tones, about 2/len(samples) for
// noise, 0 for silence. It is Goertzel's algorithm; its width is about
// 8000/len(samples) Hz, so give it at least 160 samples.
func Power(samples []int16, freq float64) float64 {
	total := Energy(samples)
	if total == 0 {
		return 0
	}
	c := 2 * math.Cos(2*math.Pi*freq/Rate)
	var s1, s2 float64
	for _, x := range samples {
		s1, s2 = float64(x)+c*s1-s2, s1
	}
	at := s1*s1 + s2*s2 - c*s1*s2
	n := float64(len(samples))
	// A pure sine of peak A has at = (A·n/2)² and total·n = A²·n²/2.
	return min(1, 2*at/(n*n*total))
}

// Energy returns the mean square of the samples.
func Energy(samples []int16) float64 {
	if len(samples) == 0 {
		return 0
	}
	var sum float64
	for _, x := range samples {
		sum += float64(x) * float64(x)
	}
	return sum / float64(len(samples))
}

// Audible reports whether the samples are louder than about -50 dBFS, the
// level below which a telephone is silent to a person.
func Audible(samples []int16) bool { return Energy(samples) > 100*100 }

// Detect returns which of freqs (Hz) holds the greatest share of the energy,
// or 0 when none holds a quarter of it.
func Detect(samples []int16, freqs ...float64) float64 {
	best, most := 0.0, 0.25
	for _, f := range freqs {
		if p := Power(samples, f); p > most {
			best, most = f, p
		}
	}
	return best
}
