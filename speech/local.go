package speech

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"clickbridge/audio"
)

// program is espeak-ng as distributions call it.
const program = "espeak-ng"

// atOnce is how many processes run at a time: each takes a core for a moment.
const atOnce = 2

// local is espeak-ng, one process for each text.
type local struct {
	program, voice string
	limit          time.Duration
	slots          chan struct{}
}

func newLocal(name, voice string) *local {
	return &local{program: name, voice: voice, limit: makeTime, slots: make(chan struct{}, atOnce)}
}

func (l *local) name() string { return program }
func (l *local) key() string  { return "espeak 1 " + l.voice }

// voices are espeak-ng's names and speeds (words a minute) where they are those
// of the clips in the binary, or not the language's own.
var voices = map[string]struct {
	voice string
	speed string
}{
	"en":    {"en-us", "160"},
	"en-au": {"en-gb", "160"},
	"en-ca": {"en-us", "160"},
	"es":    {"es-419", "165"},
	"es-es": {"es", "165"},
	"de":    {"de", "155"},
	"fr":    {"fr-fr", "160"},
	"fr-ca": {"fr-fr", "160"},
	"zh":    {"cmn", "160"},
	"no":    {"nb", "160"},
}

var tag = regexp.MustCompile(`^[a-z]{2,3}(-[a-z0-9]{1,8})*$`)

// say tries the voices of a language, the nearest first.
func (l *local) say(ctx context.Context, text, language string) ([]byte, error) {
	path, err := exec.LookPath(l.program)
	if err != nil {
		return nil, errors.New("not installed")
	}
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return nil, errors.New("too much to say at once")
	}
	if l.voice != "" {
		return l.run(ctx, path, l.voice, "160", text)
	}
	if !tag.MatchString(language) {
		return nil, fmt.Errorf("%q is no language", language)
	}
	base, _, _ := strings.Cut(language, "-")
	for _, name := range []string{language, base} {
		voice, speed := name, "160"
		if v, ok := voices[name]; ok {
			voice, speed = v.voice, v.speed
		}
		var ulaw []byte
		if ulaw, err = l.run(ctx, path, voice, speed, text); err == nil || !errors.Is(err, errVoice) {
			return ulaw, err
		}
	}
	return nil, err
}

// errVoice: espeak-ng has no such voice.
var errVoice = errors.New("no such voice")

// run has one process speak. The text goes to its standard input: a command line
// can be read by everybody on the machine.
func (l *local) run(ctx context.Context, path, voice, speed, text string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, l.limit)
	defer cancel()
	out, complaint := &bounded{most: maxSound}, &bounded{most: 1000}
	cmd := exec.CommandContext(ctx, path, "--stdin", "--stdout", "-b", "1",
		"-v", voice, "-s", speed, "-p", "42", "-g", "1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), out, complaint
	cmd.Env = []string{"LC_ALL=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin"}
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("took more than %s", l.limit)
	case out.full:
		return nil, fmt.Errorf("made more than %d bytes", out.most)
	case strings.Contains(complaint.kept.String(), "voice does not exist"):
		return nil, fmt.Errorf("%w %q", errVoice, voice)
	case err != nil:
		return nil, fmt.Errorf("%w %s", err, firstLine(complaint.kept.String()))
	case out.kept.Len() == 0:
		return nil, errors.New("made no sound")
	}
	ulaw, _, err := audio.Convert(&out.kept, audio.Options{Loudness: audio.Spoken})
	if err != nil {
		return nil, fmt.Errorf("the sound %w", err)
	}
	return ulaw, nil
}

// bounded keeps what is written and refuses what is too much, which ends the
// process. It has no other way in: a bytes.Buffer would read without bound.
type bounded struct {
	kept bytes.Buffer
	most int
	full bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.full = b.full || b.kept.Len()+len(p) > b.most; b.full {
		return 0, errors.New("too much")
	}
	return b.kept.Write(p)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
