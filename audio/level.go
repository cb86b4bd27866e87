package audio

import (
	"math"
	"slices"
)

// Levels, as shares of full scale.
const (
	targetLevel = 0.112 // -19 dBFS, the clips in the binary
	silentLevel = 0.003 // -50 dBFS: what is below is a rest
	ceiling     = 0.89  // -1 dBFS: no peak is above
	mostGain    = 10.0  // 20 dB: more would lift a room's noise to a voice
)

// Loudness is measured in blocks of 100 ms, one every 25 ms.
const (
	hop       = Rate / 40
	blockHops = 4
)

// level brings the sound to targetLevel, keeps its peaks below the ceiling and
// returns what was added, in dB. Sound that is silence stays it.
func level(s []float32) float64 {
	loud := loudness(s)
	if loud == 0 {
		return 0
	}
	gain := min(mostGain, targetLevel/loud)
	for i := range s {
		s[i] *= float32(gain)
	}
	limit(s)
	return 20 * math.Log10(gain)
}

// loudness is the root mean square of what is not a rest: blocks above -50 dBFS
// and, of these, those no more than 10 dB below their mean. Rumble that a
// telephone does not pass is left out.
func loudness(s []float32) float64 {
	hp := highPass(250, math.Sqrt2/2)
	hops := make([]float64, blockHops-1, len(s)/hop+2*blockHops) // the quiet before
	for part := range slices.Chunk(s, hop) {
		sum := 0.0
		for _, v := range part {
			f := hp.next(float64(v))
			sum += f * f
		}
		hops = append(hops, sum/hop)
	}
	hops = append(hops, make([]float64, blockHops-1)...)
	blocks := make([]float64, len(hops)-blockHops+1)
	for i := range blocks {
		for _, h := range hops[i : i+blockHops] {
			blocks[i] += h / blockHops
		}
	}
	mean := meanAbove(blocks, silentLevel*silentLevel)
	return math.Sqrt(meanAbove(blocks, max(mean/10, silentLevel*silentLevel)))
}

func meanAbove(values []float64, floor float64) float64 {
	sum, n := 0.0, 0
	for _, v := range values {
		if v >= floor {
			sum += v
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// span is how finely the limiter looks: 5 ms.
const span = Rate / 200

// limit turns the level down around peaks above the ceiling. It looks ahead, so
// that nothing is cut, and comes back by half a dB each span.
func limit(s []float32) {
	gains := make([]float32, (len(s)+span-1)/span+1) // at the edges of spans
	for i := range gains {
		gains[i] = 1
	}
	i := 0
	for part := range slices.Chunk(s, span) {
		peak := float32(0)
		for _, v := range part {
			peak = max(peak, v, -v)
		}
		if g := ceiling / max(peak, ceiling); g < 1 {
			gains[i], gains[i+1] = min(gains[i], g), min(gains[i+1], g)
		}
		i++
	}
	const back = 1.06
	for i := 1; i < len(gains); i++ {
		gains[i] = min(gains[i], gains[i-1]*back)
	}
	i = 0
	for part := range slices.Chunk(s, span) {
		step := (gains[i+1] - gains[i]) / span
		for j := range part {
			part[j] *= gains[i] + step*float32(j)
		}
		i++
	}
}

// biquad is a filter of second order (Direct Form I); the coefficients are
// Bristow-Johnson's.
type biquad struct{ b0, b1, b2, a1, a2, x1, x2, y1, y2 float64 }

func (f *biquad) next(x float64) float64 {
	y := f.b0*x + f.b1*f.x1 + f.b2*f.x2 - f.a1*f.y1 - f.a2*f.y2
	f.x2, f.x1, f.y2, f.y1 = f.x1, x, f.y1, y
	return y
}

func highPass(freq, q float64) *biquad {
	w := 2 * math.Pi * freq / Rate
	c, alpha := math.Cos(w), math.Sin(w)/(2*q)
	a0 := 1 + alpha
	return &biquad{b0: (1 + c) / 2 / a0, b1: -(1 + c) / a0, b2: (1 + c) / 2 / a0, a1: -2 * c / a0, a2: (1 - alpha) / a0}
}

// peaking lifts a band by decibels; q is its centre over its width.
func peaking(freq, q, decibels float64) *biquad {
	w := 2 * math.Pi * freq / Rate
	c, alpha, a := math.Cos(w), math.Sin(w)/(2*q), math.Pow(10, decibels/40)
	a0 := 1 + alpha/a
	return &biquad{b0: (1 + alpha*a) / a0, b1: -2 * c / a0, b2: (1 - alpha*a) / a0, a1: -2 * c / a0, a2: (1 - alpha/a) / a0}
}

// clarify makes formant speech, that of the clips in the binary too, clear for a
// telephone: it cuts it to the band, lifts 2.4 kHz, where consonants live, and
// compresses.
func clarify(s []float32) {
	// Butterworth of sixth order: flat from 300 Hz on, 30 dB down at 150.
	filters := []*biquad{highPass(265, 0.518), highPass(265, 0.707), highPass(265, 1.932), peaking(2400, 1.2, 4)}
	const attack, release = 1.0 / (0.005 * Rate), 1.0 / (0.12 * Rate)
	envelope := 0.0
	for i, v := range s {
		x := float64(v)
		for _, f := range filters {
			x = f.next(x)
		}
		if a := math.Abs(x); a > envelope {
			envelope += (a - envelope) * attack
		} else {
			envelope += (a - envelope) * release
		}
		s[i] = float32(x * compression(envelope))
	}
}

// compression is the gain at a level: quiet sounds are lifted by up to 14 dB,
// full scale is lowered by 9.
func compression(level float64) float64 {
	curve := [][2]float64{{-60, 0}, {-40, 14}, {-20, 5}, {0, -9}} // dBFS, dB
	db := min(0, max(-60, 20*math.Log10(level+1e-9)))
	for i, to := range curve[1:] {
		if from := curve[i]; db <= to[0] {
			g := from[1] + (to[1]-from[1])*(db-from[0])/(to[0]-from[0])
			return math.Pow(10, g/20)
		}
	}
	return 1
}
