package audio

import "math"

// The filter: flat to passBand, silent from stopBand on, in Hz. Telephones pass
// 300 to 3400 Hz.
const (
	passBand = 3400
	stopBand = Rate / 2
)

// maxPhases bounds the filters that are kept for places between samples. More
// are rounded to the nearest: at most a 2048th of a sample off, 70 dB down.
const maxPhases = 1024

// resampler brings sound from one rate to another with a Kaiser windowed sinc, one phase of it
// for each place an output sample can have between two input samples.
type resampler struct {
	rate   int         // of the input
	to     int         // of the output: Rate, or more than the input's
	taps   int         // of each phase
	phases [][]float32 // nil: the rates are the same
	in     []float32   // input from first on
	first  int         // number of in[0], counted from taps/2 before the beginning
	next   int         // number of the next output sample
	count  int         // input samples so far
	out    []float32
}

func newResampler(rate int) *resampler { return newResamplerTo(rate, Rate) }

func newResamplerTo(rate, to int) *resampler {
	rs := &resampler{rate: rate, to: to}
	if rate == to {
		return rs
	}
	pass, stop := float64(passBand), float64(stopBand)
	if rate < to { // nothing to fold: only mirror images to remove
		pass, stop = 0.44*float64(rate), 0.56*float64(rate)
	}
	const decibels = 56
	// Kaiser's formula for the length that a slope takes.
	rs.taps = int(math.Ceil((decibels-8)/(2.285*2*math.Pi*(stop-pass)/float64(rate))))/2*2 + 2
	count := min(to/gcd(rate, to), maxPhases)
	rs.phases = make([][]float32, count)
	for i := range rs.phases {
		rs.phases[i] = phase(rs.taps, float64(i)/float64(count), (pass+stop)/float64(rate), decibels)
	}
	rs.in = make([]float32, rs.taps/2) // the quiet before the beginning
	return rs
}

// phase is the filter for a place (0 to 1) after the sample in its middle.
// Cutoff is a share of half the rate.
func phase(taps int, place, cutoff, decibels float64) []float32 {
	beta := 0.1102 * (decibels - 8.7)
	half := float64(taps) / 2
	h := make([]float64, taps)
	sum := 0.0
	for i := range h {
		x := float64(i) - half + 1 - place
		if r := x / half; math.Abs(r) < 1 {
			h[i] = sinc(cutoff*x) * bessel(beta*math.Sqrt(1-r*r))
		}
		sum += h[i]
	}
	out := make([]float32, taps)
	for i := range h {
		out[i] = float32(h[i] / sum) // each phase passes a steady level as it is
	}
	return out
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// bessel is the modified Bessel function of order zero, by its series.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-9; k++ {
		term *= x * x / (4 * k * k)
		sum += term
	}
	return sum
}

// push takes input and makes what output it allows.
func (rs *resampler) push(in []float32) {
	if rs.phases == nil {
		rs.out = append(rs.out, in...)
		return
	}
	rs.count += len(in)
	rs.in = append(rs.in, in...)
	rs.run()
}

func (rs *resampler) run() {
	for {
		// The place of the output sample, in input samples from the beginning.
		whole, part := rs.next*rs.rate/rs.to, rs.next*rs.rate%rs.to
		i := (part*len(rs.phases) + rs.to/2) / rs.to
		if i == len(rs.phases) {
			whole, i = whole+1, 0
		}
		from := whole + 1 - rs.first
		if from+rs.taps > len(rs.in) {
			break
		}
		rs.out = append(rs.out, dot(rs.phases[i], rs.in[from:from+rs.taps]))
		rs.next++
	}
	if drop := rs.next*rs.rate/rs.to - rs.first; drop > 1<<14 {
		rs.in = append(rs.in[:0], rs.in[drop:]...)
		rs.first += drop
	}
}

// dot is the sum of products. Four sums at once do not wait for each other.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		s0 += v * b[i]
	}
	return s0 + s1 + s2 + s3
}

// end returns all output: as long as the input was.
func (rs *resampler) end() []float32 {
	if rs.phases == nil || rs.count == 0 {
		return rs.out
	}
	want := max(1, (rs.count*rs.to+rs.rate/2)/rs.rate)
	rs.in = append(rs.in, make([]float32, rs.taps+rs.rate/rs.to+2)...)
	rs.run()
	return rs.out[:min(want, len(rs.out))]
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
