package accounts

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"clickbridge"
	"clickbridge/config/strictyaml"
)

// audioEntry is one uploaded clip of a file.
type audioEntry struct {
	path string
	name string
	file string
	// read by ReadAudio
	sum  string // SHA-256 in hex
	ulaw []byte // nil where the store has the same clip already
}

func (r *reader) audio(at string, raw []rawAudio) []audioEntry {
	var out []audioEntry
	seen := map[string]bool{}
	for i, a := range raw {
		at := fmt.Sprintf("%s[%d]", at, i)
		e := audioEntry{path: at, name: r.label(at, "name", a.Name, true), file: a.File}
		if e.file == "" {
			r.fault(at, "file is needed: the sound file, relative to this one")
		}
		if seen[e.name] && e.name != "" {
			r.fault(at+".name", "%q is the name of two clips of this account", e.name)
		}
		seen[e.name] = true
		out = append(out, e)
	}
	return out
}

// Sound says how uploaded files are read.
type Sound struct {
	MaxBytes int64 // of a file
	// Convert makes G.711 µ-law, 8 kHz, one channel of a file. The text of its
	// error follows the file's name.
	Convert func(io.Reader) (ulaw []byte, err error)
}

// ReadAudio reads the sound files that files name, each relative to the file
// that names it, and converts those that the store has not. The error names
// every fault, with its place.
func ReadAudio(current *clickbridge.Directory, files []*File, s Sound) error {
	if current == nil {
		current = &clickbridge.Directory{}
	}
	x := index(current)
	var faults strictyaml.Faults
	for _, f := range files {
		for i := range f.accounts {
			account := &f.accounts[i]
			for j := range account.audio {
				e := &account.audio[j]
				var was *clickbridge.Audio
				if a := x.byName[account.name]; a != nil {
					was = x.clip(a.ID, e.name)
				}
				if err := e.read(filepath.Dir(f.name), was, s); err != nil {
					faults = append(faults, f.doc.NewFault(e.path+".file", "%s %v", e.file, err))
				}
			}
		}
	}
	if len(faults) > 0 {
		return faults.Sorted()
	}
	return nil
}

// read takes the file's sum, and its sound unless it is the sound of was.
func (e *audioEntry) read(folder string, was *clickbridge.Audio, s Sound) error {
	path := e.file
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	// What is no file (a pipe, a device) may keep whoever opens it waiting.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return errors.New("is no file")
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot be read: %w", strictyaml.Reason(err))
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(f, s.MaxBytes+1))
	if err != nil {
		return fmt.Errorf("cannot be read: %w", strictyaml.Reason(err))
	}
	if n > s.MaxBytes {
		return fmt.Errorf("is larger than %d bytes (audio.max_size)", s.MaxBytes)
	}
	e.sum = hex.EncodeToString(h.Sum(nil))
	if was != nil && was.SHA256 == e.sum {
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	e.ulaw, err = s.Convert(f)
	if err == nil && len(e.ulaw) == 0 {
		return errors.New("has no sound in it")
	}
	return err
}

// mergedAudio is a clip as it will be.
type mergedAudio struct {
	was  *clickbridge.Audio
	next clickbridge.Audio
}

func mergeAudio(p *planner, m *mergedAccount, e audioEntry) mergedAudio {
	a := mergedAudio{next: clickbridge.Audio{Name: e.name, SHA256: e.sum, ULaw: e.ulaw}}
	if m.was != nil {
		a.next.AccountID = m.was.ID
		a.was = p.current.clip(m.was.ID, e.name)
	}
	a.next.Length = time.Duration(len(e.ulaw)) * time.Second / 8000
	if a.was != nil && a.was.SHA256 == e.sum {
		a.next.Length = a.was.Length
	} else if e.ulaw == nil {
		p.fault(m.doc, e.path+".file", "was not read")
	}
	return a
}

// clip finds a clip of the file's account.
func (m *mergedAccount) clip(name string) *mergedAudio {
	for i := range m.audio {
		if m.audio[i].next.Name == name {
			return &m.audio[i]
		}
	}
	return nil
}

func audioLabel(a clickbridge.Audio, owner string) string {
	return fmt.Sprintf("audio %q of account %s", a.Name, owner)
}

func audioFields(was *clickbridge.Audio, next clickbridge.Audio) []string {
	c := &changed{created: was == nil}
	if was == nil {
		was = &clickbridge.Audio{}
	} else if was.SHA256 != next.SHA256 {
		c.fields = append(c.fields, "sound: changed")
	}
	c.add("length", shortened(was.Length), shortened(next.Length))
	return c.fields
}

func shortened(d time.Duration) string { return brief(d.Round(100 * time.Millisecond)) }
