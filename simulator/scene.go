package simulator

import (
	"strings"
	"time"
)

// Forever as RingFor rings until the call is cancelled.
const Forever time.Duration = -1

// Scene is what one phone does with one call. The zero value answers at once,
// presses nothing, says nothing and stays until BYE.
type Scene struct {
	Name string // shown in snapshots and events

	NoReply   bool // never answers anything, not even with 100
	Challenge bool // asks for digest credentials first (407)

	// RingFor is the time from the INVITE to the final answer; Forever rings
	// until CANCEL.
	RingFor  time.Duration
	NoTrying bool // no 100: a 180 or final answer sent at once makes it needless (RFC 3261 17.2.1)
	NoRing   bool // no 180 before the final answer
	// EarlyMedia sends 183 with SDP instead of 180, and audible ringback.
	EarlyMedia bool
	// FinalStatus is the final answer (300-699); 0 answers the call with 200.
	FinalStatus int
	// RedirectTo replaces the last two digits of the number in the Contact of
	// a 3xx.
	RedirectTo string
	// AnswerOnCancel answers the INVITE with 200 when CANCEL arrives.
	AnswerOnCancel bool
	// Forks is how many more phones answer, each with its own To-tag.
	Forks int

	Key      byte          // pressed KeyAfter after the ACK; 0 = none
	KeyAfter time.Duration //
	KeyVia   KeyVia
	// Talk sends the number's tone once the key is pressed (at the ACK where
	// there is no key) until the call ends.
	Talk      bool
	Voicemail bool // says a greeting and a beep after the ACK, then listens
	// Say is said once, SayAfter the ACK: µ-law at 8 kHz.
	Say      []byte
	SayAfter time.Duration
	// Menu is what the phone's own menu wants to hear: until these keys have
	// come it presses nothing and does not talk.
	Menu string
	Tape bool // keeps what it hears: Leg.Tape
	// HoldAfter after the key, the phone puts the call on hold with a
	// re-INVITE; it takes it back HoldFor later. 0 = never.
	HoldAfter, HoldFor time.Duration
	// HangupAfter is when the phone hangs up, counted from the key, or from the
	// ACK where there is none; 0 = never.
	HangupAfter time.Duration

	NoRTP    bool   // sends no RTP, whatever the scene says
	Deaf     bool   // hears nothing and shares one socket: for load
	Codec    string // "PCMU" or "PCMA": the only one taken; "" = the offer's first
	NoEvents bool   // the answer carries no telephone-event
}

// KeyVia is how a key travels.
type KeyVia string

// The ways of a key. A phone whose far end did not agree on telephone-event
// sends the key's tones in its audio instead of KeyRTP.
const (
	KeyRTP  KeyVia = ""     // RFC 4733 event
	KeyInfo KeyVia = "info" // SIP INFO, application/dtmf-relay
)

const (
	ring  = time.Second
	think = 700 * time.Millisecond // from the ACK to the key: the prompt has begun
)

// numbered returns the scenes of the numbers NPA-555-01xx by their last two
// digits.
func numbered(xx string) Scene {
	accepts := Scene{RingFor: ring, Key: '1', KeyAfter: think, Talk: true}
	with := func(name string, change func(*Scene)) Scene {
		s := accepts
		s.Name = name
		change(&s)
		return s
	}
	switch xx {
	case "01":
		return Scene{Name: "voicemail", RingFor: ring, Voicemail: true}
	case "02":
		return Scene{Name: "rings for ever", RingFor: Forever}
	case "03":
		return Scene{Name: "busy", RingFor: ring / 2, FinalStatus: 486}
	case "04":
		return Scene{Name: "declines", RingFor: 2 * time.Second, FinalStatus: 603}
	case "05":
		return Scene{Name: "not in service", NoRing: true, FinalStatus: 404}
	case "06":
		return Scene{Name: "answers, hangs up", RingFor: ring, HangupAfter: 1500 * time.Millisecond}
	case "07":
		return with("presses 2", func(s *Scene) { s.Key, s.Talk = '2', false })
	case "08":
		return with("early media, accepts", func(s *Scene) { s.EarlyMedia, s.RingFor = true, 2*time.Second })
	case "09":
		return with("answers as it is cancelled", func(s *Scene) { s.RingFor, s.AnswerOnCancel = Forever, true })
	case "10":
		return Scene{Name: "trunk fault", NoRing: true, FinalStatus: 503}
	case "11":
		return Scene{Name: "never replies", NoReply: true}
	case "12":
		return with("accepts after 5 s", func(s *Scene) { s.KeyAfter = 5 * time.Second })
	case "13":
		return with("accepts, talks 3 s", func(s *Scene) { s.HangupAfter = 3 * time.Second })
	case "14":
		return with("asks for credentials, accepts", func(s *Scene) { s.Challenge = true })
	case "15":
		return Scene{Name: "redirects", NoRing: true, FinalStatus: 302, RedirectTo: "00"}
	case "16":
		return with("answers twice", func(s *Scene) { s.Forks = 1 })
	case "17":
		return with("accepts, holds, resumes", func(s *Scene) { s.HoldAfter, s.HoldFor = time.Second, time.Second })
	case "18":
		return Scene{Name: "answers, no RTP", RingFor: ring, NoRTP: true}
	case "19":
		return with("accepts by SIP INFO", func(s *Scene) { s.KeyVia = KeyInfo })
	}
	return with("accepts, talks", func(*Scene) {})
}

// alwaysRings is the example agent of the documented API.
const alwaysRings = "5558688950"

// SceneOf returns the scene of a number in any of the three forms a trunk may
// write ("5558688950", "15558688950", "+15558688950").
func SceneOf(number string) Scene {
	n := national(number)
	if n == alwaysRings {
		return numbered("02")
	}
	if len(n) == 10 && n[3:8] == "55501" {
		return numbered(n[8:])
	}
	return numbered("00")
}

// national returns the ten digits of a North American number, anything else
// without its plus sign.
func national(number string) string {
	d := strings.TrimPrefix(number, "+")
	if len(d) == 11 && d[0] == '1' {
		return d[1:]
	}
	return d
}

// quick takes every delay and all audio but the key out of a scene.
func (s Scene) quick() Scene {
	if s.RingFor > 0 {
		s.RingFor = 0
	}
	s.KeyAfter = quickKey
	s.Talk, s.Voicemail, s.HangupAfter, s.HoldAfter = false, false, 0, 0
	s.Deaf, s.NoTrying = true, true
	return s
}

const quickKey = 20 * time.Millisecond
