package media

// A leg that plays sends a frame each 20 ms. The wheel has four slots 5 ms
// apart, so one turn is one frame: a session sits in one slot and is called
// once a turn. Few sessions share a slot, so that one sleep of the shard serves
// them all; many are spread over the turn.
const (
	wheelSlots = 4
	wheelStep  = 5e6 // ns
	frameTime  = wheelSlots * wheelStep
	// wheelCrowd is how many sessions share a slot before another is opened: a
	// millisecond and a half of sending. Each slot in use is 50 wake-ups a
	// second.
	wheelCrowd = 256
	// wheelLag is how late the wheel may run and still catch up by sending
	// faster; beyond it the lost time is dropped, or every phone would get a
	// burst of audio that its jitter buffer throws away.
	wheelLag = 200e6
)

type wheel struct {
	slots [wheelSlots]*session
	sizes [wheelSlots]int
	count int
	next  int64 // when the slot at index turn is due
	turn  int
}

// add puts a session on the wheel.
func (w *wheel) add(s *session, now int64) {
	if s.slot >= 0 {
		return
	}
	if w.count == 0 {
		w.next = now // an empty wheel stands still; it starts again here
	}
	best := w.place()
	s.slot = int8(best)
	s.wheelNext = w.slots[best]
	if s.wheelNext != nil {
		s.wheelNext.wheelPrev = s
	}
	w.slots[best] = s
	w.sizes[best]++
	w.count++
}

// place returns the slot for one more session: the soonest in use that is not
// crowded, else the least busy, the soonest of equals.
func (w *wheel) place() int {
	best := w.turn
	for i := range wheelSlots {
		slot := (w.turn + i) % wheelSlots
		if n := w.sizes[slot]; n > 0 && n < wheelCrowd {
			return slot
		}
		if w.sizes[slot] < w.sizes[best] {
			best = slot
		}
	}
	return best
}

func (w *wheel) remove(s *session) {
	if s.slot < 0 {
		return
	}
	if s.wheelPrev != nil {
		s.wheelPrev.wheelNext = s.wheelNext
	} else {
		w.slots[s.slot] = s.wheelNext
	}
	if s.wheelNext != nil {
		s.wheelNext.wheelPrev = s.wheelPrev
	}
	w.sizes[s.slot]--
	w.count--
	s.slot, s.wheelNext, s.wheelPrev = -1, nil, nil
}

// run calls the sessions whose time has come.
func (w *wheel) run(now int64) {
	if now-w.next > wheelLag {
		w.next = now
	}
	for w.count > 0 && w.next <= now {
		for s := w.slots[w.turn]; s != nil; {
			next := s.wheelNext // tick may take s off the wheel
			s.tick()
			s = next
		}
		w.turn = (w.turn + 1) % wheelSlots
		w.next += wheelStep
	}
}

// wait returns how many ns the thread may sleep: until the next slot that
// holds a session, or -1 for as long as it likes.
func (w *wheel) wait(now int64) int64 {
	if w.count == 0 {
		return -1
	}
	due := w.next
	for i := range wheelSlots {
		if w.slots[(w.turn+i)%wheelSlots] != nil {
			break
		}
		due += wheelStep
	}
	return max(due-now, 0)
}
