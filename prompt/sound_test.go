package prompt_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"clickbridge/media/g711"
	"clickbridge/media/tone"
	"clickbridge/prompt"
)

// Below 300 Hz a telephone passes nothing: a level spent there is not heard.
func TestSpeechLiesInTheTelephoneBand(t *testing.T) {
	t.Parallel()
	for _, c := range prompt.Clips() {
		if !strings.Contains(c.Name, "/") {
			continue
		}
		s := g711.DecodeULawAll(c.ULaw)
		if share := energyBelow(s, 230); share > 0.02 {
			t.Errorf("%s: %.1f %% of its energy is below 230 Hz", c.Name, 100*share)
		}
	}
}

// energyBelow returns the share of the energy below freq, by the discrete
// Fourier transform of windows of 64 ms; by Parseval the whole is the sum over
// time.
func energyBelow(samples []int16, freq float64) float64 {
	const n = 512
	var below, all float64
	w := make([]float64, n)
	for at := 0; at+n <= len(samples); at += n {
		for i := range w {
			w[i] = float64(samples[at+i]) * (0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/n))
			all += w[i] * w[i] * n / 2
		}
		for k := 1.0; k*tone.Rate/n < freq; k++ {
			c := 2 * math.Cos(2*math.Pi*k/n)
			var s1, s2 float64
			for _, x := range w {
				s1, s2 = x+c*s1-s2, s1
			}
			below += s1*s1 + s2*s2 - c*s1*s2
		}
	}
	return below / max(all, 1)
}

// A clip that ends in mid-wave clicks at the next; one that ends at once runs
// into it.
func TestClipsBeginAndEndInSilence(t *testing.T) {
	t.Parallel()
	for _, c := range prompt.Clips() {
		if !strings.Contains(c.Name, "/") {
			continue
		}
		s := g711.DecodeULawAll(c.ULaw)
		if tone.Audible(s[:80]) || tone.Audible(s[len(s)-320:]) {
			t.Errorf("%s: no rest before or after", c.Name)
		}
	}
}

func TestTones(t *testing.T) {
	t.Parallel()
	for country, freqs := range map[string][]float64{
		"US": {440, 480}, "GB": {400, 450}, "AU": {400, 450}, "DE": {425},
	} {
		ring := g711.DecodeULawAll(prompt.Ringback(country)[0].ULaw[:3200])
		for _, f := range freqs {
			if p := tone.Power(ring, f); p < 0.9/float64(len(freqs)) {
				t.Errorf("%s: %.2f of the sound is at %v Hz", country, p, f)
			}
		}
	}
	for country, turn := range map[string]time.Duration{"US": 6 * time.Second, "GB": 3 * time.Second, "DE": 5 * time.Second} {
		if d := prompt.Ringback(country)[0].Duration(); d != turn {
			t.Errorf("ringback of %s takes %v, want %v", country, d, turn)
		}
	}
	if p := tone.Power(g711.DecodeULawAll(prompt.In("en").Beep()[0].ULaw), 1000); p < 0.95 {
		t.Errorf("%.2f of the beep is at 1 kHz", p)
	}
}

// The seam of a loop must be no louder a step than those within it, or it
// clicks.
func TestHoldHasNoSeam(t *testing.T) {
	t.Parallel()
	s := g711.DecodeULawAll(prompt.In("en").Hold()[0].ULaw)
	step := func(i int) int {
		d := int(s[(i+1)%len(s)]) - int(s[i])
		return max(d, -d)
	}
	worst := 0
	for i := range len(s) - 1 {
		worst = max(worst, step(i))
	}
	if seam := step(len(s) - 1); seam > worst/2 {
		t.Errorf("the seam is a step of %d, the largest within is %d", seam, worst)
	}
}
