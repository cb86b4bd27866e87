// Package prompt holds the sound ClickBridge ships with: spoken sentences and
// digits in several languages, hold music, ringback and the beep, as clips ready
// for leg.Media.Play. It decides what is said, not when; callflow does that.
//
// The speech and the music are files made by make.sh and built into the
// program; tones are computed. Every clip has a name by which tests and the
// record of a call can tell what was heard: "en/greeting", "hold".
package prompt

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"clickbridge/leg"
	"clickbridge/media/g711"
	"clickbridge/media/tone"
)

//go:embed clips
var files embed.FS

// shelf is clips by name. Each is read once and shared: clips are never
// written to.
type shelf map[string]*leg.Clip

// put makes a clip and keeps it under its name, without the language.
func (s shelf) put(lang, name string, ulaw []byte) {
	s[name] = &leg.Clip{Name: path.Join(lang, name), ULaw: ulaw, ALaw: g711.ToALaw(ulaw)}
}

// take returns clips by their names.
func (s shelf) take(names ...string) []*leg.Clip {
	clips := make([]*leg.Clip, len(names))
	for i, n := range names {
		c, ok := s[n]
		if !ok {
			c, ok = wordless()[n]
		}
		if !ok {
			panic("prompt: no clip " + n)
		}
		clips[i] = c
	}
	return clips
}

// wordless are the clips that are the same in every language.
var wordless = sync.OnceValue(func() shelf {
	s := shelf{}
	s.put("", "hold", read("clips/hold.ul"))
	for name, c := range cadences {
		s.put("", "ringback-"+name, c.sound())
	}
	s.put("", "beep", g711.EncodeULawAll(tone.Generate([]float64{beepFreq}, beepTime, beepLevel)))
	s.put("", pause, slices.Repeat([]byte{g711.SilenceULaw}, pauseSamples))
	return s
})

// spokenIn has the clips of each language, read when it is first spoken.
var spokenIn = sync.OnceValue(func() map[string]func() shelf {
	langs := map[string]func() shelf{}
	for _, name := range list("clips") {
		if !strings.HasSuffix(name, ".ul") {
			langs[name] = sync.OnceValue(func() shelf { return load(name) })
		}
	}
	return langs
})

func load(lang string) shelf {
	s := shelf{}
	dir := path.Join("clips", lang)
	for _, name := range list(dir) {
		s.put(lang, strings.TrimSuffix(name, ".ul"), read(path.Join(dir, name)))
	}
	return s
}

func list(dir string) []string {
	entries, err := files.ReadDir(dir)
	if err != nil {
		panic(fmt.Sprintf("prompt: the program was built without its clips: %v", err))
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

func read(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("prompt: the program was built without its clips: %v", err))
	}
	return b
}

// pause is the silence between groups of digits, and between one key and the
// next.
const (
	pause        = "pause"
	pauseTime    = 180 * time.Millisecond
	pauseSamples = int(tone.Rate * pauseTime / time.Second)
)

// The beep after which people speak.
const (
	beepFreq  = 1000
	beepTime  = 300 * time.Millisecond
	beepLevel = 0.2
)

// Clips returns every clip of every language, sorted by name.
func Clips() []*leg.Clip {
	shelves := []shelf{wordless()}
	for _, lang := range Languages() {
		shelves = append(shelves, spokenIn()[lang]())
	}
	var all []*leg.Clip
	for _, s := range shelves {
		for _, c := range s {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b *leg.Clip) int { return strings.Compare(a.Name, b.Name) })
	return all
}
