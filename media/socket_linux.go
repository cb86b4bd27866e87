//go:build linux && !386 && !s390x

package media

import (
	"encoding/binary"
	"net/netip"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// socketBuffer holds about a second of audio for a thread that is late;
	// the kernel's default of 208 KB would let a flood pin that much per leg.
	socketBuffer = 32 << 10
	// expedited is the DSCP of voice (RFC 4594 4.1: EF), as a TOS byte.
	expedited = 0xB8
)

// rawSocket is a UDP socket without Go's poller: the loop's epoll set replaces
// it, and reading and writing allocate nothing.
//
// Its calls are RawSyscall6, which does not tell the scheduler: they are
// non-blocking and take 1-8 µs, and the hand-over and taking back of the
// processor that Syscall6 does around each would be for nothing.
type rawSocket struct {
	fd   int
	id   int32
	v6   bool
	loop *epollLoop // whose set it is in; nil before it is watched
	user *session   // nil while it is parked

	// The destination as the kernel wants it; length 0 = none.
	toLen uintptr
	to    unix.RawSockaddrInet6 // large enough for both families
}

func listenRaw(at netip.AddrPort) (*rawSocket, error) {
	family, sa := sockaddr(at)
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	if err := unix.Bind(fd, sa); err != nil {
		unix.Close(fd)
		return nil, os.NewSyscallError("bind", err)
	}
	// Better service, not a condition: failures are as good as defaults.
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, socketBuffer)
	if family == unix.AF_INET {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TOS, expedited)
	} else {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, expedited)
	}
	return &rawSocket{fd: fd, v6: family == unix.AF_INET6}, nil
}

func sockaddr(at netip.AddrPort) (family int, sa unix.Sockaddr) {
	if at.Addr().Is4() {
		return unix.AF_INET, &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}
	}
	return unix.AF_INET6, &unix.SockaddrInet6{Port: int(at.Port()), Addr: at.Addr().As16()}
}

// send implements socket.
func (s *rawSocket) send(b []byte) bool {
	if s.toLen == 0 {
		return false
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&b[0])),
		uintptr(len(b)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&s.to)), s.toLen)
	return errno == 0
}

// aim implements socket.
func (s *rawSocket) aim(to netip.AddrPort) {
	s.toLen = 0
	addr := to.Addr()
	switch {
	case !to.IsValid():
		return
	case s.v6:
		s.to = unix.RawSockaddrInet6{Family: unix.AF_INET6, Addr: addr.As16()}
		s.toLen = unix.SizeofSockaddrInet6
	case addr.Unmap().Is4():
		p := (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.to))
		*p = unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: addr.Unmap().As4()}
		s.toLen = unix.SizeofSockaddrInet4
	}
	// Both families have the port, big-endian, at the same place.
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&s.to.Port))[:], to.Port())
}

// rest implements socket.
func (s *rawSocket) rest() bool {
	s.user = nil
	s.toLen = 0
	return true
}

// close implements socket.
func (s *rawSocket) close() {
	if s.loop != nil {
		s.loop.unwatch(s.id)
	}
	unix.Close(s.fd)
}

// receive reads one datagram into l.packet and its source into l.from.
func (l *epollLoop) receive(fd int) (n int, ok bool) {
	l.fromLen = unix.SizeofSockaddrAny
	r, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&l.packet[0])),
		uintptr(len(l.packet)), unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&l.from)), uintptr(unsafe.Pointer(&l.fromLen)))
	return int(r), errno == 0
}

// source returns where the last datagram came from.
func (l *epollLoop) source() netip.AddrPort {
	if l.from.Addr.Family == unix.AF_INET {
		p := (*unix.RawSockaddrInet4)(unsafe.Pointer(&l.from))
		port := (*[2]byte)(unsafe.Pointer(&p.Port))
		return netip.AddrPortFrom(netip.AddrFrom4(p.Addr), binary.BigEndian.Uint16(port[:]))
	}
	p := (*unix.RawSockaddrInet6)(unsafe.Pointer(&l.from))
	port := (*[2]byte)(unsafe.Pointer(&p.Port))
	return netip.AddrPortFrom(netip.AddrFrom16(p.Addr).Unmap(), binary.BigEndian.Uint16(port[:]))
}
