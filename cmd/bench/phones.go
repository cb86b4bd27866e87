//go:build linux

package main

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"clickbridge/media/rtp"
)

const (
	frame     = 160 // bytes of G.711, 20 ms
	frameTime = 20 * time.Millisecond
)

// pour sends 50 packets a second to each port until quit.
func pour(conn *net.UDPConn, ports []int, quit chan struct{}) {
	var b [rtp.HeaderSize + frame]byte
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	begun, sent := time.Now(), 0
	for {
		select {
		case <-quit:
			return
		case <-tick.C:
		}
		for due := int(time.Since(begun).Seconds() * 50 * float64(len(ports))); sent < due; sent++ {
			i, n := sent%len(ports), uint32(sent/len(ports))
			rtp.Header{Seq: uint16(n), TS: n * frame, SSRC: uint32(i)}.Put(b[:])
			to := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(ports[i]))
			_, _ = conn.WriteToUDPAddrPort(b[:], to)
		}
	}
}

// drain reads what comes until the socket closes.
func drain(conn *net.UDPConn) {
	var b [2048]byte
	for {
		if _, err := conn.Read(b[:]); err != nil {
			return
		}
	}
}

// pacer watches when packets were sent, as the kernel notes it: on loopback in
// the sender's system call.
type pacer struct {
	conn    *net.UDPConn
	streams map[uint32]*paced
	done    chan struct{}
}

// paced is one stream: when its packets came, less when they should have.
type paced struct {
	first uint16
	off   []time.Duration
}

func watch(conn *net.UDPConn) (*pacer, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(4 << 20)
	var set error
	if err := raw.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	}); err != nil || set != nil {
		return nil, set
	}
	w := &pacer{conn: conn, streams: map[uint32]*paced{}, done: make(chan struct{})}
	go w.read()
	return w, nil
}

func (w *pacer) read() {
	defer close(w.done)
	buf, oob := make([]byte, 2048), make([]byte, 128)
	for {
		n, on, _, _, err := w.conn.ReadMsgUDPAddrPort(buf, oob)
		if err != nil {
			return
		}
		h, _, err := rtp.Parse(buf[:n])
		if err != nil || on < unix.CmsgLen(16) {
			continue
		}
		stamp := oob[unix.CmsgLen(0):]
		at := time.Duration(binary.NativeEndian.Uint64(stamp))*time.Second + time.Duration(binary.NativeEndian.Uint64(stamp[8:]))
		s := w.streams[h.SSRC]
		if s == nil {
			s = &paced{first: h.Seq}
			w.streams[h.SSRC] = s
		}
		s.off = append(s.off, at-time.Duration(h.Seq-s.first)*frameTime)
	}
}

// lateness returns by how much each packet was sent later than the earliest of
// its stream. The socket must be closed.
func (w *pacer) lateness() (all []time.Duration) {
	<-w.done
	for _, s := range w.streams {
		least := slices.Min(s.off)
		for _, o := range s.off {
			all = append(all, o-least)
		}
	}
	return all
}
