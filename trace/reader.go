package trace

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"clickbridge"
)

// Reader finds messages in a folder. It may be used while a Writer, of this or
// another process, writes to it.
type Reader struct {
	// Folder is the Writer's. One that is not there holds nothing.
	Folder string
}

// slack is how much longer than its call's record a leg may be heard of: repetitions
// come for half a minute (64*T1), recovery takes seconds.
const slack = time.Minute

// maxMessages bounds what is returned: the first of them. A call has tens.
const maxMessages = 20_000

// Call returns the messages of a call that was created at from and ended at to (now,
// where it has not), in the order of their time. Messages of the last tenth of a
// second may not be there yet. None is no error.
func (r Reader) Call(ctx context.Context, id clickbridge.CallID, from, to time.Time) ([]Message, error) {
	return r.read(ctx, key(id), from.Add(-slack), to.Add(slack), func(m *Message) bool { return m.Call == id })
}

// Outside returns the messages that belong to no call (REGISTER, OPTIONS, what was
// refused) between two times; of one trunk, or with "" of all and of nobody known.
func (r Reader) Outside(ctx context.Context, trunk string, from, to time.Time) ([]Message, error) {
	return r.read(ctx, key(""), from, to, func(m *Message) bool {
		return m.Call == "" && (trunk == "" || m.Trunk == trunk) && !m.At.Before(from) && !m.At.After(to)
	})
}

var errEnough = errors.New("enough")

func (r Reader) read(ctx context.Context, key uint64, from, to time.Time, wanted func(*Message) bool) ([]Message, error) {
	all, err := segments(r.Folder)
	if err != nil {
		return nil, err
	}
	var found []Message
	for _, s := range all {
		// A slow disk may have kept the last of a segment's messages waiting, and so
		// the first of the next.
		if s.start.After(to.Add(slack)) || s.end.Before(from.Add(-slack)) {
			continue
		}
		err := s.scan(key, func(m Message) error {
			if wanted(&m) {
				found = append(found, m)
			}
			if len(found) == maxMessages {
				return errEnough
			}
			return ctx.Err()
		})
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case errors.Is(err, errEnough):
		case errors.Is(err, fs.ErrNotExist): // deleted meanwhile
		case err != nil:
			return nil, fmt.Errorf("%s: %w", s.path, err)
		}
	}
	slices.SortStableFunc(found, func(a, b Message) int { return a.At.Compare(b.At) })
	markRepeats(found)
	return found, nil
}

func (s *segment) scan(key uint64, each func(Message) error) error {
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat() // it may have grown
	if err != nil {
		return err
	}
	return scan(f, st.Size(), key, each)
}

// markRepeats marks retransmissions, which are the same to the last byte (RFC 3261
// 17); whatever differs from another message has another branch or CSeq.
func markRepeats(messages []Message) {
	type same struct {
		text string
		via  Wire
	}
	seen := make(map[same]bool, len(messages))
	for i := range messages {
		m := &messages[i]
		s := same{m.Text, m.Wire}
		m.Repeat, seen[s] = seen[s], true
	}
}
