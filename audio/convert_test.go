package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"clickbridge/media/g711"
	"clickbridge/media/tone"
)

// wavFile writes a WAV file of frames that are samples already.
func wavFile(coding, channels, bits uint16, rate uint32, samples []byte) []byte {
	var b bytes.Buffer
	b.WriteString("RIFF\xFF\xFF\xFF\xFFWAVEfmt \x10\x00\x00\x00")
	for _, v := range []any{coding, channels, rate, rate * uint32(channels*bits/8), channels * bits / 8, bits} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("LIST\x05\x00\x00\x00abcde\x00data")
	_ = binary.Write(&b, binary.LittleEndian, uint32(len(samples)))
	b.Write(samples)
	return b.Bytes()
}

// toneFile is a WAV file of half a second of 1 kHz at a quarter of full scale.
func toneFile(coding, channels, bits uint16, rate uint32) []byte {
	var b []byte
	for i := range int(rate) / 2 {
		v := 0.25 * math.Sin(2*math.Pi*1000*float64(i)/float64(rate))
		for range channels {
			b = appendSample(b, coding, bits, v)
		}
	}
	return wavFile(coding, channels, bits, rate, b)
}

func appendSample(b []byte, coding, bits uint16, v float64) []byte {
	s16 := int16(math.Round(v * math.MaxInt16))
	switch {
	case coding == wavALaw:
		return append(b, g711.EncodeALaw(s16))
	case coding == wavULaw:
		return append(b, g711.EncodeULaw(s16))
	case coding == wavFloat && bits == 32:
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
	case coding == wavFloat:
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	case bits == 8:
		return append(b, byte(128+math.Round(v*127)))
	case bits == 16:
		return binary.LittleEndian.AppendUint16(b, uint16(s16))
	case bits == 24:
		u := uint32(int32(math.Round(v * (1<<23 - 1))))
		return append(b, byte(u), byte(u>>8), byte(u>>16))
	}
	return binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(v*math.MaxInt32))))
}

func TestConvertWAV(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		coding, channels, bits uint16
		rate                   uint32
		format                 string
	}{
		{wavPCM, 1, 8, 8000, "WAV, PCM, 8 bits"},
		{wavPCM, 2, 8, 11025, "WAV, PCM, 8 bits"},
		{wavPCM, 1, 16, 8000, "WAV, PCM, 16 bits"},
		{wavPCM, 2, 16, 44100, "WAV, PCM, 16 bits"},
		{wavPCM, 1, 24, 48000, "WAV, PCM, 24 bits"},
		{wavPCM, 2, 32, 96000, "WAV, PCM, 32 bits"},
		{wavFloat, 1, 32, 22050, "WAV, float, 32 bits"},
		{wavFloat, 2, 64, 192000, "WAV, float, 64 bits"},
		{wavALaw, 1, 8, 8000, "WAV, A-law"},
		{wavULaw, 2, 8, 8000, "WAV, µ-law"},
		{wavPCM, 1, 16, 4000, "WAV, PCM, 16 bits"},
	} {
		file := toneFile(c.coding, c.channels, c.bits, c.rate)
		ulaw, info, err := Convert(bytes.NewReader(file), Options{Loudness: Original})
		if err != nil {
			t.Errorf("%s at %d Hz: %v", c.format, c.rate, err)
			continue
		}
		want := Info{Format: c.format, Rate: int(c.rate), Channels: int(c.channels), Length: info.Length}
		if info != want || info.Length < 499*time.Millisecond || info.Length > 501*time.Millisecond {
			t.Errorf("info %+v, want %+v and 500ms", info, want)
		}
		s := g711.DecodeULawAll(ulaw)
		if p := tone.Power(s[400:3600], 1000); p < 0.99 {
			t.Errorf("%s at %d Hz: %.3f of it is the tone", c.format, c.rate, p)
		}
		if db := 10 * math.Log10(tone.Energy(s[400:3600])/(0.25*0.25/2*math.MaxInt16*math.MaxInt16)); math.Abs(db) > 0.3 {
			t.Errorf("%s at %d Hz: %+.2f dB", c.format, c.rate, db)
		}
	}
}

// What has our format already must come out as it went in.
func TestConvertKeepsULaw(t *testing.T) {
	t.Parallel()
	in := make([]byte, 256)
	for i := range in {
		in[i] = byte(i)
	}
	in[0x7F] = 0xFF // the other zero
	out, _, err := Convert(bytes.NewReader(wavFile(wavULaw, 1, 8, Rate, in)), Options{Loudness: Original})
	if err != nil || !bytes.Equal(in, out) {
		t.Errorf("%v, %v", out, err)
	}
}

func TestConvertExtensible(t *testing.T) {
	t.Parallel()
	plain := toneFile(wavPCM, 1, 16, 16000)
	longer := bytes.Replace(plain, []byte("fmt \x10\x00\x00\x00\x01\x00"), []byte("fmt \x28\x00\x00\x00\xFE\xFF"), 1)
	more := append([]byte{22, 0, 16, 0, 4, 0, 0, 0, 1, 0}, make([]byte, 14)...)
	longer = append(bytes.Clone(longer[:36]), append(more, longer[36:]...)...)
	a, _, err := Convert(bytes.NewReader(plain), Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := Convert(bytes.NewReader(longer), Options{})
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("%v", err)
	}
}

func TestConvertMP3(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"44100-joint", "22050-padded", "8000-mono"} {
		data, err := os.ReadFile("mp3/testdata/" + name + ".mp3")
		if err != nil {
			t.Fatal(err)
		}
		for what, file := range map[string][]byte{"alone": data, "in a WAV": wavFile(wavMP3, 1, 0, 44100, data)} {
			ulaw, info, err := Convert(bytes.NewReader(file), Options{})
			if err != nil || info.Format != "MP3" || info.Length < 990*time.Millisecond {
				t.Errorf("%s %s: %+v, %v", name, what, info, err)
				continue
			}
			if p := tone.Power(g711.DecodeULawAll(ulaw)[:8000], 440); p < 0.3 {
				t.Errorf("%s %s: %.2f of it is the tone", name, what, p)
			}
		}
	}
}

func TestConvertSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	second := toneFile(wavPCM, 1, 16, 8000)
	for _, c := range []struct {
		name, file string
		want       string
	}{
		{"nothing", "", "is empty"},
		{"text", "#!/bin/sh\nexit\n", "is text, not sound: want WAV or MP3"},
		{"noise", "\x00\x01\x02\x03\x04\x05", "is of no known kind: want WAV or MP3"},
		{"aiff", "FORM\x00\x00\x00\x00AIFFCOMM\x00\x00\x00\x12\x00\x02\x00\x00\x00\x00\x00\x18", "is 24-bit AIFF: want WAV or MP3"},
		{"flac", "fLaC\x00", "is a FLAC file: want WAV or MP3"},
		{"m4a", "\x00\x00\x00\x20ftypM4A ", "is an MP4 or M4A file: want WAV or MP3"},
		{"aac", "\xFF\xF1\x50\x80", "is an AAC file: want WAV or MP3"},
		{"avi", "RIFF\x00\x00\x00\x00AVI ", "is a RIFF file without WAVE sound: want WAV or MP3"},
		{"layer II", strings.Repeat("\xFF\xFD\x84\x00"+strings.Repeat("\x00", 414), 3), "cannot be decoded (not an MP3: MPEG audio layer 2): want WAV or MP3"},
		{"6 channels", string(wavFile(wavPCM, 6, 16, 48000, make([]byte, 120))), "is a WAV file with 6 channels: want one or two"},
		{"no channel", string(wavFile(wavPCM, 0, 16, 48000, make([]byte, 120))), "is a WAV file with 0 channels: want one or two"},
		{"12 bits", string(wavFile(wavPCM, 1, 12, 48000, make([]byte, 120))), "is a WAV file with PCM, 12 bits: want PCM, float, A-law or µ-law"},
		{"adpcm", string(wavFile(2, 1, 4, 8000, make([]byte, 120))), "is a WAV file with Microsoft ADPCM: want PCM, float, A-law or µ-law"},
		{"unknown", string(wavFile(0x999, 1, 4, 8000, make([]byte, 120))), "is a WAV file with the unknown coding 0x999: want PCM, float, A-law or µ-law"},
		{"slow", string(wavFile(wavPCM, 1, 16, 1000, make([]byte, 120))), "is a WAV file of 1000 Hz: want 4000 to 192000"},
		{"no data", string(second[:40]), "is a WAV file without sound"},
		{"no samples", string(wavFile(wavPCM, 1, 16, 8000, nil)), "has no sound in it"},
		{"data first", "RIFF\x00\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd", "is a WAV file that does not say what its sound is like"},
		{"long", string(wavFile(wavPCM, 1, 8, 8000, make([]byte, 17000))), "is longer than 2s"},
		{"large", string(make([]byte, 20001)), "is larger than 20000 bytes"},
	} {
		_, _, err := Convert(strings.NewReader(c.file), Options{MaxBytes: 20000, MaxLength: 2 * time.Second})
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	broken := errors.New("cable")
	if _, _, err := Convert(iotest.ErrReader(broken), Options{}); !errors.Is(err, broken) {
		t.Errorf("a reader's error: %v", err)
	}
}

// A header that claims gigabytes costs what the file has.
func TestConvertBelievesNoSizes(t *testing.T) {
	file := toneFile(wavPCM, 1, 16, 8000)
	at := bytes.Index(file, []byte("data")) + 4
	copy(file[at:], "\xFF\xFF\xFF\xFF")
	tag := append([]byte("ID3\x04\x00\x00\x7F\x7F\x7F\x7F"), file...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, info, err := Convert(bytes.NewReader(file), Options{}); err != nil || info.Length != 500*time.Millisecond {
		t.Errorf("%v, %v", info, err)
	}
	if _, _, err := Convert(bytes.NewReader(tag), Options{}); err == nil {
		t.Error("a tag of 256 MB is sound")
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
		t.Errorf("%d bytes of files took %d bytes of memory", len(file)+len(tag), n)
	}
}

func FuzzConvert(f *testing.F) {
	for _, c := range []uint16{wavPCM, wavFloat, wavULaw} {
		bits := map[uint16]uint16{wavPCM: 24, wavFloat: 32, wavULaw: 8}[c]
		f.Add(toneFile(c, 2, bits, 16000)[:500])
	}
	if data, err := os.ReadFile("mp3/testdata/22050-padded.mp3"); err == nil {
		f.Add(data[:800])
		f.Add(wavFile(wavMP3, 1, 0, 44100, data[:800]))
	}
	f.Add([]byte("FORM\x00\x00\x00\x00AIFFCOMM\x00\x00\x00\x12"))
	f.Fuzz(func(t *testing.T, data []byte) {
		ulaw, info, err := Convert(bytes.NewReader(data), Options{MaxLength: 5 * time.Second, Loudness: Spoken})
		if err == nil && (len(ulaw) == 0 || len(ulaw) > 5*Rate || info.Rate == 0) {
			t.Errorf("%d bytes of sound, %+v", len(ulaw), info)
		}
	})
}

// BenchmarkConvert converts three minutes of stereo at 44.1 kHz.
func BenchmarkConvert(b *testing.B) {
	second, err := os.ReadFile("mp3/testdata/44100-joint.mp3")
	if err != nil {
		b.Fatal(err)
	}
	wav := wavFile(wavPCM, 2, 16, 44100, make([]byte, 180*4*44100))
	for name, file := range map[string][]byte{"mp3": bytes.Repeat(second, 180), "wav": wav} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := Convert(bytes.NewReader(file), Options{MaxBytes: 50e6}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
