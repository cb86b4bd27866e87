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

func TestEveryPromptIsHeard(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		clips    []*leg.Clip
		min, max time.Duration
	}{
		{"Greeting", prompt.Greeting(), 2 * time.Second, 5 * time.Second},
		{"Hold", prompt.Hold(), 8 * time.Second, 20 * time.Second},
		{"Ringback US", prompt.Ringback("US"), 6 * time.Second, 6 * time.Second},
		{"Ringback GB", prompt.Ringback("GB"), 3 * time.Second, 3 * time.Second},
		{"Ringback DE", prompt.Ringback("DE"), 5 * time.Second, 5 * time.Second},
		{"Screen", prompt.Screen("+15551112222", "US"), 5 * time.Second, 11 * time.Second},
		{"Screen unknown", prompt.Screen("", "US"), 3 * time.Second, 6 * time.Second},
		{"ScreenAgain", prompt.ScreenAgain(), 2 * time.Second, 5 * time.Second},
		{"Accepted", prompt.Accepted(), 300 * time.Millisecond, 1200 * time.Millisecond},
		{"NobodyAvailable", prompt.NobodyAvailable(), 3 * time.Second, 9 * time.Second},
		{"Busy", prompt.Unreachable(clickbridge.CauseBusy), time.Second, 4 * time.Second},
		{"TestCall", prompt.TestCall(), 3 * time.Second, 9 * time.Second},
		{"Taken", prompt.Taken(), time.Second, 4 * time.Second},
		{"Goodbye", prompt.Goodbye(), 300 * time.Millisecond, 2 * time.Second},
	} {
		var total time.Duration
		heard := false
		for _, clip := range c.clips {
			total += clip.Duration()
			heard = heard || tone.Audible(g711.DecodeULawAll(clip.ULaw))
		}
		if !heard {
			t.Errorf("%s is silent", c.name)
		}
		if total < c.min || total > c.max {
			t.Errorf("%s lasts %v, want %v to %v", c.name, total, c.min, c.max)
		}
	}
}

func TestClips(t *testing.T) {
	t.Parallel()
	clips := prompt.Clips()
	if len(clips) < 25 {
		t.Fatalf("only %d clips", len(clips))
	}
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
		spoken := c.Name != "hold" && !strings.HasPrefix(c.Name, "ringback-")
		if spoken && level < 2500*2500 {
			t.Errorf("%s: speech at mean square %.0f is faint", c.Name, level)
		}
	}
	if size > 700_000 {
		t.Errorf("the clips have %d bytes", size)
	}
	if !slices.IsSortedFunc(clips, func(a, b *leg.Clip) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("not sorted")
	}
}

func TestScreenSaysTheNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		number clickbridge.Number
		home   string
		want   string
	}{
		{"+15551112222", "US", "555 111 2222"},
		{"+15558688950", "US", "555 868 8950"},
		{"+442079460123", "US", "+44 207 946 0123"},
		{"+442079460123", "GB", "020 7946 0123"},
		{"+12125550123", "GB", "+1 212 555 0123"},
		{"", "US", "unknown-number"},
	} {
		if diff := cmp.Diff(c.want, said(prompt.Screen(c.number, c.home))); diff != "" {
			t.Errorf("%s from %s (-want +got):\n%s", c.number, c.home, diff)
		}
	}
}

// said writes the middle of a screen prompt as it is spoken.
func said(clips []*leg.Clip) string {
	var b strings.Builder
	for _, c := range clips[1 : len(clips)-1] {
		switch digit, ok := strings.CutPrefix(c.Name, "digit-"); {
		case digit == "plus":
			b.WriteByte('+')
		case ok:
			b.WriteString(digit)
		case c.Name == "pause":
			b.WriteByte(' ')
		default:
			b.WriteString(c.Name)
		}
	}
	if clips[0].Name != "call-from" || clips[len(clips)-1].Name != "press" {
		return "no frame: " + b.String()
	}
	return strings.TrimSpace(b.String())
}

func TestUnreachableTellsTheClasses(t *testing.T) {
	t.Parallel()
	for class, want := range map[clickbridge.CauseClass]string{
		clickbridge.CauseBusy:       "unreachable-busy",
		clickbridge.CauseNoAnswer:   "unreachable-no-answer",
		clickbridge.CauseDeclined:   "unreachable-declined",
		clickbridge.CauseFailed:     "unreachable-failed",
		clickbridge.CauseTrunkFault: "unreachable-failed",
		clickbridge.CauseHangup:     "unreachable-failed",
		"":                          "unreachable-failed",
	} {
		if got := prompt.Unreachable(class)[0].Name; got != want {
			t.Errorf("%q: %s, want %s", class, got, want)
		}
	}
}

func TestRingbackTones(t *testing.T) {
	t.Parallel()
	for country, freqs := range map[string][]float64{
		"US": {440, 480}, "GB": {400, 450}, "AU": {400, 450}, "DE": {425},
	} {
		ring := g711.DecodeULawAll(prompt.Ringback(country)[0].ULaw[:3200])
		for _, f := range freqs {
			if p := tone.Power(ring, f); p < 0.9/float64(len(freqs)) {
				t.Errorf("%s: %.2f of the sound is at %v Hz", country, p, f)
			}
		}
	}
}

// The seam of a loop must be no louder a step than those within it, or it
// clicks.
func TestHoldHasNoSeam(t *testing.T) {
	t.Parallel()
	s := g711.DecodeULawAll(prompt.Hold()[0].ULaw)
	step := func(i int) int {
		d := int(s[(i+1)%len(s)]) - int(s[i])
		return max(d, -d)
	}
	worst := 0
	for i := range len(s) - 1 {
		worst = max(worst, step(i))
	}
	if seam := step(len(s) - 1); seam > worst/2 {
		t.Errorf("the seam is a step of %d, the largest within is %d", seam, worst)
	}
}
