// Command clipmaker makes a clip of espeak-ng's sound: it reads a WAV file from
// standard input, has audio treat it as texts are treated that are spoken during
// a call, cuts the rests around it, adds the one given in seconds, and writes
// G.711 mu-law to standard output. prompt/make.sh runs it.
package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"

	"clickbridge/audio"
	"clickbridge/media/g711"
)

const (
	audible = 150             // of 32768, -47 dBFS
	before  = audio.Rate / 50 // silence in front
	fadeIn  = audio.Rate / 250
	fadeOut = audio.Rate / 125
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "clipmaker:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: clipmaker SECONDS <in.wav >out.ul")
	}
	tail, err := strconv.ParseFloat(args[0], 64)
	if err != nil || tail < 0 || tail > 5 {
		return fmt.Errorf("a rest of %q seconds", args[0])
	}
	ulaw, _, err := audio.Convert(os.Stdin, audio.Options{Loudness: audio.Spoken})
	if err != nil {
		return fmt.Errorf("standard input %w", err)
	}
	clip := slices.Concat(silence(before), faded(trimmed(g711.DecodeULawAll(ulaw))), silence(int(tail*audio.Rate)))
	_, err = os.Stdout.Write(clip)
	return err
}

func silence(n int) []byte { return bytes.Repeat([]byte{g711.SilenceULaw}, n) }

// trimmed leaves out what cannot be heard at both ends.
func trimmed(s []int16) []int16 {
	loud := func(v int16) bool { return v > audible || v < -audible }
	first := max(0, slices.IndexFunc(s, loud))
	for len(s) > first && !loud(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s[first:]
}

// faded keeps the ends from clicking.
func faded(s []int16) []byte {
	for i := range s {
		share := min(1, float64(i)/fadeIn, float64(len(s)-1-i)/fadeOut)
		s[i] = int16(float64(s[i]) * share)
	}
	return g711.EncodeULawAll(s)
}
