package sqlite

import (
	"encoding/binary"
	"fmt"

	"clickbridge"
	"clickbridge/store/row"
)

// A commit's facts are one run of bytes: the oldest commit that still counts (8
// bytes), then sections of a tag, a length (4 bytes) and so many bytes. A tag of
// 0 is the end: the last slot is filled up with zeros. What is added to a
// section later goes to its end.
const (
	tagCall    byte = iota + 1 // a call anew, without what was said of it before
	tagChanges                 // what of a call changes while it lives
	tagAttempt                 // an attempt, new or in its old one's place
	tagLeg                     // a leg record likewise
	tagGone                    // a leg record is not there any more
	tagDrop                    // nor is the call
	tagDay                     // how many clicks an account had on a day
)

const (
	commitHead  = 8
	sectionHead = 1 + 4
)

// open begins a section and returns where; shut ends it.
func open(b []byte, tag byte, key int64) ([]byte, int) {
	at := len(b)
	return row.AppendInt(append(b, tag, 0, 0, 0, 0), key), at
}

func shut(b []byte, at int) []byte {
	binary.LittleEndian.PutUint32(b[at+1:], uint32(len(b)-at-sectionHead))
	return b
}

// appendChange appends what is different in a call; first is the commit this is
// written in.
func (l *ledger) appendChange(b []byte, c change, first int64) []byte {
	now := l.calls[c.id]
	if c.old != nil && (now == nil || now.key != c.old.key) {
		b, at := open(b, tagDrop, c.old.key)
		return shut(b, at)
	}
	if now == nil {
		return b
	}
	if now.whole {
		now.base = first
		return appendWhole(b, now)
	}
	if now.call != c.old.call {
		var at int
		b, at = open(b, tagChanges, now.key)
		b = shut(row.AppendChanges(b, now.call), at)
	}
	for i, a := range now.attempts {
		if i >= len(c.old.attempts) || c.old.attempts[i] != a {
			b = appendAttempt(b, now.key, a)
		}
	}
	return appendLegs(b, now, c.old)
}

func appendLegs(b []byte, now, old *live) []byte {
	for _, g := range old.legs {
		if now.leg(g.ID) == nil {
			var at int
			b, at = open(b, tagGone, now.key)
			b = shut(row.AppendText(b, g.ID), at)
		}
	}
	for _, g := range now.legs {
		if old.leg(g.ID) != g {
			b = appendLeg(b, now.key, g)
		}
	}
	return b
}

func appendWhole(b []byte, r *live) []byte {
	b, at := open(b, tagCall, r.key)
	b = row.AppendText(row.AppendInt(b, flag(r.moved)), r.node)
	b = shut(row.AppendCall(b, r.call), at)
	for _, a := range r.attempts {
		b = appendAttempt(b, r.key, a)
	}
	for _, g := range r.legs {
		b = appendLeg(b, r.key, g)
	}
	return b
}

func appendAttempt(b []byte, key int64, a *clickbridge.Attempt) []byte {
	b, at := open(b, tagAttempt, key)
	return shut(row.AppendAttempt(b, a), at)
}

func appendLeg(b []byte, key int64, g *leg) []byte {
	b, at := open(b, tagLeg, key)
	b = row.AppendInt(b, flag(g.answered))
	return shut(row.AppendLeg(b, &g.LegRecord), at)
}

func appendDay(b []byte, d day, n int64) []byte {
	b, at := open(b, tagDay, d.account)
	return shut(row.AppendInt(row.AppendText(b, d.day), n), at)
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// replay applies a commit that was written as number first.
func (l *ledger) replay(b []byte, first int64, keys map[int64]*live) error {
	for b = b[min(commitHead, len(b)):]; len(b) > 0 && b[0] != 0; {
		if len(b) < sectionHead {
			return errFacts
		}
		tag, size := b[0], int64(binary.LittleEndian.Uint32(b[1:]))
		if b = b[sectionHead:]; size > int64(len(b)) {
			return errFacts
		}
		if err := l.section(tag, b[:size], first, keys); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

// section applies one. One about a call that is not there is of a call that has
// moved since.
func (l *ledger) section(tag byte, b []byte, first int64, keys map[int64]*live) error {
	d := row.Decode(b)
	key := d.Int()
	if tag == tagDay {
		k := day{key, d.Text()}
		l.days[k] = count{d.Int(), first}
		return d.Err()
	}
	l.key = max(l.key, key)
	r := keys[key]
	if r == nil && tag != tagCall {
		return nil
	}
	switch tag {
	case tagCall:
		if r != nil {
			l.remove(r)
		}
		r = &live{key: key, base: first, moved: d.Int() != 0, node: d.Text(), call: d.Call()}
		keys[key], l.calls[r.call.ID] = r, r
	case tagChanges:
		d.Changes(r.call)
	case tagAttempt:
		r.putAttempt(d.Attempt())
	case tagLeg:
		g := &leg{answered: d.Int() != 0}
		var err error
		if g.LegRecord, err = row.Leg(d.Rest()); err != nil {
			return err
		}
		l.putLeg(r, g)
	case tagGone:
		l.cutLeg(r, d.Text())
	case tagDrop:
		l.remove(r)
		delete(keys, key)
	default:
		return fmt.Errorf("%w: section %d is not known", errFacts, tag)
	}
	return d.Err()
}
