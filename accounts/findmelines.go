package accounts

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"clickbridge"
)

// shown is every setting of a FindMe as a person reads it; "" is none. What is
// not here is not seen to change.
var shown = []struct {
	name string
	text func(*findMe) string
}{
	{"name", func(f *findMe) string { return f.Name }},
	{"timeout", func(f *findMe) string { return brief(f.Timeout) }},
	{"loop_count", func(f *findMe) string { return strconv.Itoa(f.LoopCount) }},
	{"strategy", func(f *findMe) string { return f.Settings.Strategy.Word() }},
	{"simul", func(f *findMe) string { return strconv.Itoa(max(1, f.Settings.Simul)) }},
	{"list_type", func(f *findMe) string { return clickbridge.ListTypeWord(f.Settings.Group) }},
	{"schedule", func(f *findMe) string { return scheduled(f.Settings.Schedule) }},
	{"on_another_call", func(f *findMe) string { return either(f.Settings.AllowBusy, "ring", "skip") }},
	{"decline_ends_hunt", func(f *findMe) string { return strconv.FormatBool(f.Settings.DeclineEndsHunt) }},
	{"sticky_days", func(f *findMe) string { return limit(f.Settings.StickyDays) }},
	{"auto_accept", func(f *findMe) string { return f.Settings.AutoAccept.Word() }},
	{"detect_machine", func(f *findMe) string { return strconv.FormatBool(f.Settings.DetectMachine) }},
	{"screen.method", func(f *findMe) string { return f.Settings.Screen.Method.Word() }},
	{"screen.text", func(f *findMe) string { return quoted(f.Settings.Screen.Text) }},
	{"screen.audio", func(f *findMe) string { return f.Settings.Screen.Audio }},
	{"screen.accept", func(f *findMe) string { return pressed(f.Settings.Screen.AcceptKey, clickbridge.DefaultAcceptKey) }},
	{"screen.decline", func(f *findMe) string { return pressed(f.Settings.Screen.DeclineKey, clickbridge.DefaultDeclineKey) }},
	{"screen.pass", func(f *findMe) string { return pressed(f.Settings.Screen.PassKey, 0) }},
	{"screen.opt_out", func(f *findMe) string { return pressed(f.Settings.Screen.OptOutKey, 0) }},
	{"screen.tries", func(f *findMe) string {
		return strconv.Itoa(otherwise(f.Settings.Screen.Tries, clickbridge.DefaultScreenTries))
	}},
	{"screen.seconds", func(f *findMe) string {
		return brief(otherwise(f.Settings.Screen.TryTime, clickbridge.DefaultScreenTime))
	}},
	{"hold.music", func(f *findMe) string { return f.Settings.Hold.Music }},
	{"hold.repeat", func(f *findMe) string { return or(f.Settings.Hold.Repeat, clickbridge.HoldAlways).Word() }},
	{"voice.language", func(f *findMe) string { return f.Settings.Voice.Language }},
	{"voice.greeting", func(f *findMe) string { return quoted(f.Settings.Voice.GreetingText) }},
	{"voice.greeting_audio", func(f *findMe) string { return f.Settings.Voice.GreetingAudio }},
	{"voice.prompt", func(f *findMe) string { return quoted(f.Settings.Voice.PromptText) }},
	{"voice.apology", func(f *findMe) string { return quoted(f.Settings.Voice.ApologyText) }},
	{"voice.apology_audio", func(f *findMe) string { return f.Settings.Voice.ApologyAudio }},
	{"record", func(f *findMe) string { return either(f.Settings.Record.On, "on", "off") }},
	{"record.announce", func(f *findMe) string { return f.Settings.Record.Announce.Word() }},
	{"record.keep_days", func(f *findMe) string { return limit(int(f.Settings.Record.Keep / day)) }},
	{"end", func(f *findMe) string { return ended(f.Settings.End) }},
	{"numbers", func(f *findMe) string { return hunted(f.Numbers) }},
}

// findMeFields lists what differs; of a new FindMe, what differs from the
// defaults.
func findMeFields(was *findMe, next findMe) []string {
	c := &changed{}
	if was == nil {
		was, c.created = &findMe{LoopCount: -1}, true
	}
	for _, s := range shown {
		if old, text := s.text(was), s.text(&next); old != text {
			c.add(s.name, old, text)
		}
	}
	return c.fields
}

// brief writes a length of time without its zero parts: 30m, not 30m0s.
func brief(d time.Duration) string {
	s := strings.TrimSuffix(d.String(), "m0s")
	if s != d.String() {
		s += "m"
	}
	if h := strings.TrimSuffix(s, "h0m"); h != s {
		s = h + "h"
	}
	return s
}

const day = 24 * time.Hour

func either(yes bool, then, not string) string {
	if yes {
		return then
	}
	return not
}

// otherwise is v, or what its zero value stands for.
func otherwise[T comparable](v, zero T) T {
	if v == *new(T) {
		return zero
	}
	return v
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return strconv.Quote(s)
}

func pressed(key, usual rune) string {
	if key = otherwise(key, usual); key == 0 {
		return ""
	}
	return string(key)
}

func ended(e clickbridge.EndOfList) string {
	out := []string{e.Action.Word()}
	say := func(there bool, format string, args ...any) {
		if there {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(e.Number != "", "to %s", e.Number)
	say(len(e.Emails) > 0, "mailed to %s", strings.Join(e.Emails, " "))
	say(e.MaxMessage != 0, "up to %s", brief(e.MaxMessage))
	say(e.After != 0, "after %s", brief(e.After))
	say(e.NextOpen, "at the next open hour")
	say(e.MaxCalls != 0, "at most %d calls", e.MaxCalls)
	say(e.To != 0, "within %s", span(e.From, e.To))
	return strings.Join(out, ", ")
}

func hunted(list []clickbridge.FindMeNumber) string {
	out := make([]string, len(list))
	for i, n := range list {
		words := []string{string(n.Number)}
		say := func(there bool, format string, args ...any) {
			if there {
				words = append(words, fmt.Sprintf(format, args...))
			}
		}
		say(n.Name != "", "%q", n.Name)
		say(n.Timeout != 0, "%s", brief(n.Timeout))
		say(n.Delay != 0, "delayed %s", brief(n.Delay))
		say(n.Weight > 1, "weight %d", n.Weight)
		say(n.Paused, "paused")
		say(n.Extension != "", "extension %s", n.Extension)
		say(n.ExtensionWait != 0, "after %s", brief(n.ExtensionWait))
		say(n.Schedule != nil, "(%s)", scheduled(n.Schedule))
		out[i] = strings.Join(words, " ")
	}
	return strings.Join(out, ", ")
}
