package ibp

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"clickbridge"
)

// settings reads the settings of a FindMe, under every name that the old calls
// had for them, into one that has its own already. What is absent stays. It
// notes what was read and means nothing here.
type settings struct {
	p       params
	account *clickbridge.Account
	f       *clickbridge.FindMe
	notes   []string
	err     error // the first fault
}

// readSettings reads all of them. Ranges are the domain's to check, but for
// those of the two settings whose range depends on the action.
func readSettings(p params, a *clickbridge.Account, f *clickbridge.FindMe, minLoops int) (notes []string, err error) {
	r := &settings{p: p, account: a, f: f}
	if name := p["name"]; name != "" {
		f.Name = name
	}
	s := &f.Settings
	r.whole(&f.LoopCount, minLoops, clickbridge.MaxLoops, "loop_count")
	r.whole(&s.Simul, 1, clickbridge.MaxSimul, "simul")
	r.timeout()
	code(r, &s.Group, clickbridge.ParseListType, "list_type", "usr_findme_type", "usr_param_type")
	code(r, &s.Strategy, parseDistribution, "distribution_type", "randomize")
	code(r, &s.AutoAccept, clickbridge.ParseAutoAccept, "auto_accept")
	code(r, &s.Record.On, parseSwitch, "record")
	r.screen()
	r.text(&s.Voice.PromptText, "screen_prompt")
	if music := p["holdmusic"]; music != "" {
		s.Hold.Music = music
	}
	if p["holdrepeat"] != "" {
		s.Hold.Repeat = new(clickbridge.HoldRepeat)
		code(r, s.Hold.Repeat, clickbridge.ParseHoldRepeat, "holdrepeat")
	}
	r.end()
	if p["advanced_audio_id"] != "" {
		r.note("advanced_audio_id was ignored: there are no sets of prompts")
	}
	return r.notes, r.err
}

func (r *settings) fault(name, why string) { r.err = cmp.Or(r.err, invalid(name, why)) }

func (r *settings) note(text string) { r.notes = append(r.notes, text) }

// given returns the first of a setting's names that was sent.
func (r *settings) given(names ...string) (name, value string) {
	for _, name := range names {
		if v := strings.Trim(r.p[name], `"'`); v != "" {
			return name, v
		}
	}
	return "", ""
}

// code reads a word or its old code.
func code[T any](r *settings, to *T, parse func(string) (T, error), names ...string) {
	name, value := r.given(names...)
	if name == "" {
		return
	}
	v, err := parse(value)
	if err != nil {
		r.fault(name, fmt.Sprintf("%q %v", echo(value), err))
		return
	}
	*to = v
}

// parseDistribution reads distribution_type, where 0 also means what its absence
// does: so that a list can be put back in order.
func parseDistribution(s string) (clickbridge.Strategy, error) {
	if s == "0" {
		return clickbridge.InOrder, nil
	}
	return clickbridge.ParseStrategy(s)
}

func parseSwitch(s string) (bool, error) {
	on, err := strconv.ParseBool(strings.ToLower(s))
	if err != nil {
		return false, fmt.Errorf("is not 0 or 1")
	}
	return on, nil
}

func (r *settings) whole(to *int, low, high int, name string) {
	_, value := r.given(name)
	if value == "" {
		return
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		r.fault(name, fmt.Sprintf("must be %d to %d", low, high))
		return
	}
	*to = n
}

func (r *settings) timeout() {
	seconds := int(r.f.Timeout / time.Second)
	r.whole(&seconds, int(clickbridge.MinRingTime/time.Second), int(clickbridge.MaxRingTime/time.Second), "timeout")
	r.f.Timeout = time.Duration(seconds) * time.Second
}

// text reads what is spoken.
func (r *settings) text(to *string, name string) {
	if value := strings.Join(strings.Fields(r.p[name]), " "); value != "" {
		*to = value
	}
}

// screen reads how agents are asked. A text or a clip that is sent without a
// method is meant to be heard, also where use_screen says 0.
func (r *settings) screen() {
	s := &r.f.Settings.Screen
	r.text(&s.Text, "whisper_phrase")
	if audio := r.p["whisper_audio"]; audio != "" {
		s.Audio = audio
	}
	use := true
	code(r, &use, parseSwitch, "use_screen")
	method, _ := r.given("screen_method", "method")
	switch said, played := r.p["whisper_phrase"] != "", r.p["whisper_audio"] != ""; {
	case method != "":
		code(r, &s.Method, clickbridge.ParseScreenMethod, method)
	case said && played:
		r.fault("screen_method", "must say which: whisper_phrase and whisper_audio are both given")
	case said:
		s.Method = clickbridge.ScreenText
	case played:
		s.Method = clickbridge.ScreenAudio
	case !use:
		s.Method = clickbridge.ScreenNone
	}
	keys := true
	code(r, &keys, parseSwitch, "dtmf_only")
	if !keys {
		r.note("dtmf_only=0: speech is not recognised, agents press keys")
	}
}

// end reads what is done at the end of the list, with the one parameter that
// the old API has for every action.
func (r *settings) end() {
	action, _ := r.given("findme_action", "nextaction")
	name, value := r.given("findme_action_parameter", "nextactionitem")
	if action == "" {
		if name != "" {
			r.fault(name, "needs findme_action")
		}
		return
	}
	e := clickbridge.EndOfList{}
	code(r, &e.Action, clickbridge.ParseEndAction, action)
	name = cmp.Or(name, action)
	var err error
	switch e.Action {
	case clickbridge.EndTransfer:
		if e.Number, err = clickbridge.ParseNumber(value, r.account.Country); err != nil {
			r.fault(name, err.Error()+": a transfer needs a number")
		}
	case clickbridge.EndVoicemail:
		e.Emails = strings.FieldsFunc(value, func(c rune) bool { return c == ',' || c == ';' || c == ' ' })
		if len(e.Emails) == 0 {
			r.fault(name, "a voicemail needs the e-mail address it is sent to")
		}
	case clickbridge.EndCallLater:
		minutes, err := strconv.Atoi(cmp.Or(value, "0"))
		if err != nil {
			r.fault(name, "must be a number of minutes")
		}
		e.After = time.Duration(minutes) * time.Minute
	default:
		if value != "" && value != "0" {
			r.note(name + " was ignored: " + e.Action.Word() + " has no parameter")
		}
	}
	r.f.Settings.End = e
}
