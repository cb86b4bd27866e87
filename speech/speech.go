// Package speech makes sound of text: by a service that is asked over HTTP, by
// espeak-ng on this machine, or not at all, and then says why, so that the caller
// falls back to the sentences in the binary. What was spoken once is kept, in
// memory and in a folder. It knows nothing of calls; callflow asks it.
package speech

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sync/singleflight"

	"clickbridge/audio"
	"clickbridge/leg"
)

// The engines of a Config.
const (
	Auto   = "auto"   // the service where there is a URL, and espeak-ng when it fails or there is none
	Espeak = "espeak" // espeak-ng alone
	HTTP   = "http"   // the service alone
	None   = "none"
)

// Config says what speaks.
type Config struct {
	Engine      string // "" = Auto
	URL         string // of the service
	Header      string // "NAME: VALUE" sent to it; a secret
	Voice       string // the engine's name of one; "" = by language
	Folder      string // where sound is kept; "" = nowhere
	FolderBytes int64  // how much of it; 0 = 200 MB
}

// Limits of a text and of making it.
const (
	MaxText  = 500 // characters
	makeTime = 5 * time.Second
	restTime = 15 * time.Second // how long an engine that failed is not asked, where another one is there
)

// Errors of Speak, wrapped with detail.
var (
	// ErrNoEngine: nothing here can speak.
	ErrNoEngine = errors.New("no speech engine is set up")
	// ErrText: it is the text that cannot be spoken.
	ErrText = errors.New("not a text to speak")
)

// engine makes a sound file of a text.
type engine interface {
	// name is what errors call it; key is what its sound depends on besides text
	// and language.
	name() string
	key() string
	say(ctx context.Context, text, language string) (ulaw []byte, err error)
}

// Speaker speaks.
type Speaker struct {
	engines []*resting
	cache   *cache
	flight  singleflight.Group
}

// New returns a speaker. The error says what a Config lacks; whether an engine
// works is seen when it is asked.
func New(c Config) (*Speaker, error) {
	s := &Speaker{cache: newCache(c.Folder, c.FolderBytes)}
	add := func(e engine) { s.engines = append(s.engines, &resting{engine: e}) }
	switch c.Engine {
	case None:
		return s, nil
	case Auto, "", HTTP, Espeak:
	default:
		return nil, fmt.Errorf("speech: no engine %q", c.Engine)
	}
	service := c.URL != "" && c.Engine != Espeak
	if c.Engine == HTTP && !service {
		return nil, errors.New("speech: engine http without a URL")
	}
	if service {
		e, err := newService(c.URL, c.Header, c.Voice)
		if err != nil {
			return nil, err
		}
		add(e)
	}
	if c.Engine != HTTP {
		voice := c.Voice
		if service {
			voice = "" // it is the service's
		}
		add(newLocal(program, voice))
	}
	return s, nil
}

// Speak returns a text's sound, named "speech/" and a few characters of its sum.
// Language is a BCP 47 tag. It returns when ctx is done; what is being made then
// is finished for the next who asks. The error names every engine that was
// tried.
func (s *Speaker) Speak(ctx context.Context, text, language string) (*leg.Clip, error) {
	text, err := cleaned(text)
	if err != nil {
		return nil, err
	}
	if len(s.engines) == 0 {
		return nil, ErrNoEngine
	}
	var tried []error
	for i, e := range s.engines {
		clip, err := s.by(ctx, e, i == len(s.engines)-1, text, strings.ToLower(language))
		if err == nil {
			return clip, nil
		}
		tried = append(tried, fmt.Errorf("%s: %w", e.name(), err))
		if ctx.Err() != nil {
			break
		}
	}
	return nil, joined(tried)
}

// by has one engine speak, unless it was spoken before. The last one has no
// rest.
func (s *Speaker) by(ctx context.Context, e *resting, last bool, text, language string) (*leg.Clip, error) {
	k := keyOf(e.key(), language, text)
	if clip := s.cache.inMemory(k); clip != nil {
		return clip, nil
	}
	made := s.flight.DoChan(k, func() (any, error) { return s.make(ctx, e, last, k, text, language) })
	select {
	case r := <-made:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*leg.Clip), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// make reads the sound from the folder or makes it; for all who asked, so it does
// not end with the first of them.
func (s *Speaker) make(ctx context.Context, e *resting, last bool, k, text, language string) (clip *leg.Clip, err error) {
	defer func() {
		if p := recover(); p != nil { // sound of a stranger was decoded; calls go on
			err = fmt.Errorf("decoding failed: %v", p)
		}
	}()
	if clip := s.cache.inFolder(k); clip != nil {
		return clip, nil
	}
	if err := e.awake(); err != nil && !last {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*makeTime)
	defer cancel()
	ulaw, err := e.say(ctx, text, language)
	e.result(err)
	if err != nil {
		return nil, err
	}
	return s.cache.keep(k, ulaw), nil
}

// cleaned takes out what is not read aloud: control characters, and the marks
// by which espeak-ng would take phonemes for a text.
func cleaned(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", fmt.Errorf("%w: it is not UTF-8", ErrText)
	}
	text = strings.NewReplacer("[[", " ", "]]", " ").Replace(text)
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", fmt.Errorf("%w: it is empty", ErrText)
	case n > MaxText:
		return "", fmt.Errorf("%w: it has %d characters, %d at most", ErrText, n, MaxText)
	}
	return text, nil
}

// joined is one line for all that was tried.
func joined(tried []error) error {
	err := tried[0]
	for _, e := range tried[1:] {
		err = fmt.Errorf("%w; %w", err, e)
	}
	return err
}

// maxSound bounds what an engine may answer with, in bytes.
const maxSound = audio.MaxBytes
