package mp3

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// decodeAll decodes a whole file.
func decodeAll(data []byte, top int) ([]float32, *Decoder, error) {
	d, err := New(data, top)
	if err != nil {
		return nil, nil, err
	}
	var all []float32
	for {
		s, err := d.Next()
		if errors.Is(err, io.EOF) {
			return all, d, nil
		} else if err != nil {
			return nil, d, err
		}
		all = append(all, s...)
	}
}

// bursts is what testdata/make.sh encoded, mixed to one channel.
func bursts(rate int) []float64 {
	out := make([]float64, rate)
	period, on := rate/5, rate*12/100
	for i := range out {
		if j := i % period; j < on {
			t := 2 * math.Pi * float64(j) / float64(rate)
			out[i] = 0.25*math.Sin(440*t) + 0.125*math.Sin(1000*t) + 0.125*math.Sin(2500*t)
		}
	}
	return out
}

// What comes out is what went in: level, place and shape, for every version,
// sampling frequency and way of coding channels.
func TestDecode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file     string
		rate, ch int
		decibels float64 // how far the coding noise is down
	}{
		{"44100-joint", 44100, 2, 15},
		{"44100-plain", 44100, 2, 15},
		{"48000-variable", 48000, 2, 15},
		{"32000-mono", 32000, 1, 15},
		{"24000-mono", 24000, 1, 15},
		{"22050-padded", 22050, 1, 15},
		{"16000-joint", 16000, 2, 15},
		{"11025-mono", 11025, 1, 15},
		{"8000-mono", 8000, 1, 12},
	} {
		data := file(t, c.file)
		got, d, err := decodeAll(data, 4000)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if d.Rate != c.rate || d.Channels != c.ch || d.bad > 0 {
			t.Errorf("%s: %d Hz, %d channels, %d bad frames", c.file, d.Rate, d.Channels, d.bad)
		}
		want := bursts(c.rate)
		if len(got) != len(want) { // the file does not say what the encoder added
			if n := len(got) - len(want); n < 2*lines || n > 5*lines {
				t.Errorf("%s: %d samples, want %d and up to 5 granules", c.file, len(got), len(want))
				continue
			}
			got = got[lines+decoderDelay:]
		}
		if down := noise(got, want); down < c.decibels {
			t.Errorf("%s: noise is only %.1f dB down", c.file, down)
		}
	}
}

// noise is how far the difference is below the signal, in dB.
func noise(got []float32, want []float64) float64 {
	var signal, difference float64
	for i, w := range want {
		signal += w * w
		difference += (float64(got[i]) - w) * (float64(got[i]) - w)
	}
	return 10 * math.Log10(signal/difference)
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".mp3"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTagsAndJunkAreSkipped(t *testing.T) {
	t.Parallel()
	data := file(t, "44100-joint")
	whole, _, err := decodeAll(data, 4000)
	if err != nil {
		t.Fatal(err)
	}
	id3 := append([]byte("ID3\x04\x00\x00\x00\x00\x02\x00"), bytes.Repeat([]byte{0xFF, 0xFB}, 128)...)
	for name, changed := range map[string][]byte{
		"ID3v2":         append(bytes.Clone(id3), data...),
		"two tags":      append(bytes.Clone(id3), append(bytes.Clone(id3), data...)...),
		"ID3v1 at end":  append(bytes.Clone(data), ("TAG" + strings.Repeat("x", 125))...),
		"junk in front": append(bytes.Repeat([]byte{0xFF, 0xFB, 0x90, 0}, 50), data...),
	} {
		got, _, err := decodeAll(changed, 4000)
		if err != nil || len(got) != len(whole) {
			t.Errorf("%s: %d samples, want %d; %v", name, len(got), len(whole), err)
		}
	}
}

func TestWhatIsNoMP3(t *testing.T) {
	t.Parallel()
	joint := file(t, "44100-joint")
	damaged := bytes.Clone(joint)
	for i := 600; i < len(damaged)-4; i++ {
		if damaged[i] != 0xFF && damaged[i-1] != 0xFF && damaged[i-2] != 0xFF && damaged[i-3] != 0xFF {
			damaged[i] = byte(i * i * 31 >> 3)
		}
	}
	layer2 := bytes.Repeat(append([]byte{0xFF, 0xFD, 0x84, 0}, make([]byte, 414)...), 4)
	for _, c := range []struct {
		name string
		data []byte
		want error
		text string
	}{
		{"nothing", nil, ErrFormat, "no frames"},
		{"text", []byte("hello, hello, hello"), ErrFormat, "no frames"},
		{"a tag alone", []byte("ID3\x04\x00\x00\x7F\x7F\x7F\x7F"), ErrFormat, "no frames"},
		{"layer II", layer2, ErrFormat, "layer 2"},
		{"free bit rate", bytes.Repeat([]byte{0xFF, 0xFB, 0x00, 0}, 100), ErrFormat, "free bit rate"},
		{"cut off", joint[:100], ErrFormat, "no frames"},
		{"damaged", damaged, ErrCorrupt, "cannot be decoded"},
	} {
		_, _, err := decodeAll(c.data, 4000)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v, want %v with %q", c.name, err, c.want, c.text)
		}
	}
}

func TestCodesAreComplete(t *testing.T) {
	t.Parallel()
	for number, c := range codes() {
		if (number == 0 || number == 4 || number == 14) != (c == nil) {
			t.Errorf("table %d: %d entries", number, len(c))
		}
		for _, entry := range c {
			if entry[0] == 0 || entry[1] == 0 {
				t.Errorf("table %d has a word that leads nowhere", number)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"44100-joint", "48000-variable", "22050-padded", "8000-mono"} {
		f.Add(file(f, name)[:1200]) // a few frames: the fuzzer is quicker with little
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := New(data, 4000)
		if err != nil {
			return
		}
		made := 0
		for {
			s, err := d.Next()
			if err != nil {
				break
			}
			made += len(s)
		}
		// No frame is shorter than its side information, or makes more than 1152.
		if made > (len(data)/15+1)*1152 {
			t.Errorf("%d bytes made %d samples", len(data), made)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	data := file(b, "44100-joint")
	for b.Loop() {
		if _, _, err := decodeAll(data, 4000); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "x-realtime")
}
