package sqlite

import (
	"math"
	"slices"

	"clickbridge"
	"clickbridge/store/row"
)

// ledger is what the table facts says, in memory: the calls in flight, those
// that ended and have not moved to their own table yet, and leg records that
// outlived their call. The writer changes it fact by fact, and takes all back
// when a transaction fails.
type ledger struct {
	calls  map[clickbridge.CallID]*live
	legs   map[string]clickbridge.CallID
	agents map[clickbridge.Number][]occupant
	days   map[day]count
	key    int64              // the highest given to a call
	newest clickbridge.CallID // of those that moved; they come about in order
	oldest int64              // no call that is not in its table yet was made before; microseconds
	ring   ring

	batch   int64 // the transaction being written
	changes []change
	counted []day
	before  []count // what counted had been
}

// live is one call with what belongs to it. Calls, attempts and legs are
// replaced, never changed: what differs from the state before is what is
// written.
type live struct {
	key      int64
	base     int64 // the commit it was last written whole in
	batch    int64 // the transaction that may change this copy
	whole    bool  // write it whole
	moved    bool  // the call and its attempts are in their own tables, only legs are here
	node     string
	call     *clickbridge.Call // of one that moved: its id
	attempts []*clickbridge.Attempt
	legs     []*leg
}

type leg struct {
	clickbridge.LegRecord
	answered bool
}

// occupant is a leg that is with an agent.
type occupant struct {
	call clickbridge.CallID
	leg  string
}

// pending is the commit of what has not been written yet.
const pending = math.MaxInt64

// day is one account's; count is how many clicks it had, and in which commit
// that was written; 0 = in its own table.
type day struct {
	account int64
	day     string
}
type count struct{ n, base int64 }

// change is a call that a transaction touched, as it was before: nil = not
// there.
type change struct {
	id  clickbridge.CallID
	old *live
}

func newLedger() *ledger {
	return &ledger{
		calls: map[clickbridge.CallID]*live{}, legs: map[string]clickbridge.CallID{},
		agents: map[clickbridge.Number][]occupant{}, days: map[day]count{}, oldest: math.MaxInt64,
	}
}

// begin starts a transaction.
func (l *ledger) begin() {
	l.batch++
	l.changes, l.counted, l.before = l.changes[:0], l.counted[:0], l.before[:0]
}

// undo takes back what was changed since begin.
func (l *ledger) undo() {
	for _, c := range slices.Backward(l.changes) {
		if r := l.calls[c.id]; r != nil {
			l.forget(r)
			delete(l.calls, c.id)
		}
		if c.old != nil {
			l.calls[c.id] = c.old
			for _, g := range c.old.legs {
				l.note(c.id, g)
			}
		}
	}
	for i, d := range slices.Backward(l.counted) {
		l.days[d] = l.before[i]
	}
	l.age()
	l.begin()
}

// age finds the oldest call anew.
func (l *ledger) age() {
	l.oldest = math.MaxInt64
	for _, r := range l.calls {
		if !r.moved {
			l.oldest = min(l.oldest, row.Micros(r.call.CreatedAt))
		}
	}
}

// add puts a new call there and returns it.
func (l *ledger) add(c *clickbridge.Call, node string) *live {
	l.key++
	r := &live{key: l.key, base: pending, batch: l.batch, whole: true, node: node, call: c}
	l.calls[c.ID] = r
	l.changes = append(l.changes, change{id: c.ID})
	return r
}

// edit returns a copy of a call that takes its place.
func (l *ledger) edit(r *live) *live {
	if r.batch == l.batch {
		return r
	}
	l.changes = append(l.changes, change{id: r.call.ID, old: r})
	c := *r
	c.batch, c.whole = l.batch, false
	c.attempts, c.legs = slices.Clone(r.attempts), slices.Clone(r.legs)
	l.calls[c.call.ID] = &c
	return &c
}

// remove takes a call out; r is from edit.
func (l *ledger) remove(r *live) {
	l.forget(r)
	delete(l.calls, r.call.ID)
}

// settled notes that a call is in its table.
func (l *ledger) settled(id clickbridge.CallID) { l.newest = max(l.newest, id) }

// setDay sets how many clicks a day had, which is known already.
func (l *ledger) setDay(d day, c count) {
	l.counted, l.before = append(l.counted, d), append(l.before, l.days[d])
	l.days[d] = c
}

// shrink leaves of an edited call its legs.
func (r *live) shrink() {
	r.moved, r.whole, r.attempts = true, true, nil
	r.call = &clickbridge.Call{ID: r.call.ID, State: clickbridge.CallEnded}
}

// putAttempt adds or replaces an attempt of an edited call. A verdict is never
// taken back by news that come late.
func (r *live) putAttempt(a *clickbridge.Attempt) {
	for i, old := range r.attempts {
		if old.ID == a.ID {
			if a.Result != "" || old.Result == "" {
				r.attempts[i] = a
			}
			return
		}
	}
	r.attempts = append(r.attempts, a)
}

// putLeg adds or replaces a leg of an edited call.
func (l *ledger) putLeg(r *live, g *leg) {
	l.cutLeg(r, g.ID)
	r.legs = append(r.legs, g)
	l.note(r.call.ID, g)
}

// cutLeg removes a leg of an edited call.
func (l *ledger) cutLeg(r *live, id string) {
	for i, g := range r.legs {
		if g.ID == id {
			r.legs = slices.Delete(r.legs, i, i+1)
			l.unnote(g)
			return
		}
	}
}

func (r *live) leg(id string) *leg {
	for _, g := range r.legs {
		if g.ID == id {
			return g
		}
	}
	return nil
}

// note makes a leg be found by its id and its agent.
func (l *ledger) note(call clickbridge.CallID, g *leg) {
	l.legs[g.ID] = call
	if g.Agent != "" {
		l.agents[g.Agent] = append(l.agents[g.Agent], occupant{call, g.ID})
	}
}

func (l *ledger) unnote(g *leg) {
	delete(l.legs, g.ID)
	if g.Agent == "" {
		return
	}
	left := slices.DeleteFunc(l.agents[g.Agent], func(o occupant) bool { return o.leg == g.ID })
	if len(left) == 0 {
		delete(l.agents, g.Agent)
	} else {
		l.agents[g.Agent] = left
	}
}

func (l *ledger) forget(r *live) {
	for _, g := range r.legs {
		l.unnote(g)
	}
}

// occupied reports whether a leg of another call is with the agent.
func (l *ledger) occupied(agent clickbridge.Number, by clickbridge.CallID) bool {
	return slices.ContainsFunc(l.agents[agent], func(o occupant) bool { return o.call != by })
}
