package accounts

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
)

const plainFindMe = "accounts: [{name: A, findmes: [{id: 1, numbers: ['5558688950']}]}]"

// Every change of a setting is told in words, old and new, and then holds.
func TestSettingsChangeInWords(t *testing.T) {
	const after = `
accounts:
  - name: A
    findmes:
      - id: 1
        loop_count: 0
        strategy: random
        simul: 3
        list_type: 2
        schedule: {time_zone: America/Chicago, hours: ["mon-fri 09:00-17:00", "sat,sun 22:00-02:00"], closed: ["2026-12-25", "2026-12-26"]}
        on_another_call: ring
        decline_ends_hunt: true
        sticky_days: 7
        auto_accept: 2
        detect_machine: true
        screen: {method: whisper_text, text: "Lead {ref}", accept: 4, decline: 5, pass: 6, opt_out: 7, tries: 1, seconds: 8}
        hold: {repeat: between}
        voice: {language: de, greeting: Guten Tag, prompt: Moment, apology: Schade}
        record: {on: true, announce: agent, keep_days: 30}
        end: {action: call_later, after_minutes: 90, next_open: true, max_calls: 2, hours: "09:00-20:00"}
        numbers: [{number: '5558688951', name: Bob, timeout: 15, delay: 5, weight: 3, paused: true, extension: "204", extension_wait: 2, schedule: {hours: ["daily 09:00-17:00"]}}]
`
	d, _ := plan(t, nil, false, plainFindMe)
	next, said := plan(t, d, false, after)
	want := `update  FindMe 1 of account A
          loop_count: 1 -> 0
          strategy: in_order -> random
          simul: 1 -> 3
          list_type: individual -> group
          schedule: (none) -> mon-fri 09:00-17:00, sat-sun 22:00-02:00, closed 2026-12-25 2026-12-26, America/Chicago
          on_another_call: skip -> ring
          decline_ends_hunt: false -> true
          sticky_days: (none) -> 7
          auto_accept: off -> last_asked
          detect_machine: false -> true
          screen.method: announce -> whisper_text
          screen.text: (none) -> "Lead {ref}"
          screen.accept: 1 -> 4
          screen.decline: 2 -> 5
          screen.pass: (none) -> 6
          screen.opt_out: (none) -> 7
          screen.tries: 3 -> 1
          screen.seconds: 5s -> 8s
          hold.repeat: always -> between
          voice.language: (none) -> de
          voice.greeting: (none) -> "Guten Tag"
          voice.prompt: (none) -> "Moment"
          voice.apology: (none) -> "Schade"
          record: off -> on
          record.announce: both -> agent
          record.keep_days: (none) -> 30
          end: hangup -> call_later, after 1h30m, at the next open hour, at most 2 calls, within 09:00-20:00
          numbers: +15558688950 -> +15558688951 "Bob" 15s delayed 5s weight 3 paused extension 204 after 2s (daily 09:00-17:00)`
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, prune := range []bool{false, true} {
		if changes, lines, err := Plan(next, files(t, after), serverKey, prune); len(changes)+len(lines) != 0 || err != nil {
			t.Errorf("again: %v %v", lines, err)
		}
	}
	// What is left out stays; with prune it returns to its default.
	if _, said = plan(t, next, false, plainFindMe); strings.Count(said, "\n") != 1 {
		t.Errorf("more than the numbers changed:\n%s", said)
	}
	pruned, _ := plan(t, next, true, plainFindMe)
	if diff := cmp.Diff(d.FindMes, pruned.FindMes); diff != "" {
		t.Errorf("pruned: -want +got\n%s", diff)
	}
}

// The end of a list and a schedule are taken whole.
func TestEndIsTakenWhole(t *testing.T) {
	d, _ := plan(t, nil, false, "accounts: [{name: A, findmes: [{id: 1, end: {action: transfer, number: '5558688951'}, schedule: {hours: [mon 09:00-17:00], closed: ['2026-12-25']}, numbers: ['5558688950']}]}]")
	_, said := plan(t, d, false, "accounts: [{name: A, findmes: [{id: 1, end: hangup, schedule: {closed: ['2026-12-26']}}]}]")
	want := `update  FindMe 1 of account A
          schedule: mon 09:00-17:00, closed 2026-12-25 -> closed 2026-12-26
          end: transfer, to +15558688951 -> hangup`
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// What a FindMe names must be there, and what it dials must be allowed.
func TestFindMeReferences(t *testing.T) {
	for text, want := range map[string]string{
		"hold: {music: jazz}":                          `3:37: accounts[0].findmes[0].hold.music: "jazz" is not the name of a clip; add it to the account's audio, with its file`,
		"holdmusic: jazz":                              `3:34: accounts[0].findmes[0].holdmusic: "jazz" is not the name of a clip; add it to the account's audio, with its file`,
		"screen: {audio: a}":                           `3:39: accounts[0].findmes[0].screen.audio: "a" is not the name of a clip; add it to the account's audio, with its file`,
		"voice: {greeting_audio: a}":                   `3:47: accounts[0].findmes[0].voice.greeting_audio: "a" is not the name of a clip; add it to the account's audio, with its file`,
		"voice: {apology_audio: a}":                    `3:46: accounts[0].findmes[0].voice.apology_audio: "a" is not the name of a clip; add it to the account's audio, with its file`,
		to("+442079460000"):                            `3:55: accounts[0].findmes[0].end.number: +442079460000 is in GB, which is not among the account's destinations`,
		to("+8816123456789"):                           `3:55: accounts[0].findmes[0].end.number: +8816123456789 is in no country of the account's destinations`,
		to("9005551212"):                               `3:55: accounts[0].findmes[0].end.number: +19005551212 is a premium-rate number; calls to such are not allowed`,
		"nextaction: 1, nextactionitem: +442079460000": `3:54: accounts[0].findmes[0].nextactionitem: +442079460000 is in GB, which is not among the account's destinations`,
	} {
		_, _, err := Plan(nil, files(t, withSettings(text+", numbers: ['5558688950']")), nil, false)
		if err == nil || err.Error() != "a.yaml:"+want {
			t.Errorf("%s: got  %v\nwant a.yaml:%s", text, err, want)
		}
	}
}

func to(number string) string { return "end: {action: transfer, number: '" + number + "'}" }

// What does not go together is told where it was written, or around what is
// missing.
func TestFindMeIsValidatedWhole(t *testing.T) {
	for text, want := range map[string]string{
		"screen: {accept: 5, decline: ^5}":                   `.screen.decline: "5": must be another key, this one is accept`,
		"screen: {pass: ^2}":                                 `.screen.pass: "2": must be another key, this one is decline`,
		"screen: ^{method: whisper_text}":                    `.screen.text: "": must be what is said, for method whisper_text`,
		"end: ^{action: transfer}":                           `.end.number: "": must be whom a caller is transferred to`,
		"auto_accept: first, screen: {method: ^record_name}": ".screen.method: record_name: must not be set with auto_accept first, which asks nobody",
	} {
		_, _, err := Plan(nil, files(t, withSettings(strings.Replace(text, "^", "", 1)+", numbers: ['5558688950']")), nil, false)
		if want = fmt.Sprintf("a.yaml:3:%d: accounts[0].findmes[0]%s", 23+strings.Index(text, "^"), want); err == nil || err.Error() != want {
			t.Errorf("%s: got  %v\nwant %s", text, err, want)
		}
	}
}

// Unknown settings, wrong values and what does not go together are told in one
// round, each once.
func TestAllFaultsInOneRound(t *testing.T) {
	_, err := read("accounts:\n  - name: A\n    contry: US\n    time_zone: Moon\n    findmes:\n" +
		"      - {id: 1, timeout: 30s, simul: 40, numbers: [{numbr: '1'}, {number: x}]}\n      - {timeout: 5}\n      - {idd: 5}\n")
	want := `a.yaml:3:5: accounts[0].contry: unknown setting; did you mean country?
a.yaml:4:16: accounts[0].time_zone: "Moon" is not a time zone; write for example America/Chicago or UTC
a.yaml:6:26: accounts[0].findmes[0].timeout: "30s" is not a whole number; write for example 30
a.yaml:6:38: accounts[0].findmes[0].simul: 40 is not within 1 to 20
a.yaml:6:53: accounts[0].findmes[0].numbers[0].numbr: unknown setting; did you mean number?
a.yaml:6:75: accounts[0].findmes[0].numbers[1].number: 'x' is not a digit; write for example "5558688950" or "+15558688950"
a.yaml:7:9: accounts[0].findmes[1]: id is needed: the number that pages send as findme_id
a.yaml:7:19: accounts[0].findmes[1].timeout: 5 is not within 10 to 60 seconds
a.yaml:8:10: accounts[0].findmes[2].idd: unknown setting; did you mean id?`
	if err == nil || cmp.Diff(want, err.Error()) != "" {
		t.Errorf("-want +got\n%s", cmp.Diff(want, err.Error()))
	}
}

// What has no effect is noted, with its place.
func TestNotes(t *testing.T) {
	f := files(t, withSettings("dtmf_only: 0, use_screen: 0"), withSettings("dtmf_only: 1, use_screen: 1"))
	want := []string{
		"a.yaml:3:34: accounts[0].findmes[0].dtmf_only: speech is not recognised: agents press keys",
		"a.yaml:3:49: accounts[0].findmes[0].use_screen: who calls is not announced, but an agent still presses a key to accept; with auto_accept: first whoever answers is connected",
	}
	if d := cmp.Diff(want, f[0].Notes()); d != "" || len(f[1].Notes()) != 0 {
		t.Errorf("-want +got\n%s%v", d, f[1].Notes())
	}
}

func FuzzHours(f *testing.F) {
	for _, s := range []string{"mon-fri 09:00-17:00", "daily 0:00-24:00", "sat, sun 22:00 - 02:00", "sun-sun 00:00-00:00", "fri–mon,tue 1:00-2:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		hours, err := parseHours(s)
		if err != nil {
			return
		}
		var again []clickbridge.Hours
		for part := range strings.SplitSeq(scheduled(&clickbridge.Schedule{Hours: hours}), ", ") {
			more, err := parseHours(part)
			if err != nil {
				t.Fatalf("%q is written as %q: %v", s, part, err)
			}
			again = append(again, more...)
		}
		if d := cmp.Diff(hours, again); d != "" {
			t.Errorf("%q: -read +read again\n%s", s, d)
		}
	})
}
