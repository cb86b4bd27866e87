// Package amd guesses whether a machine answered: a voicemail, a carrier's
// announcement, a fax. It listens to what the far end says in the first three
// seconds and knows no words: people say a little and wait, machines go on
// talking, and some begin with a tone.
//
// It is a guess. Who answers with a long sentence sounds like a machine, and a
// machine that pauses early sounds like a person; docs/hunting.md has the
// figures. Only a pressed key is certain, which is why lists ask for one by
// default. Where the signs are mixed the answer is "a person", because hanging
// up on people costs more than asking a machine, which presses nothing.
//
// callflow calls [Machines.Listen]. The package does not hang up, play or ask.
package amd

import (
	"math"
	"time"

	"clickbridge/media/g711"
)

// Verdict is what a detector thinks.
type Verdict int

// The verdicts. The first that is not Unknown stands.
const (
	Unknown Verdict = iota
	Person
	Machine
)

// Limit is how much is listened to before an undecided answer is a person's.
const Limit = 3 * time.Second

// What tells the two apart, measured on the clips of testdata.
const (
	talks = 2350 * time.Millisecond // goes on for so long: a machine
	waits = 700 * time.Millisecond  // is quiet for so long, having spoken: a person
	beeps = 180 * time.Millisecond  // holds a tone for so long: a machine
)

const (
	frameSize = 160 // samples
	frame     = 20 * time.Millisecond
)

// Detector listens to one far end. Time is what it was given: 8,000 samples are
// a second. The zero value is ready.
type Detector struct {
	verdict Verdict
	rest    []byte // less than a frame
	heard   time.Duration
	level   level
	beep    beep
	voiced  int           // frames of speech in a row, less those without
	began   time.Duration // when speech began
	spoke   time.Duration // when there was speech last; 0 = not yet
	samples [frameSize]int16
}

// Heard returns how much was listened to.
func (d *Detector) Heard() time.Duration { return d.heard }

// Write takes µ-law at 8 kHz in pieces of any size and returns the verdict so
// far. What comes after a verdict is not looked at.
func (d *Detector) Write(ulaw []byte) Verdict {
	d.rest = append(d.rest, ulaw...)
	for len(d.rest) >= frameSize && d.verdict == Unknown {
		for i, b := range d.rest[:frameSize] {
			d.samples[i] = g711.DecodeULaw(b)
		}
		d.rest = d.rest[frameSize:]
		d.heard += frame
		d.verdict = d.listen()
	}
	if d.verdict != Unknown {
		d.rest = nil
	}
	return d.verdict
}

// listen takes the frame in d.samples.
func (d *Detector) listen() Verdict {
	loud := d.level.speech(d.samples[:])
	if d.beep.take(d.samples[:], loud) >= beeps {
		return Machine
	}
	if loud {
		d.voiced = min(d.voiced+1, 8)
	} else {
		d.voiced = max(d.voiced-1, 0)
	}
	switch {
	case loud && d.spoke == 0 && d.voiced == 4: // a click is shorter
		d.began, d.spoke = d.heard-4*frame, d.heard
	case loud && d.spoke != 0:
		d.spoke = d.heard
	}
	switch {
	case d.heard >= Limit:
		return Person
	case d.spoke == 0:
		return Unknown
	case d.spoke-d.began >= talks:
		return Machine
	case d.heard-d.spoke >= waits:
		return Person
	}
	return Unknown
}

// level tells speech from what is behind it.
type level struct {
	recent  [75]float64 // dBFS, averaged over three frames: the last 1.5 s
	last    [3]float64
	frames  int
	loudest float64
}

// Levels in dB: below full scale, above the noise, below the loudest.
const (
	quiet      = -42 // an echo of what we play is no louder
	aboveNoise = 6
	belowPeak  = 22
	nothing    = -80
)

// speech reports whether a frame is louder than the noise. What has
// gone on for 1.5 s is noise: a line that was not yet open before counts as
// speech for no longer.
func (l *level) speech(samples []int16) bool {
	e := decibels(samples)
	if l.frames == 0 {
		l.last = [3]float64{e, e, e}
		l.loudest = nothing
	}
	l.last[l.frames%3] = e
	smooth := (l.last[0] + l.last[1] + l.last[2]) / 3
	l.recent[l.frames%len(l.recent)] = smooth
	l.frames++
	l.loudest = max(l.loudest, smooth)
	floor := smooth
	for _, x := range l.recent[:min(l.frames, len(l.recent))] {
		floor = min(floor, x)
	}
	return e > max(quiet, floor+aboveNoise, l.loudest-belowPeak)
}

func decibels(samples []int16) float64 {
	var sum float64
	for _, x := range samples {
		sum += float64(x) * float64(x)
	}
	return max(nothing, 10*math.Log10(sum/float64(len(samples))/(32768*32768)+1e-12))
}
