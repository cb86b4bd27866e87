package prompt_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/media/g711"
	"clickbridge/media/tone"
	"clickbridge/prompt"
)

func TestEveryPromptIsHeardInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, lang := range prompt.Languages() {
		v := prompt.In(lang)
		for _, c := range []struct {
			name     string
			clips    []*leg.Clip
			min, max float64 // seconds
		}{
			{"Greeting", v.Greeting(false), 2, 5},
			{"Greeting group", v.Greeting(true), 2, 6},
			{"Hold", v.Hold(), 8, 20},
			{"Screen", v.Screen("+15551112222", "US", prompt.DefaultKeys, false), 5, 11},
			{"Screen group", v.Screen("+15551112222", "US", prompt.DefaultKeys, true), 5, 12},
			{"Screen unknown", v.Screen("", "US", prompt.DefaultKeys, false), 3, 6},
			{"CallFrom", v.CallFrom(false), 0.3, 2},
			{"Press", v.Press(prompt.DefaultKeys), 1.5, 5},
			{"Press all", v.Press(prompt.Keys{'5', '*', '#', '0'}), 5, 13},
			{"ScreenAgain", v.ScreenAgain(prompt.DefaultKeys), 2, 6},
			{"Accepted", v.Accepted(), 0.3, 1.5},
			{"Taken", v.Taken(), 1, 4},
			{"OptedOut", v.OptedOut(), 1, 5},
			{"NobodyAvailable", v.NobodyAvailable(), 3, 9},
			{"CallYouBack", v.CallYouBack(), 3, 9},
			{"LeaveMessage", v.LeaveMessage(), 2, 7},
			{"NobodyNow", v.NobodyNow(), 1, 4},
			{"SayName", v.SayName(), 1, 4},
			{"Beep", v.Beep(), 0.3, 0.3},
			{"Recorded", v.Recorded(), 0.8, 3},
			{"Busy", v.Unreachable(clickbridge.CauseBusy), 1, 4},
			{"No answer", v.Unreachable(clickbridge.CauseNoAnswer), 1, 4},
			{"Declined", v.Unreachable(clickbridge.CauseDeclined), 1, 4},
			{"Failed", v.Unreachable(clickbridge.CauseFailed), 1, 4},
			{"Goodbye", v.Goodbye(), 0.3, 2},
			{"TestCall", prompt.TestCall(), 3, 9},
		} {
			if !audible(c.clips) {
				t.Errorf("%s: %s is silent", lang, c.name)
			}
			if total := length(c.clips).Seconds(); total < c.min || total > c.max {
				t.Errorf("%s: %s lasts %.1f s, want %v to %v", lang, c.name, total, c.min, c.max)
			}
		}
	}
}

func length(clips []*leg.Clip) (d time.Duration) {
	for _, c := range clips {
		d += c.Duration()
	}
	return d
}

func audible(clips []*leg.Clip) bool {
	return slices.ContainsFunc(clips, func(c *leg.Clip) bool { return tone.Audible(g711.DecodeULawAll(c.ULaw)) })
}

func TestClips(t *testing.T) {
	t.Parallel()
	clips := prompt.Clips()
	size := 0
	for _, c := range clips {
		size += len(c.ULaw)
		if c.Name == "" || len(c.ULaw) == 0 || len(c.ALaw) != len(c.ULaw) {
			t.Errorf("%q: %d bytes of mu-law, %d of A-law", c.Name, len(c.ULaw), len(c.ALaw))
		}
		u, a := g711.DecodeULawAll(c.ULaw), g711.DecodeALawAll(c.ALaw)
		if c.Name == "pause" {
			if tone.Audible(u) || tone.Audible(a) {
				t.Error("the pause is not silent")
			}
			continue
		}
		// Speech within 3 dB of -19 dBFS, music and tones quieter than speech.
		level := tone.Energy(u)
		if !tone.Audible(u) || !tone.Audible(a) || level > 5200*5200 {
			t.Errorf("%s: mean square %.0f", c.Name, level)
		}
		if strings.Contains(c.Name, "/") && level < 2100*2100 {
			t.Errorf("%s: speech at mean square %.0f is faint", c.Name, level)
		}
	}
	if size > 3_000_000 {
		t.Errorf("the clips have %d bytes", size)
	}
	if !slices.IsSortedFunc(clips, func(a, b *leg.Clip) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("not sorted")
	}
}

// What a language has not is found here, not by a caller.
func TestLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	has := map[string][]string{}
	for _, c := range prompt.Clips() {
		if lang, name, ok := strings.Cut(c.Name, "/"); ok && name != "test-call" {
			has[lang] = append(has[lang], name)
		}
	}
	for lang, names := range has {
		if d := cmp.Diff(has[prompt.English], names); d != "" {
			t.Errorf("English and %s (-en +%s):\n%s", lang, lang, d)
		}
	}
	if d := cmp.Diff([]string{"de", "en", "es", "fr"}, prompt.Languages()); d != "" {
		t.Errorf("languages:\n%s", d)
	}
}

func TestIn(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]string{
		"": "en", "en": "en", "en-GB": "en", "EN_us": "en", "es": "es", "es-419": "es", "de-AT": "de",
		"fr-CA": "fr", "xx": "en", "pt-BR": "en", "e": "en", "hold.ul": "en", "../en": "en",
	} {
		v := prompt.In(asked)
		if v.Language() != want {
			t.Errorf("%q: %s, want %s", asked, v.Language(), want)
		}
		if name := v.Goodbye()[0].Name; name != want+"/goodbye" {
			t.Errorf("%q says %s", asked, name)
		}
	}
}

func TestScreenSaysTheNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang   string
		number clickbridge.Number
		home   string
		want   string
	}{
		{"en", "+15551112222", "US", "call-from 555 111 2222. press"},
		{"en", "+15558688950", "US", "call-from 555 868 8950. press"},
		{"en", "+442079460123", "US", "call-from +44 207 946 0123. press"},
		{"en", "+442079460123", "GB", "call-from 020 7946 0123. press"},
		{"en", "+12125550123", "GB", "call-from +1 212 555 0123. press"},
		{"en", "", "US", "call-from unknown-number press"},
		{"es", "+12125550123", "US", "call-from 212 555 0123. press"},
	} {
		clips := prompt.In(c.lang).Screen(c.number, c.home, prompt.DefaultKeys, false)
		if diff := cmp.Diff(c.want, said(c.lang, clips)); diff != "" {
			t.Errorf("%s from %s (-want +got):\n%s", c.number, c.home, diff)
		}
	}
}

func TestPressTellsTheKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		keys prompt.Keys
		want string
	}{
		{prompt.DefaultKeys, "press"},
		{prompt.Keys{Accept: '5', Decline: '2'}, "to-accept 5. to-decline 2."},
		{prompt.Keys{Accept: '1', Decline: '2', Pass: '3', OptOut: '9'}, "to-accept 1. to-decline 2. to-pass 3. to-opt-out 9."},
		{prompt.Keys{Accept: '*', OptOut: '#'}, "to-accept star. to-opt-out pound."},
		{prompt.Keys{Accept: '1'}, "to-accept 1."},
		{prompt.Keys{Accept: 'x'}, ""},
		{prompt.Keys{}, ""},
	} {
		v := prompt.In("de")
		if got := said("de", v.Press(c.keys)); got != c.want {
			t.Errorf("%q: Press says %q, want %q", c.keys, got, c.want)
		}
		again := said("de", v.ScreenAgain(c.keys))
		if c.keys == prompt.DefaultKeys {
			c.want = "press-again"
		}
		if again != c.want {
			t.Errorf("%q: ScreenAgain says %q, want %q", c.keys, again, c.want)
		}
	}
}

// said writes clips as they are spoken: digits run together, and the one that
// closes has a full stop.
func said(lang string, clips []*leg.Clip) string {
	var b strings.Builder
	for _, c := range clips {
		name := strings.TrimPrefix(c.Name, lang+"/")
		if digit, ok := strings.CutPrefix(name, "digit-"); ok {
			b.WriteString(digit)
		} else if digit, ok := strings.CutPrefix(name, "last-"); ok {
			b.WriteString(digit + ". ")
		} else if name == "plus" {
			b.WriteByte('+')
		} else if name == "pause" {
			b.WriteByte(' ')
		} else {
			b.WriteString(name + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestGroupWording(t *testing.T) {
	t.Parallel()
	v := prompt.In("en")
	if a, b := v.Greeting(false)[0].Name, v.Greeting(true)[0].Name; a != "en/greeting" || b != "en/greeting-group" {
		t.Errorf("Greeting: %s, for a group %s", a, b)
	}
	screen := v.Screen("", "US", prompt.Keys{}, true)
	if got := said("en", screen); got != "call-from-group unknown-number" {
		t.Errorf("Screen for a group: %s", got)
	}
}

func TestUnreachableTellsTheClasses(t *testing.T) {
	t.Parallel()
	for class, want := range map[clickbridge.CauseClass]string{
		clickbridge.CauseBusy:       "en/unreachable-busy",
		clickbridge.CauseNoAnswer:   "en/unreachable-no-answer",
		clickbridge.CauseDeclined:   "en/unreachable-declined",
		clickbridge.CauseFailed:     "en/unreachable-failed",
		clickbridge.CauseTrunkFault: "en/unreachable-failed",
		clickbridge.CauseHangup:     "en/unreachable-failed",
		"":                          "en/unreachable-failed",
	} {
		if got := prompt.In("en").Unreachable(class)[0].Name; got != want {
			t.Errorf("%q: %s, want %s", class, got, want)
		}
	}
}
