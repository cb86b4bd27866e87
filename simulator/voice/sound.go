package voice

import (
	"sync"
	"time"

	"clickbridge/media/g711"
	"clickbridge/media/tone"
)

// Sound is audio at 8 kHz in both laws, shared read-only by all lines.
type Sound struct {
	laws [2][]byte // mu, A
	loop bool
}

const frameSamples = 160 // 20 ms

func newSound(samples []int16, loop bool) *Sound {
	for len(samples)%frameSamples != 0 {
		samples = append(samples, 0)
	}
	mu := g711.EncodeULawAll(samples)
	return &Sound{laws: [2][]byte{mu, g711.ToALaw(mu)}, loop: loop}
}

// Speech returns a sound of µ-law at 8 kHz, said once.
func Speech(ulaw []byte) *Sound { return newSound(g711.DecodeULawAll(ulaw), false) }

// frame returns the n-th 20 ms frame for the payload type; ok is false when
// the sound is over.
func (s *Sound) frame(n int, pt int) (b []byte, ok bool) {
	law := s.laws[0]
	if pt == PCMA {
		law = s.laws[1]
	}
	count := len(law) / frameSamples
	if s.loop {
		n %= count
	} else if n >= count {
		return nil, false
	}
	return law[n*frameSamples : (n+1)*frameSamples], true
}

// sounds makes each sound once.
type sounds struct {
	mu    sync.Mutex
	tones map[int]*Sound
	other map[string]*Sound
}

// tone returns an endless tone of a whole number of Hz: one second of it joins
// its own beginning without a click.
func (s *sounds) tone(hz int) *Sound {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tones == nil {
		s.tones = map[int]*Sound{}
	}
	if s.tones[hz] == nil {
		s.tones[hz] = newSound(tone.Generate([]float64{float64(hz)}, time.Second, 0.4), true)
	}
	return s.tones[hz]
}

func (s *sounds) made(name string, make func() *Sound) *Sound {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.other == nil {
		s.other = map[string]*Sound{}
	}
	if s.other[name] == nil {
		s.other[name] = make()
	}
	return s.other[name]
}

// Tone returns an endless tone of hz Hz.
func (d *Desk) Tone(hz int) *Sound { return d.sounds.tone(hz) }

// Ringback returns the North American ringing signal: 440 and 480 Hz, two
// seconds on, four off, for ever.
func (d *Desk) Ringback() *Sound {
	return d.sounds.made("ringback", func() *Sound {
		on := tone.Generate([]float64{440, 480}, 2*time.Second, 0.3)
		return newSound(append(on, make([]int16, 4*tone.Rate)...), true)
	})
}

// Greeting returns a voicemail's greeting: three seconds of bursts of the
// length and pitch of syllables, a pause, then a beep.
func (d *Desk) Greeting() *Sound {
	return d.sounds.made("greeting", func() *Sound {
		// Pitch (Hz) and length (ms) of each syllable; 0 is a pause between words.
		syllables := [][2]int{{120, 180}, {150, 140}, {0, 60}, {135, 220}, {160, 130}, {110, 200}, {0, 120},
			{140, 160}, {125, 240}, {0, 80}, {155, 150}, {130, 190}, {115, 260}, {0, 250}}
		var out []int16
		for range 2 {
			for _, s := range syllables {
				out = append(out, syllable(s[0], time.Duration(s[1])*time.Millisecond)...)
			}
		}
		out = append(out, make([]int16, tone.Rate*3/10)...)
		return newSound(append(out, tone.Generate([]float64{1000}, 500*time.Millisecond, 0.5)...), false)
	})
}

// syllable is a voiced sound: a pitch with its formants, swelling and fading.
func syllable(pitch int, d time.Duration) []int16 {
	if pitch == 0 {
		return tone.Generate(nil, d, 0)
	}
	p := float64(pitch)
	s := tone.Generate([]float64{p, 2 * p, 4 * p, 5 * p, 9 * p}, d, 0.6)
	for i := range s {
		rise := min(float64(i), float64(len(s)-i), 400) / 400
		s[i] = int16(float64(s[i]) * rise)
	}
	return s
}

// digit returns the two tones of a key (ITU-T Q.23) for a far end that did not
// take telephone-event.
func (d *Desk) digit(key byte) *Sound {
	return d.sounds.made("key "+string(rune(key)), func() *Sound {
		low := [4]float64{697, 770, 852, 941}
		high := [4]float64{1209, 1336, 1477, 1633}
		for r, row := range [4]string{"123A", "456B", "789C", "*0#D"} {
			for c := range 4 {
				if row[c] == key {
					return newSound(tone.Generate([]float64{low[r], high[c]}, 120*time.Millisecond, 0.6), false)
				}
			}
		}
		return newSound(make([]int16, frameSamples), false)
	})
}
