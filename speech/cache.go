package speech

import (
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"sync"

	"clickbridge/leg"
	"clickbridge/media/g711"
)

// memoryBytes bounds what is kept in memory, in both laws: over half an hour.
const memoryBytes = 32 << 20

// cache keeps sound in memory, in front of a folder.
type cache struct {
	folder *folder
	most   int // bytes in memory

	mu     sync.Mutex
	clips  map[string]*list.Element // of *leg.Clip, by key
	recent *list.List               // the last one asked for in front
	bytes  int
}

type kept struct {
	key  string
	clip *leg.Clip
}

func newCache(dir string, most int64) *cache {
	if most == 0 {
		most = folderBytes
	}
	return &cache{
		most:   memoryBytes,
		folder: &folder{dir: dir, mostBytes: most, mostFiles: folderFiles},
		clips:  map[string]*list.Element{}, recent: list.New(),
	}
}

// keyOf is a name for a file too.
func keyOf(engine, language, text string) string {
	h := sha256.New()
	for _, part := range []string{engine, language, text} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (c *cache) inMemory(key string) *leg.Clip {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.clips[key]
	if !ok {
		return nil
	}
	c.recent.MoveToFront(e)
	return e.Value.(kept).clip
}

// inFolder looks in memory and in the folder.
func (c *cache) inFolder(key string) *leg.Clip {
	if clip := c.inMemory(key); clip != nil {
		return clip
	}
	if ulaw := c.folder.read(key); ulaw != nil {
		return c.remember(key, ulaw)
	}
	return nil
}

// keep keeps new sound in memory and, if that can be, in the folder.
func (c *cache) keep(key string, ulaw []byte) *leg.Clip {
	c.folder.write(key, ulaw)
	return c.remember(key, ulaw)
}

func (c *cache) remember(key string, ulaw []byte) *leg.Clip {
	clip := &leg.Clip{Name: "speech/" + key[:12], ULaw: ulaw, ALaw: g711.ToALaw(ulaw)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.clips[key]; ok {
		return e.Value.(kept).clip
	}
	c.clips[key] = c.recent.PushFront(kept{key, clip})
	c.bytes += size(clip)
	for c.bytes > c.most && c.recent.Len() > 1 {
		k := c.recent.Remove(c.recent.Back()).(kept)
		delete(c.clips, k.key)
		c.bytes -= size(k.clip)
	}
	return clip
}

func size(c *leg.Clip) int { return len(c.ULaw) + len(c.ALaw) }
