package media

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"clickbridge/leg"
	"clickbridge/media/rtp"
	"clickbridge/media/sdp"
)

// port is the handle the rest of the program holds of a session: it speaks
// SDP in the caller's goroutine and hands the rest to the shard.
type port struct {
	engine  *Engine
	session *session
	number  int

	mu          sync.Mutex // guards what follows
	negotiation *sdp.Negotiation
	agreed      sdp.Agreed
	known       bool // something is agreed
	closed      bool
}

var _ leg.Port = (*port)(nil)

// run hands f to the shard.
func (p *port) run(f func()) bool { return p.session.shard.loop.run(f) }

// Offer implements leg.Negotiator.
func (p *port) Offer() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.negotiation.Offer()
}

// Answer implements leg.Negotiator.
func (p *port) Answer(body []byte, fork string, early bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, err := p.negotiation.Answer(body, early)
	if err != nil {
		return fmt.Errorf("media: answer: %w", err)
	}
	p.apply(a)
	return nil
}

// Reoffer implements leg.Negotiator.
func (p *port) Reoffer(body []byte) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer, a, err := p.negotiation.Reoffer(body)
	if err != nil {
		return nil, fmt.Errorf("media: offer: %w", err)
	}
	p.apply(a)
	return answer, nil
}

// apply tells the shard what was agreed, in the order it was.
func (p *port) apply(a *sdp.Agreed) {
	if a == nil {
		return
	}
	agreed := *a
	p.agreed, p.known = agreed, true
	p.run(func() { p.session.negotiated(agreed) })
}

// Key implements leg.Negotiator.
func (p *port) Key(k leg.Key) { p.run(func() { p.session.info(k) }) }

// Play implements leg.Media.
func (p *port) Play(clips []*leg.Clip, loop bool) <-chan struct{} {
	done := make(chan struct{})
	if !p.run(func() { p.session.play(clips, loop, done) }) {
		close(done)
	}
	return done
}

// Stop implements leg.Media.
func (p *port) Stop() { p.run(func() { p.session.stop() }) }

// Hear implements leg.Media. A source of another engine or call is as good as
// none.
func (p *port) Hear(source leg.Media) {
	other := p.neighbour(source)
	if other == nil && source != nil {
		p.engine.log.Error("media: cannot hear: not a port of the same call", "local_port", p.number)
	}
	p.run(func() { p.session.hear(other) })
}

// Bridge implements leg.Media. Legs of different calls may live on different
// shards and cannot be bridged; asking for it is a mistake of the caller's and
// is logged.
func (p *port) Bridge(peer leg.Media) {
	other := p.neighbour(peer)
	if other == nil {
		p.engine.log.Error("media: cannot bridge: not a port of the same call", "local_port", p.number)
		return
	}
	p.run(func() { p.session.bridge(other) })
}

// neighbour returns the session of a port on the same shard, or nil.
func (p *port) neighbour(m leg.Media) *session {
	if o, ok := m.(*port); ok && o != nil && o.session.shard == p.session.shard {
		return o.session
	}
	return nil
}

// Keys implements leg.Media.
func (p *port) Keys() <-chan leg.Key { return p.session.keys }

// Stats implements leg.Media. The counters are read one by one while the shard
// works: each is right, together they may be a packet apart.
func (p *port) Stats() leg.Stats {
	p.mu.Lock()
	agreed, known := p.agreed, p.known
	p.mu.Unlock()
	s := p.session
	st := leg.Stats{
		PacketsIn: s.packetsIn.Load(), PacketsOut: s.packetsOut.Load(),
		BytesIn: s.bytesIn.Load(), BytesOut: s.bytesOut.Load(),
		DroppedIn: s.droppedIn.Load(), LocalPort: p.number,
	}
	if at := s.lastIn.Load(); at != 0 {
		st.LastIn = p.engine.start.Add(time.Duration(at))
	}
	if !known {
		return st
	}
	st.OnHold = agreed.OnHold
	st.TelephoneEventsAccepted = agreed.Event != sdp.None
	st.Codec = "PCMU"
	if agreed.Codec == sdp.PCMA {
		st.Codec = "PCMA"
	}
	if to := s.remote.load(); to.IsValid() {
		st.RemoteAddr = to.String()
	}
	return st
}

// Close implements leg.Port.
func (p *port) Close() {
	p.mu.Lock()
	was := p.closed
	p.closed = true
	p.mu.Unlock()
	if was {
		return
	}
	retired := p.run(func() {
		if p.session.end() {
			p.engine.retire(p.session.shard, p.number, p.session.sock)
		} else {
			p.engine.ports.release(p.number)
		}
	})
	if !retired {
		p.engine.ports.release(p.number)
	}
}

// freshTimeline starts a stream at numbers nobody can guess (RFC 3550 5.1).
func freshTimeline() rtp.Timeline {
	return rtp.NewTimeline(rand.Uint32(), uint16(rand.Uint32()), rand.Uint32())
}
