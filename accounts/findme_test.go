package accounts

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
)

// withSettings is a file of one FindMe with body, in braces' syntax, on line 3.
func withSettings(body string) string {
	return one("    findmes: [{id: 1, " + body + "}]\n")
}

// set returns the FindMe that a file makes.
func set(t *testing.T, body string) *clickbridge.FindMe {
	t.Helper()
	if !strings.Contains(body, "numbers:") {
		body += ", numbers: ['5558688950']"
	}
	changes, _, err := Plan(nil, files(t, withSettings(body)), nil, false)
	if err != nil {
		t.Fatal(err)
	}
	return changes[1].FindMe
}

// Every setting is read under every name it has.
func TestSettings(t *testing.T) {
	minutes := func(h, m int) int { return h*60 + m }
	type S = clickbridge.FindMeSettings
	for _, tt := range []struct {
		text string
		want S
	}{
		{"strategy: in_order", S{}},
		{"strategy: all_at_once", S{Strategy: clickbridge.AllAtOnce}},
		{"strategy: least_recent", S{Strategy: clickbridge.LeastRecent}},
		{"strategy: weighted", S{Strategy: clickbridge.WeightedOrder}},
		{"strategy: 2", S{Strategy: clickbridge.RoundRobin}},
		{"distribution_type: 1", S{Strategy: clickbridge.RandomOrder}},
		{"randomize: 2", S{Strategy: clickbridge.RoundRobin}},
		{"randomize: round_robin", S{Strategy: clickbridge.RoundRobin}},
		{"simul: 20", S{Simul: 20}},
		{"list_type: group", S{Group: true}},
		{"list_type: 1", S{}},
		{"usr_findme_type: 2", S{Group: true}},
		{"on_another_call: ring", S{AllowBusy: true}},
		{"on_another_call: skip", S{}},
		{"decline_ends_hunt: true", S{DeclineEndsHunt: true}},
		{"sticky_days: 30", S{StickyDays: 30}},
		{"auto_accept: 3", S{AutoAccept: clickbridge.AcceptLastUnasked}},
		{"auto_accept: first", S{AutoAccept: clickbridge.AcceptFirst}},
		{"detect_machine: true", S{DetectMachine: true}},
		// Schedules.
		{"schedule: {}", S{}},
		{"schedule: {time_zone: America/Chicago, hours: ['mon-tue 09:00-17:00', 'sat 10:00-24:00'], closed: ['2026-12-25']}", S{Schedule: &clickbridge.Schedule{
			TimeZone: "America/Chicago", Closed: []string{"2026-12-25"},
			Hours: []clickbridge.Hours{{Day: time.Monday, From: 540, To: 1020}, {Day: time.Tuesday, From: 540, To: 1020}, {Day: time.Saturday, From: 600, To: 1440}},
		}}},
		// Screening.
		{"screen: {method: none}", S{Screen: clickbridge.Screening{Method: clickbridge.ScreenNone}}},
		{"screen: {method: announce}", S{}},
		{"screen_method: 0", S{Screen: clickbridge.Screening{Method: clickbridge.ScreenName}}},
		{"screen_method: 1, whisper_phrase: 'Lead for {name}'", S{Screen: clickbridge.Screening{Method: clickbridge.ScreenText, Text: "Lead for {name}"}}},
		{"screen: {text: \"{number}\\n {ref}  {page}\"}", S{Screen: clickbridge.Screening{Method: clickbridge.ScreenText, Text: "{number} {ref} {page}"}}},
		{"screen: {method: announce, text: unused}", S{Screen: clickbridge.Screening{Text: "unused"}}},
		{"screen: {accept: 5, decline: '*', pass: '#', opt_out: 9, tries: 5, seconds: 20}", S{Screen: clickbridge.Screening{
			AcceptKey: '5', DeclineKey: '*', PassKey: '#', OptOutKey: '9', Tries: 5, TryTime: 20 * time.Second,
		}}},
		{"screen: {accept: '', pass: ''}", S{}},
		{"use_screen: 1", S{}},
		{"use_screen: 0", S{Screen: clickbridge.Screening{Method: clickbridge.ScreenNone}}},
		{"use_screen: 0, screen_method: 0", S{Screen: clickbridge.Screening{Method: clickbridge.ScreenName}}},
		{"dtmf_only: 0", S{}},
		{"dtmf_only: 1", S{}},
		// Voice.
		{"hold: {repeat: once}", S{Hold: clickbridge.Hold{Repeat: new(clickbridge.HoldOnce)}}},
		{"holdrepeat: 1", S{Hold: clickbridge.Hold{Repeat: new(clickbridge.HoldBetween)}}},
		{"hold: {repeat: always}", S{Hold: clickbridge.Hold{Repeat: new(clickbridge.HoldAlways)}}},
		{"voice: {language: es-MX, greeting: Hello, prompt: Wait, apology: Sorry}", S{Voice: clickbridge.Voice{
			Language: "es-MX", GreetingText: "Hello", PromptText: "Wait", ApologyText: "Sorry",
		}}},
		{"screen_prompt: One moment", S{Voice: clickbridge.Voice{PromptText: "One moment"}}},
		// Recording.
		{"record: 1", S{Record: clickbridge.RecordSettings{On: true}}},
		{"record: true", S{Record: clickbridge.RecordSettings{On: true}}},
		{"record: 0", S{}},
		{"record: {on: true, announce: agent, keep_days: 90}", S{Record: clickbridge.RecordSettings{
			On: true, Announce: clickbridge.AnnounceAgent, Keep: 90 * 24 * time.Hour,
		}}},
		// The end of the list.
		{"end: hangup", S{}},
		{"end: {}", S{}},
		{"end: {action: transfer, number: '5558688951'}", S{End: clickbridge.EndOfList{Action: clickbridge.EndTransfer, Number: "+15558688951"}}},
		{"findme_action: 1, findme_action_parameter: '(555) 868-8951'", S{End: clickbridge.EndOfList{Action: clickbridge.EndTransfer, Number: "+15558688951"}}},
		{"nextaction: transfer, nextactionitem: 5558688951", S{End: clickbridge.EndOfList{Action: clickbridge.EndTransfer, Number: "+15558688951"}}},
		{"end: {action: voicemail, emails: [a@b.example], max_seconds: 180}", S{End: clickbridge.EndOfList{
			Action: clickbridge.EndVoicemail, Emails: []string{"a@b.example"}, MaxMessage: 3 * time.Minute,
		}}},
		{"findme_action: 2, findme_action_parameter: 'a@b.example, c@d.example'", S{End: clickbridge.EndOfList{
			Action: clickbridge.EndVoicemail, Emails: []string{"a@b.example", "c@d.example"},
		}}},
		{"end: {action: call_later, after_minutes: 30, next_open: true, max_calls: 4, hours: '9:00-20:30'}", S{End: clickbridge.EndOfList{
			Action: clickbridge.EndCallLater, After: 30 * time.Minute, NextOpen: true, MaxCalls: 4, From: minutes(9, 0), To: minutes(20, 30),
		}}},
		{"findme_action: 3, findme_action_parameter: 45", S{End: clickbridge.EndOfList{Action: clickbridge.EndCallLater, After: 45 * time.Minute}}},
		{"findme_action: 0, findme_action_parameter: ''", S{}},
	} {
		t.Run(tt.text, func(t *testing.T) {
			if d := cmp.Diff(tt.want, set(t, tt.text).Settings); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

func TestNumberSettings(t *testing.T) {
	got := set(t, `numbers: [{number: '5558688950', name: Front desk, timeout: 20, delay: 60, weight: 100, paused: true, extension: '2a4,#', extension_wait: 30, schedule: {hours: ['fri-mon 22:00-02:00']}}]`)
	night := func(d time.Weekday) clickbridge.Hours { return clickbridge.Hours{Day: d, From: 22 * 60, To: 2 * 60} }
	want := []clickbridge.FindMeNumber{{
		Number: "+15558688950", Name: "Front desk", Timeout: 20 * time.Second, Delay: time.Minute, Weight: 100, Paused: true,
		Extension: "2A4,#", ExtensionWait: 30 * time.Second,
		Schedule: &clickbridge.Schedule{Hours: []clickbridge.Hours{night(time.Friday), night(time.Saturday), night(time.Sunday), night(time.Monday)}},
	}}
	if d := cmp.Diff(want, got.Numbers); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// Every setting refuses what is wrong with the value, what would be right, and
// where: at the caret.
func TestSettingFaults(t *testing.T) {
	const hours = "is not days and hours; write for example mon-fri 09:00-17:00 or sat,sun 22:00-02:00"
	for _, tt := range []struct{ text, want string }{
		{"strategy: ^fastest", `.strategy: "fastest" is not one of in_order, all_at_once, random, round_robin, least_recent, weighted (old codes: 1 random, 2 round_robin)`},
		{"distribution_type: ^3", `.distribution_type: "3" is not one of in_order, all_at_once, random, round_robin, least_recent, weighted (old codes: 1 random, 2 round_robin)`},
		{"randomize: ^1, strategy: random", `.randomize: is another name of findmes[0].strategy, which is written too; write one of them`},
		{"simul: ^0", ".simul: 0 is not within 1 to 20"},
		{"simul: ^21", ".simul: 21 is not within 1 to 20"},
		{"list_type: ^3", `.list_type: "3" is not one of individual, group (old codes: 1 individual, 2 group)`},
		{"list_type: 1, usr_findme_type: ^2", `.usr_findme_type: is another name of findmes[0].list_type, which is written too; write one of them`},
		{"on_another_call: ^wait", `.on_another_call: "wait" is not one of skip, ring`},
		{"decline_ends_hunt: ^1", `.decline_ends_hunt: "1" is not true or false`},
		{"sticky_days: ^366", ".sticky_days: 366 is not within 0 to 365 days"},
		{"auto_accept: ^4", `.auto_accept: "4" is not one of off, first, last_asked, last_unasked (old codes: 0 off, 1 first, 2 last_asked, 3 last_unasked)`},
		{"detect_machine: ^maybe", `.detect_machine: "maybe" is not true or false`},
		// Schedules.
		{"schedule: {hours: [^mon]}", `.schedule.hours[0]: "mon" ` + hours},
		{"schedule: {hours: [^'mon 9-17']}", `.schedule.hours[0]: "mon 9-17" ` + hours},
		{"schedule: {hours: [^'mon 24:00-25:00']}", `.schedule.hours[0]: "mon 24:00-25:00" ` + hours},
		{"schedule: {hours: [^'mon 09:60-10:00']}", `.schedule.hours[0]: "mon 09:60-10:00" ` + hours},
		{"schedule: {hours: [^'mo-fr 09:00-17:00']}", `.schedule.hours[0]: "mo-fr 09:00-17:00" has a day that is not one of sun, mon, tue, wed, thu, fri, sat`},
		{"schedule: {closed: [^'12/25/2026']}", `.schedule.closed[0]: "12/25/2026" is not a date; write for example 2026-12-25`},
		{"schedule: {closed: [^'2026-02-30']}", `.schedule.closed[0]: "2026-02-30" is not a date; write for example 2026-12-25`},
		{"schedule: {time_zone: ^CST6}", `.schedule.time_zone: "CST6" is not a time zone; write for example America/Chicago or UTC`},
		{"schedule: ^mon-fri", `.schedule: is a single value; settings belong here: time_zone, hours, closed`},
		// Screening.
		{"screen: {method: ^shout}", `.screen.method: "shout" is not one of announce, none, record_name, whisper_text, whisper_audio (old codes: 0 record_name, 1 whisper_text, 2 whisper_audio)`},
		{"screen_method: ^3", `.screen_method: "3" is not one of announce, none, record_name, whisper_text, whisper_audio (old codes: 0 record_name, 1 whisper_text, 2 whisper_audio)`},
		{"screen: {text: a, audio: b}", ": has a whisper text and a whisper audio; write screen: {method: whisper_text} or {method: whisper_audio}"},
		{"screen: {text: ^'for {agent}'}", ".screen.text: {agent} is not one of {name}, {number}, {ref}, {page}"},
		{"whisper_phrase: ^'for {name'", ".whisper_phrase: {name is not one of {name}, {number}, {ref}, {page}"},
		{"screen: {text: ^" + strings.Repeat("x", 501) + "}", ".screen.text: has 501 characters, which is not within 0 to 500"},
		{`screen: {text: ^"a\u0007"}`, `.screen.text: "a\a" has characters that cannot be spoken`},
		{"screen: {text: a}, whisper_phrase: ^b", ".whisper_phrase: is another name of findmes[0].screen.text, which is written too; write one of them"},
		{"screen: {accept: ^12}", `.screen.accept: "12" is not one key of 0-9 * #; write for example "1"`},
		{"screen: {decline: ^A}", `.screen.decline: "A" is not one key of 0-9 * #; write for example "1"`},
		{"screen: {pass: ^x}", `.screen.pass: "x" is not one key of 0-9 * #; write for example "1"`},
		{"screen: {opt_out: ^10}", `.screen.opt_out: "10" is not one key of 0-9 * #; write for example "1"`},
		{"screen: {tries: ^6}", ".screen.tries: 6 is not within 1 to 5"},
		{"screen: {seconds: ^1}", ".screen.seconds: 1 is not within 2 to 20 seconds"},
		{"use_screen: ^2", `.use_screen: "2" is not true or false (old codes: 1, 0)`},
		{"dtmf_only: ^2", `.dtmf_only: "2" is not true or false (old codes: 1, 0)`},
		// Voice.
		{"hold: {repeat: ^3}", `.hold.repeat: "3" is not one of once, between, always (old codes: 0 once, 1 between, 2 always)`},
		{"hold: {music: ^' jazz'}", `.hold.music: " jazz" is not one line of up to 100 characters without spaces around it`},
		{"hold: {music: jazz}, holdmusic: ^rock", ".holdmusic: is another name of findmes[0].hold.music, which is written too; write one of them"},
		{"voice: {language: ^english!}", `.voice.language: "english!" is not a language; write for example en, de or es-MX`},
		{"voice: {language: ^e}", `.voice.language: "e" is not a language; write for example en, de or es-MX`},
		{`voice: {greeting: ^"\u0000"}`, `.voice.greeting: "\x00" has characters that cannot be spoken`},
		{"voice: {prompt: ^" + strings.Repeat("é", 501) + "}", ".voice.prompt: has 501 characters, which is not within 0 to 500"},
		{"voice: {apology: ^" + strings.Repeat("x", 501) + "}", ".voice.apology: has 501 characters, which is not within 0 to 500"},
		{"voice: {apology_audio: ^'x '}", `.voice.apology_audio: "x " is not one line of up to 100 characters without spaces around it`},
		{"voice: {greeting_audio: ^'x '}", `.voice.greeting_audio: "x " is not one line of up to 100 characters without spaces around it`},
		// Recording.
		{"record: ^2", `.record: "2" is not true or false (old codes: 1, 0)`},
		{"record: {on: ^yes}", `.record.on: "yes" is not true or false (old codes: 1, 0)`},
		{"record: {announce: ^all}", `.record.announce: "all" is not one of both, customer, agent, nobody`},
		{"record: {keep_days: ^3651}", ".record.keep_days: 3651 is not within 0 to 3650; 0 keeps them as long as the server does"},
		// The end of the list.
		{"end: ^explode", `.end: "explode" is not one of hangup, transfer, voicemail, call_later (old codes: 0 hangup, 1 transfer, 2 voicemail, 3 call_later)`},
		{"end: ^{number: '5558688950'}", ".end: action is needed; write hangup, transfer, voicemail or call_later"},
		{"end: {action: transfer, number: ^'911'}", `.end.number: 911 is an emergency number; write for example "5558688950" or "+15558688950"`},
		{"end: {action: voicemail, emails: [^x]}", `.end.emails[0]: "x" is not a mail address; write for example sales@example.com`},
		{"end: {action: voicemail, max_seconds: ^601}", ".end.max_seconds: 601 is not within 5 to 600 seconds"},
		{"end: {action: call_later, after_minutes: ^0}", ".end.after_minutes: 0 is not within 1 to 10080 minutes"},
		{"end: {action: call_later, max_calls: ^11}", ".end.max_calls: 11 is not within 1 to 10 calls"},
		{"end: {action: call_later, next_open: ^x}", `.end.next_open: "x" is not true or false`},
		{"end: {action: call_later, hours: ^'21:00-08:00'}", `.end.hours: "21:00-08:00" ends before it begins; write for example 08:00-21:00`},
		{"end: {action: call_later, hours: ^day}", `.end.hours: "day" is not a span of a day; write for example 09:00-17:00`},
		{"findme_action: ^4", `.findme_action: "4" is not one of hangup, transfer, voicemail, call_later (old codes: 0 hangup, 1 transfer, 2 voicemail, 3 call_later)`},
		{"findme_action: 1, nextaction: ^1", ".nextaction: is another name of findmes[0].findme_action, which is written too; write one of them"},
		{"findme_action_parameter: ^x", ".findme_action_parameter: needs findme_action"},
		{"findme_action: 0, nextactionitem: ^x", `.nextactionitem: "x" means nothing to hangup`},
		{"findme_action: 1, nextactionitem: ^x", `.nextactionitem: 'x' is not a digit; write for example "5558688950" or "+15558688950"`},
		{"findme_action: 2, nextactionitem: ^x", `.nextactionitem: "x" is not a mail address; write for example sales@example.com`},
		{"findme_action: 3, nextactionitem: ^x", `.nextactionitem: "x" is not a number of minutes; write for example 30`},
		{"findme_action: 3, nextactionitem: ^20000", ".nextactionitem: 20000 is not within 1 to 10080 minutes"},
		// Numbers.
		{"numbers: [{number: '5558688950', delay: ^61}]", ".numbers[0].delay: 61 is not within 0 to 60 seconds"},
		{"numbers: [{number: '5558688950', weight: ^0}]", ".numbers[0].weight: 0 is not within 1 to 100; paused: true leaves a number out"},
		{"numbers: [{number: '5558688950', paused: ^1}]", `.numbers[0].paused: "1" is not true or false`},
		{"numbers: [{number: '5558688950', extension: ^12x}]", `.numbers[0].extension: "12x" is not up to 16 keys of 0-9 * # A-D, with a comma for half a second`},
		{"numbers: [{number: '5558688950', extension_wait: ^31}]", ".numbers[0].extension_wait: 31 is not within 0 to 30 seconds"},
		{"numbers: [{number: '5558688950', schedule: {hours: [^x]}}]", `.numbers[0].schedule.hours[0]: "x" ` + hours},
		{"numbers: [{number: '5558688950', ^whisper_phrase: x}]", ".numbers[0].whisper_phrase: not supported for one number; it is a setting of the FindMe, screen.text"},
		{"numbers: [{number: '5558688950', ^priority: 1}]", ".numbers[0].priority: is not a setting: numbers are rung in the order written; see strategy and weight"},
		{"^shift: day", `.shift: is written as schedule: {hours: ["mon-fri 09:00-17:00"]}`},
		{"^lop_count: 1", ".lop_count: unknown setting; did you mean loop_count?"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			col := len("    findmes: [{id: 1, ") + 1 + strings.Index(tt.text, "^")
			if !strings.Contains(tt.text, "^") {
				col = len("    findmes: [{") // of the FindMe
			}
			_, err := read(withSettings(strings.Replace(tt.text, "^", "", 1)))
			if err == nil {
				t.Fatalf("no error; want\n%s", tt.want)
			}
			want := fmt.Sprintf("a.yaml:3:%d: accounts[0].findmes[0]%s", col, tt.want)
			if d := cmp.Diff(want, err.Error()); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}
