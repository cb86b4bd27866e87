package speech

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"clickbridge/media/g711"
	"clickbridge/media/tone"
)

// script writes a stand-in for espeak-ng. Beside it are what it was told
// (args, text) and a sound (tone.wav).
func script(t *testing.T, body string) *local {
	t.Helper()
	dir := t.TempDir()
	wav := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x07\x00\x01\x00\x40\x1F\x00\x00\x40\x1F\x00\x00\x01\x00\x08\x00data\x00\xF0\xFF\x7F")
	wav = append(wav, g711.EncodeULawAll(tone.Generate([]float64{1000}, time.Second, 0.3))...)
	if err := os.WriteFile(filepath.Join(dir, "tone.wav"), wav, 0o600); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "espeak")
	if err := os.WriteFile(name, []byte("#!/bin/sh\ncd "+dir+"\necho \"$@\" >>args\n"+body+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return newLocal(name, "")
}

func (l *local) file(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(filepath.Dir(l.program), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestLocal(t *testing.T) {
	t.Parallel()
	l := script(t, "cat >text; cat tone.wav")
	ulaw, err := l.say(t.Context(), "Call for Sales; $(reboot)", "en-gb")
	if err != nil {
		t.Fatal(err)
	}
	if p := tone.Power(g711.DecodeULawAll(ulaw), 1000); p < 0.9 {
		t.Errorf("%.2f of the sound is the tone", p)
	}
	if got := l.file(t, "text"); got != "Call for Sales; $(reboot)" {
		t.Errorf("it read %q", got)
	}
	if args := l.file(t, "args"); strings.Contains(args, "Sales") || !strings.Contains(args, "-v en-gb -s 160") {
		t.Errorf("its command line is %q", args)
	}
}

func TestLocalVoices(t *testing.T) {
	t.Parallel()
	missing := `case "$*" in *"-v xx"*) echo "Error: The specified espeak-ng voice does not exist." >&2; exit 1;; esac; cat tone.wav`
	for _, c := range []struct{ language, voice, want string }{
		{"en", "", "en-us"}, {"en-us", "", "en-us"}, {"es", "", "es-419"}, {"es-es", "", "es"},
		{"fr-ca", "", "fr-fr"}, {"pl", "", "pl"}, {"en", "robin", "robin"},
		{"xx", "", `no such voice "xx"`}, {"xx-de", "", `no such voice "xx"`},
		{"", "", `"" is no language`}, {"-f", "", `"-f" is no language`}, {"../x", "", `"../x" is no language`},
	} {
		l := script(t, missing)
		l.voice = c.voice
		_, err := l.say(t.Context(), "hello", c.language)
		got := fmt.Sprint(err)
		if err == nil {
			_, after, _ := strings.Cut(l.file(t, "args"), "-v ")
			got, _, _ = strings.Cut(after, " ")
		}
		if got != c.want {
			t.Errorf("%s %s: %s, want %s", c.language, c.voice, got, c.want)
		}
	}
}

func TestLocalFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, body, want string }{
		{"exit", "echo 'out of memory' >&2; echo more >&2; exit 3", "exit status 3 out of memory"},
		{"silent", "exit 0", "made no sound"},
		{"no sound file", "echo hello", "the sound is text, not sound: want WAV or MP3"},
		{"hangs", "exec sleep 60", "took more than 1s"},
		{"does not read", "exec 0<&-; cat tone.wav", ""},
		{"endless", "cat tone.wav; exec cat /dev/zero", "more than 10000000 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := script(t, c.body)
			l.limit = 20 * time.Second
			if c.name == "hangs" {
				l.limit = time.Second
			}
			_, err := l.say(t.Context(), strings.Repeat("hello ", 80), "en")
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	if _, err := newLocal("espeak-that-nobody-has", "").say(t.Context(), "hello", "en"); err == nil || err.Error() != "not installed" {
		t.Errorf("without a program: %v", err)
	}
}

func TestLocalTwoAtOnce(t *testing.T) {
	t.Parallel()
	l := script(t, "echo begin >>log; sleep 0.1; echo end >>log; cat tone.wav")
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			if _, err := l.say(t.Context(), fmt.Sprint(i), "en"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	now, most := 0, 0
	for line := range strings.Lines(l.file(t, "log")) {
		if strings.TrimSpace(line) == "begin" {
			now++
		} else {
			now--
		}
		most = max(most, now)
	}
	if most > atOnce {
		t.Errorf("%d processes at once", most)
	}
}

// The real one is heard at the level of the clips in the binary, in every
// language they are in.
func TestEspeakNG(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath(program); err != nil {
		t.Skip("espeak-ng is not installed: make setup installs it")
	}
	s, err := New(Config{Engine: Espeak, Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "es-MX", "de", "fr"} {
		clip, err := s.Speak(t.Context(), "Sales, 2 5 5. This is the whisper of a call.", lang)
		if err != nil {
			t.Errorf("%s: %v", lang, err)
			continue
		}
		if d := clip.Duration(); d < 2*time.Second || d > 8*time.Second {
			t.Errorf("%s: %v", lang, d)
		}
		if e := tone.Energy(g711.DecodeULawAll(clip.ULaw)); e < 1800*1800 || e > 5200*5200 {
			t.Errorf("%s: mean square %.0f", lang, e)
		}
	}
	if _, err := s.Speak(t.Context(), "hello", "xx"); !errors.Is(err, errVoice) {
		t.Errorf("no language: %v", err)
	}
}
