package system_test

import (
	"bytes"
	bin "encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"clickbridge/leg"
	"clickbridge/media/g711"
	"clickbridge/media/tone"
)

// at returns where on a tape a clip begins, -1 when it was not heard. Far ends
// here take PCMU, which reaches them byte by byte; pieces of the clip that are
// not silence are looked for, so that a packet lost does not matter.
func at(tape []byte, clip *leg.Clip) int {
	const piece = 400 // 50 ms
	for from := piece; from+piece <= len(clip.ULaw); from += 2 * piece {
		if !tone.Audible(g711.DecodeULawAll(clip.ULaw[from : from+piece])) {
			continue
		}
		if i := bytes.Index(tape, clip.ULaw[from:from+piece]); i >= 0 {
			return i - from
		}
	}
	return -1
}

// heardClips holds that clips were heard, one after another.
func heardClips(t *testing.T, who string, tape []byte, clips []*leg.Clip) {
	t.Helper()
	from := 0
	for _, c := range clips {
		if c.Duration() < 200*time.Millisecond {
			continue // pauses, and what is too short to be told apart
		}
		i := at(tape[from:], c)
		if i < 0 {
			t.Errorf("%s did not hear %q after %.1f s of %d s", who, c.Name, float64(from)/8000, len(tape)/8000)
			continue
		}
		from = min(len(tape), from+i+len(c.ULaw)*3/4)
	}
}

func heardNot(t *testing.T, who string, tape []byte, clips []*leg.Clip) {
	t.Helper()
	for _, c := range clips {
		if i := at(tape, c); i >= 0 {
			t.Errorf("%s heard %q at %.1f s", who, c.Name, float64(i)/8000)
		}
	}
}

// toneFor returns for how long a tape holds a tone, and when first.
func toneFor(tape []byte, hz float64) (length, first time.Duration) {
	const window = 800
	first = -1
	for i := 0; i+window <= len(tape); i += window {
		w := g711.DecodeULawAll(tape[i : i+window])
		if tone.Audible(w) && tone.Power(w, hz) > 0.7 {
			if first < 0 {
				first = time.Duration(i) * time.Second / 8000
			}
			length += 100 * time.Millisecond
		}
	}
	return length, first
}

func heardTone(t *testing.T, who string, tape []byte, hz float64, least time.Duration) {
	t.Helper()
	if d, _ := toneFor(tape, hz); d < least {
		t.Errorf("%s heard %v Hz for %v, want at least %v", who, hz, d, least)
	}
}

func sine(hz float64, d time.Duration) []byte {
	return g711.EncodeULawAll(tone.Generate([]float64{hz}, d, 0.4))
}

// toneFile writes a sound file with a tone: 16 kHz, 16 bits, stereo, so that it
// has to be converted.
func toneFile(t *testing.T, name string, hz float64, d time.Duration) string {
	t.Helper()
	var pcm []byte
	for _, s := range tone.Generate([]float64{hz / 2}, 2*d, 0.4) { // half the tone at 8 kHz is the tone at 16
		pcm = bin.LittleEndian.AppendUint16(pcm, uint16(s))
		pcm = bin.LittleEndian.AppendUint16(pcm, uint16(s))
	}
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, waveFile(1, 2, 16000, 16, pcm), 0o600))
	return path
}

// waveFile is a sound file.
func waveFile(format, channels, rate, bits int, sound []byte) []byte {
	var b bytes.Buffer
	le := func(vs ...any) {
		for _, v := range vs {
			_ = bin.Write(&b, bin.LittleEndian, v)
		}
	}
	b.WriteString("RIFF")
	le(uint32(36 + len(sound)))
	b.WriteString("WAVEfmt ")
	le(uint32(16), uint16(format), uint16(channels), uint32(rate), uint32(rate*channels*bits/8), uint16(channels*bits/8), uint16(bits))
	b.WriteString("data")
	le(uint32(len(sound)))
	b.Write(sound)
	return b.Bytes()
}

// channels splits the sound of a recording, µ-law.
func channels(t *testing.T, file []byte) [][]byte {
	t.Helper()
	if len(file) < 58 || string(file[:4]) != "RIFF" || bin.LittleEndian.Uint16(file[20:]) != 7 {
		t.Fatalf("no recording: %d bytes", len(file))
	}
	n := int(bin.LittleEndian.Uint16(file[22:]))
	out := make([][]byte, n)
	for i, b := range file[58:] {
		out[i%n] = append(out[i%n], b)
	}
	return out
}

// speaker is a speech service on loopback: every text is a tone of its own.
type speaker struct {
	*httptest.Server
	mu    sync.Mutex
	texts []string
}

const spokenHz = 1234

func newSpeaker(t *testing.T) *speaker {
	s := &speaker{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		s.mu.Lock()
		s.texts = append(s.texts, body.String())
		s.mu.Unlock()
		w.Header().Set("Content-Type", "audio/wav")
		var pcm []byte
		for _, v := range tone.Generate([]float64{spokenHz}, 1500*time.Millisecond, 0.4) {
			pcm = bin.LittleEndian.AppendUint16(pcm, uint16(v))
		}
		_, _ = w.Write(waveFile(1, 1, 8000, 16, pcm))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *speaker) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprint(s.texts)
}
