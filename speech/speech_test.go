package speech

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake speaks a text as its own bytes.
type fake struct {
	called string
	takes  time.Duration
	fails  error
	asked  atomic.Int32
}

func (f *fake) name() string { return f.called }
func (f *fake) key() string  { return f.called }
func (f *fake) say(ctx context.Context, text, language string) ([]byte, error) {
	f.asked.Add(1)
	select {
	case <-time.After(f.takes):
		return []byte(language + " " + text), f.fails
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func speaker(folder string, engines ...engine) *Speaker {
	s := &Speaker{cache: newCache(folder, 0)}
	for _, e := range engines {
		s.engines = append(s.engines, &resting{engine: e})
	}
	return s
}

func TestTexts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", MaxText)
	for _, c := range []struct{ in, want string }{
		{"Call for Sales", "Call for Sales"},
		{"  two\n\tlines\x00 and\x07 more ", "two lines and more"},
		{"a [[phoneme]] b", "a phoneme b"},
		{"Grüße, señor", "Grüße, señor"},
		{long, long},
		{long + "a", ""},
		{" \n", ""},
		{"\xff", ""},
	} {
		clip, err := speaker("", &fake{}).Speak(t.Context(), c.in, "de")
		if c.want == "" {
			if !errors.Is(err, ErrText) {
				t.Errorf("%.20q: %v", c.in, err)
			}
		} else if err != nil || string(clip.ULaw) != "de "+c.want || len(clip.ALaw) != len(clip.ULaw) {
			t.Errorf("%.20q: %v, %v", c.in, clip, err)
		}
	}
	if _, err := speaker("").Speak(t.Context(), "hello", "en"); !errors.Is(err, ErrNoEngine) {
		t.Errorf("without engines: %v", err)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		config Config
		want   string // engines, or the error
	}{
		{Config{}, "espeak-ng"},
		{Config{Engine: None, URL: "http://tts.example.com"}, ""},
		{Config{Engine: Auto, URL: "http://tts.example.com/say"}, "speech service tts.example.com, espeak-ng"},
		{Config{Engine: HTTP, URL: "https://tts.example.com:8443"}, "speech service tts.example.com:8443"},
		{Config{Engine: Espeak, URL: "https://tts.example.com"}, "espeak-ng"},
		{Config{Engine: HTTP}, "speech: engine http without a URL"},
		{Config{Engine: "parrot"}, `speech: no engine "parrot"`},
		{Config{URL: "ftp://tts.example.com"}, "speech: the service's URL is not an http or https URL"},
		{Config{URL: "http://tts.example.com", Header: "secret"}, "speech: the header is not NAME: VALUE"},
	} {
		s, err := New(c.config)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			var names []string
			for _, e := range s.engines {
				names = append(names, e.name())
			}
			got = strings.Join(names, ", ")
		}
		if got != c.want {
			t.Errorf("%+v: %s, want %s", c.config, got, c.want)
		}
	}
}

// The next engine speaks when one fails, which then has a rest; the last has
// none. The error names them all.
func TestEnginesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := &fake{called: "first", fails: errors.New("down")}, &fake{called: "second"}
		s := speaker("", first, second)
		say := func(text string) error {
			_, err := s.Speak(t.Context(), text, "en")
			return err
		}
		for _, text := range []string{"one", "two", "three"} {
			if err := say(text); err != nil {
				t.Error(err)
			}
		}
		if a, b := first.asked.Load(), second.asked.Load(); a != 1 || b != 3 {
			t.Errorf("asked the first %d times, the second %d", a, b)
		}
		time.Sleep(restTime)
		second.fails = errors.New("no voice")
		if err := say("four"); err == nil || err.Error() != "first: down; second: no voice" {
			t.Error(err)
		}
		if err := say("five"); err == nil || err.Error() != "first: not asked again so soon: down; second: no voice" {
			t.Error(err)
		}
		time.Sleep(restTime)
		first.fails = ErrText
		_ = say("six")
		first.fails = nil
		if err := say("seven"); err != nil {
			t.Errorf("after a text that was none: %v", err)
		}
	})
}

// What many ask for at once is made once, also when the first of them leaves.
func TestManyAskAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &fake{takes: time.Second}
		s := speaker("", e)
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := s.Speak(ctx, "hello", "en")
			left <- err
		}()
		synctest.Wait()
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if clip, err := s.Speak(t.Context(), "hello", "EN"); err != nil || string(clip.ULaw) != "en hello" {
					t.Errorf("%v, %v", clip, err)
				}
			})
		}
		time.Sleep(time.Second / 2)
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("who left: %v", err)
		}
		all.Wait()
		if n := e.asked.Load(); n != 1 {
			t.Errorf("made %d times", n)
		}
	})
}

type panics struct{ fake }

func (*panics) say(context.Context, string, string) ([]byte, error) { panic("index out of range") }

func TestDecodingThatPanics(t *testing.T) {
	t.Parallel()
	if _, err := speaker("", &panics{}).Speak(t.Context(), "hello", "en"); err == nil || !strings.Contains(err.Error(), "index out of range") {
		t.Error(err)
	}
}

func TestFolderOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made")
	e := &fake{}
	ask := func(want int32) {
		t.Helper()
		clip, err := speaker(dir, e).Speak(t.Context(), "hello", "en")
		if err != nil || string(clip.ULaw) != "en hello" || e.asked.Load() != want {
			t.Errorf("%v, %v, made %d times, want %d", clip, err, e.asked.Load(), want)
		}
	}
	ask(1)
	ask(1)
	files, _ := filepath.Glob(dir + "/*")
	if len(files) != 1 {
		t.Fatalf("files %q", files)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for i, damaged := range [][]byte{nil, whole[:20], whole[:len(whole)-1], append(bytes.Clone(whole), 0)} {
		if err := os.WriteFile(files[0], damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		ask(int32(i) + 2)
		ask(int32(i) + 2) // it was written anew
	}
}

func TestFolderIsBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := filepath.Join(dir, "not-ours.txt")
	if err := os.WriteFile(other, make([]byte, 100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &folder{dir: dir, mostBytes: 20_000, mostFiles: 15}
	old := time.Now().Add(-time.Hour)
	for i := range 40 {
		key := strings.Repeat(string(rune('a'+i%26)), i+1)
		f.write(key, make([]byte, 968)) // and 32 of its sum
		_ = os.Chtimes(f.path(key), old, old.Add(time.Duration(i)*time.Second))
	}
	files, _ := filepath.Glob(dir + "/*" + suffix)
	if len(files) > 15 || len(files) < 10 {
		t.Errorf("%d files", len(files))
	}
	if f.read(strings.Repeat("n", 40)) == nil || f.read("a") != nil {
		t.Error("the newest is gone or the oldest is not")
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("a file that is not ours: %v", err)
	}
	f.mostFiles = 1000
	f.write("big", make([]byte, 15_000))
	if size := f.bytes; size > 20_000 || f.read("big") == nil {
		t.Errorf("%d bytes", size)
	}
}

// A folder that cannot be written keeps nobody from hearing.
func TestFolderInTheWay(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := speaker(file, &fake{}).Speak(t.Context(), "hello", "en"); err != nil {
		t.Error(err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache("", 0)
	c.most = 80_000
	big := make([]byte, c.most/8)
	for _, k := range []string{"first-key-000", "second-key-00", "third-key-000", "fourth-key-00", "fifth-key-000"} {
		c.keep(k, big)
		c.inMemory("first-key-000")
	}
	if c.bytes > c.most || c.inMemory("first-key-000") == nil || c.inMemory("second-key-00") != nil || c.inMemory("fifth-key-000") == nil {
		t.Errorf("%d bytes in %d clips", c.bytes, len(c.clips))
	}
}
