package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"testing"

	"clickbridge/media/g711"
)

// recording is a file as record writes it: a tone for each side.
func recording(frames int, freqs ...float64) []byte {
	le := binary.LittleEndian
	b := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt "), 18, 0, 0, 0, wavULaw, 0, byte(len(freqs)), 0)
	b = le.AppendUint32(b, Rate)
	b = le.AppendUint32(b, uint32(Rate*len(freqs)))
	b = append(b, byte(len(freqs)), 0, 8, 0, 0, 0)
	b = append(b, "fact\x04\x00\x00\x00\x00\x00\x00\x00data"...)
	b = le.AppendUint32(b, uint32(frames*len(freqs)))
	for i := range frames {
		for _, f := range freqs {
			b = append(b, g711.EncodeULaw(int16(16000*math.Sin(2*math.Pi*f*float64(i)/Rate))))
		}
	}
	return b
}

// sides reads what Rewrite wrote as any program does.
func sides(t *testing.T, b []byte, channels, rate, frames int) [][]float32 {
	t.Helper()
	le := binary.LittleEndian
	if string(b[:4]) != "RIFF" || int(le.Uint32(b[4:])) != len(b)-8 || int(le.Uint32(b[40:])) != len(b)-44 ||
		int(le.Uint16(b[22:])) != channels || int(le.Uint32(b[24:])) != rate || len(b) != 44+frames*channels*2 {
		t.Fatalf("head %x, %d bytes, want %d frames", b[:44], len(b), frames)
	}
	out := make([][]float32, channels)
	for i := 44; i < len(b); i += 2 {
		c := (i - 44) / 2 % channels
		out[c] = append(out[c], pcm16(b[i:]))
	}
	return out
}

func TestRewrite(t *testing.T) {
	t.Parallel()
	for rate, frames := range map[int]int{8000: 20001, 11025: 27564, 16000: 40002, 22050: 55128, 44100: 110256} {
		var b bytes.Buffer
		if err := Rewrite(&b, bytes.NewReader(recording(20001, 1000, 440)), rate); err != nil {
			t.Fatal(err)
		}
		for c, side := range sides(t, b.Bytes(), 2, rate, frames) {
			freq := []float64{1000, 440}[c]
			at := func(f float64) (level float64) { // of one frequency, by its Fourier sum
				re, im := 0.0, 0.0
				for i, v := range side {
					s, co := math.Sincos(2 * math.Pi * f * float64(i) / float64(rate))
					re, im = re+float64(v)*co, im+float64(v)*s
				}
				return 2 * math.Hypot(re, im) / float64(len(side))
			}
			if l := at(freq); math.Abs(l-0.488) > 0.01 {
				t.Errorf("%d Hz: the tone of side %d is %.3f", rate, c, l)
			}
			if rate > Rate {
				if l := at(Rate - freq); Rate-freq < float64(rate)/2 && l > 0.002 {
					t.Errorf("%d Hz: a mirror image of %.4f in side %d", rate, l, c)
				}
			}
		}
	}
}

func TestRewriteLengths(t *testing.T) {
	t.Parallel()
	for frames, want := range map[int]int{0: 0, 1: 2, 7999: 15998, 8000: 16000, 8001: 16002, 9000: 18000} {
		var b bytes.Buffer
		if err := Rewrite(&b, bytes.NewReader(recording(frames, 1000)), 16000); err != nil {
			t.Fatal(err)
		}
		sides(t, b.Bytes(), 1, 16000, want)
	}
	whole := recording(9000, 1000)
	if err := Rewrite(io.Discard, bytes.NewReader(whole[:5000]), 16000); err == nil {
		t.Error("a file that is cut passes for a whole one")
	}
}

func TestRewriteRefuses(t *testing.T) {
	t.Parallel()
	good := recording(100, 1000)
	for name, b := range map[string][]byte{
		"nothing": nil, "a text": []byte("this is a text, not a recording"), "a head": good[:40],
		"another rate": bytes.Replace(good, binary.LittleEndian.AppendUint32(nil, Rate), binary.LittleEndian.AppendUint32(nil, 16000), 1),
	} {
		var out bytes.Buffer
		if err := Rewrite(&out, bytes.NewReader(b), 16000); !errors.Is(err, errNotOurs) || out.Len() != 0 {
			t.Errorf("%s: %v, %d bytes", name, err, out.Len())
		}
	}
	if err := Rewrite(io.Discard, io.MultiReader(bytes.NewReader(good[:70]), brokenReader{}), 16000); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func FuzzRewrite(f *testing.F) {
	f.Add(recording(100, 1000), uint16(16000))
	f.Add(recording(100, 1000, 440), uint16(44100))
	f.Fuzz(func(t *testing.T, b []byte, rate uint16) {
		if len(b) > 1<<12 || rate < Rate || rate > 48000 {
			return
		}
		_ = Rewrite(io.Discard, io.LimitReader(bytes.NewReader(b), 1<<12), int(rate))
	})
}
