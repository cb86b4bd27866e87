package accounts

import (
	"slices"
	"strings"
	"time"

	"clickbridge"
)

// screening reads how an agent is asked. A text or a clip that is written
// without a method is meant to be used.
func (r *reader) screening(at string, raw rawFindMe, e *findMeEntry) {
	s := raw.Screen
	text := r.whisper(named{at + ".screen.text", s.Text}, named{at + ".whisper_phrase", raw.WhisperPhrase})
	audio := r.clip(named{at + ".screen.audio", s.Audio}, named{at + ".whisper_audio", raw.WhisperAudio})
	method := coded(r, clickbridge.ParseScreenMethod, named{at + ".screen.method", s.Method}, named{at + ".screen_method", raw.ScreenMethod})
	method = r.oldScreen(at, raw, method)
	if method == nil {
		switch said, played := text != nil && *text != "", audio != nil && *audio != ""; {
		case said && played:
			r.fault(at, "has a whisper text and a whisper audio; write screen: {method: whisper_text} or {method: whisper_audio}")
		case said:
			method = new(clickbridge.ScreenText)
		case played:
			method = new(clickbridge.ScreenAudio)
		}
	}
	put(e, method, func(f *findMe) *clickbridge.ScreenMethod { return &f.Settings.Screen.Method })
	put(e, text, func(f *findMe) *string { return &f.Settings.Screen.Text })
	put(e, audio, func(f *findMe) *string { return &f.Settings.Screen.Audio })
	at += ".screen"
	put(e, r.press(at+".accept", s.Accept), func(f *findMe) *rune { return &f.Settings.Screen.AcceptKey })
	put(e, r.press(at+".decline", s.Decline), func(f *findMe) *rune { return &f.Settings.Screen.DeclineKey })
	put(e, r.press(at+".pass", s.Pass), func(f *findMe) *rune { return &f.Settings.Screen.PassKey })
	put(e, r.press(at+".opt_out", s.OptOut), func(f *findMe) *rune { return &f.Settings.Screen.OptOutKey })
	put(e, r.within(at+".tries", s.Tries, 1, clickbridge.MaxScreenTries, ""), func(f *findMe) *int { return &f.Settings.Screen.Tries })
	put(e, r.seconds(at+".seconds", s.Seconds, clickbridge.MinScreenTime, clickbridge.MaxScreenTime),
		func(f *findMe) *time.Duration { return &f.Settings.Screen.TryTime })
}

// oldScreen reads the old settings that this server has another way for.
func (r *reader) oldScreen(at string, raw rawFindMe, method *clickbridge.ScreenMethod) *clickbridge.ScreenMethod {
	dtmf := coded(r, parseSwitch, named{at + ".dtmf_only", raw.DTMFOnly})
	if dtmf != nil && !*dtmf {
		r.note(at+".dtmf_only", "speech is not recognised: agents press keys")
	}
	use := coded(r, parseSwitch, named{at + ".use_screen", raw.UseScreen})
	if use == nil || *use || method != nil {
		return method
	}
	r.note(at+".use_screen", "who calls is not announced, but an agent still presses a key to accept; with auto_accept: first whoever answers is connected")
	return new(clickbridge.ScreenNone)
}

// whisper reads a text that is said to an agent, and refuses what would be read
// out as it stands.
func (r *reader) whisper(names ...named) *string {
	text := r.spoken(names...)
	if text == nil {
		return nil
	}
	known := []string{"name", "number", "ref", "page"}
	for i, part := range strings.Split(*text, "{") {
		word, _, closed := strings.Cut(part, "}")
		if i > 0 && (!closed || !slices.Contains(known, word)) {
			r.fault(r.one(names...).path, "{%s is not one of {name}, {number}, {ref}, {page}", part[:min(len(part), 20)])
		}
	}
	return text
}

// voices reads what callers hear.
func (r *reader) voices(at string, raw rawFindMe, e *findMeEntry) {
	v := raw.Voice
	put(e, r.clip(named{at + ".hold.music", raw.Hold.Music}, named{at + ".holdmusic", raw.HoldMusic}),
		func(f *findMe) *string { return &f.Settings.Hold.Music })
	repeat := coded(r, clickbridge.ParseHoldRepeat, named{at + ".hold.repeat", raw.Hold.Repeat}, named{at + ".holdrepeat", raw.HoldRepeat})
	if repeat != nil {
		put(e, &repeat, func(f *findMe) **clickbridge.HoldRepeat { return &f.Settings.Hold.Repeat })
	}
	put(e, r.spoken(named{at + ".voice.prompt", v.Prompt}, named{at + ".screen_prompt", raw.ScreenPrompt}),
		func(f *findMe) *string { return &f.Settings.Voice.PromptText })
	at += ".voice"
	put(e, r.language(at+".language", v.Language), func(f *findMe) *string { return &f.Settings.Voice.Language })
	put(e, r.spoken(named{at + ".greeting", v.Greeting}), func(f *findMe) *string { return &f.Settings.Voice.GreetingText })
	put(e, r.clip(named{at + ".greeting_audio", v.GreetingAudio}), func(f *findMe) *string { return &f.Settings.Voice.GreetingAudio })
	put(e, r.spoken(named{at + ".apology", v.Apology}), func(f *findMe) *string { return &f.Settings.Voice.ApologyText })
	put(e, r.clip(named{at + ".apology_audio", v.ApologyAudio}), func(f *findMe) *string { return &f.Settings.Voice.ApologyAudio })
}

// recording reads whether calls are recorded.
func (r *reader) recording(at string, raw rawRecord, e *findMeEntry) {
	at += ".record"
	on := named{at + ".on", raw.On}
	if !r.doc.Has(on.path) {
		on.path = at // written as a plain value
	}
	put(e, coded(r, parseSwitch, on), func(f *findMe) *bool { return &f.Settings.Record.On })
	put(e, coded(r, clickbridge.ParseAnnounce, named{at + ".announce", raw.Announce}),
		func(f *findMe) *clickbridge.Announce { return &f.Settings.Record.Announce })
	if days := r.within(at+".keep_days", raw.KeepDays, 0, int(clickbridge.MaxKeep/day), "; 0 keeps them as long as the server does"); days != nil {
		put(e, new(time.Duration(*days)*day), func(f *findMe) *time.Duration { return &f.Settings.Record.Keep })
	}
}
