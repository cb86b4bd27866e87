package record

import (
	"context"
	"sync"
	"time"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/media/g711"
)

// flushEvery is how often sound goes from the legs to the file: what a crash
// may cost. A tap keeps four times as much.
const flushEvery = time.Second

// Start records both sides of a bridge, the customer left and the agent right,
// until stop is called, which returns at once. It fails no call: the record says
// what went wrong.
func (b *Box) Start(ctx context.Context, r clickbridge.Recording, customer, agent leg.Media) (stop func()) {
	if !b.enter() {
		return func() {}
	}
	d := &duet{left: side{tap: customer.Listen()}, right: side{tap: agent.Listen()}}
	done := make(chan struct{})
	go func() {
		defer b.running.Done()
		b.recordCall(context.WithoutCancel(ctx), r, d, done)
	}()
	return sync.OnceFunc(func() { close(done) })
}

func (b *Box) recordCall(ctx context.Context, r clickbridge.Recording, d *duet, done <-chan struct{}) {
	defer d.close()
	r.Kind = clickbridge.RecordedCall
	r, t, err := b.begin(ctx, r, 2)
	if err == nil {
		err = d.pump(t, done)
	}
	b.finish(r, t, err)
}

// duet is two sides becoming one file.
type duet struct {
	left, right side
	frames      []byte // left, right, left, right …
}

// side is one leg's sound on its way.
type side struct {
	tap  leg.Tap
	kept []byte // heard, and waiting for the other side
	buf  [sampleRate / 4]byte
}

func (d *duet) close() {
	d.left.tap.Close()
	d.right.tap.Close()
}

// pump writes until done, or until the file takes no more.
func (d *duet) pump(t *track, done <-chan struct{}) error {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for last := false; !last; {
		select {
		case <-tick.C:
		case <-done:
			last = true
		}
		if err := t.write(d.mix(last)); err != nil {
			return err
		}
	}
	return nil
}

// apart is how much longer one side may be than the other before the shorter
// counts as silent: its leg has gone.
const apart = 2 * sampleRate

// mix returns what both sides have by now, as frames of two channels. At the
// end the shorter side falls silent.
func (d *duet) mix(last bool) []byte {
	a, b := d.left.hear(), d.right.hear()
	if last || a-b > apart || b-a > apart {
		d.left.pad(b)
		d.right.pad(a)
	}
	n := min(len(d.left.kept), len(d.right.kept))
	d.frames = d.frames[:0]
	for i := range n {
		d.frames = append(d.frames, d.left.kept[i], d.right.kept[i])
	}
	d.left.drop(n)
	d.right.drop(n)
	return d.frames
}

// hear takes all there is and returns how much waits.
func (s *side) hear() int {
	for {
		n := s.tap.Read(s.buf[:])
		if n == 0 {
			return len(s.kept)
		}
		s.kept = append(s.kept, s.buf[:n]...)
	}
}

func (s *side) pad(to int) {
	for len(s.kept) < to {
		s.kept = append(s.kept, g711.SilenceULaw)
	}
}

func (s *side) drop(n int) { s.kept = s.kept[:copy(s.kept, s.kept[n:])] }
