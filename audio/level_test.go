package audio

import (
	"math"
	"slices"
	"testing"
)

func times(s []float32, gain float32) []float32 {
	out := slices.Clone(s)
	for i := range out {
		out[i] *= gain
	}
	return out
}

func peakOf(s []float32) (p float32) {
	for _, v := range s {
		p = max(p, v, -v)
	}
	return p
}

func TestLevel(t *testing.T) {
	t.Parallel()
	voice := wave(1000, Rate, Rate)
	rests := slices.Concat(voice, make([]float32, 3*Rate), voice)
	rumble := make([]float32, 2*Rate)
	for i, v := range wave(40, Rate, len(rumble)) {
		rumble[i] = v + 0.1*voice[i%Rate]
	}
	for _, c := range []struct {
		name  string
		sound []float32
		gain  float64 // dB
	}{
		{"loud", times(voice, 2), -16},
		{"right", times(voice, 0.316), 0},
		{"quiet", times(voice, 0.1), 10},
		{"very quiet", times(voice, 0.01), 20},
		{"a room's noise", times(voice, 0.003), 0},
		{"silence", times(voice, 0), 0},
		{"rests do not count", rests, -10},
	} {
		s := slices.Clone(c.sound)
		if got := level(s); math.Abs(got-c.gain) > 0.5 {
			t.Errorf("%s: %+.1f dB, want %+v", c.name, got, c.gain)
		}
		if peakOf(s) > ceiling+1e-4 {
			t.Errorf("%s: a peak of %.3f", c.name, peakOf(s))
		}
	}
	if db := 20 * math.Log10(loudness(rumble)/(0.05/math.Sqrt2)); math.Abs(db) > 2 {
		t.Errorf("rumble adds %.1f dB to the loudness", db)
	}
}

// Peaks are turned down before they come, without a step, and the rest is left
// alone.
func TestLimit(t *testing.T) {
	t.Parallel()
	s := wave(1000, Rate, Rate)
	for i := 4000; i < 4100; i++ {
		s[i] *= 6
	}
	was := slices.Clone(s)
	limit(s)
	if p := peakOf(s); p > ceiling+1e-4 || p < 0.8 {
		t.Errorf("the peak is %.3f", p)
	}
	if !slices.Equal(s[:3900], was[:3900]) || !slices.Equal(s[7000:], was[7000:]) {
		t.Error("what is far from the peak was changed")
	}
	for i := 1; i < len(s); i++ {
		if was[i] == 0 || was[i-1] == 0 || math.Abs(float64(was[i])) < 0.05 || math.Abs(float64(was[i-1])) < 0.05 {
			continue
		}
		if a, b := s[i-1]/was[i-1], s[i]/was[i]; math.Abs(float64(a-b)) > 0.05 {
			t.Fatalf("the gain steps from %.3f to %.3f at %d", a, b, i)
		}
	}
}

func TestClarify(t *testing.T) {
	t.Parallel()
	at := func(freq, amplitude float64) float64 {
		s := times(wave(freq, Rate, Rate), float32(amplitude))
		clarify(s)
		return decibels(s) - 20*math.Log10(amplitude)
	}
	if low, mid, high := at(100, 0.5), at(800, 0.5), at(2400, 0.5); mid-low < 20 || high-mid < 1 {
		t.Errorf("gain %.1f dB at 100 Hz, %.1f at 800, %.1f at 2400", low, mid, high)
	}
	if quiet, loud := at(800, 0.02), at(800, 1); quiet-loud < 10 {
		t.Errorf("gain %.1f dB when quiet, %.1f when loud", quiet, loud)
	}
}
