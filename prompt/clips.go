// Package prompt holds the sound ClickBridge ships with: spoken sentences,
// digits, hold music and ringback, as clips ready for leg.Media.Play. It decides
// what is said, not when; callflow does that.
//
// The speech and the music are files made by make.sh and built into the
// program; tones are computed. Every clip has a name by which tests and the
// record of a call can tell what was heard.
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
)

//go:embed clips/*.ul
var files embed.FS

// library returns every clip by name. It is read once and shared: clips are
// never written to.
var library = sync.OnceValue(load)

func load() map[string]*leg.Clip {
	clips := make(map[string]*leg.Clip)
	add := func(name string, ulaw []byte) {
		clips[name] = &leg.Clip{Name: name, ULaw: ulaw, ALaw: g711.ToALaw(ulaw)}
	}
	entries, err := files.ReadDir("clips")
	if err != nil {
		panic(fmt.Sprintf("prompt: the program was built without its clips: %v", err))
	}
	for _, e := range entries {
		b, err := files.ReadFile(path.Join("clips", e.Name()))
		if err != nil {
			panic(fmt.Sprintf("prompt: the program was built without its clips: %v", err))
		}
		add(strings.TrimSuffix(e.Name(), ".ul"), b)
	}
	for name, c := range cadences {
		add("ringback-"+name, c.sound())
	}
	add(pause, slices.Repeat([]byte{g711.SilenceULaw}, pauseSamples))
	return clips
}

// pause is the silence between groups of digits.
const (
	pause        = "pause"
	pauseTime    = 180 * time.Millisecond
	pauseSamples = int(8000 * pauseTime / time.Second)
)

// named returns clips by their names.
func named(names ...string) []*leg.Clip {
	clips := make([]*leg.Clip, len(names))
	for i, n := range names {
		c, ok := library()[n]
		if !ok {
			panic("prompt: no clip " + n)
		}
		clips[i] = c
	}
	return clips
}

// Clips returns every clip, sorted by name.
func Clips() []*leg.Clip {
	all := make([]*leg.Clip, 0, len(library()))
	for _, c := range library() {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *leg.Clip) int { return strings.Compare(a.Name, b.Name) })
	return all
}
