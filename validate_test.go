package clickbridge_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"clickbridge"
)

func sales() clickbridge.FindMe {
	return clickbridge.FindMe{
		ID: 98765, Name: "Sales", Timeout: 30 * time.Second, LoopCount: 1,
		Numbers: []clickbridge.FindMeNumber{{Number: "+15555550100", Name: "Anna"}, {Number: "+15555550101"}},
	}
}

func numbers(n int) (out []clickbridge.FindMeNumber) {
	for i := range n {
		out = append(out, clickbridge.FindMeNumber{Number: clickbridge.Number(fmt.Sprintf("+155555501%02d", i))})
	}
	return out
}

type findMe = clickbridge.FindMe

// What is legal, up to the ends of the ranges.
func TestFindMeIsValid(t *testing.T) {
	for name, change := range map[string]func(*findMe){
		"plain":      func(*findMe) {},
		"no name":    func(f *findMe) { f.Name = "" },
		"no numbers": func(f *findMe) { f.Numbers = nil },
		"least": func(f *findMe) {
			f.Timeout, f.LoopCount = clickbridge.MinRingTime, 0
			f.Settings.End = clickbridge.EndOfList{Action: clickbridge.EndVoicemail, MaxMessage: 5 * time.Second, From: 0, To: 1}
			f.Settings.Screen = clickbridge.Screening{TryTime: 2 * time.Second, Tries: 1}
		},
		"most": func(f *findMe) {
			f.Timeout, f.LoopCount, f.Name = clickbridge.MaxRingTime, 5, strings.Repeat("n", 100)
			f.Numbers[0] = clickbridge.FindMeNumber{
				Number: "+123456789012345", Timeout: time.Minute, Delay: time.Minute, Weight: 100, Paused: true,
				Extension: "0123456789*#ABC,", ExtensionWait: 30 * time.Second,
				Schedule: &clickbridge.Schedule{TimeZone: berlin},
			}
			f.Settings = clickbridge.FindMeSettings{
				Strategy: clickbridge.WeightedOrder, Simul: 20, StickyDays: 365, AutoAccept: clickbridge.AcceptLastUnasked,
				Schedule: &clickbridge.Schedule{Closed: []string{"2026-12-25"}},
				Screen: clickbridge.Screening{Method: clickbridge.ScreenText, Text: "{number} for {name}, {ref} {page}",
					AcceptKey: '#', DeclineKey: '*', PassKey: '1', OptOutKey: '2', Tries: 5, TryTime: 20 * time.Second},
				Hold:   clickbridge.Hold{Music: "jazz", Repeat: new(clickbridge.HoldOnce)},
				Voice:  clickbridge.Voice{Language: "es-MX", GreetingText: strings.Repeat("ñ", 500)},
				Record: clickbridge.RecordSettings{On: true, Announce: clickbridge.AnnounceNobody, Keep: clickbridge.MaxKeep},
				End: clickbridge.EndOfList{Action: clickbridge.EndCallLater, After: clickbridge.MaxCallLater, MaxCalls: 10,
					MaxMessage: 10 * time.Minute, From: 1439, To: 1440, Emails: []string{"sales@example.com"}},
			}
		},
		"twenty at once": func(f *findMe) {
			f.Numbers, f.Settings.Strategy = numbers(21), clickbridge.AllAtOnce
			f.Numbers[3].Paused = true
		},
		"the first answer, announced": func(f *findMe) { f.Settings.AutoAccept = clickbridge.AcceptFirst },
	} {
		f := sales()
		change(&f)
		if err := f.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFindMeFaults(t *testing.T) {
	type S = clickbridge.FindMeSettings
	type C = clickbridge.Screening
	type V = clickbridge.Voice
	type E = clickbridge.EndOfList
	const key = "must be one key of 0-9 * #"
	list := func(change func(*findMe)) findMe { f := sales(); change(&f); return f }
	line := func(n clickbridge.FindMeNumber) findMe {
		if n.Number == "" {
			n.Number = "+15555550100"
		}
		return list(func(f *findMe) { f.Numbers[1] = n })
	}
	set := func(s S) findMe { return list(func(f *findMe) { f.Settings = s }) }
	screen := func(c C) findMe { return set(S{Screen: c}) }
	end := func(e E) findMe { return set(S{End: e}) }
	for _, tc := range []struct {
		list findMe
		want string
	}{
		{list(func(f *findMe) { f.ID = 0 }), "id 0: must be a whole number above 0"},
		{list(func(f *findMe) { f.Name = " x" }), `name " x": must be one line of up to 100 bytes, without spaces around it`},
		{list(func(f *findMe) { f.Timeout = 9 * time.Second }), "timeout 9: must be 10 to 60 seconds"},
		{list(func(f *findMe) { f.Timeout = 60500 * time.Millisecond }), "timeout 60.5: must be 10 to 60 seconds"},
		{list(func(f *findMe) { f.LoopCount = 6 }), "loop_count 6: must be 0 to 5"},
		{list(func(f *findMe) { f.LoopCount = -1 }), "loop_count -1: must be 0 to 5"},
		{list(func(f *findMe) { f.Numbers, f.Settings.Strategy = numbers(21), clickbridge.AllAtOnce }),
			"strategy all_at_once: must ring at most 20 numbers, the list has 21; write simul instead, with another strategy"},

		{line(clickbridge.FindMeNumber{Number: "5555550100"}), `numbers[1].number "5555550100": must be in E.164 form as +15558688950`},
		{line(clickbridge.FindMeNumber{Number: "+1555"}), `numbers[1].number "+1555": must be in E.164 form as +15558688950`},
		{line(clickbridge.FindMeNumber{Name: "A\nB"}), `numbers[1].name "A\nB": must be one line of up to 100 bytes, without spaces around it`},
		{line(clickbridge.FindMeNumber{Timeout: 61 * time.Second}), "numbers[1].timeout 61: must be 10 to 60 seconds"},
		{line(clickbridge.FindMeNumber{Delay: 61 * time.Second}), "numbers[1].delay 61: must be 0 to 60 seconds"},
		{line(clickbridge.FindMeNumber{Weight: 101}), "numbers[1].weight 101: must be 0 to 100"},
		{line(clickbridge.FindMeNumber{Extension: "12x"}), `numbers[1].extension "12x": must be up to 16 keys of 0-9 * # A-D, with a comma for half a second`},
		{line(clickbridge.FindMeNumber{Extension: strings.Repeat("1", 17)}),
			`numbers[1].extension "11111111111111111": must be up to 16 keys of 0-9 * # A-D, with a comma for half a second`},
		{line(clickbridge.FindMeNumber{ExtensionWait: -time.Second}), "numbers[1].extension_wait -1: must be 0 to 30 seconds"},
		{line(clickbridge.FindMeNumber{Schedule: &clickbridge.Schedule{TimeZone: "Moon"}}),
			`numbers[1].schedule.time_zone "Moon": must be a time zone as America/Chicago, or empty for the account's`},

		{set(S{Strategy: "loudest"}), "strategy loudest: must be one of in_order, all_at_once, random, round_robin, least_recent, weighted"},
		{set(S{Simul: 21}), "simul 21: must be 0 to 20"},
		{set(S{StickyDays: 366}), "sticky_days 366: must be 0 to 365 days"},
		{set(S{AutoAccept: 4}), "auto_accept 4: must be one of off, first, last_asked, last_unasked"},
		{set(S{Schedule: &clickbridge.Schedule{Closed: []string{"x"}}}), `schedule.closed[0] "x": must be a date as 2026-12-25`},
		{set(S{AutoAccept: clickbridge.AcceptFirst, Screen: C{Method: clickbridge.ScreenName}}),
			"screen.method record_name: must not be set with auto_accept first, which asks nobody"},

		{screen(C{Method: "shout"}), "screen.method shout: must be one of announce, none, record_name, whisper_text, whisper_audio"},
		{screen(C{Method: clickbridge.ScreenText}), `screen.text "": must be what is said, for method whisper_text`},
		{screen(C{Method: clickbridge.ScreenAudio}), `screen.audio "": must name an uploaded clip, for method whisper_audio`},
		{screen(C{Text: "for {nam}"}), `screen.text "for {nam}": must have no braces but {name}, {number}, {ref} and {page}`},
		{screen(C{Text: "for {name"}), `screen.text "for {name": must have no braces but {name}, {number}, {ref} and {page}`},
		{screen(C{Text: strings.Repeat("x", 501)}), "screen.text of 501 characters: must have up to 500"},
		{screen(C{AcceptKey: 'A'}), `screen.accept "A": ` + key},
		{screen(C{PassKey: '⁵'}), `screen.pass "⁵": ` + key},
		{screen(C{AcceptKey: '2'}), `screen.decline "2": must be another key, this one is accept`},
		{screen(C{PassKey: '3', OptOutKey: '3'}), `screen.opt_out "3": must be another key, this one is pass`},
		{screen(C{Tries: 6}), "screen.tries 6: must be 0 to 5"},
		{screen(C{TryTime: time.Second}), "screen.seconds 1: must be 2 to 20 seconds"},

		{set(S{Hold: clickbridge.Hold{Repeat: new(clickbridge.HoldRepeat(3))}}), "hold.repeat 3: must be one of once, between, always"},
		{set(S{Voice: V{Language: "english"}}), `voice.language "english": must be a language tag as en, de or es-MX`},
		{set(S{Voice: V{Language: "en-"}}), `voice.language "en-": must be a language tag as en, de or es-MX`},
		{set(S{Voice: V{Language: "en-U$"}}), `voice.language "en-U$": must be a language tag as en, de or es-MX`},
		{set(S{Voice: V{ApologyText: "a\x00"}}), `voice.apology "a\x00": must be without characters that cannot be spoken`},
		{set(S{Record: clickbridge.RecordSettings{Announce: "dog"}}), "record.announce dog: must be one of both, customer, agent, nobody"},
		{set(S{Record: clickbridge.RecordSettings{Keep: -24 * time.Hour}}), "record.keep_days -1: must be 0 to 3650 days"},

		{end(E{Action: "sing"}), "end.action sing: must be one of hangup, transfer, voicemail, call_later"},
		{end(E{Action: clickbridge.EndTransfer}), `end.number "": must be whom a caller is transferred to`},
		{end(E{Number: "911"}), `end.number "911": must be in E.164 form as +15558688950`},
		{end(E{Emails: []string{"a@example.com", "Sales <b@example.com>"}}), `end.emails[1] "Sales <b@example.com>": must be a mail address as sales@example.com`},
		{end(E{MaxMessage: 11 * time.Minute}), "end.max_seconds 660: must be 5 to 600 seconds"},
		{end(E{After: time.Second}), "end.after_minutes 0: must be 1 to 10080 minutes"},
		{end(E{MaxCalls: 11}), "end.max_calls 11: must be 0 to 10 calls"},
		{end(E{From: 600, To: 600}), "end.hours 600 to 600: must be within 0 to 1440 minutes after midnight, the end after the beginning"},
		{end(E{From: 0, To: 1441}), "end.hours 0 to 1441: must be within 0 to 1440 minutes after midnight, the end after the beginning"},
	} {
		if err := tc.list.Validate(); err == nil || err.Error() != tc.want {
			t.Errorf("got  %v\nwant %s", err, tc.want)
		}
	}
}
