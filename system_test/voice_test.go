package system_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/prompt"
	"clickbridge/simulator"
)

// length is how long clips play.
func length(clips []*leg.Clip) (d time.Duration) {
	for _, c := range clips {
		d += c.Duration()
	}
	return d
}

var keys = prompt.Keys{Accept: '1', Decline: '2'}

func (h *hunted) customerTape() []byte   { return h.phone[0].Tape }
func (h *hunted) agentTape(a int) []byte { return h.agents[a][0].Tape }

// late presses 1 after a while: whoever waits hears hold audio meanwhile.
func late(after time.Duration) simulator.Scene {
	s := takes(0)
	s.KeyAfter = after
	return s
}

func voiceCases(musicHz, whisperHz float64) []huntCase {
	en, de := prompt.In("en"), prompt.In("de")
	sayName := length(slices.Concat(en.Greeting(false), en.SayName(), en.Beep()))
	return []huntCase{
		{name: "as shipped", list: "numbers: [A0]", agents: []simulator.Scene{late(14 * seconds)}, check: func(h *hunted, t *testing.T) {
			heardClips(t, "the customer", h.customerTape(), slices.Concat(en.Greeting(false), en.Hold()))
			heardClips(t, "the agent", h.agentTape(0), en.Screen(clickbridge.Number("+1"+h.c.customer(h.i)), "US", keys, false))
		}},
		{name: "a group, in German", list: "list_type: group, voice: {language: de}, numbers: [A0]", agents: []simulator.Scene{late(8 * seconds)},
			check: func(h *hunted, t *testing.T) {
				heardClips(t, "the customer", h.customerTape(), de.Greeting(true))
				heardClips(t, "the agent", h.agentTape(0), slices.Concat(de.CallFrom(true), de.Press(keys)))
			}},
		{name: "only the keys", list: `screen: {method: none, accept: "4"}, numbers: [A0]`,
			agents: []simulator.Scene{with(late(7*seconds), func(s *simulator.Scene) { s.Key = '4' })}, check: func(h *hunted, t *testing.T) {
				heardNot(t, "the agent", h.agentTape(0), en.CallFrom(false))
				heardClips(t, "the agent", h.agentTape(0), en.Press(prompt.Keys{Accept: '4', Decline: '2'}))
			}},
		{name: "whispered audio", list: "screen: {method: whisper_audio, audio: whisper}, numbers: [A0]", agents: []simulator.Scene{late(5 * seconds)},
			check: func(h *hunted, t *testing.T) {
				heardTone(t, "the agent", h.agentTape(0), whisperHz, seconds)
				heardNot(t, "the agent", h.agentTape(0), en.CallFrom(false))
			}},
		{name: "whispered text", list: `screen: {method: whisper_text, text: "{name} for {number}, {ref}"}, numbers: [A0]`, agents: []simulator.Scene{late(5 * seconds)},
			check: func(h *hunted, t *testing.T) { heardTone(t, "the agent", h.agentTape(0), spokenHz, seconds) }},
		{name: "the caller's name", list: "screen: {method: record_name}, numbers: [A0]", agents: []simulator.Scene{late(7 * seconds)},
			phone: simulator.Scene{Name: "says its name", Say: sine(660, 1200*time.Millisecond), SayAfter: sayName + 400*time.Millisecond},
			check: func(h *hunted, t *testing.T) {
				heardClips(t, "the customer", h.customerTape(), slices.Concat(en.Greeting(false), en.SayName()))
				heardTone(t, "the agent", h.agentTape(0), 660, 800*time.Millisecond)
			}},
		{name: "the name, agents first", order: "2", list: "screen: {method: record_name}, numbers: [A0]", agents: []simulator.Scene{late(7 * seconds)},
			check: func(h *hunted, t *testing.T) {
				heardClips(t, "the agent", h.agentTape(0), en.CallFrom(false)) // nobody was there to say it
			}},
		{name: "music of its own, once", list: "hold: {music: jazz, repeat: once}, numbers: [A0]", agents: []simulator.Scene{late(11 * seconds)},
			check: func(h *hunted, t *testing.T) {
				tape := h.customerTape()
				d, first := toneFor(tape, musicHz)
				if d < 1500*time.Millisecond || d > 2500*time.Millisecond {
					t.Errorf("the customer heard the music (2 s) for %v", d)
				}
				if i := at(tape, prompt.Ringback("US")[0]); i < int(first.Seconds()*8000) {
					t.Error("no ringback after the music")
				}
			}},
		{name: "music of its own, always", list: "hold: {music: jazz}, numbers: [A0]", agents: []simulator.Scene{late(11 * seconds)},
			check: func(h *hunted, t *testing.T) { heardTone(t, "the customer", h.customerTape(), musicHz, 5*seconds) }},
		{name: "words of its own", list: `voice: {greeting: "Welcome.", prompt: "One moment.", apology_audio: whisper}, numbers: [A0]`,
			agents: []simulator.Scene{{Name: "busy late", RingFor: 5 * seconds, FinalStatus: 486}}, result: "No Answer",
			check: func(h *hunted, t *testing.T) {
				heardTone(t, "the customer", h.customerTape(), spokenHz, 2500*time.Millisecond)
				heardTone(t, "the customer", h.customerTape(), whisperHz, seconds)
				heardNot(t, "the customer", h.customerTape(), slices.Concat(en.Greeting(false), en.NobodyAvailable()))
			}},
		{name: "the call has been taken", list: "strategy: all_at_once, numbers: [A0, A1]",
			agents: []simulator.Scene{{Name: "listens"}, late(4 * seconds)}, check: func(h *hunted, t *testing.T) {
				loser, winner := h.first(t, 0), h.first(t, 1)
				heardClips(t, "who came second", loser.Tape, en.Taken())
				if gap := loser.EndedAt.Sub(winner.AnsweredAt) - 4*seconds; gap > 2500*time.Millisecond+length(en.Taken())/10 {
					t.Errorf("who came second was released %v after the accept", gap)
				}
			}},
		{name: "an apology", list: "numbers: [A0]", agents: []simulator.Scene{busyPhone}, result: "No Answer",
			check: func(h *hunted, t *testing.T) { heardClips(t, "the customer", h.customerTape(), en.NobodyAvailable()) }},
	}
}

// What each side hears, compared with what it should.
func TestVoice(t *testing.T) {
	t.Parallel()
	const musicHz, whisperHz = 1777, 888
	cases := voiceCases(musicHz, whisperHz)
	service := newSpeaker(t)
	more := fmt.Sprintf("\n    audio:\n      - {name: jazz, file: %q}\n      - {name: whisper, file: %q}\n",
		toneFile(t, "jazz.wav", musicHz, 2*seconds), toneFile(t, "whisper.wav", whisperHz, 1500*time.Millisecond))
	w := hunts(t, cases, more, func(s *setup) {
		s.extra = fmt.Sprintf("speech: {engine: http, url: %q, cache: %q}\n", service.URL, t.TempDir())
	})
	runHunts(t, w, cases)
	for _, want := range []string{"Welcome.", "One moment.", "whispered text for"} {
		if !strings.Contains(service.said(), want) {
			t.Errorf("the speech service was not asked for %q: %s", want, service.said())
		}
	}
}
