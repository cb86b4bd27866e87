package clickbridge

import (
	"cmp"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
)

// Validate reports the first setting that is out of range, or that another
// rules out. The error begins with the setting's name as an accounts file has
// it, then the value and what would be right.
func (f *FindMe) Validate() error {
	var numbers error
	for i := range f.Numbers {
		if err := f.Numbers[i].validate(); err != nil {
			numbers = fmt.Errorf("numbers[%d].%w", i, err)
			break
		}
	}
	var id error
	if f.ID <= 0 {
		id = fmt.Errorf("id %d: must be a whole number above 0", f.ID)
	}
	return cmp.Or(id, validName("name", f.Name), validRing("timeout", f.Timeout),
		validRange("loop_count", f.LoopCount, MinLoops, MaxLoops, ""),
		numbers, f.Settings.validate(), f.validateAtOnce())
}

// validateAtOnce keeps a long list from ringing half the town at once.
func (f *FindMe) validateAtOnce() error {
	n := 0
	for i := range f.Numbers {
		if !f.Numbers[i].Paused {
			n++
		}
	}
	if f.Settings.Strategy == AllAtOnce && n > MaxSimul {
		return fmt.Errorf("strategy %s: must ring at most %d numbers, the list has %d; write simul instead, with another strategy",
			f.Settings.Strategy.Word(), MaxSimul, n)
	}
	return nil
}

func (n *FindMeNumber) validate() error {
	return cmp.Or(
		validNumber("number", n.Number),
		validName("name", n.Name),
		validOptional("timeout", n.Timeout, MinRingTime, MaxRingTime),
		validSeconds("delay", n.Delay, 0, MaxStartDelay),
		validRange("weight", n.Weight, 0, MaxWeight, ""),
		validKeys(n.Extension),
		validSeconds("extension_wait", n.ExtensionWait, 0, MaxExtensionWait),
		under("schedule", n.Schedule.Validate()),
	)
}

func (s *FindMeSettings) validate() error {
	return cmp.Or(
		validWord("strategy", s.Strategy, strategyWords),
		validRange("simul", s.Simul, 0, MaxSimul, ""),
		under("schedule", s.Schedule.Validate()),
		validRange("sticky_days", s.StickyDays, 0, MaxStickyDays, "days"),
		validWord("auto_accept", s.AutoAccept, acceptWords),
		under("screen", s.Screen.validate()),
		under("hold", s.Hold.validate()),
		under("voice", s.Voice.validate()),
		under("record", s.Record.validate()),
		under("end", s.End.validate()),
		s.validateTogether(),
	)
}

// validateTogether refuses what can have no effect: with AcceptFirst nobody is
// asked, so nobody hears what is said before the question.
func (s *FindMeSettings) validateTogether() error {
	if s.AutoAccept != AcceptFirst {
		return nil
	}
	switch s.Screen.Method {
	case ScreenText, ScreenAudio, ScreenName:
		return fmt.Errorf("screen.method %s: must not be set with auto_accept %s, which asks nobody",
			s.Screen.Method.Word(), s.AutoAccept.Word())
	}
	return nil
}

func (s *Screening) validate() error {
	var missing error
	switch {
	case s.Method == ScreenText && s.Text == "":
		missing = fmt.Errorf("text %q: must be what is said, for method %s", s.Text, s.Method)
	case s.Method == ScreenAudio && s.Audio == "":
		missing = fmt.Errorf("audio %q: must name an uploaded clip, for method %s", s.Audio, s.Method)
	}
	return cmp.Or(
		validWord("method", s.Method, screenWords), missing,
		validText("text", s.Text), validPlaceholders(s.Text), validName("audio", s.Audio), s.validateKeys(),
		validRange("tries", s.Tries, 0, MaxScreenTries, ""),
		validOptional("seconds", s.TryTime, MinScreenTime, MaxScreenTime),
	)
}

// validateKeys: each key means one thing.
func (s *Screening) validateKeys() error {
	taken := map[rune]string{}
	for _, k := range []struct {
		name string
		key  rune
	}{
		{"accept", cmp.Or(s.AcceptKey, DefaultAcceptKey)}, {"decline", cmp.Or(s.DeclineKey, DefaultDeclineKey)},
		{"pass", s.PassKey}, {"opt_out", s.OptOutKey},
	} {
		switch {
		case k.key == 0:
		case !strings.ContainsRune("0123456789*#", k.key):
			return fmt.Errorf("%s %q: must be one key of 0-9 * #", k.name, string(k.key))
		case taken[k.key] != "":
			return fmt.Errorf("%s %q: must be another key, this one is %s", k.name, string(k.key), taken[k.key])
		default:
			taken[k.key] = k.name
		}
	}
	return nil
}

func (h *Hold) validate() error {
	if h.Repeat != nil {
		if err := validWord("repeat", *h.Repeat, repeatWords); err != nil {
			return err
		}
	}
	return validName("music", h.Music)
}

func (v *Voice) validate() error {
	var language error
	if !isLanguage(v.Language) {
		language = fmt.Errorf("language %q: must be a language tag as en, de or es-MX", v.Language)
	}
	return cmp.Or(language,
		validText("greeting", v.GreetingText), validName("greeting_audio", v.GreetingAudio),
		validText("prompt", v.PromptText),
		validText("apology", v.ApologyText), validName("apology_audio", v.ApologyAudio),
	)
}

func (r *RecordSettings) validate() error {
	if r.Keep < 0 || r.Keep > MaxKeep {
		return fmt.Errorf("keep_days %d: must be 0 to %d days", r.Keep/(24*time.Hour), MaxKeep/(24*time.Hour))
	}
	return validWord("announce", r.Announce, announceWords)
}

func (e *EndOfList) validate() error {
	err := cmp.Or(
		validWord("action", e.Action, endWords),
		validOptional("max_seconds", e.MaxMessage, MinVoicemail, MaxVoicemail),
		validRange("max_calls", e.MaxCalls, 0, MaxCallTries, "calls"),
		e.validateHours(),
	)
	switch {
	case err != nil:
		return err
	case e.After != 0 && (e.After < MinCallLater || e.After > MaxCallLater):
		return fmt.Errorf("after_minutes %d: must be %d to %d minutes",
			e.After/time.Minute, MinCallLater/time.Minute, MaxCallLater/time.Minute)
	case e.Action == EndTransfer && e.Number == "":
		return fmt.Errorf("number %q: must be whom a caller is transferred to", e.Number)
	case e.Number != "":
		if err := validNumber("number", e.Number); err != nil {
			return err
		}
	}
	for i, s := range e.Emails {
		if a, err := mail.ParseAddress(s); err != nil || a.Address != s || strings.ContainsFunc(s, unicode.IsControl) {
			return fmt.Errorf("emails[%d] %q: must be a mail address as sales@example.com", i, s)
		}
	}
	return nil
}

func (e *EndOfList) validateHours() error {
	if e.From == 0 && e.To == 0 || 0 <= e.From && e.From < e.To && e.To <= minutesOfDay {
		return nil
	}
	return fmt.Errorf("hours %d to %d: must be within 0 to %d minutes after midnight, the end after the beginning", e.From, e.To, minutesOfDay)
}
