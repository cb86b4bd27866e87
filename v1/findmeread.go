package v1

import (
	"cmp"
	"fmt"
	"time"

	"clickbridge"
)

// write makes f what the body says, all of it.
func (b *FindMe) write(a *clickbridge.Account, f *clickbridge.FindMe) error {
	f.Name, f.Timeout = b.Name, sec(cmp.Or(b.Timeout, int(clickbridge.DefaultRingTime/time.Second)))
	f.LoopCount = clickbridge.DefaultLoops
	if b.LoopCount != nil {
		f.LoopCount = *b.LoopCount
	}
	f.Settings = clickbridge.FindMeSettings{
		Simul: b.Simul, AllowBusy: b.OnAnotherCall == "ring", DeclineEndsHunt: b.DeclineEndsHunt, StickyDays: b.StickyDays, DetectMachine: b.DetectMachine,
		Voice: clickbridge.Voice{
			Language: b.Voice.Language, GreetingText: b.Voice.Greeting, GreetingAudio: b.Voice.GreetingAudio, PromptText: b.Voice.Prompt,
			ApologyText: b.Voice.Apology, ApologyAudio: b.Voice.ApologyAudio,
		},
	}
	s := &f.Settings
	r := reader{account: a}
	s.Strategy = word(&r, "strategy", b.Strategy, clickbridge.ParseStrategy)
	s.Group = word(&r, "list_type", b.ListType, clickbridge.ParseListType)
	s.AutoAccept = word(&r, "auto_accept", b.AutoAccept, clickbridge.ParseAutoAccept)
	s.Schedule = r.schedule("schedule", b.Schedule)
	r.screen(&b.Screen, &s.Screen)
	r.hold(&b.Hold, &s.Hold)
	s.Record = clickbridge.RecordSettings{On: b.Record.On, Keep: time.Duration(b.Record.KeepDays) * 24 * time.Hour,
		Announce: word(&r, "record.announce", b.Record.Announce, clickbridge.ParseAnnounce)}
	r.end(&b.End, &s.End)
	r.keep(targets(a, b.Numbers, f))
	return r.err
}

// reader keeps the first fault.
type reader struct {
	account *clickbridge.Account
	err     error
}

func (r *reader) keep(err error) { r.err = cmp.Or(r.err, err) }

func word[T any](r *reader, field, s string, parse func(string) (T, error)) (v T) {
	if s == "" {
		return v
	}
	v, err := parse(s)
	if err != nil {
		r.keep(invalid(field, s, err.Error()))
	}
	return v
}

func (r *reader) number(field, s string) clickbridge.Number {
	if s == "" {
		return ""
	}
	n, err := clickbridge.ParseNumber(s, r.account.Country)
	if err != nil {
		r.keep(invalid(field, s, err.Error()))
	}
	return n
}

func (r *reader) schedule(field string, s *Schedule) *clickbridge.Schedule {
	out, err := s.read(field)
	r.keep(err)
	return out
}

func (r *reader) screen(b *Screen, s *clickbridge.Screening) {
	*s = clickbridge.Screening{
		Method: word(r, "screen.method", b.Method, clickbridge.ParseScreenMethod), Text: b.Text, Audio: b.Audio,
		AcceptKey: readKey(b.Accept), DeclineKey: readKey(b.Decline), PassKey: readKey(b.Pass), OptOutKey: readKey(b.OptOut),
		Tries: b.Tries, TryTime: sec(b.Seconds),
	}
}

func (r *reader) hold(b *Hold, h *clickbridge.Hold) {
	h.Music = b.Music
	if b.Repeat != "" {
		repeat := word(r, "hold.repeat", b.Repeat, clickbridge.ParseHoldRepeat)
		h.Repeat = &repeat
	}
}

func (r *reader) end(b *End, e *clickbridge.EndOfList) {
	*e = clickbridge.EndOfList{
		Action: word(r, "end.action", b.Action, clickbridge.ParseEndAction), Number: r.number("end.number", b.Number), Emails: b.Emails,
		MaxMessage: sec(b.MaxSeconds), After: time.Duration(b.AfterMinutes) * time.Minute, NextOpen: b.NextOpen, MaxCalls: b.MaxCalls,
	}
	var err error
	e.From, err = readClock("end.from", b.From)
	r.keep(err)
	e.To, err = readClock("end.to", b.To)
	r.keep(err)
}

// targets reads whom a list rings.
func targets(a *clickbridge.Account, in []Target, f *clickbridge.FindMe) error {
	r := reader{account: a}
	f.Numbers = make([]clickbridge.FindMeNumber, len(in))
	for i, t := range in {
		at := fmt.Sprintf("numbers[%d]", i)
		f.Numbers[i] = clickbridge.FindMeNumber{
			Number: r.number(at+".number", t.Number), Name: t.Name, Timeout: sec(t.Timeout), Delay: sec(t.Delay), Weight: t.Weight,
			Paused: t.Paused, Extension: t.Extension, ExtensionWait: sec(t.ExtensionWait), Schedule: r.schedule(at+".schedule", t.Schedule),
		}
	}
	return r.err
}
