package callflow

import (
	"slices"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/prompt"
	"clickbridge/screen"
)

// hold is what a caller hears who waits for an agent: the greeting, then music
// as the FindMe wants it. A nil hold is nobody waiting.
type hold struct {
	f      *flow
	media  leg.Media
	music  []*leg.Clip // nil until the greeting is over
	repeat clickbridge.HoldRepeat
	done   <-chan struct{} // what plays has been played; nil = it plays for ever
}

func (f *flow) newHold(caller leg.Leg) *hold {
	h := &hold{f: f, media: caller.Media(), repeat: clickbridge.HoldAlways}
	if r := f.findMe.Settings.Hold.Repeat; r != nil {
		h.repeat = *r
	}
	return h
}

// begin greets the caller, unless that was done when they were asked for their
// name.
func (h *hold) begin() {
	switch {
	case h == nil:
	case h.f.greeted:
		h.next()
	default:
		h.f.meanwhile(h.media, h.f.brings.greeting, h.f.brings.asked)
		h.done = h.media.Play(h.f.greeting(), false)
	}
}

// greeting is what a caller is told first.
func (f *flow) greeting() []*leg.Clip {
	f.greeted = true
	clips := f.heard(f.ctx, f.brings.greeting, func() []*leg.Clip { return f.voice.Greeting(f.findMe.Settings.Group) })
	if asked := f.heard(f.ctx, f.brings.asked, silence); asked != nil {
		clips = slices.Concat(clips, asked)
	}
	return clips
}

// askName has a caller say their name for the agents, where the FindMe wants it.
// Nobody is rung before: whoever answered would have to wait for it.
func (f *flow) askName(caller leg.Leg) {
	if f.findMe.Settings.Screen.Method != clickbridge.ScreenName {
		return
	}
	f.meanwhile(caller.Media(), f.brings.greeting, f.brings.asked)
	ask := f.greeting()
	ask = slices.Concat(ask, f.voice.SayName(), f.voice.Beep())
	name, cause := screen.Name(f.ctx, caller, ask)
	switch {
	case name != nil:
		f.name = []*leg.Clip{name}
	case cause == nil:
		f.note("the caller said no name")
	}
}

// over tells when what is heard comes to its end.
func (h *hold) over() <-chan struct{} {
	if h == nil {
		return nil
	}
	return h.done
}

// next goes on: music after the greeting, ringback after music that is not
// repeated.
func (h *hold) next() {
	switch {
	case h.music == nil:
		h.f.meanwhile(h.media, h.f.brings.music)
		h.music = h.f.heard(h.f.ctx, h.f.brings.music, h.f.voice.Hold)
		h.play()
	default:
		h.media.Play(prompt.Ringback(h.f.home()), true)
		h.done = nil
	}
}

// attempt begins the music anew where the FindMe wants that at each attempt.
func (h *hold) attempt() {
	if h != nil && h.music != nil && h.repeat == clickbridge.HoldBetween {
		h.play()
	}
}

func (h *hold) play() {
	loop := h.repeat == clickbridge.HoldAlways
	h.done = h.media.Play(h.music, loop)
	if loop {
		h.done = nil
	}
}
