package voice

import (
	"bytes"
	"testing"
	"time"

	"clickbridge/media/g711"
	"clickbridge/media/tone"
)

func TestTapeHasWhatWasSaid(t *testing.T) {
	t.Parallel()
	said := g711.EncodeULawAll(tone.Generate([]float64{500}, 400*time.Millisecond, 0.5))
	a, b := pair(t, Ear{}, func(_, b *Line) { b.Record() })
	a.Say(Speech(said))
	for deadline := time.Now().Add(patience); !bytes.Contains(b.Tape(), said); {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes on the tape, not what was said", len(b.Tape()))
		}
	}
	if len(a.Tape()) != 0 {
		t.Error("a line that does not record has a tape")
	}
}

func TestTapeKeepsTime(t *testing.T) {
	t.Parallel()
	frame := func(b byte) []byte { return bytes.Repeat([]byte{b}, 4) }
	tp := tape{on: true}
	tp.keep(frame(1), PCMU, 1000, 7)
	tp.keep(frame(3), PCMU, 1008, 7) // one lost before it
	tp.keep(frame(2), PCMU, 1004, 7) // which comes late
	tp.keep(frame(9), PCMU, 900, 7)  // older than the tape
	tp.keep(frame(4), PCMU, 5, 8)    // another stream goes on
	tp.keep(frame(5), PCMU, 13, 8)
	want := bytes.Join([][]byte{frame(1), frame(2), frame(3), frame(4), frame(g711.SilenceULaw), frame(5)}, nil)
	if !bytes.Equal(tp.sound, want) {
		t.Errorf("% x\nwant % x", tp.sound, want)
	}
	tp.keep(frame(1), PCMU, 5+maxTape, 8)
	if len(tp.sound) != len(want) {
		t.Errorf("the tape is %d bytes long", len(tp.sound))
	}
}
