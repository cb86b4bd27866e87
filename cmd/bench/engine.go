//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/media"
)

// engineArg makes this program a media engine and nothing else.
const engineArg = "media-engine"

// runEngine opens legs, prints their ports, and does what its standard input
// says until that ends.
func runEngine(args []string) error {
	if len(args) != 3 {
		return errors.New("want a task, how many legs, and their far end's port")
	}
	legs, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	e, err := media.New(media.Config{
		Address: netip.MustParseAddr("127.0.0.1"), Ports: media.PortRange{Low: 20000, High: 49999},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	defer e.Close()
	ports, err := openLegs(e, legs, args[2])
	if err != nil {
		return err
	}
	music := []*leg.Clip{{Name: "music", ULaw: make([]byte, 8000), ALaw: make([]byte, 8000)}}
	for i, p := range ports {
		if args[0] == "play" {
			p.Play(music, true)
		} else if i%2 == 1 {
			p.Bridge(ports[i-1])
		}
		fmt.Print(p.Stats().LocalPort, " ")
	}
	fmt.Println()
	return obey(ports)
}

// openLegs opens legs, two of each call, that were answered from the far end.
func openLegs(e *media.Engine, n int, farEnd string) (ports []leg.Port, err error) {
	answer := []byte("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio " + farEnd + " RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n")
	for i := range n {
		p, err := e.Open(clickbridge.CallID(strconv.Itoa(i / 2)))
		if err != nil {
			return nil, err
		}
		if err := p.Answer(answer, "", false); err != nil {
			return nil, err
		}
		ports = append(ports, p)
	}
	return ports, nil
}

// obey records and stops recording as its standard input says.
func obey(ports []leg.Port) error {
	folder, err := os.MkdirTemp("", "clickbridge-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	quit, ended := chan struct{}(nil), make(chan error)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if lines.Text() == "record" {
			quit = make(chan struct{})
			all, err := listenAll(ports, folder)
			if err != nil {
				return err
			}
			go func() { ended <- recordAll(all, quit) }()
		} else {
			close(quit)
			if err := <-ended; err != nil {
				return err
			}
		}
		fmt.Println("done")
	}
	return nil
}

// recording is a call's file and the taps of its legs.
type recording struct {
	file     *os.File
	one, two leg.Tap
}

func listenAll(ports []leg.Port, folder string) (all []recording, err error) {
	for i := 0; i+1 < len(ports); i += 2 {
		f, err := os.Create(filepath.Join(folder, strconv.Itoa(i)))
		if err != nil {
			return nil, err
		}
		all = append(all, recording{f, ports[i].Listen(), ports[i+1].Listen()})
	}
	return all, nil
}

// recordAll writes what is heard, twice a second until quit.
func recordAll(all []recording, quit chan struct{}) (err error) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-quit:
			for _, r := range all {
				r.one.Close()
				r.two.Close()
				err = errors.Join(err, r.file.Close())
			}
			return err
		case <-tick.C:
		}
		for _, r := range all {
			err = errors.Join(err, r.write())
		}
	}
}

// write interleaves both sides.
func (r recording) write() error {
	var left, right [4800]byte
	var both [2 * len(left)]byte
	n := r.one.Read(left[:])
	n = r.two.Read(right[:n])
	for i := range n {
		both[2*i], both[2*i+1] = left[i], right[i]
	}
	_, err := r.file.Write(both[:2*n])
	return err
}
