//go:build linux && !386 && !s390x

package media

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"clickbridge/leg"
	"clickbridge/media/rtp"
)

// paceLine has the far end watch when packets were sent instead of sending any.
// The kernel notes the time, on loopback in the sender's system call; when the
// far end gets to reading them does not matter.
const paceLine = "pace\n"

func watchPace(conn *net.UDPConn, in io.Reader, out io.Writer) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	if err := raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	}); err != nil {
		return err
	}
	late := make(chan []float64)
	go func() { late <- lateness(conn) }()
	_, _ = io.Copy(io.Discard, in)
	conn.Close()
	all := <-late
	slices.Sort(all)
	fmt.Fprintln(out, all[len(all)/2], all[len(all)*99/100])
	return nil
}

// lateness returns for each packet how much later it was sent than the best
// paced one of its stream, in microseconds.
func lateness(conn *net.UDPConn) (all []float64) {
	type stream struct {
		first uint16
		late  []float64
	}
	streams := map[uint32]*stream{}
	buf, oob := make([]byte, receiveSize), make([]byte, 128)
	for {
		n, on, _, _, err := conn.ReadMsgUDPAddrPort(buf, oob)
		if err != nil {
			break
		}
		h, _, err := rtp.Parse(buf[:n])
		if err != nil || on < unix.CmsgLen(16) {
			continue
		}
		data := oob[unix.CmsgLen(0):]
		at := float64(binary.NativeEndian.Uint64(data))*1e6 + float64(binary.NativeEndian.Uint64(data[8:]))/1e3
		s := streams[h.SSRC]
		if s == nil {
			s = &stream{first: h.Seq}
			streams[h.SSRC] = s
		}
		s.late = append(s.late, at-float64(h.Seq-s.first)*frameTime/1e3)
	}
	for _, s := range streams {
		least := slices.Min(s.late)
		for _, l := range s.late {
			all = append(all, l-least)
		}
	}
	return all
}

// muteSocket is a socket whose packets go nowhere: what is left is all that
// sending costs save the system call.
type muteSocket struct{ *rawSocket }

func (muteSocket) send([]byte) bool { return true }

// playToAll has a thousand legs hear music.
func playToAll(b *testing.B, farEnd int, mute bool) *rig {
	b.Helper()
	r := newRig(b, false)
	r.open(b, 1000, farEnd)
	audio := make([]byte, 8000)
	for _, p := range r.ports {
		if mute {
			p.run(func() { p.session.sock = muteSocket{p.session.sock.(*rawSocket)} })
		}
		p.Play([]*leg.Clip{{Name: "music", ULaw: audio, ALaw: audio}}, true)
	}
	return r
}

// BenchmarkPacing is when the packets of a thousand legs are sent.
func BenchmarkPacing(b *testing.B) {
	far := startFarEnd(b)
	fmt.Fprint(far.stdin, paceLine)
	r := playToAll(b, far.port, false)
	for b.Loop() {
		r.report(b, benchTime)
	}
	p50, p99 := far.end(b)
	b.ReportMetric(p50/1e3, "ms-late-p50")
	b.ReportMetric(p99/1e3, "ms-late-p99")
}

// BenchmarkPromptsUnsent is the same without the system call that sends.
func BenchmarkPromptsUnsent(b *testing.B) {
	r := playToAll(b, 9, true)
	for b.Loop() {
		r.report(b, benchTime)
	}
}
