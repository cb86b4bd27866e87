//go:build linux && !386 && !s390x

package media

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"clickbridge/leg"
)

// BenchmarkRecord is what recording adds to 200 bridged calls: both sides of
// each are read twice a second and written to a file, mu-law, interleaved.
// Calls are recorded and not recorded by turns, so that a busy machine is as
// busy with both.
func BenchmarkRecord(b *testing.B) {
	const calls, turns = 200, 4
	far := startFarEnd(b)
	r := newRig(b, false)
	r.open(b, 2*calls, far.port)
	r.bridge()
	far.send(b, r.numbers())
	folder := b.TempDir()
	wait := func(d time.Duration) time.Duration {
		u0, s0 := processTime(b)
		<-time.After(d)
		u, s := processTime(b)
		return u + s - u0 - s0
	}
	wait(time.Second)
	for b.Loop() {
		var with, without time.Duration
		for range turns {
			without += wait(benchTime)
			var all []recording
			for i := range calls {
				f, err := os.Create(filepath.Join(folder, fmt.Sprint(i)))
				if err != nil {
					b.Fatal(err)
				}
				all = append(all, recording{f, r.ports[2*i].Listen(), r.ports[2*i+1].Listen()})
			}
			quit, ended := make(chan struct{}), make(chan error)
			go func() { ended <- record(all, quit) }()
			with += wait(benchTime)
			close(quit)
			if err := <-ended; err != nil {
				b.Fatal(err)
			}
		}
		share := func(d time.Duration) float64 { return 100 * d.Seconds() / (turns * benchTime).Seconds() }
		b.ReportMetric(share(without), "%core-relay")
		b.ReportMetric(share(with)-share(without), "%core-record")
		b.ReportMetric(0, "ns/op")
	}
	r.engine.Close()
}

// recording is a call's file and the taps of its legs.
type recording struct {
	file     *os.File
	one, two leg.Tap
}

// record writes what is heard to the files, twice a second until quit.
func record(all []recording, quit chan struct{}) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-quit:
			for _, r := range all {
				r.one.Close()
				r.two.Close()
				r.file.Close()
			}
			return nil
		case <-tick.C:
		}
		for _, r := range all {
			if err := r.write(); err != nil {
				return err
			}
		}
	}
}

func (r recording) write() error {
	var left, right [4096]byte
	var both [8192]byte
	n := r.one.Read(left[:])
	n = r.two.Read(right[:n])
	for i := range n {
		both[2*i], both[2*i+1] = left[i], right[i]
	}
	_, err := r.file.Write(both[:2*n])
	return err
}

// BenchmarkTap is what a tap costs a packet, and a reader.
func BenchmarkTap(b *testing.B) {
	for _, law := range []uint8{pcmuType, pcmaType} {
		b.Run(fmt.Sprint("write law ", law), func(b *testing.B) {
			sh, s := standing(int(law))
			tp := listening(s[0])
			h := arrival{payload: make([]byte, frameSize)}.header
			h.Type = law
			payload, buf := make([]byte, frameSize), make([]byte, 4096)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				sh.now += frameTime
				if n%25 == 0 {
					tp.read(buf, sh.now)
				}
				tp.hear(h, payload, sh.now)
				h.Seq, h.TS = h.Seq+1, h.TS+frameSize
			}
		})
	}
	b.Run("read half a second", func(b *testing.B) {
		sh, s := standing(pcmuType)
		tp := listening(s[0])
		var buf [4096]byte
		for b.Loop() {
			sh.now += 500e6
			tp.read(buf[:], sh.now)
		}
	})
}
