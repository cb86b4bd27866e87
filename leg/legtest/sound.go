package legtest

import (
	"bytes"
	"context"
	"sync"
	"time"

	"clickbridge/leg"
)

// How long the fake takes to press, as the real one does.
const (
	pressTime = 200 * time.Millisecond // a key and the gap after it
	waitTime  = 500 * time.Millisecond // ","
)

// Press implements leg.Media.
func (m *Media) Press(keys string) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	before, done := m.pressing, make(chan struct{})
	m.pressing = done
	go func() {
		defer close(done)
		if before != nil {
			<-before
		}
		for _, k := range keys {
			m.press(k)
		}
	}()
	return done
}

// press sends one key, or waits for a comma.
func (m *Media) press(key rune) {
	if m.ctx.Err() != nil {
		return
	}
	m.mu.Lock()
	m.pressed.WriteRune(key)
	m.mu.Unlock()
	takes := pressTime
	if key == ',' {
		takes = waitTime
	}
	t := time.NewTimer(takes)
	defer t.Stop()
	select {
	case <-t.C:
	case <-m.ctx.Done():
	}
}

// Pressed returns what Press has sent so far, commas included.
func (m *Media) Pressed() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pressed.String()
}

// The far end's sound is µ-law at 8 kHz.
const (
	sampleTime = time.Second / 8000
	silence    = 0xFF
	kept       = 4 * time.Second
)

// speech is something the far end says.
type speech struct {
	at    time.Time
	sound []byte
}

func (s speech) end() time.Time { return s.at.Add(time.Duration(len(s.sound)) * sampleTime) }

// Say has the far end say sound (µ-law, 8 kHz) from now on, or when what it
// said before is over. Who listens hears it in its own time.
func (m *Media) Say(sound []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := time.Now()
	if n := len(m.said); n > 0 && m.said[n-1].end().After(at) {
		at = m.said[n-1].end()
	}
	m.said = append(m.said, speech{at: at, sound: bytes.Clone(sound)})
}

// Listen implements leg.Media.
func (m *Media) Listen() leg.Tap {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taps++
	t := &tap{media: m, next: time.Now()}
	t.gone = context.AfterFunc(m.ctx, t.Close)
	return t
}

// Listeners returns how many taps are open.
func (m *Media) Listeners() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.taps
}

// tap is the fake tap. It has no delay.
type tap struct {
	media *Media
	gone  func() bool
	once  sync.Once

	// Guarded by media.mu.
	next time.Time // of the sample read next
	end  time.Time // zero while open
}

// Read implements leg.Tap.
func (t *tap) Read(p []byte) int {
	t.media.mu.Lock()
	defer t.media.mu.Unlock()
	now := time.Now()
	if !t.end.IsZero() {
		now = t.end
	}
	n := min(len(p), int(now.Sub(t.next)/sampleTime))
	for i := range p[:n] {
		p[i] = t.media.sample(t.next, now)
		t.next = t.next.Add(sampleTime)
	}
	return n
}

// sample returns what the far end said at a time; the caller holds mu.
func (m *Media) sample(at, now time.Time) byte {
	if now.Sub(at) > kept {
		return silence
	}
	for _, s := range m.said {
		if i := int(at.Sub(s.at) / sampleTime); !at.Before(s.at) && i < len(s.sound) {
			return s.sound[i]
		}
	}
	return silence
}

// Close implements leg.Tap.
func (t *tap) Close() {
	t.once.Do(func() {
		t.media.mu.Lock()
		defer t.media.mu.Unlock()
		t.gone()
		t.media.taps--
		t.end = time.Now()
	})
}
