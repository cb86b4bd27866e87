package media

import (
	"math/rand/v2"
	"sort"
	"sync"
	"time"
)

// Limits of a lot.
const (
	// lotChoice is how many rested sockets there must be before one of them is
	// reused: of fewer, a stranger could guess where the next call will listen.
	lotChoice = 32
	// lotSpare is how many may stay open unused.
	lotSpare = 4 * lotChoice
	// lotSize bounds all of them; the kernel keeps 2.5 KB for each.
	lotSize = 4096
)

// parked is the open socket of a closed leg. Its number stays taken.
type parked struct {
	number int
	sock   socket
	until  time.Time // it rests
}

// lot keeps a shard's sockets open while their ports rest, and gives them to
// later legs: closing one and opening, binding, setting up and watching another
// are six system calls. What still comes to a parked socket is read and dropped.
type lot struct {
	mu     sync.Mutex
	places []parked // those that have rested first, in any order; then the others as they came
}

// put parks a socket, and reports false when the lot is full. It returns the
// one to be closed when there are too many to choose from.
func (l *lot) put(p parked, now time.Time) (surplus []parked, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.places) >= lotSize {
		return nil, false
	}
	l.places = append(l.places, p)
	if l.rested(now) > lotSpare {
		surplus, l.places = l.places[:1:1], l.places[1:]
	}
	return surplus, true
}

// take returns a socket that has rested, one of many; false when they are too
// few to choose from.
func (l *lot) take(now time.Time) (p parked, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.rested(now)
	if n < lotChoice {
		return parked{}, false
	}
	i := rand.IntN(n)
	p, l.places[i] = l.places[i], l.places[0]
	l.places = l.places[1:]
	return p, true
}

// empty returns all that have rested until now and forgets them.
func (l *lot) empty(now time.Time) []parked {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.rested(now)
	all := l.places[:n:n]
	l.places = l.places[n:]
	return all
}

// close returns all and takes no more.
func (l *lot) close() []parked {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.places
	l.places = nil
	return all
}

func (l *lot) rested(now time.Time) int {
	return sort.Search(len(l.places), func(i int) bool { return l.places[i].until.After(now) })
}

// retire ends a leg's use of its port: the socket is parked, or closed and its
// number put to rest. Called on the shard.
func (e *Engine) retire(sh *shard, number int, sock socket) {
	now := time.Now()
	surplus, ok := []parked(nil), false
	if sock.rest() {
		surplus, ok = sh.lot.put(parked{number, sock, now.Add(e.ports.quarantine)}, now)
	}
	if ok {
		e.ports.idle(+1)
	} else {
		sock.close()
		e.ports.release(number)
	}
	e.clear(surplus)
}

// clear closes parked sockets that have rested and frees their numbers. Called
// on their shard.
func (e *Engine) clear(all []parked) {
	for _, p := range all {
		p.sock.close()
		e.ports.idle(-1)
		e.ports.untake((p.number - e.ports.first) / 2)
	}
}

// clearLots frees every port that has rested: the range is used up, and its
// last ports may be parked with the wrong shard.
func (e *Engine) clearLots() {
	for _, sh := range e.shards {
		done := make(chan struct{})
		if sh.loop.run(func() { e.clear(sh.lot.empty(time.Now())); close(done) }) {
			<-done
		}
	}
}
