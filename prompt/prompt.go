package prompt

import (
	"maps"
	"slices"
	"strings"

	"clickbridge"
	"clickbridge/leg"
)

// English is spoken where a language is not there.
const English = "en"

// Voice says everything in one language.
type Voice struct {
	lang  string
	clips shelf
}

// In returns the voice of a language, a BCP 47 tag: itself, else its base
// ("en-GB" is "en" here), else English.
func In(lang string) *Voice {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(lang), "_", "-"), "-")
	if _, ok := spokenIn()[base]; !ok {
		base = English
	}
	return &Voice{lang: base, clips: spokenIn()[base]()}
}

// Languages lists what can be spoken, sorted.
func Languages() []string { return slices.Sorted(maps.Keys(spokenIn())) }

// Language is what the voice speaks, which is not always what was asked for.
func (v *Voice) Language() string { return v.lang }

// Greeting is what phone_to_call hears when it answers, before the hold audio.
// Group words it for a customer service hunt group.
func (v *Voice) Greeting(group bool) []*leg.Clip { return v.clips.take(worded("greeting", group)) }

// Hold is the music while agents are rung; play it in a loop.
func (v *Voice) Hold() []*leg.Clip { return v.clips.take("hold") }

// CallFrom begins the question to an agent; who calls follows.
func (v *Voice) CallFrom(group bool) []*leg.Clip { return v.clips.take(worded("call-from", group)) }

// Screen asks an agent for the accept: who calls, digit by digit as people of
// the home country (ISO 3166 code) write it, and which keys to press.
func (v *Voice) Screen(caller clickbridge.Number, home string, keys Keys, group bool) []*leg.Clip {
	return slices.Concat(v.CallFrom(group), v.clips.take(spoken(caller, home)...), v.Press(keys))
}

// Accepted confirms the accept key.
func (v *Voice) Accepted() []*leg.Clip { return v.clips.take("accepted") }

// Taken tells an agent who answered late that someone else has the call.
func (v *Voice) Taken() []*leg.Clip { return v.clips.take("taken") }

// OptedOut confirms the opt-out key, and takes leave.
func (v *Voice) OptedOut() []*leg.Clip { return v.clips.take("opted-out") }

// NobodyAvailable tells the caller that nobody accepted, and takes leave.
func (v *Voice) NobodyAvailable() []*leg.Clip { return v.clips.take("nobody-available") }

// NobodyNow tells the caller that nobody accepted; something follows.
func (v *Voice) NobodyNow() []*leg.Clip { return v.clips.take("nobody-now") }

// CallYouBack tells the caller that they will be called, and takes leave.
func (v *Voice) CallYouBack() []*leg.Clip { return v.clips.take("call-you-back") }

// LeaveMessage asks for a message after the Beep, ended by hanging up or #.
func (v *Voice) LeaveMessage() []*leg.Clip { return v.clips.take("leave-message") }

// SayName asks a caller for their name after the Beep.
func (v *Voice) SayName() []*leg.Clip { return v.clips.take("say-name") }

// Beep is the tone after which people speak.
func (v *Voice) Beep() []*leg.Clip { return v.clips.take("beep") }

// Recorded says that the call is recorded.
func (v *Voice) Recorded() []*leg.Clip { return v.clips.take("recorded") }

// Goodbye takes leave.
func (v *Voice) Goodbye() []*leg.Clip { return v.clips.take("goodbye") }

// Unreachable tells the agent why phone_to_call was not reached, and takes
// leave. Every class has a sentence; those that say nothing to a person share
// one.
func (v *Voice) Unreachable(c clickbridge.CauseClass) []*leg.Clip {
	switch c {
	case clickbridge.CauseBusy:
		return v.clips.take("unreachable-busy")
	case clickbridge.CauseNoAnswer:
		return v.clips.take("unreachable-no-answer")
	case clickbridge.CauseDeclined:
		return v.clips.take("unreachable-declined")
	}
	return v.clips.take("unreachable-failed")
}

func worded(name string, group bool) string {
	if group {
		return name + "-group"
	}
	return name
}

// TestCall is said by `check --call`, in English.
func TestCall() []*leg.Clip { return In(English).clips.take("test-call") }
