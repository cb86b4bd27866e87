//go:build linux && !386 && !s390x

package media

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"clickbridge/media/rtp"
)

// The far ends of a benchmark are a process of their own, so that what the
// benchmark's process uses is the engine's: this test binary, told by the
// environment to be them.
const farEndEnv = "MEDIA_TEST_FAR_END"

func TestMain(m *testing.M) {
	if os.Getenv(farEndEnv) != "" {
		if err := beFarEnd(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// farEnd is the other process: one socket that is every phone.
type farEnd struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
	port  int
}

func startFarEnd(b *testing.B) *farEnd {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), farEndEnv+"=1", "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	f := &farEnd{cmd: cmd, stdin: stdin, out: bufio.NewReader(stdout)}
	b.Cleanup(func() { f.stdin.Close(); f.cmd.Wait() })
	if _, err := fmt.Fscanln(f.out, &f.port); err != nil {
		b.Fatal(err)
	}
	return f
}

// send has the far end send 50 packets a second to each port.
func (f *farEnd) send(b *testing.B, ports []int) {
	b.Helper()
	var line strings.Builder
	for _, p := range ports {
		fmt.Fprint(&line, p, " ")
	}
	if _, err := fmt.Fprintln(f.stdin, line.String()); err != nil {
		b.Fatal(err)
	}
}

// end stops it and returns how long its packets took through the engine, in
// microseconds: half of them, and 99 in 100.
func (f *farEnd) end(b *testing.B) (p50, p99 float64) {
	b.Helper()
	f.stdin.Close()
	if _, err := fmt.Fscanln(f.out, &p50, &p99); err != nil {
		b.Fatal(err)
	}
	return p50, p99
}

// beFarEnd is the other process's life.
func beFarEnd(in io.Reader, out io.Writer) error {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	_ = conn.SetReadBuffer(4 << 20)
	fmt.Fprintln(out, conn.LocalAddr().(*net.UDPAddr).Port)
	start := time.Now()
	lines := bufio.NewReader(in)
	line, err := lines.ReadString('\n')
	if line == paceLine {
		return watchPace(conn, lines, out)
	}
	delays := make(chan []float64)
	go func() { delays <- collect(conn, start) }()
	if line == pressLine {
		return pressKeys(conn, lines)
	}
	quit := make(chan struct{})
	go func() { io.Copy(io.Discard, lines); close(quit) }()
	if err == nil {
		err = pour(conn, start, strings.Fields(line), quit)
	} else {
		err = nil // nothing to send
	}
	conn.Close()
	got := <-delays
	slices.Sort(got)
	if len(got) == 0 {
		got = []float64{0}
	}
	fmt.Fprintln(out, got[len(got)/2], got[len(got)*99/100])
	return err
}

// pour sends to every port in turn until quit, with the time in the payload.
func pour(conn *net.UDPConn, start time.Time, ports []string, quit chan struct{}) error {
	var to []netip.AddrPort
	for _, p := range ports {
		n, err := strconv.Atoi(p)
		if err != nil {
			return err
		}
		to = append(to, netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(n)))
	}
	var frame [rtp.HeaderSize + frameSize]byte
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	begun, sent := time.Now(), 0
	for {
		select {
		case <-quit:
			return nil
		case <-tick.C:
		}
		due := int(time.Since(begun).Seconds() * 50 * float64(len(to)))
		for ; sent < due; sent++ {
			i, n := sent%len(to), uint32(sent/len(to))
			rtp.Header{Seq: uint16(n), TS: n * frameSize, SSRC: uint32(i)}.Put(frame[:])
			binary.BigEndian.PutUint64(frame[rtp.HeaderSize:], uint64(time.Since(start)))
			if _, err := conn.WriteToUDPAddrPort(frame[:], to[i]); err != nil {
				return err
			}
		}
	}
}

// collect returns the delay of each packet that comes back.
func collect(conn *net.UDPConn, start time.Time) (delays []float64) {
	buf := make([]byte, receiveSize)
	for {
		n, _, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return delays
		}
		if n == rtp.HeaderSize+frameSize {
			sent := binary.BigEndian.Uint64(buf[rtp.HeaderSize:])
			delays = append(delays, float64(time.Since(start)-time.Duration(sent))/1e3)
		}
	}
}

// pressLine has the far end press 1 towards each port that is then named on a
// line of its own.
const pressLine = "press\n"

func pressKeys(conn *net.UDPConn, ports *bufio.Reader) error {
	for {
		line, err := ports.ReadString('\n')
		if err != nil {
			return nil
		}
		n, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			return err
		}
		to := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(n))
		go func() {
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			var b [rtp.HeaderSize + rtp.EventSize]byte
			for i := range pressSteps + pressEnds - 1 {
				rtp.Header{Type: 101, Seq: uint16(i), Marker: i == 0, SSRC: 7}.Put(b[:])
				rtp.Event{Code: 1, End: i >= pressSteps-1, Duration: uint16(min(i+1, pressSteps) * pressStep)}.Put(b[rtp.HeaderSize:])
				_, _ = conn.WriteToUDPAddrPort(b[:], to)
				<-tick.C
			}
		}()
	}
}
