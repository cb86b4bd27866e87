package legtest

import (
	"context"
	"strings"
	"sync"
	"time"

	"clickbridge/leg"
)

// Media is the fake leg's audio. A clip takes its own time to play.
type Media struct {
	ctx  context.Context
	keys chan leg.Key

	mu       sync.Mutex
	played   []string // names of clips, in the order they began
	playing  bool
	stop     chan struct{} // closed to end the running playback
	peer     *Media
	heard    leg.Media
	stats    leg.Stats
	pressed  strings.Builder // keys sent so far
	pressing chan struct{}   // closed when the newest Press is through; nil = none yet
	said     []speech
	taps     int // open
}

// Play implements leg.Media.
func (m *Media) Play(clips []*leg.Clip, loop bool) <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.end()
	stop, done := make(chan struct{}), make(chan struct{})
	m.stop, m.playing = stop, true
	go func() {
		defer close(done)
		for {
			for _, c := range clips {
				m.note(c.Name)
				t := time.NewTimer(c.Duration())
				select {
				case <-t.C:
				case <-stop:
					t.Stop()
					return
				case <-m.ctx.Done():
					t.Stop()
					return
				}
			}
			if !loop || len(clips) == 0 {
				return
			}
		}
	}()
	return done
}

func (m *Media) note(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.played = append(m.played, name)
}

// end stops the running playback; the caller holds mu.
func (m *Media) end() {
	if m.stop != nil {
		close(m.stop)
		m.stop = nil
	}
	m.playing, m.heard = false, nil
}

// Stop implements leg.Media.
func (m *Media) Stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.end()
}

// Hear implements leg.Media.
func (m *Media) Hear(source leg.Media) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.end()
	m.heard = source
}

// Bridge implements leg.Media.
func (m *Media) Bridge(peer leg.Media) {
	p := peer.(*Media)
	for _, x := range []struct{ a, b *Media }{{m, p}, {p, m}} {
		x.a.mu.Lock()
		x.a.end()
		x.a.peer = x.b
		x.a.mu.Unlock()
	}
}

// Keys implements leg.Media.
func (m *Media) Keys() <-chan leg.Key { return m.keys }

// Stats implements leg.Media.
func (m *Media) Stats() leg.Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats
}

// SetStats says what Stats returns from now on.
func (m *Media) SetStats(s leg.Stats) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stats = s
}

// Played returns the names of the clips begun so far.
func (m *Media) Played() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.played...)
}

// Peer returns whom the leg is bridged to, nil for nobody.
func (m *Media) Peer() *Media {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.peer
}

// Hearing returns whose early media the leg hears, nil for nobody's.
func (m *Media) Hearing() leg.Media {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.heard
}

// Playing reports whether a playback runs.
func (m *Media) Playing() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.playing
}

// Clip returns a silent clip of the given length.
func Clip(name string, d time.Duration) *leg.Clip {
	n := int(d * 8000 / time.Second)
	return &leg.Clip{Name: name, ULaw: make([]byte, n), ALaw: make([]byte, n)}
}

// Elapse lets the bubble's time pass.
func Elapse(d time.Duration) { <-time.After(d) }
