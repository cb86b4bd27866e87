// Command holdmusic writes the hold music to standard output as G.711 mu-law:
// sixteen slow beats of broken chords, composed here, whose last notes ring
// into the first so that the loop has no seam. prompt/make.sh runs it.
package main

import (
	"bufio"
	"fmt"
	"math"
	"os"

	"clickbridge/media/g711"
)

const (
	rate  = 8000
	beat  = rate * 4 / 5 // 75 beats a minute
	beats = 16
	level = 1900 // RMS: quieter than speech by about 6 dB
)

// note is one sound: when it starts in half beats, its MIDI number, how loud.
type note struct {
	at   int
	midi float64
	loud float64
}

// chords are four beats each: F major 7, D minor 7, G minor 7, C 7.
var chords = [][]float64{
	{53, 57, 60, 64, 69},
	{50, 57, 60, 65, 69},
	{55, 58, 62, 65, 70},
	{48, 58, 60, 64, 67},
}

// pattern is which voice of the chord sounds in each half beat.
var pattern = []int{0, 2, 3, 4, 1, 3, 2, 3}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "holdmusic:", err)
		os.Exit(1)
	}
}

func run() error {
	mix := make([]float64, beat*beats)
	for _, n := range score() {
		n.play(mix)
	}
	w := bufio.NewWriter(os.Stdout)
	gain := level / rms(mix)
	for _, s := range mix {
		if err := w.WriteByte(g711.EncodeULaw(int16(s * gain))); err != nil {
			return err
		}
	}
	return w.Flush()
}

// score writes the piece out: the broken chord, a held bass an octave above
// what telephones swallow, and a small melody on the third and fourth beat.
func score() []note {
	var notes []note
	for i, c := range chords {
		start := 8 * i
		notes = append(notes, note{start, c[0] + 12, 0.8})
		for j, voice := range pattern {
			notes = append(notes, note{start + j, c[voice] + 12, 0.55})
		}
		notes = append(notes, note{start + 4, c[4] + 12, 0.6}, note{start + 7, c[3] + 12, 0.4})
	}
	return notes
}

// play adds the note: a bell-like tone of three partials that dies away. What
// rings beyond the end goes on at the beginning.
func (n note) play(mix []float64) {
	freq := 440 * math.Pow(2, (n.midi-69)/12)
	start := n.at * beat / 2
	for i := range 3 * rate {
		t := float64(i) / rate
		attack := min(1, t/0.012)
		s := math.Sin(2*math.Pi*freq*t)*math.Exp(-1.6*t) +
			0.35*math.Sin(4*math.Pi*freq*t)*math.Exp(-2.6*t) +
			0.12*math.Sin(6*math.Pi*freq*t)*math.Exp(-4*t)
		release := min(1, (3-t)/0.1)
		mix[(start+i)%len(mix)] += n.loud * attack * release * s
	}
}

func rms(mix []float64) float64 {
	var sum float64
	for _, s := range mix {
		sum += s * s
	}
	return math.Sqrt(sum / float64(len(mix)))
}
