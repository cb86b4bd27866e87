package callflow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/prompt"
)

// How long it may take to make a sound, and for how long, from its beginning,
// who needs it waits. Sounds are begun with the call, before most are needed.
const (
	bringFor  = 10 * time.Second
	bringWait = 3 * time.Second
	maxSpoken = 500 // characters of a text, after {page} and the like were put in
)

// brings are the sounds a FindMe brought with it. nil = the binary's.
type brings struct {
	greeting, asked, music, whisper, apology *sound

	ctx  context.Context // of making them
	stop context.CancelFunc
}

// sound is being made.
type sound struct {
	ready chan struct{}
	begun time.Time
	what  string // for notes
	clips []*leg.Clip
	err   error
}

// prepare begins to make what will be heard. Texts and clips take time, and
// nobody listens yet.
func (f *flow) prepare() {
	s := &f.findMe.Settings
	f.voice = prompt.In(s.Voice.Language)
	switch s.Screen.Method {
	case clickbridge.ScreenText:
		f.brings.whisper = f.bring("the whisper text", "", f.filled(s.Screen.Text))
	case clickbridge.ScreenAudio:
		f.brings.whisper = f.bring("the whisper", s.Screen.Audio, "")
	case clickbridge.ScreenName:
		if f.call.Order == clickbridge.FindMeFirst {
			f.note("nobody is there to say their name; the number was announced")
		}
	}
	if f.call.Order == clickbridge.PhoneFirst {
		f.brings.greeting = f.bring("the greeting", s.Voice.GreetingAudio, s.Voice.GreetingText)
		f.brings.asked = f.bring("the prompt", "", s.Voice.PromptText)
		f.brings.music = f.bring("the hold music", s.Hold.Music, "")
	}
	if f.call.Order == clickbridge.PhoneFirst || s.End.Action == clickbridge.EndVoicemail {
		f.brings.apology = f.bring("the apology", s.Voice.ApologyAudio, s.Voice.ApologyText)
	}
}

// hush gives up what is still being made.
func (f *flow) hush() {
	if f.brings.stop != nil {
		f.brings.stop()
	}
}

// bring begins to make an uploaded clip, else a spoken text; nil when there is
// neither.
func (f *flow) bring(what, audio, text string) *sound {
	if audio == "" && text == "" {
		return nil
	}
	if f.brings.stop == nil {
		f.brings.ctx, f.brings.stop = context.WithCancel(f.ctx)
	}
	s := &sound{what: what, begun: time.Now(), ready: make(chan struct{})}
	f.beside.Go(func() {
		defer close(s.ready)
		ctx, cancel := context.WithTimeout(f.brings.ctx, bringFor)
		defer cancel()
		var clip *leg.Clip
		if clip, s.err = f.fetch(ctx, audio, text); clip != nil {
			s.clips = []*leg.Clip{clip}
		}
	})
	return s
}

// Why a sound is not there.
var (
	errNoClips  = errors.New("no uploaded clips here")
	errNoSpeech = errors.New("nothing here can speak")
)

// fetch makes a sound. A clip together with an error is the second choice.
func (f *flow) fetch(ctx context.Context, audio, text string) (clip *leg.Clip, err error) {
	if audio != "" {
		err = errNoClips
		if f.Clips != nil {
			clip, err = f.Clips.Clip(ctx, f.call.AccountID, audio)
		}
		if err == nil || text == "" {
			return clip, err
		}
	}
	if f.Speech == nil {
		return nil, errors.Join(err, errNoSpeech)
	}
	lang := f.findMe.Settings.Voice.Language
	if lang == "" {
		lang = prompt.English
	}
	clip, e := f.Speech.Speak(ctx, text, lang)
	return clip, errors.Join(err, e)
}

// heard returns a sound that was brought, else the binary's. Whatever was not
// there is noted. Any goroutine of the call may ask.
func (f *flow) heard(ctx context.Context, s *sound, otherwise func() []*leg.Clip) []*leg.Clip {
	if s == nil {
		return otherwise()
	}
	if !s.in(ctx, bringWait-time.Since(s.begun)) {
		f.remark(s.what + " was not ready in time")
		return otherwise()
	}
	if s.err != nil {
		f.remark(fmt.Sprintf("%s: %v", s.what, s.err))
	}
	if len(s.clips) == 0 {
		return otherwise()
	}
	return s.clips
}

// meanwhile has a leg hear ringback where one of the sounds it is about to hear
// is still being made: a dead line is hung up.
func (f *flow) meanwhile(m leg.Media, sounds ...*sound) {
	for _, s := range sounds {
		if s != nil && !s.in(f.ctx, 0) {
			m.Play(prompt.Ringback(f.home()), true)
			return
		}
	}
}

// in reports whether the sound is made, or was not to be made, within a time.
func (s *sound) in(ctx context.Context, wait time.Duration) bool {
	select {
	case <-s.ready:
		return true
	default:
		if wait <= 0 {
			return false
		}
	}
	limit := time.NewTimer(wait)
	defer limit.Stop()
	select {
	case <-s.ready:
		return true
	case <-limit.C:
	case <-ctx.Done():
	}
	return false
}

func silence() []*leg.Clip { return nil }

// filled puts the call into a whisper text.
func (f *flow) filled(text string) string {
	text = strings.NewReplacer(
		"{name}", f.call.FindMeName,
		"{number}", readOut(f.call.Phone.Pretty(f.home())),
		"{ref}", f.call.Ref,
		"{page}", f.call.Page,
	).Replace(text)
	if r := []rune(text); len(r) > maxSpoken {
		return string(r[:maxSpoken])
	}
	return text
}

// readOut spaces a number's digits, that it is not spoken as millions.
func readOut(number string) string {
	groups := strings.FieldsFunc(number, func(r rune) bool { return r != '+' && (r < '0' || r > '9') })
	for i, g := range groups {
		groups[i] = strings.Join(strings.Split(g, ""), " ")
	}
	return strings.Join(groups, ", ")
}
