//go:build linux && !386 && !s390x

package media

import (
	"fmt"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// epollLoop runs a shard: its sockets are in an epoll set of its own, and
// whoever has something for it does that himself, if nobody else is at it. A
// goroutine sleeps on the set and takes packets, a timer turns the wheel, and a
// command is carried out where it was given; handed to the goroutine, each
// would cost a wake-up, which is dearer than most commands. One who finds the
// shard busy leaves his command in a lock-free list and goes on: whoever is at
// it looks there before he is done.
//
// The goroutine sleeps in Go's poller (which watches the epoll set as one
// descriptor) and not, locked to a thread, in epoll_wait. A thread that blocks
// in a system call takes its processor along until sysmon takes it back, 20 µs
// to 10 ms later; with GOMAXPROCS=2 and two shards that leaves nobody to run
// what the shards woke or to look at the SIP sockets. Measured with 100 bridged
// calls on two shared cores: the process used 42 % of a core with locked
// threads, 27 % so (load generator included in both), half of relay delays were
// 0.19 and 0.15 ms, p99 0.5-1.3 and 0.4-1.0 ms.
type epollLoop struct {
	shard *shard
	start time.Time
	epoll *os.File
	conn  syscall.RawConn // of epoll
	head  atomic.Pointer[command]
	done  chan struct{}

	busy sync.Mutex // held by who is at the shard; guards what follows

	quit    bool
	alarm   *time.Timer // turns the wheel
	armed   bool        // the alarm has yet to ring
	rings   int64       // when it does, engine clock
	watched []*rawSocket
	unused  []int32 // numbers in watched; a socket's is in its epoll event
	packet  [receiveSize]byte
	from    unix.RawSockaddrAny
	fromLen uint32

	// The goroutine's.
	polled func(fd uintptr) bool // l.poll as a value, made once
	count  int                   // events of the last poll
	events [128]unix.EpollEvent
}

// command is one thing to do on the shard; newest first until it is taken.
type command struct {
	next *command
	do   func()
}

// wakeUp is a deadline in the past.
var wakeUp = time.Unix(1, 0)

// closedList stands at the head of a stopped loop's list.
var closedList command

func newLoop(sh *shard, start time.Time) (loop, error) {
	// Non-blocking makes os.NewFile hand it to Go's poller.
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := unix.SetNonblock(epoll, true); err != nil {
		unix.Close(epoll)
		return nil, os.NewSyscallError("fcntl", err)
	}
	l := &epollLoop{
		shard: sh, start: start, done: make(chan struct{}),
		epoll:   os.NewFile(uintptr(epoll), "epoll"),
		watched: make([]*rawSocket, 0, 64),
	}
	l.polled = l.poll
	if err := l.open(); err != nil {
		l.epoll.Close()
		return nil, err
	}
	l.alarm = time.AfterFunc(time.Hour, l.ring)
	go l.work()
	return l, nil
}

// open checks that the epoll set can be slept on.
func (l *epollLoop) open() (err error) {
	if err = l.epoll.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("epoll cannot be polled: %w", err)
	}
	l.conn, err = l.epoll.SyscallConn()
	return err
}

// run implements loop.
func (l *epollLoop) run(f func()) bool {
	if l.busy.TryLock() {
		open := l.head.Load() != &closedList
		if open {
			l.turn(0, f)
		}
		l.busy.Unlock()
		l.serve()
		return open
	}
	c := &command{do: f}
	for {
		head := l.head.Load()
		if head == &closedList {
			return false
		}
		c.next = head
		if l.head.CompareAndSwap(head, c) {
			l.serve()
			return true
		}
	}
}

// serve carries out what is in the list, unless somebody is at the shard: he
// does it. It is called after every unlocking, for what came too late for that.
func (l *epollLoop) serve() {
	for l.waiting() && l.busy.TryLock() {
		l.turn(0, nil)
		l.busy.Unlock()
	}
}

func (l *epollLoop) waiting() bool {
	head := l.head.Load()
	return head != nil && head != &closedList
}

// turn does what is due: the commands in the list and then one more, packets of
// n sockets, the wheel. The caller holds busy.
func (l *epollLoop) turn(n int, do func()) {
	l.shard.now = l.clock()
	if l.waiting() {
		l.commands(nil) // before packets that came after them
	}
	if do != nil {
		do()
	}
	for i := range n {
		l.ready(l.events[i].Fd)
	}
	l.shard.wheel.run(l.shard.now)
	if next := l.shard.wheel.wait(l.shard.now); next >= 0 {
		l.setAlarm(l.shard.now + next)
	}
}

// work takes packets.
func (l *epollLoop) work() {
	defer close(l.done)
	for {
		l.count = 0
		_ = l.conn.Read(l.polled) // fails when stop wakes it
		l.busy.Lock()
		if l.quit {
			break
		}
		l.turn(l.count, nil)
		l.busy.Unlock()
		l.serve()
	}
	l.commands(&closedList) // first: a port just opened is among them
	l.shard.closeAll()
	l.alarm.Stop()
	l.busy.Unlock()
	l.epoll.Close()
}

func (l *epollLoop) clock() int64 { return int64(time.Since(l.start)) }

// setAlarm has the wheel turned at due or before. An alarm that is set is left
// alone, even when nothing plays any more: a running timer that is moved makes
// Go's scheduler look through all timers of the process, and SIP keeps tens of
// thousands.
func (l *epollLoop) setAlarm(due int64) {
	if l.armed && l.rings <= due || l.quit {
		return
	}
	l.rings, l.armed = due, true
	l.alarm.Reset(time.Duration(due - l.clock())) // sending took a while
}

// ring is the alarm's.
func (l *epollLoop) ring() {
	l.busy.Lock()
	l.armed = false
	if !l.quit {
		l.turn(0, nil)
	}
	l.busy.Unlock()
	l.serve()
}

// poll asks the epoll set without waiting, and reports whether it had
// anything; RawSyscall6 as in socket_linux.go.
func (l *epollLoop) poll(fd uintptr) bool {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, fd,
		uintptr(unsafe.Pointer(&l.events[0])), uintptr(len(l.events)), 0, 0, 0)
	if errno != 0 {
		n = 0
	}
	l.count = int(n)
	return n > 0
}

// ready serves one event. One datagram is read each time: a leg gets one in
// 20 ms, so a second read would nearly always be for nothing, and what is left
// is reported again.
func (l *epollLoop) ready(id int32) {
	sock := l.watched[id]
	if sock == nil {
		return // closed since it was polled
	}
	n, ok := l.receive(sock.fd)
	if !ok || sock.user == nil {
		return
	}
	sock.user.receive(l.packet[:n], l.source())
}

// commands runs what was handed over, oldest first, and leaves mark as head.
func (l *epollLoop) commands(mark *command) {
	var oldest *command
	for c := l.head.Swap(mark); c != nil; {
		next := c.next
		c.next = oldest
		oldest, c = c, next
	}
	for c := oldest; c != nil; c = c.next {
		c.do()
	}
}

// watch implements loop.
func (l *epollLoop) watch(s *session) {
	sock := s.sock.(*rawSocket)
	sock.user = s
	if sock.loop != nil {
		return // it was parked: it is in the set
	}
	if n := len(l.unused); n > 0 {
		sock.id, l.unused = l.unused[n-1], l.unused[:n-1]
	} else {
		l.watched = append(l.watched, nil)
		sock.id = int32(len(l.watched) - 1)
	}
	sock.loop = l
	l.watched[sock.id] = sock
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: sock.id}
	err := l.conn.Control(func(fd uintptr) {
		if unix.EpollCtl(int(fd), unix.EPOLL_CTL_ADD, sock.fd, &event) != nil {
			s.close() // out of kernel memory or over max_user_watches
		}
	})
	if err != nil {
		s.close()
	}
}

// unwatch forgets a socket; closing it takes it out of the epoll set.
func (l *epollLoop) unwatch(id int32) {
	l.watched[id] = nil
	l.unused = append(l.unused, id)
}

// stop implements loop.
func (l *epollLoop) stop() {
	l.run(func() { l.quit = true })
	_ = l.epoll.SetReadDeadline(wakeUp) // fails once the loop has ended
	<-l.done
}

func (l *epollLoop) listen(at netip.AddrPort) (socket, error) { return listenRaw(at) }
