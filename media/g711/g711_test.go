package g711_test

import (
	"fmt"
	"testing"

	"clickbridge/media/g711"
)

func TestKnownBytes(t *testing.T) {
	t.Parallel()
	// ITU-T G.711 tables 1 and 2: both ends and the middle of each law.
	for _, c := range []struct {
		sample     int16
		ulaw, alaw byte
	}{
		{0, 0xFF, 0xD5},
		{-1, 0x7F, 0x55},
		{32767, 0x80, 0xAA},
		{-32768, 0x00, 0x2A},
		{1000, 0xCE, 0xFA},
		{-1000, 0x4E, 0x7A},
	} {
		if got := g711.EncodeULaw(c.sample); got != c.ulaw {
			t.Errorf("EncodeULaw(%d) = %#x, want %#x", c.sample, got, c.ulaw)
		}
		if got := g711.EncodeALaw(c.sample); got != c.alaw {
			t.Errorf("EncodeALaw(%d) = %#x, want %#x", c.sample, got, c.alaw)
		}
	}
}

// The step of a G.711 segment is about a 1/16 of the smallest value in it, so
// half a step is 1/32 and, with the bias, a little more; silence has the smallest step.
func TestRoundTripError(t *testing.T) {
	t.Parallel()
	for s := -32000; s <= 32000; s++ {
		limit := max((abs(s)+132)/30, 10)
		if got := int(g711.DecodeULaw(g711.EncodeULaw(int16(s)))); abs(got-s) > limit {
			t.Fatalf("mu-law %d came back as %d", s, got)
		}
		if got := int(g711.DecodeALaw(g711.EncodeALaw(int16(s)))); abs(got-s) > limit {
			t.Fatalf("A-law %d came back as %d", s, got)
		}
	}
}

func TestEveryByteSurvives(t *testing.T) {
	t.Parallel()
	for i := range 256 {
		b := byte(i)
		if got := g711.EncodeALaw(g711.DecodeALaw(b)); got != b {
			t.Errorf("A-law %#x came back as %#x", b, got)
		}
		// 0x7F is the second zero of mu-law: its sample is 0 as well.
		if got := g711.EncodeULaw(g711.DecodeULaw(b)); got != b && b != 0x7F {
			t.Errorf("mu-law %#x came back as %#x", b, got)
		}
	}
}

func TestTranscodingKeepsTheSample(t *testing.T) {
	t.Parallel()
	for i := range 256 {
		b := byte(i)
		u, a := int(g711.DecodeULaw(b)), int(g711.DecodeALaw(g711.ULawToALaw[b]))
		if abs(u-a) > max(abs(u)/14, 16) {
			t.Errorf("mu-law %#x is %d, in A-law %d", b, u, a)
		}
		a, u = int(g711.DecodeALaw(b)), int(g711.DecodeULaw(g711.ALawToULaw[b]))
		if abs(u-a) > max(abs(a)/14, 16) {
			t.Errorf("A-law %#x is %d, in mu-law %d", b, a, u)
		}
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	if g711.EncodeULaw(0) != g711.SilenceULaw || g711.EncodeALaw(0) != g711.SilenceALaw {
		t.Error("the silence bytes are not a zero sample")
	}
	if g711.ULawToALaw[g711.SilenceULaw] != g711.SilenceALaw {
		t.Error("silence does not stay silence across laws")
	}
}

func ExampleULawToALaw() {
	b := g711.EncodeULaw(1000)
	fmt.Println(g711.DecodeALaw(g711.ULawToALaw[b]))
	// Output: 976
}

func abs(i int) int { return max(i, -i) }
