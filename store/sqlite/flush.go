package sqlite

import (
	"cmp"
	"encoding/binary"
	"slices"

	"clickbridge/store/row"
)

// writer's buffers for the facts of one commit.
type buffers struct {
	facts []byte
	slot  [slotSize]byte
}

// flush writes what the transaction's facts changed in the ledger.
func (b *batch) flush() error {
	l := b.ledger
	if l == nil || len(l.changes)+len(l.counted) == 0 {
		return nil
	}
	cleared := 0
	if l.ring.crowded(len(l.calls)) {
		cleared = l.ring.cleared(clearSlots)
		if err := b.clear(l.ring.oldest(cleared)); err != nil {
			return err
		}
	}
	first := l.ring.last + 1
	facts := binary.LittleEndian.AppendUint64(b.w.buffers.facts[:0], uint64(l.ring.oldest(cleared)))
	for _, c := range l.changes {
		facts = l.appendChange(facts, c, first)
	}
	for _, d := range l.counted {
		if c := l.days[d]; c.base == pending {
			l.days[d] = count{c.n, first}
			facts = appendDay(facts, d, c.n)
		}
	}
	b.w.buffers.facts = facts
	b.plan = l.ring.plan((len(facts)+slotRoom-1)/slotRoom, cleared)
	return b.fill(facts)
}

// fill writes facts into the planned slots.
func (b *batch) fill(facts []byte) error {
	data := &b.w.buffers.slot
	for _, s := range b.plan.slots {
		data[0] = slotMore
		if s.first {
			data[0] = slotFirst
		}
		n := copy(data[1:], facts)
		clear(data[1+n:])
		facts = facts[n:]
		if _, err := b.exec(qPutFacts, s.at, s.seq, data[:]); err != nil {
			return err
		}
	}
	return nil
}

// clear makes the slots before the commit oldest free: calls that ended move to
// their table, the others are written again with this commit.
func (b *batch) clear(oldest int64) error {
	l := b.ledger
	var ended []*live
	for _, r := range l.calls {
		switch {
		case r.base >= oldest:
		case r.moved || r.call.InFlight():
			l.edit(r).whole = true
		default:
			ended = append(ended, r)
		}
	}
	slices.SortFunc(ended, func(x, y *live) int { return cmp.Compare(x.call.ID, y.call.ID) })
	for _, r := range ended {
		if err := b.move(r); err != nil {
			return err
		}
	}
	l.age()
	return b.clearDays(oldest)
}

func (b *batch) clearDays(oldest int64) error {
	l := b.ledger
	for d, c := range l.days {
		if c.base == 0 { // since the last time
			delete(l.days, d)
		}
		if c.base == 0 || c.base >= oldest {
			continue
		}
		if _, err := b.exec(qPutDay, d.account, d.day, c.n); err != nil {
			return err
		}
		l.setDay(d, count{n: c.n})
	}
	return nil
}

// move writes a call that ended, and its attempts, to their tables. Legs that a
// carrier may still hold stay.
func (b *batch) move(r *live) error {
	if _, err := b.exec(qPutCall, row.CallValues(r.call)...); err != nil {
		return err
	}
	for _, a := range r.attempts {
		if _, err := b.exec(qPutAttempt, row.AttemptValues(a)...); err != nil {
			return err
		}
	}
	r = b.ledger.edit(r)
	if len(r.legs) == 0 {
		b.ledger.remove(r)
	} else {
		r.shrink()
	}
	b.ledger.settled(r.call.ID)
	return nil
}
