package amd

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"clickbridge/media/g711"
	"clickbridge/media/tone"
)

func quietFor(d time.Duration) []int16 { return tone.Generate(nil, d, 0) }

// talk is as loud as speech, in syllables of a quarter of a second, and has no
// pitch.
func talk(d time.Duration) []int16 {
	r := rand.New(rand.NewPCG(1, 1))
	out := make([]int16, d*8000/time.Second)
	for i := range out {
		loud := 3000.0
		if k := i % 2000; k < 480 && i > 480 {
			loud = 100
		}
		out[i] = int16(loud * r.NormFloat64())
	}
	return out
}

// hiss is steady.
func hiss(d time.Duration) []int16 {
	r := rand.New(rand.NewPCG(1, 1))
	out := make([]int16, d*8000/time.Second)
	for i := range out {
		out[i] = int16(1000 * r.NormFloat64())
	}
	return out
}

func half(x []int16) []int16 {
	for i := range x {
		x[i] /= 2
	}
	return x
}

func TestDetector(t *testing.T) {
	const ms = time.Millisecond
	sine := func(d time.Duration, hz ...float64) []int16 { return tone.Generate(hz, d, 0.3) }
	for _, tc := range []struct {
		name  string
		sound [][]int16
		want  Verdict
		after time.Duration
	}{
		{"nothing", [][]int16{quietFor(4 * time.Second)}, Person, Limit},
		{"a little, then waits", [][]int16{quietFor(500 * ms), talk(600 * ms), quietFor(3 * time.Second)}, Person, 500*ms + 600*ms + waits},
		{"a click, then nothing", [][]int16{quietFor(500 * ms), talk(40 * ms), quietFor(4 * time.Second)}, Person, Limit},
		{"goes on", [][]int16{quietFor(200 * ms), talk(4 * time.Second)}, Machine, 200*ms + talks},
		{"goes on after a breath", [][]int16{quietFor(200 * ms), talk(time.Second), quietFor(400 * ms), talk(2 * time.Second)}, Machine, 200*ms + talks},
		{"goes on too late", [][]int16{quietFor(time.Second), talk(3 * time.Second)}, Person, Limit},
		{"an echo of our question", [][]int16{quietFor(100 * ms), half(half(half(half(talk(4 * time.Second)))))}, Person, Limit},
		{"noise behind a gap", [][]int16{quietFor(200 * ms), hiss(4 * time.Second)}, Person, 1680*ms + waits},
		{"noise behind softer noise", [][]int16{half(half(hiss(200 * ms))), hiss(4 * time.Second)}, Person, 1680*ms + waits},
		{"a beep", [][]int16{quietFor(time.Second), sine(400*ms, 1000), quietFor(3 * time.Second)}, Machine, time.Second + beeps},
		{"a beep, faint", [][]int16{quietFor(time.Second), tone.Generate([]float64{1400}, 400*ms, 0.02), quietFor(3 * time.Second)}, Machine, time.Second + beeps},
		{"a short pip", [][]int16{quietFor(time.Second), sine(120*ms, 1000), quietFor(3 * time.Second)}, Person, time.Second + 120*ms + waits},
		{"a scale", [][]int16{quietFor(time.Second), sine(100*ms, 500), sine(100*ms, 600), sine(100*ms, 700), quietFor(3 * time.Second)},
			Person, time.Second + 300*ms + waits},
		{"continental ringing", [][]int16{quietFor(200 * ms), sine(time.Second, 425), quietFor(3 * time.Second)}, Person, 1200*ms + waits},
		{"American ringing", [][]int16{quietFor(200 * ms), sine(1400*ms, 440, 480), quietFor(2 * time.Second)}, Person, 1600*ms + waits},
		{"American busy", [][]int16{quietFor(200 * ms), sine(500*ms, 480, 620), quietFor(3 * time.Second)}, Person, 700*ms + waits},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			sound := g711.EncodeULawAll(slices.Concat(tc.sound...))
			for _, piece := range []int{1, 160, 333, len(sound)} {
				var d Detector
				v := Unknown
				for p := range slices.Chunk(sound, piece) {
					v = d.Write(p)
				}
				if off := d.Heard() - tc.after; v != tc.want || off.Abs() > 80*ms {
					t.Errorf("in pieces of %d: verdict %d after %v, want %d after %v", piece, v, d.Heard(), tc.want, tc.after)
				}
			}
		})
	}
}

// tap plays sound from when it was made.
type tap struct {
	sound []byte
	since time.Time
	read  int
}

func (p *tap) Close() {}

func (p *tap) Read(b []byte) int {
	now := min(int(time.Since(p.since)*8000/time.Second), len(p.sound))
	n := copy(b, p.sound[p.read:max(now, p.read)])
	p.read += n
	return n
}

func TestListen(t *testing.T) {
	for name, tc := range map[string]struct {
		sound   []int16
		leave   time.Duration // ctx is done
		machine bool
		within  time.Duration
	}{
		"a person":             {slices.Concat(talk(500*time.Millisecond), quietFor(5*time.Second)), time.Minute, false, 500*time.Millisecond + waits + 3*every},
		"a machine":            {slices.Concat(quietFor(200*time.Millisecond), talk(5*time.Second)), time.Minute, true, 200*time.Millisecond + talks + 6*every},
		"nothing":              {quietFor(5 * time.Second), time.Minute, false, Limit},
		"a leg that has ended": {nil, time.Minute, false, Limit},
		"the hunt is over":     {talk(5 * time.Second), time.Second, false, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tc.leave)
				defer cancel()
				began := time.Now()
				got := Machines{}.Listen(ctx, &tap{sound: g711.EncodeULawAll(tc.sound), since: began})
				if took := time.Since(began); got != tc.machine || took > tc.within {
					t.Errorf("machine = %v after %v, want %v within %v", got, took, tc.machine, tc.within)
				}
			})
		})
	}
}

func FuzzDetector(f *testing.F) {
	f.Add([]byte{0xff, 0x7f, 0, 0x80}, 3)
	f.Fuzz(func(t *testing.T, sound []byte, piece int) {
		var whole, pieces Detector
		want, got := whole.Write(sound), Unknown
		for p := range slices.Chunk(sound, max(1, piece)) {
			got = pieces.Write(p)
		}
		if got != want || whole.Heard() > Limit {
			t.Errorf("%d in pieces of %d, %d whole, after %v", got, piece, want, whole.Heard())
		}
	})
}

func BenchmarkDetector(b *testing.B) {
	second := g711.EncodeULawAll(talk(time.Second))
	b.SetBytes(int64(len(second)))
	for b.Loop() {
		var d Detector
		d.Write(second)
	}
}
