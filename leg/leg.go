// Package leg is the one shared seam of the call engine: what a live leg is to
// the rooms that conduct it (callflow, screen, bridge), and what the rooms that
// make it (trunk, dialog, media) owe each other. It holds types and interfaces
// only. legtest has the fake.
package leg

import (
	"context"
	"time"

	"clickbridge"
)

// Leg is one phone's side of a call, answered and alive until its context is
// done.
type Leg interface {
	// Context is done when the leg has ended, whoever ended it;
	// clickbridge.CauseOf(context.Cause(ctx)) says why.
	Context() context.Context
	// Media is the leg's audio and keys.
	Media() Media
	// Hangup ends the leg. It returns at once, may be called from anywhere any
	// number of times, and outlives every other context: the BYE is sent, then
	// the media closed.
	Hangup(*clickbridge.Cause)
	// Info says what the leg is, for logs and records.
	Info() Info
}

// Info names a leg.
type Info struct {
	Number    clickbridge.Number
	Trunk     string
	SIPCallID string
}

// Media is the audio and the keys of one leg. Its methods may be called from
// any goroutine and never block on the network.
type Media interface {
	// Play sends clips one after another, replacing whatever played, and
	// repeats them for ever when loop is set. The channel closes when the last
	// clip has been sent, when the playback is replaced or stopped, or when the
	// leg ends. Keys are received meanwhile.
	Play(clips []*Clip, loop bool) <-chan struct{}
	// Stop ends playing.
	Stop()
	// Hear sends source's incoming audio here, one way and without its keys,
	// until Play, Stop, Bridge or Hear(nil): the far end's early media.
	Hear(source Media)
	// Bridge relays audio and keys between the two legs, both ways, and ends
	// whatever played on either. It lasts until either leg ends.
	Bridge(peer Media)
	// Keys delivers each key pressed, once, from the moment of the answer on:
	// RFC 4733 events, SIP INFO and, outside a bridge, tones in the audio of a
	// far end that did not agree to events. Up to 32 are kept for a reader;
	// more are dropped.
	Keys() <-chan Key
	// Press sends keys to the far end one after another, as a person presses
	// them: RFC 4733 events, or tones in the audio where those were not
	// agreed. "," waits half a second; what is no key is left out. Whatever
	// else the far end is sent waits meanwhile. A second Press follows the
	// first. The channel closes when the last key was sent or the leg ended.
	Press(keys string) <-chan struct{}
	// Listen copies what the far end says from now on. Any number may listen.
	Listen() Tap
	// Stats is a snapshot.
	Stats() Stats
}

// Tap is a copy of what one far end says, in real time. One goroutine reads it.
type Tap interface {
	// Read takes what was heard since the last Read: µ-law at 8 kHz, at most
	// len(p) bytes; 0 = nothing new. What did not come (lost packets, silence
	// that was not sent, hold) is silence of its length, so that two taps of one
	// call stay aligned. At most 4 s are kept: older sound that nobody read is
	// silence too. Read runs less than 0.1 s behind the far end. Once the leg has
	// ended or the tap was closed it returns what is left, then 0.
	Read(p []byte) int
	// Close ends the copying. Idempotent; a tap of an ended leg need not be
	// closed.
	Close()
}

// Key is one press of a telephone key: 0-9, *, #, A-D.
type Key rune

// Stats counts a leg's RTP.
type Stats struct {
	PacketsIn, PacketsOut   uint64
	BytesIn, BytesOut       uint64
	DroppedIn               uint64    // wrong source, bad version, late
	LastIn                  time.Time // zero until the first packet
	OnHold                  bool      // the far end said sendonly, inactive or c=0.0.0.0
	Codec                   string    // "PCMU" or "PCMA"
	LocalPort               int
	RemoteAddr              string // ip:port that audio is sent to
	TelephoneEventsAccepted bool   // the answer carries telephone-event
}

// Clip is audio ready to be sent: G.711 at 8 kHz, one byte a sample, in both
// laws, shared read-only by all legs.
type Clip struct {
	Name       string
	ULaw, ALaw []byte
}

// Duration returns how long the clip plays.
func (c *Clip) Duration() time.Duration {
	return time.Duration(len(c.ULaw)) * time.Second / 8000
}
