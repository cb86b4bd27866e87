package record

import (
	"context"
	"time"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/media/g711"
)

const (
	// listenEvery is how often a message is looked at for its end.
	listenEvery = 250 * time.Millisecond
	// quietEnds is how long a silence ends a message.
	quietEnds = 8 * time.Second
	// endKey ends a message.
	endKey leg.Key = '#'
)

// Message records what one leg says until it hangs up, presses #, falls silent
// for 8 s, has talked for max, or ctx is done. The record is in the store before
// the first sample. A message nobody spoke is a failed recording. The error is
// of the recording only; whatever was kept is returned.
func (b *Box) Message(ctx context.Context, r clickbridge.Recording, from leg.Leg, max time.Duration) (clickbridge.Recording, error) {
	if !b.enter() {
		return r, context.Canceled
	}
	defer b.running.Done()
	tap := from.Media().Listen()
	defer tap.Close()
	r.Kind = clickbridge.RecordedVoicemail
	r, t, err := b.begin(context.WithoutCancel(ctx), r, 1)
	if err != nil {
		return b.finish(r, t, err), err
	}
	m := message{tap: tap, track: t}
	err = m.take(ctx, from, max)
	if err == nil && !m.spoken {
		r.Note, t.size = "nobody spoke", 0
	}
	return b.finish(r, t, err), err
}

// message is one being left.
type message struct {
	tap    leg.Tap
	track  *track
	buf    [sampleRate]byte
	spoken bool
	quiet  time.Duration // since the last word
}

func (m *message) take(ctx context.Context, from leg.Leg, max time.Duration) error {
	tick := time.NewTicker(listenEvery)
	defer tick.Stop()
	limit := time.NewTimer(max)
	defer limit.Stop()
	for {
		var over bool
		select {
		case <-tick.C:
		case k := <-from.Media().Keys():
			over = k == endKey
		case <-limit.C:
			over = true
		case <-from.Context().Done():
			over = true
		case <-ctx.Done():
			over = true
		}
		if err := m.hear(); err != nil {
			return err
		}
		if over || m.quiet >= quietEnds {
			return nil
		}
	}
}

// hear writes all there is and notices words.
func (m *message) hear() error {
	for {
		n := m.tap.Read(m.buf[:])
		if n == 0 {
			return nil
		}
		if err := m.track.write(m.buf[:n]); err != nil {
			return err
		}
		if loud(m.buf[:n]) {
			m.spoken, m.quiet = true, 0
		} else {
			m.quiet += length(int64(n), 1)
		}
	}
}

// word is the mean square, over 20 ms, that room noise does not reach and
// speech does: -40 dBFS.
const word = 330 * 330

// loud reports whether somebody speaks in the sound.
func loud(sound []byte) bool {
	const frame = sampleRate / 50
	for ; len(sound) >= frame; sound = sound[frame:] {
		sum := 0
		for _, b := range sound[:frame] {
			s := int(g711.DecodeULaw(b))
			sum += s * s
		}
		if sum > word*frame {
			return true
		}
	}
	return false
}
