package amd

import (
	"context"
	"time"

	"clickbridge/leg"
)

// every is how often a tap is read.
const every = 40 * time.Millisecond

// Machines listens to legs. The zero value is ready.
type Machines struct{}

// Listen reads the tap until it knows what answered, Limit of sound has been
// heard, or ctx is done; it says true for a machine only. It leaves the tap open.
func (Machines) Listen(ctx context.Context, t leg.Tap) (machine bool) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	end := time.NewTimer(Limit)
	defer end.Stop()
	var d Detector
	sound := make([]byte, 4*frameSize)
	for {
		over := false
		select {
		case <-ctx.Done():
			return false
		case <-end.C:
			over = true
		case <-ticks.C:
		}
		for n := t.Read(sound); n > 0; n = t.Read(sound) {
			if v := d.Write(sound[:n]); v != Unknown {
				return v == Machine
			}
		}
		if over {
			return false
		}
	}
}
