package sdp

import (
	"fmt"
	"net/netip"
)

// Agreed is what both sides now hold: how to send to the far end and what to
// expect of it.
type Agreed struct {
	Remote netip.AddrPort // where it wants its audio; invalid when it gave a host name
	Codec  int            // PCMU or PCMA: what we send
	Event  int            // payload type it takes for keys, None without telephone-event
	Send   bool           // it wants to receive
	Recv   bool           // it will send
	OnHold bool           // sendonly, inactive or c=0.0.0.0
	PTime  int            // ms it asked for, 0 when it did not; we send 20 ms whatever it says
	Final  bool           // by the answer proper, not a provisional's
}

// Negotiation is the offer/answer state of one leg (RFC 3264). Its zero value is
// not usable; it is not safe for use by several goroutines.
type Negotiation struct {
	local   local
	agreed  *Agreed
	offered bool // an offer of ours waits for its answer
	final   bool // the first exchange is over
}

// New starts a negotiation for audio received at addr:port. session is the o=
// line's number, unique among our sessions.
func New(addr netip.Addr, port int, session uint64) *Negotiation {
	n := &Negotiation{local: local{addr: addr, port: port, session: session}, offered: true}
	n.local.initial = n.local.offer()
	return n
}

// Offer returns our first offer, the same bytes on every call.
func (n *Negotiation) Offer() []byte { return n.local.initial }

// Answer applies an answer. Until the final one, every provisional's replaces
// what was agreed before, whichever fork it came from. An answer that no offer
// waits for (a retransmission, a late fork) changes nothing.
func (n *Negotiation) Answer(body []byte, early bool) (*Agreed, error) {
	if !n.offered {
		return n.agreed, nil
	}
	d, err := parse(body)
	if err != nil {
		return nil, err
	}
	s, err := d.choose()
	if err != nil {
		return nil, err
	}
	a, err := n.agree(d, s)
	if err != nil {
		return nil, err
	}
	if !early {
		n.offered, n.final = false, true
	}
	a.Final = n.final
	n.agreed = a
	return a, nil
}

// Reoffer applies the far end's offer and returns our answer. An empty body
// asks for an offer of ours; its answer then comes to Answer. On an error
// nothing has changed (RFC 3264 8: the session goes on as it was).
func (n *Negotiation) Reoffer(body []byte) ([]byte, *Agreed, error) {
	if len(body) == 0 {
		n.offered = true
		n.local.version++
		return n.local.offer(), n.agreed, nil
	}
	d, err := parse(body)
	if err != nil {
		return nil, nil, err
	}
	s, err := d.choose()
	if err != nil {
		return nil, nil, err
	}
	a, err := n.agree(d, s)
	if err != nil {
		return nil, nil, err
	}
	a.Final = n.final
	n.agreed = a
	n.local.version++
	return n.local.answer(d, s, a), a, nil
}

// choose returns the first audio stream that can be used.
func (d *description) choose() (*stream, error) {
	for i := range d.streams {
		if d.streams[i].usable() {
			return &d.streams[i], nil
		}
	}
	for i := range d.streams {
		if s := &d.streams[i]; s.kind == "audio" {
			return nil, fmt.Errorf("%w: refused (port %d, %s)", ErrNoAudio, s.port, s.proto)
		}
	}
	return nil, ErrNoAudio
}

// agree works out what the description means for us. The codec in use is kept
// while the far end still lists it, so that a hold does not change it.
func (n *Negotiation) agree(d *description, s *stream) (*Agreed, error) {
	prefer := None
	if n.agreed != nil && n.final {
		prefer = n.agreed.Codec
	}
	codec, preferred, event := s.payloads(prefer)
	if preferred {
		codec = prefer
	}
	if codec == None {
		return nil, fmt.Errorf("%w: it lists %q", ErrNoCodec, s.formats)
	}
	addr := d.addr
	if s.hasAddr {
		addr = s.addr
	}
	a := &Agreed{Codec: codec, Event: event, PTime: s.ptime}
	nowhere := addr.IsValid() && addr.IsUnspecified() // RFC 2543's hold
	if addr.IsValid() && !nowhere {
		a.Remote = netip.AddrPortFrom(addr, uint16(s.port))
	}
	a.Send = !nowhere && (s.direction == SendRecv || s.direction == RecvOnly)
	a.Recv = s.direction == SendRecv || s.direction == SendOnly
	a.OnHold = nowhere || s.direction == SendOnly || s.direction == Inactive
	return a, nil
}
