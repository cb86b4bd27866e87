package trace

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// segment is one file of a folder.
type segment struct {
	path       string
	writer     string
	start, end time.Time // end is no later than an hour after start
	size       int64
}

const (
	extension  = ".siptrace"
	nameLayout = "20060102T150405.000Z"
	maxAge     = time.Hour // of a segment
)

func segmentName(start time.Time, writer string) string {
	return start.UTC().Format(nameLayout) + "-" + writer + extension
}

// segments lists a folder, the oldest first. A folder that is not there has none.
func segments(folder string) ([]segment, error) {
	files, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []segment
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), extension)
		stamp, writer, named := strings.Cut(name, "-")
		start, err := time.Parse(nameLayout, stamp)
		if !ok || !named || err != nil || !f.Type().IsRegular() {
			continue
		}
		info, err := f.Info()
		if err != nil {
			continue // deleted meanwhile
		}
		all = append(all, segment{filepath.Join(folder, f.Name()), writer, start, start.Add(maxAge), info.Size()})
	}
	slices.SortFunc(all, func(a, b segment) int { return cmp.Or(a.start.Compare(b.start), strings.Compare(a.path, b.path)) })
	next := map[string]time.Time{}
	for i := len(all) - 1; i >= 0; i-- {
		if t, ok := next[all[i].writer]; ok && t.Before(all[i].end) {
			all[i].end = t
		}
		next[all[i].writer] = all[i].start
	}
	return all, nil
}

// expire deletes the segments that ended before keep, then the oldest ones until
// the rest has at most room bytes. open, the one being written, stays.
func expire(folder, open string, keep time.Time, room int64) error {
	all, err := segments(folder)
	if err != nil {
		return err
	}
	var total int64
	for _, s := range all {
		total += s.size
	}
	for _, s := range all {
		if s.path == open || !s.end.Before(keep) && total <= room {
			continue
		}
		if e := os.Remove(s.path); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
			continue
		}
		total -= s.size
	}
	return err
}
