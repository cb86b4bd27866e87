package sqlite

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// A commit's facts go into as many slots as they fill: rows of a size that
// makes each a page of its own, so that a commit writes no page but those its
// facts are in. The first byte of a slot says whether a commit begins in it.
// Slots are numbered by seq as they are written; those from the oldest commit
// that still counts are valid, the others are written over.
const (
	slotSize = 4032
	slotRoom = slotSize - 1

	slotFirst byte = 1 // a commit begins here
	slotMore  byte = 2 // it goes on here

	// ringSlots is how many there are before the oldest are cleared for reuse:
	// more make calls move to their tables later and more of them at once, fewer
	// make long calls be written again more often.
	ringSlots = 512
	// clearSlots is how many are cleared at once.
	clearSlots = 32
)

// errFacts says that the table facts cannot be read.
var errFacts = errors.New("the record of calls in flight is broken")

// slot is a row in use.
type slot struct {
	at, seq int64
	first   bool
}

// ring is which slots are in use, oldest first, and which are free.
type ring struct {
	used []slot
	free []int64
	size int64 // how many slots there are
	last int64 // the newest seq
}

// readLedger makes a ledger of what the file says.
func readLedger(ctx context.Context, q querier) (*ledger, error) {
	rows, err := q.QueryContext(ctx, `SELECT slot, seq, data FROM facts`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	l := newLedger()
	data := map[int64][]byte{}
	for rows.Next() {
		var s slot
		var b []byte
		if err := rows.Scan(&s.at, &s.seq, &b); err != nil {
			return nil, err
		}
		if len(b) == 0 {
			return nil, errFacts
		}
		s.first, data[s.seq] = b[0] == slotFirst, b[1:]
		l.ring.used = append(l.ring.used, s)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return l, l.restore(data)
}

// restore sorts the slots, drops those that do not count any more and replays
// the others.
func (l *ledger) restore(data map[int64][]byte) error {
	r := &l.ring
	if r.size = int64(len(r.used)); r.size == 0 {
		return nil
	}
	slices.SortFunc(r.used, func(a, b slot) int { return cmp.Compare(a.seq, b.seq) })
	r.last = r.used[r.size-1].seq
	oldest := int64(-1)
	for _, s := range slices.Backward(r.used) {
		if s.first {
			if b := data[s.seq]; len(b) >= commitHead {
				oldest = int64(binary.LittleEndian.Uint64(b))
			}
			break
		}
	}
	n := slices.IndexFunc(r.used, func(s slot) bool { return s.seq >= oldest })
	if oldest < 0 || r.used[n].seq != oldest || r.last-oldest != r.size-int64(n)-1 {
		return fmt.Errorf("%w: its beginning or a part is missing", errFacts)
	}
	for _, s := range r.used[:n] {
		r.free = append(r.free, s.at)
	}
	r.used = slices.Clone(r.used[n:])
	return l.replayAll(data)
}

func (l *ledger) replayAll(data map[int64][]byte) error {
	keys := map[int64]*live{}
	var run []byte
	used := l.ring.used
	for i := 0; i < len(used); {
		first := used[i].seq
		run = append(run[:0], data[first]...)
		for i++; i < len(used) && !used[i].first; i++ {
			run = append(run, data[used[i].seq]...)
		}
		if err := l.replay(run, first, keys); err != nil {
			return err
		}
	}
	return nil
}

// cleared returns how many of the oldest slots in use can be cleared so that
// at least n are: whole commits.
func (r *ring) cleared(n int) int {
	n = min(n, len(r.used))
	for n < len(r.used) && !r.used[n].first {
		n++
	}
	return n
}

// crowded reports whether slots must be cleared before so many are written,
// where calls are in flight: there is a slot for each at least.
func (r *ring) crowded(calls int) bool {
	return len(r.free) < clearSlots/2 && r.size >= int64(max(ringSlots, calls))
}

// plan is which slots a commit goes to. Nothing is changed until it is done.
type plan struct {
	cleared int
	slots   []slot
	size    int64
}

// plan finds n slots, when so many of the oldest have been cleared.
func (r *ring) plan(n, cleared int) plan {
	p := plan{cleared: cleared, size: r.size, slots: make([]slot, n)}
	for i := range p.slots {
		s := slot{seq: r.last + 1 + int64(i), first: i == 0}
		switch {
		case i < len(r.free):
			s.at = r.free[i]
		case i-len(r.free) < cleared:
			s.at = r.used[i-len(r.free)].at
		default:
			s.at = p.size
			p.size++
		}
		p.slots[i] = s
	}
	return p
}

// oldest is the commit that is the oldest once the plan is done.
func (r *ring) oldest(cleared int) int64 {
	if cleared < len(r.used) {
		return r.used[cleared].seq
	}
	return r.last + 1
}

// done makes the plan true.
func (r *ring) done(p plan) {
	for _, s := range r.used[:p.cleared] {
		r.free = append(r.free, s.at)
	}
	r.free = slices.Delete(r.free, 0, min(len(p.slots), len(r.free)))
	r.used = append(slices.Delete(r.used, 0, p.cleared), p.slots...)
	r.size, r.last = p.size, r.last+int64(len(p.slots))
}
