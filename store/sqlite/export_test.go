package sqlite

import (
	"context"
	"fmt"
	"slices"

	"clickbridge/store/row"
)

// Commits is how many transactions the writer has made.
func (s *Store) Commits() int64 { return s.w.commits.Load() }

// Ledgers is how often the table facts was read.
func (s *Store) Ledgers() int64 { return s.w.ledgers.Load() }

// PageQuery is what EachCall asks.
var PageQuery = pageQuery

// Slots is how many slots there are, and how many of them are in use.
func (s *Store) Slots() (size, used int) {
	s.see(func(b *batch) {
		l, _ := b.book()
		size, used = int(l.ring.size), len(l.ring.used)
	})
	return size, used
}

// Compare returns what the writer believes and what the file says, without
// writing anything.
func (s *Store) Compare() (memory, file []string) {
	s.see(func(b *batch) {
		l, err := b.book()
		if err == nil {
			memory = l.dump()
			l, err = readLedger(b.ctx, b.conn)
		}
		if err != nil {
			file = []string{err.Error()}
			return
		}
		file = l.dump()
	})
	return memory, file
}

func (s *Store) see(f func(*batch)) {
	if err := s.w.put(context.Background(), func(b *batch) error { f(b); return nil }); err != nil {
		panic(err)
	}
}

// dump writes all there is, in one order.
func (l *ledger) dump() []string {
	out := []string{fmt.Sprint("ring ", l.ring)}
	for id, r := range l.calls {
		c := *r
		c.legs = slices.Clone(r.legs)
		slices.SortFunc(c.legs, func(a, b *leg) int { return compare(a.ID, b.ID) })
		out = append(out, fmt.Sprintf("call %s %d %d %v %s %q", id, r.key, r.base, r.moved, r.node, appendWhole(nil, &c)))
	}
	for id, call := range l.legs {
		out = append(out, fmt.Sprint("leg ", id, call))
	}
	for agent, os := range l.agents {
		os = slices.Clone(os)
		slices.SortFunc(os, func(a, b occupant) int { return compare(a.leg, b.leg) })
		out = append(out, fmt.Sprint("agent ", agent, os))
	}
	for d, c := range l.days {
		if c.base != 0 { // else it is in its table
			out = append(out, fmt.Sprint("day ", d, c))
		}
	}
	slices.Sort(out)
	return out
}

func compare(a, b string) int { return slices.Compare([]byte(a), []byte(b)) }

// Leg1 is a leg record as the first version wrote it.
func Leg1(id, call string) string {
	field := func(s string) string { return fmt.Sprintf("%d:%s", len(s), s) }
	return "1 " + field(id) + field(call) + field("attempt") + field("main") + field("inviting") +
		field("abc@127.0.0.1") + "0:0:0:0:0:0:0:0:0:0:" + field("1") + field(row.Text("<sip:a;lr>"))
}
