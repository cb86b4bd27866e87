package simulator_test

import (
	"fmt"
	"testing"

	"clickbridge/media/tone"
	"clickbridge/simulator"
)

func isKeyOne(pcm []int16) bool { return tone.Power(pcm, 697) > 0.3 && tone.Power(pcm, 1209) > 0.3 }

func TestTonesAreDistinct(t *testing.T) {
	seen := map[float64]int{}
	for n := range 100 {
		hz := simulator.ToneOf(fmt.Sprintf("31255501%02d", n))
		if hz != simulator.ToneOf(fmt.Sprintf("+1866555%04d", 4200+n)) {
			t.Errorf("%02d: the tone depends on more than the last two digits", n)
		}
		if other, is := seen[hz]; is || hz < 400 || hz > 1500 {
			t.Errorf("%02d: %v Hz, also %d's", n, hz, other)
		}
		seen[hz] = n
	}
	if hz := simulator.ToneOf("reception"); hz < 400 || hz > 1500 {
		t.Errorf("a name's tone is %v Hz", hz)
	}
}

func TestSceneOf(t *testing.T) {
	for number, want := range map[string]string{
		"5558688950": "rings for ever", "+15558688950": "rings for ever", "2125550103": "busy", "12125550103": "busy",
		"2125550203": "accepts, talks", "2125551103": "accepts, talks", "442079460103": "accepts, talks",
		"125550103": "accepts, talks", "": "accepts, talks", "2125550199": "accepts, talks",
	} {
		if got := simulator.SceneOf(number).Name; got != want {
			t.Errorf("%q: %q, want %q", number, got, want)
		}
	}
}
