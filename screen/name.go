package screen

import (
	"context"
	"time"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/media/g711"
)

// How a name is heard.
const (
	nameTime  = 4 * time.Second        // at most
	nameKey   = '#'                    // ends it
	nameQuiet = 1 * time.Second        // of silence after a word end it
	nameLeast = 160 * time.Millisecond // of sound; less is a click on the line
	nameEvery = 100 * time.Millisecond // how often it is looked at
	frameTime = 20 * time.Millisecond
	frame     = int(8000 * frameTime / time.Second) // samples
	loudness  = 330                                 // mean amplitude of a frame that is speech, about -40 dBFS
)

// Name asks a caller for their name and returns what they said, nil when they
// said nothing: 4 s at most, ended by a second of silence after a word, or #.
// The cause says that the leg or ctx has ended.
func Name(ctx context.Context, l leg.Leg, ask []*leg.Clip) (*leg.Clip, *clickbridge.Cause) {
	m := l.Media()
	defer m.Stop()
	var n name
	if err := n.listen(ctx, l, m.Play(ask, false)); err != nil {
		return nil, err
	}
	return n.clip(), nil
}

// name is what was heard so far.
type name struct {
	sound       []byte
	seen        int // samples whose loudness is known
	first, last int // bounds of the speech; last 0 = none yet
	loud        int // frames of speech
}

func (n *name) listen(ctx context.Context, l leg.Leg, asked <-chan struct{}) *clickbridge.Cause {
	tick := time.NewTicker(nameEvery)
	defer tick.Stop()
	var tap leg.Tap
	for {
		select {
		case <-asked:
			asked, tap = nil, l.Media().Listen()
			defer tap.Close()
		case <-tick.C:
			if tap != nil && n.hear(tap) {
				return nil
			}
		case k := <-l.Media().Keys():
			if k == nameKey && tap != nil {
				n.hear(tap)
				return nil
			}
		case <-l.Context().Done():
			return clickbridge.CauseOf(context.Cause(l.Context()))
		case <-ctx.Done():
			return clickbridge.CauseOf(context.Cause(ctx))
		}
	}
}

// hear takes what is new and reports whether it is enough.
func (n *name) hear(tap leg.Tap) bool {
	var buf [2048]byte
	for {
		got := tap.Read(buf[:])
		if got == 0 {
			break
		}
		n.sound = append(n.sound, buf[:got]...)
	}
	for ; n.seen+frame <= len(n.sound); n.seen += frame {
		if !spoken(n.sound[n.seen : n.seen+frame]) {
			continue
		}
		if n.last == 0 {
			n.first = n.seen
		}
		n.last = n.seen + frame
		n.loud++
	}
	quiet := time.Duration(len(n.sound)-n.last) * time.Second / 8000
	said := n.enough() && quiet >= nameQuiet
	return said || time.Duration(len(n.sound))*time.Second/8000 >= nameTime
}

func (n *name) enough() bool { return time.Duration(n.loud)*frameTime >= nameLeast }

func spoken(sound []byte) bool {
	sum := 0
	for _, b := range sound {
		v := int(g711.DecodeULaw(b))
		sum += max(v, -v)
	}
	return sum > loudness*len(sound)
}

// clip cuts the silence before and after off, but for a breath.
func (n *name) clip() *leg.Clip {
	if !n.enough() {
		return nil
	}
	const breath = 5 * frame
	ulaw := n.sound[max(0, n.first-breath):min(len(n.sound), n.last+breath)]
	return &leg.Clip{Name: "caller-name", ULaw: ulaw, ALaw: g711.ToALaw(ulaw)}
}
