//go:build linux && !386 && !s390x

package media

import (
	"encoding/binary"
	"net/netip"
	"os"
	"runtime"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// epollLoop runs a shard on one thread: sockets in an epoll set, commands in a
// lock-free list with an eventfd as its bell, the wheel as the sleep's length.
type epollLoop struct {
	shard *shard
	clock func() int64
	epoll int
	bell  *os.File // os.File so that a ring that comes after stop hits no other file
	head  atomic.Pointer[command]
	done  chan struct{}

	// What follows belongs to the thread.
	quit    bool
	watched []*session // by the number in their epoll event; 0 is the bell
	unused  []int32
	events  [128]unix.EpollEvent
	packet  [receiveSize]byte
	from    unix.RawSockaddrAny
	fromLen uint32
}

// command is one thing to do on the shard; newest first until it is taken.
type command struct {
	next *command
	do   func()
}

// closedList stands at the head of a stopped loop's list.
var closedList command

func newLoop(sh *shard, clock func() int64) (loop, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	bell, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(epoll)
		return nil, os.NewSyscallError("eventfd", err)
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, bell, &event); err != nil {
		unix.Close(epoll)
		unix.Close(bell)
		return nil, os.NewSyscallError("epoll_ctl", err)
	}
	l := &epollLoop{
		shard: sh, clock: clock, epoll: epoll,
		bell: os.NewFile(uintptr(bell), "eventfd"), done: make(chan struct{}),
		watched: make([]*session, 1, 64),
	}
	go l.thread()
	return l, nil
}

// run implements loop.
func (l *epollLoop) run(f func()) bool {
	c := &command{do: f}
	for {
		head := l.head.Load()
		if head == &closedList {
			return false
		}
		c.next = head
		if l.head.CompareAndSwap(head, c) {
			if head == nil { // the thread has taken all before: it may sleep
				l.ring()
			}
			return true
		}
	}
}

func (l *epollLoop) ring() {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1) // eventfd counts in the machine's order
	// The counter overflows after 2^64 rings and the file closes with the loop:
	// neither is worth more than a thread that was not woken.
	_, _ = l.bell.Write(one[:])
}

// thread is the shard.
func (l *epollLoop) thread() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(l.done)
	for !l.quit {
		n := l.wait()
		l.shard.now = l.clock()
		for i := range n {
			l.ready(l.events[i].Fd)
		}
		l.shard.wheel.run(l.shard.now)
	}
	l.commands(&closedList) // first: a port just opened is among them
	l.shard.closeAll()
	l.bell.Close()
	unix.Close(l.epoll)
}

// wait sleeps until there is something to do and returns how many events came.
func (l *epollLoop) wait() int {
	timeout := -1
	if ns := l.shard.wheel.wait(l.clock()); ns >= 0 {
		timeout = int((ns + 999999) / 1e6)
	}
	n, err := unix.EpollWait(l.epoll, l.events[:], timeout)
	if err != nil {
		return 0 // EINTR: the runtime signals threads
	}
	return n
}

// ready serves one event. One datagram is read each time: a leg gets one in
// 20 ms, so a second read would nearly always be for nothing, and what is left
// is reported again.
func (l *epollLoop) ready(id int32) {
	if id == 0 {
		var count [8]byte
		_, _ = l.bell.Read(count[:])
		l.commands(nil)
		return
	}
	s := l.watched[id]
	if s == nil || s.closed {
		return // closed by a command of the same round
	}
	n, ok := l.receive(s.sock.(*rawSocket).fd)
	if !ok {
		return
	}
	s.receive(l.packet[:n], l.source())
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
	if n := len(l.unused); n > 0 {
		sock.id, l.unused = l.unused[n-1], l.unused[:n-1]
	} else {
		l.watched = append(l.watched, nil)
		sock.id = int32(len(l.watched) - 1)
	}
	sock.loop = l
	l.watched[sock.id] = s
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: sock.id}
	if unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, sock.fd, &event) != nil {
		s.close() // out of kernel memory or over max_user_watches: a deaf leg is no leg
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
	<-l.done
}

func (l *epollLoop) listen(at netip.AddrPort) (socket, error) { return listenRaw(at) }
