package media

import (
	"net/netip"
	"sync/atomic"
)

// receiveSize is the longest datagram that is looked at: longer ones are cut
// and so dropped for their size.
const receiveSize = 2048

// socket is one leg's RTP socket. Only its shard uses it.
type socket interface {
	// aim says where to send from now on. To no address, or one of a family
	// that the socket does not speak, nothing is sent.
	aim(to netip.AddrPort)
	// send is one datagram; it never waits. A datagram that does not fit the
	// kernel's buffer is lost, as it would be on the wire.
	send(b []byte) bool
	// rest detaches it from its session and keeps it open, for watch of another
	// one; false where that is not possible. Called on the shard.
	rest() bool
	close()
}

// loop is what runs a shard: one goroutine and who has commands for it, or a
// goroutine per socket.
type loop interface {
	// run has f run on the shard, after everything handed over before. It
	// reports false, and f never runs, when the loop has stopped.
	run(f func()) bool
	// listen binds a socket. Called from anywhere.
	listen(at netip.AddrPort) (socket, error)
	// watch starts receiving on a session's socket. Called on the shard.
	watch(s *session)
	// stop closes every session and returns when nothing runs any more.
	stop()
}

// shard owns sessions: all their state is touched by one runner at a time and
// needs no lock.
type shard struct {
	loop  loop
	now   int64 // monotonic ns; set by the loop before it calls anything
	wheel wheel
	tx    [maxPacket]byte // the packet being sent

	sessions *session // all of them, linked by older and newer
	lot      lot

	// Written by the shard alone, read by anyone: a plain load and store, no
	// locked instruction.
	packetsIn, packetsOut, droppedIn atomic.Uint64
}

// bump adds one to a counter that only the shard writes.
func bump(c *atomic.Uint64) { c.Store(c.Load() + 1) }

// add takes a new session in.
func (sh *shard) add(s *session) {
	s.older = sh.sessions
	if s.older != nil {
		s.older.newer = s
	}
	sh.sessions = s
	sh.loop.watch(s)
}

// remove forgets a session.
func (sh *shard) remove(s *session) {
	if s.newer != nil {
		s.newer.older = s.older
	} else if sh.sessions == s {
		sh.sessions = s.older
	}
	if s.older != nil {
		s.older.newer = s.newer
	}
	s.older, s.newer = nil, nil
}

// closeAll ends every session and closes every socket.
func (sh *shard) closeAll() {
	for _, p := range sh.lot.close() {
		p.sock.close()
	}
	for sh.sessions != nil {
		sh.sessions.close()
	}
}
