package tone_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"clickbridge/media/tone"
)

func TestPower(t *testing.T) {
	t.Parallel()
	pure := tone.Generate([]float64{1000}, 200*time.Millisecond, 0.5)
	two := tone.Generate([]float64{440, 480}, 200*time.Millisecond, 0.5)
	noise := make([]int16, 1600)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = int16(r.IntN(20000) - 10000)
	}
	for _, c := range []struct {
		name     string
		samples  []int16
		freq     float64
		min, max float64
	}{
		{"pure tone", pure, 1000, 0.98, 1},
		{"beside the tone", pure, 1400, 0, 0.01},
		{"first of two", two, 440, 0.45, 0.55},
		{"second of two", two, 480, 0.45, 0.55},
		{"noise", noise, 1000, 0, 0.05},
		{"silence", make([]int16, 160), 1000, 0, 0},
		{"nothing", nil, 1000, 0, 0},
	} {
		if p := tone.Power(c.samples, c.freq); p < c.min || p > c.max {
			t.Errorf("%s: Power = %.3f, want %.2f to %.2f", c.name, p, c.min, c.max)
		}
	}
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	s := tone.Generate([]float64{425}, time.Second, 0.25)
	if len(s) != tone.Rate {
		t.Fatalf("a second is %d samples", len(s))
	}
	var peak int16
	for _, x := range s {
		peak = max(peak, x)
	}
	if peak < 8000 || peak > 8192 {
		t.Errorf("peak %d, want a quarter of full scale", peak)
	}
	if !tone.Audible(s) || tone.Audible(tone.Generate(nil, time.Second, 1)) {
		t.Error("Audible does not tell a tone from silence")
	}
}

func ExampleDetect() {
	heard := tone.Generate([]float64{440}, 100*time.Millisecond, 0.3)
	fmt.Println(tone.Detect(heard, 300, 440, 900))
	fmt.Println(tone.Detect(heard, 300, 900))
	// Output:
	// 440
	// 0
}
