//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// The media runs measure the engine alone, in a process of its own; this one is
// all the phones.
const (
	mediaLegs  = 1000 // that hear music at once
	mediaCalls = 200  // that are recorded
	mediaTurns = 3    // with and without recording
)

// engine is a media engine in another process.
type engine struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
	ports []int
}

// startEngine opens legs whose far end is a port on loopback and has them do
// the task.
func startEngine(ctx context.Context, task string, legs int, farEnd *net.UDPConn) (*engine, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	port := farEnd.LocalAddr().(*net.UDPAddr).Port
	e := &engine{cmd: exec.CommandContext(ctx, self, engineArg, task, strconv.Itoa(legs), strconv.Itoa(port))}
	e.cmd.Stderr = os.Stderr
	if e.stdin, err = e.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	e.out = bufio.NewReader(out)
	if err := e.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := e.out.ReadString('\n')
	for _, f := range strings.Fields(line) {
		n, _ := strconv.Atoi(f)
		e.ports = append(e.ports, n)
	}
	return e, err
}

// tell has the engine's process do something and waits until it does.
func (e *engine) tell(what string) error {
	if _, err := fmt.Fprintln(e.stdin, what); err != nil {
		return err
	}
	_, err := e.out.ReadString('\n')
	return err
}

func (e *engine) stop() {
	_ = e.stdin.Close()
	_ = e.cmd.Wait()
}

// used returns what the engine's process used of a core meanwhile, as shares.
func (e *engine) used(ctx context.Context, length time.Duration) (user, system float64, err error) {
	before, err := usage(e.cmd.Process.Pid)
	if err != nil {
		return 0, 0, err
	}
	select {
	case <-time.After(length):
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
	after, err := usage(e.cmd.Process.Pid)
	seconds := after.at.Sub(before.at).Seconds()
	return (after.user - before.user).Seconds() / seconds, (after.system - before.system).Seconds() / seconds, err
}

// measurePrompts prints what it costs to play to many legs, and how evenly
// their packets leave.
func measurePrompts(ctx context.Context, length time.Duration) error {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	w, err := watch(conn)
	if err != nil {
		return err
	}
	e, err := startEngine(ctx, "play", mediaLegs, conn)
	if err != nil {
		return err
	}
	defer e.stop()
	user, system, err := e.used(ctx, length)
	if err != nil {
		return err
	}
	_ = conn.Close()
	late := w.lateness()
	packets := float64(mediaLegs * 50)
	fmt.Printf("prompts   %d legs hear music, %.0f packets/s (the media engine alone)\n", mediaLegs, packets)
	fmt.Printf("          of one core: user %.1f %%, system %.1f %%; per packet %.1f µs; sent late by p50 %.1f ms, p99 %.1f ms\n",
		100*user, 100*system, (user+system)/packets*1e6, ms(quantile(late, 0.5)), ms(quantile(late, 0.99)))
	return nil
}

// measureRecording prints what recording adds to calls that talk; they are
// recorded and not recorded by turns.
func measureRecording(ctx context.Context, length time.Duration) error {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	e, err := startEngine(ctx, "bridge", 2*mediaCalls, conn)
	if err != nil {
		return err
	}
	defer e.stop()
	go drain(conn)
	quit := make(chan struct{})
	poured := make(chan struct{})
	go func() { pour(conn, e.ports, quit); close(poured) }()
	defer func() { close(quit); <-poured; _ = conn.Close() }()
	var with, without float64
	for range mediaTurns {
		user, system, err := e.used(ctx, length/(2*mediaTurns))
		if err != nil {
			return err
		}
		without += (user + system) / mediaTurns
		if err := e.tell("record"); err != nil {
			return err
		}
		if user, system, err = e.used(ctx, length/(2*mediaTurns)); err != nil {
			return err
		}
		with += (user + system) / mediaTurns
		if err := e.tell("stop"); err != nil {
			return err
		}
	}
	fmt.Printf("recording %d bridged calls, both sides to files twice a second (the media engine alone)\n", mediaCalls)
	fmt.Printf("          of one core: relay %.1f %%, recording adds %.1f %%\n", 100*without, 100*(with-without))
	return nil
}
