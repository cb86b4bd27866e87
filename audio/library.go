package audio

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/media/g711"
)

// cacheBytes bounds the sound a Library keeps, in both laws: over half an hour.
const cacheBytes = 32 << 20

// Store has the uploaded clips with their sound.
type Store interface {
	Audio(ctx context.Context, account int64, name string) (clickbridge.Audio, error)
}

// ErrNoClip: the account has no clip of that name.
var ErrNoClip = errors.New("no such clip")

// Library gives calls the uploaded clips, from memory where they were asked for
// before. What an operator replaced is heard from the next call on: clips are
// kept by the sum that the directory names.
type Library struct {
	store     Store
	directory func() *clickbridge.Directory
	most      int // bytes

	mu       sync.Mutex
	revision int64
	sums     map[clipKey]string // of the directory's clips
	kept     map[clipKey]*list.Element
	recent   *list.List // of kept clips, the last one asked for in front
	bytes    int
}

type clipKey struct {
	account int64
	name    string
}

type keptClip struct {
	key  clipKey
	sum  string
	clip *leg.Clip
}

// NewLibrary returns a library. directory returns the newest snapshot; it may
// be called from any goroutine.
func NewLibrary(s Store, directory func() *clickbridge.Directory) *Library {
	return &Library{store: s, directory: directory, most: cacheBytes, kept: map[clipKey]*list.Element{}, recent: list.New()}
}

// Clip returns an uploaded clip, named "clip/" and its name. ErrNoClip.
func (l *Library) Clip(ctx context.Context, account int64, name string) (*leg.Clip, error) {
	key := clipKey{account, name}
	sum, clip := l.look(key)
	if clip != nil {
		return clip, nil
	}
	if sum == "" {
		return nil, fmt.Errorf("%q: %w", name, ErrNoClip)
	}
	a, err := l.store.Audio(ctx, account, name)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	if len(a.ULaw) == 0 {
		return nil, fmt.Errorf("%q: the store has no sound of it", name)
	}
	clip = &leg.Clip{Name: "clip/" + name, ULaw: a.ULaw, ALaw: g711.ToALaw(a.ULaw)}
	l.keep(keptClip{key, a.SHA256, clip})
	return clip, nil
}

// look returns the sum that a clip must have, and the clip if that one is kept.
func (l *Library) look(key clipKey) (string, *leg.Clip) {
	d := l.directory()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sums == nil || d.Revision != l.revision {
		l.revision, l.sums = d.Revision, make(map[clipKey]string, len(d.Audio))
		for _, a := range d.Audio {
			l.sums[clipKey{a.AccountID, a.Name}] = a.SHA256
		}
		l.forget()
	}
	sum := l.sums[key]
	if e, ok := l.kept[key]; ok && e.Value.(keptClip).sum == sum {
		l.recent.MoveToFront(e)
		return sum, e.Value.(keptClip).clip
	}
	return sum, nil
}

// forget drops what the directory has no more, or has differently.
func (l *Library) forget() {
	for key, e := range l.kept {
		if e.Value.(keptClip).sum != l.sums[key] {
			l.drop(e)
		}
	}
}

// keep keeps a clip, for which the longest unused ones have to go; not one the
// directory does not name, which may be about to change.
func (l *Library) keep(k keptClip) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sums[k.key] != k.sum {
		return
	}
	if e, ok := l.kept[k.key]; ok {
		l.drop(e)
	}
	l.kept[k.key] = l.recent.PushFront(k)
	l.bytes += size(k.clip)
	for l.bytes > l.most && l.recent.Len() > 1 {
		l.drop(l.recent.Back())
	}
}

func (l *Library) drop(e *list.Element) {
	k := l.recent.Remove(e).(keptClip)
	delete(l.kept, k.key)
	l.bytes -= size(k.clip)
}

func size(c *leg.Clip) int { return len(c.ULaw) + len(c.ALaw) }
