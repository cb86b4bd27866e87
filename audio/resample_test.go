package audio

import (
	"math"
	"slices"
	"testing"
)

// wave is a sine at half of full scale.
func wave(freq float64, rate, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(0.5 * math.Sin(2*math.Pi*freq*float64(i)/float64(rate)))
	}
	return out
}

func through(in []float32, rate, chunk int) []float32 {
	rs := newResampler(rate)
	for len(in) > 0 {
		n := min(chunk, len(in))
		rs.push(in[:n])
		in = in[n:]
	}
	return rs.end()
}

// decibels is the level of what is well within the sound, against a sine at
// half of full scale.
func decibels(s []float32) float64 {
	s = s[len(s)/4 : len(s)*3/4]
	sum := 0.0
	for _, v := range s {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(sum/float64(len(s))/0.125+1e-12)
}

var testRates = []int{4000, 7350, 8000, 8001, 11025, 16000, 22050, 44056, 44100, 192000}

// What a telephone passes comes through within a tenth of a dB, and nothing of
// what lies beyond is folded into it.
func TestResamplerBand(t *testing.T) {
	t.Parallel()
	for _, rate := range testRates {
		for _, freq := range []float64{50, 300, 1000, 1600, 2000, 3000, 3400} {
			if freq > 0.42*float64(rate) {
				continue
			}
			if db := decibels(through(wave(freq, rate, rate/5), rate, 1000)); math.Abs(db) > 0.1 {
				t.Errorf("%d Hz: a tone of %v Hz comes out %+.2f dB", rate, freq, db)
			}
		}
		for _, freq := range []float64{4050, 4200, 4600, 5000, 5400, 7000, 7700, 8500, 12000, 15999, 20000, 40000, 80000} {
			if freq >= float64(rate)/2 || rate <= Rate+10 {
				continue
			}
			if db := decibels(through(wave(freq, rate, rate/5), rate, 1000)); db > -50 {
				t.Errorf("%d Hz: a tone of %v Hz is folded at %.1f dB", rate, freq, db)
			}
		}
	}
}

// Going up, the mirror image must not be heard.
func TestResamplerMirror(t *testing.T) {
	t.Parallel()
	out := through(wave(1000, 4000, 4000), 4000, 1000)
	for i, v := range wave(1000, Rate, len(out)) {
		out[i] -= v
	}
	if db := decibels(out); db > -45 {
		t.Errorf("what is not the tone is at %.1f dB", db)
	}
}

// A sound keeps its length and its place, however it is cut into chunks.
func TestResamplerPlace(t *testing.T) {
	t.Parallel()
	for _, rate := range testRates {
		for _, seconds := range []float64{0.0005, 0.02, 0.2} {
			n := int(seconds * float64(rate))
			in := make([]float32, n)
			if n > 2 {
				in[n/2] = 1
			}
			whole := through(in, rate, n+1)
			cut := through(in, rate, 7)
			if !slices.Equal(whole, cut) {
				t.Fatalf("%d Hz, %v s: chunks matter", rate, seconds)
			}
			if want := max(1, (n*Rate+rate/2)/rate); len(whole) != want && n > 0 {
				t.Errorf("%d Hz, %v s: %d samples, want %d", rate, seconds, len(whole), want)
			}
			if seconds < 0.1 {
				continue
			}
			loudest := 0
			for i, v := range whole {
				if v > whole[loudest] {
					loudest = i
				}
			}
			if want := n / 2 * Rate / rate; loudest < want-1 || loudest > want+1 {
				t.Errorf("%d Hz: a click at %d comes out at %d", rate, want, loudest)
			}
		}
	}
}

func TestOwnRateIsUntouched(t *testing.T) {
	t.Parallel()
	in := wave(3900, Rate, 100)
	if !slices.Equal(through(in, Rate, 30), in) {
		t.Error("changed")
	}
}
