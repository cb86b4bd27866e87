package amd

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"clickbridge/media/g711"
	"clickbridge/media/tone"
)

// answer is what one far end says, and what it is.
type answer struct {
	name    string
	machine bool
	samples []int16
}

// answers are the clips of testdata, and what needs no voice. The detector was
// set by voices a; voices b are those it had not met.
func answers(t testing.TB) (out []answer) {
	files, err := filepath.Glob("testdata/*.ul")
	if err != nil || len(files) < 80 {
		t.Fatalf("%d clips, %v", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".ul")
		a := answer{name, strings.HasPrefix(name, "machine"), g711.DecodeULawAll(b)}
		out = append(out, a)
		if a.machine && (strings.Contains(name, "-35") || strings.Contains(name, "-39") || strings.Contains(name, "-44")) {
			out = append(out, answer{name + " after SIT", true, slices.Concat(sit(), a.samples)})
		}
	}
	for _, hz := range []float64{480, 620, 1000, 1100, 1400, 1750} { // 1100 Hz is also a fax
		out = append(out, answer{fmt.Sprintf("machine %g Hz", hz), true, tone.Generate([]float64{hz}, 400*time.Millisecond, 0.2)})
	}
	for name, freqs := range map[string][]float64{"American": {440, 480}, "British": {400, 450}, "continental": {425}} {
		ring := tone.Generate(freqs, time.Second, 0.1)
		out = append(out, answer{"human behind " + name + " ringing", false, ring})
	}
	return out
}

// sit is the special information tone before a carrier's announcement
// (ITU-T E.180): three tones of 330 ms.
func sit() []int16 {
	const d = 330 * time.Millisecond
	return slices.Concat(tone.Generate([]float64{950}, d, 0.2), tone.Generate([]float64{1400}, d, 0.2), tone.Generate([]float64{1800}, d, 0.2))
}

// line is how an answer reaches us.
type line struct {
	noise float64 // dB below the voice; +Inf = none
	gain  float64 // dB
}

var lines = []line{
	{math.Inf(1), 0}, {math.Inf(1), -14}, {20, 0}, {15, -6}, {10, 0},
}

// noises is half hiss, half rumble, of mean square 1.
var noises = sync.OnceValue(func() []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	out, low := make([]float64, 1<<17), 0.0
	for i := range out {
		white := r.NormFloat64()
		low = 0.9*low + math.Sqrt(1-0.81)*white
		out[i] = (r.NormFloat64() + low) / math.Sqrt2
	}
	return out
})

// through returns what is heard of an answer in the first 3.2 s: a pause, the
// voice, then the line.
func (l line) through(a answer, r *rand.Rand) []byte {
	out := make([]int16, 25600)
	lead := 800 + r.IntN(7200) // 0.1-1 s
	noise := noises()[r.IntN(len(noises())-len(out)):]
	amplitude := 32768 * math.Pow(10, (voiceLevel-l.noise)/20)
	volume := math.Pow(10, l.gain/20)
	for i := range out {
		x := amplitude * noise[i]
		if k := i - lead; k >= 0 && k < len(a.samples) {
			x += float64(a.samples[k])
		}
		out[i] = int16(max(-32767, min(32767, x*volume)))
	}
	return g711.EncodeULawAll(out)
}

const voiceLevel = -19 // dBFS, of the clips, as make.sh has it

// tally counts what became of answers of one sort.
type tally struct {
	people, accused, machines, found int
	took                             []time.Duration
}

func (c *tally) add(a answer, v Verdict, took time.Duration) {
	switch {
	case a.machine:
		c.machines++
		if v == Machine {
			c.found++
			c.took = append(c.took, took)
		}
	default:
		c.people++
		if v == Machine {
			c.accused++
		}
		c.took = append(c.took, took)
	}
}

func share(n, of int) float64 { return 100 * float64(n) / float64(max(1, of)) }

// median is how long a verdict took that was right, or about a person.
func (c *tally) median() time.Duration {
	slices.Sort(c.took)
	return c.took[len(c.took)/2]
}

func (c *tally) String() string {
	right := c.found + c.people - c.accused
	return fmt.Sprintf("%4d answers: %5.1f %% right, %4.1f %% of people called machines, %5.1f %% of machines found, median %v",
		c.people+c.machines, share(right, c.people+c.machines), share(c.accused, c.people), share(c.found, c.machines), c.median())
}

// hear returns the verdict on what was heard and how long it took.
func hear(ulaw []byte) (Verdict, time.Duration) {
	var d Detector
	v := Unknown
	for len(ulaw) > 0 && v == Unknown {
		n := min(320, len(ulaw))
		v = d.Write(ulaw[:n])
		ulaw = ulaw[n:]
	}
	return v, d.Heard()
}

// measure asks about every answer over every line, and tells what it got.
func measure(t *testing.T, all []answer) (total, known, strange tally) {
	byLine := make([]tally, len(lines))
	for _, a := range all {
		h := fnv.New64a()
		h.Write([]byte(a.name))
		r := rand.New(rand.NewPCG(h.Sum64(), 1))
		wrong := 0
		for i, l := range lines {
			v, took := hear(l.through(a, r))
			byLine[i].add(a, v, took)
			total.add(a, v, took)
			switch a.name[len(a.name)-1] {
			case 'a':
				known.add(a, v, took)
			case 'b':
				strange.add(a, v, took)
			}
			if (v == Machine) != a.machine {
				wrong++
			}
		}
		if wrong > 0 {
			t.Logf("%s (%.1f s): wrong %d times of %d", a.name, float64(len(a.samples))/8000, wrong, len(lines))
		}
	}
	for i, l := range lines {
		t.Logf("noise %v dB below, gain %v dB: %v", l.noise, l.gain, &byLine[i])
	}
	return total, known, strange
}

// The figures of docs/hunting.md. They may only become better.
func TestAccuracy(t *testing.T) {
	t.Parallel()
	total, known, strange := measure(t, answers(t))
	t.Logf("voices it was set by:   %v", &known)
	t.Logf("voices new to it:       %v", &strange)
	t.Logf("all:                    %v", &total)
	for _, f := range []struct {
		what         string
		got, atLeast float64
	}{
		{"right", share(total.found+total.people-total.accused, total.people+total.machines), 81},
		{"people taken for people", share(total.people-total.accused, total.people), 99},
		{"people taken for people, of new voices", share(strange.people-strange.accused, strange.people), 98},
		{"machines found", share(total.found, total.machines), 58},
		{"3 s less the median time", (Limit - total.median()).Seconds(), 0.7},
	} {
		if f.got < f.atLeast {
			t.Errorf("%s: %.1f, it was %.1f or more", f.what, f.got, f.atLeast)
		}
	}
}
