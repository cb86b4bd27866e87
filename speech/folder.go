package speech

import (
	"bytes"
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// What a folder may hold; the bytes where a Config does not say.
const (
	folderFiles = 10_000
	folderBytes = 200_000_000
)

// suffix ends the names of our files; others are left alone.
const suffix = ".speech"

// folder keeps sound in files: the SHA-256 of what follows, then mu-law. A file
// that does not match its sum is not there. Nodes may share one. That nothing can
// be written is no error: the sound was made.
type folder struct {
	dir       string // "" = none
	mostBytes int64
	mostFiles int

	mu    sync.Mutex
	bytes int64 // written since it was last counted, and what was there then
	files int
	known bool
}

func (f *folder) path(key string) string { return filepath.Join(f.dir, key+suffix) }

// read returns a sound and marks it as used; nil when it is not there.
func (f *folder) read(key string) []byte {
	if f.dir == "" {
		return nil
	}
	b, err := os.ReadFile(f.path(key))
	if err != nil || len(b) <= sha256.Size {
		return nil
	}
	if sum := sha256.Sum256(b[sha256.Size:]); !bytes.Equal(sum[:], b[:sha256.Size]) {
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(f.path(key), now, now)
	return b[sha256.Size:]
}

// write keeps a sound; a reader sees all of it or nothing.
func (f *folder) write(key string, ulaw []byte) {
	if f.dir == "" || os.MkdirAll(f.dir, 0o750) != nil {
		return
	}
	temp, err := os.CreateTemp(f.dir, "new-*"+suffix)
	if err != nil {
		return
	}
	sum := sha256.Sum256(ulaw)
	_, err = temp.Write(append(sum[:], ulaw...))
	if e := temp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(temp.Name(), f.path(key))
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return
	}
	f.bound(int64(len(ulaw) + sha256.Size))
}

// bound counts what was added, and makes room when it is too much.
func (f *folder) bound(added int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bytes += added
	f.files++
	if f.known && f.bytes <= f.mostBytes && f.files <= f.mostFiles {
		return
	}
	f.prune()
}

// prune counts the folder and removes what was not used longest, down to nine
// tenths of what may be there.
func (f *folder) prune() {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return
	}
	var files []fs.FileInfo
	f.bytes = 0
	for _, e := range entries {
		if i, err := e.Info(); err == nil && strings.HasSuffix(e.Name(), suffix) {
			files = append(files, i)
			f.bytes += i.Size()
		}
	}
	f.files, f.known = len(files), true
	if f.bytes <= f.mostBytes && f.files <= f.mostFiles {
		return
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, i := range files {
		if f.bytes <= f.mostBytes/10*9 && f.files <= f.mostFiles/10*9 {
			return
		}
		if os.Remove(filepath.Join(f.dir, i.Name())) == nil {
			f.bytes -= i.Size()
			f.files--
		}
	}
}
