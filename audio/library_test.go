package audio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"clickbridge"
)

// shelf is a store and a directory that agree, unless a test makes them not.
type shelf struct {
	mu    sync.Mutex
	dir   clickbridge.Directory
	sound map[string]clickbridge.Audio
	asked int
}

func newShelf() *shelf { return &shelf{sound: map[string]clickbridge.Audio{}} }

// put replaces a clip of account 1.
func (s *shelf) put(name, sum string, bytes []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sound[name] = clickbridge.Audio{AccountID: 1, Name: name, SHA256: sum, ULaw: bytes}
	dir := clickbridge.Directory{Revision: s.dir.Revision + 1}
	for _, a := range s.sound {
		a.ULaw = nil
		dir.Audio = append(dir.Audio, a)
	}
	s.dir = dir
}

func (s *shelf) directory() *clickbridge.Directory {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.dir
	return &d
}

func (s *shelf) Audio(_ context.Context, account int64, name string) (clickbridge.Audio, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if a, ok := s.sound[name]; ok && account == 1 {
		return a, nil
	}
	return clickbridge.Audio{}, errors.New("not found")
}

func TestLibrary(t *testing.T) {
	t.Parallel()
	s := newShelf()
	l := NewLibrary(s, s.directory)
	s.put("jazz", "a", []byte{1, 2, 3})
	for range 3 {
		c, err := l.Clip(t.Context(), 1, "jazz")
		if err != nil || c.Name != "clip/jazz" || !bytes.Equal(c.ULaw, []byte{1, 2, 3}) || len(c.ALaw) != 3 {
			t.Fatalf("%v, %v", c, err)
		}
	}
	if s.asked != 1 {
		t.Errorf("the store was asked %d times", s.asked)
	}
	s.put("jazz", "b", []byte{4})
	if c, err := l.Clip(t.Context(), 1, "jazz"); err != nil || len(c.ULaw) != 1 {
		t.Errorf("after the change: %v, %v", c, err)
	}
	for _, c := range []struct {
		account int64
		name    string
	}{{2, "jazz"}, {1, "blues"}, {1, ""}} {
		if _, err := l.Clip(t.Context(), c.account, c.name); !errors.Is(err, ErrNoClip) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if s.asked != 2 {
		t.Errorf("the store was asked %d times, want 2: the directory knows what is not there", s.asked)
	}
}

// A store that is newer or older than the directory must not fix the wrong clip
// in memory.
func TestLibraryAndDirectoryDisagree(t *testing.T) {
	t.Parallel()
	s := newShelf()
	l := NewLibrary(s, s.directory)
	s.put("jazz", "a", []byte{1})
	s.sound["jazz"] = clickbridge.Audio{SHA256: "b", ULaw: []byte{2, 2}}
	if c, err := l.Clip(t.Context(), 1, "jazz"); err != nil || len(c.ULaw) != 2 {
		t.Errorf("%v, %v", c, err)
	}
	if len(l.kept) != 0 {
		t.Error("kept what the directory does not name")
	}
	s.sound["jazz"] = clickbridge.Audio{SHA256: "a"}
	if c, err := l.Clip(t.Context(), 1, "jazz"); err == nil {
		t.Errorf("a clip without sound: %v", c)
	}
}

func TestLibraryIsBounded(t *testing.T) {
	t.Parallel()
	s := newShelf()
	l := NewLibrary(s, s.directory)
	l.most = 80_000
	big := make([]byte, l.most/8)
	for i := range 8 {
		s.put(fmt.Sprint(i), "sum", big)
	}
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			if _, err := l.Clip(t.Context(), 1, fmt.Sprint(i%8)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if l.bytes > l.most || len(l.kept) != l.recent.Len() || len(l.kept) < 3 || l.bytes != len(l.kept)*2*len(big) {
		t.Errorf("%d bytes in %d clips", l.bytes, len(l.kept))
	}
}
