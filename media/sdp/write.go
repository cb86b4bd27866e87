package sdp

import (
	"net/netip"
	"strconv"
)

// EventType is the payload type we offer for telephone-event: what the far
// end sends us its keys with.
const EventType = 101

// local is our half: what stays the same in every description we write.
type local struct {
	addr    netip.Addr
	port    int
	session uint64
	version uint64
	initial []byte // the first offer
}

// writer appends to a description. Every leg has one written, so it does
// without fmt, which takes four times as long and seven times the allocations.
type writer []byte

func (w *writer) text(parts ...string) {
	for _, s := range parts {
		*w = append(*w, s...)
	}
}

func (w *writer) number(n int)      { *w = strconv.AppendInt(*w, int64(n), 10) }
func (w *writer) serial(n uint64)   { *w = strconv.AppendUint(*w, n, 10) }
func (w *writer) addr(a netip.Addr) { *w = a.AppendTo(*w) }

func (w *writer) head(l *local) {
	family := "IP4 "
	if l.addr.Is6() {
		family = "IP6 "
	}
	w.text("v=0\r\no=- ")
	w.serial(l.session)
	w.text(" ")
	w.serial(l.version + 1) // RFC 3264 8: it rises by one with every description
	w.text(" IN ", family)
	w.addr(l.addr)
	w.text("\r\ns=-\r\nc=IN ", family)
	w.addr(l.addr)
	w.text("\r\nt=0 0\r\n")
}

func (w *writer) codec(pt int) {
	name := " PCMU"
	if pt == PCMA {
		name = " PCMA"
	}
	w.text("a=rtpmap:")
	w.number(pt)
	w.text(name, "/8000\r\n")
}

func (w *writer) event(pt int) {
	w.text("a=rtpmap:")
	w.number(pt)
	w.text(" telephone-event/8000\r\na=fmtp:")
	w.number(pt)
	w.text(" 0-16\r\n")
}

// descriptionSize holds what we write without growing.
const descriptionSize = 320

// offer is everything we can do.
func (l *local) offer() []byte {
	w := make(writer, 0, descriptionSize)
	w.head(l)
	w.text("m=audio ")
	w.number(l.port)
	w.text(" RTP/AVP")
	for _, pt := range [...]int{PCMU, PCMA, EventType} {
		w.text(" ")
		w.number(pt)
	}
	w.text("\r\n")
	w.codec(PCMU)
	w.codec(PCMA)
	w.event(EventType)
	w.text("a=ptime:20\r\na=sendrecv\r\n")
	return w
}

// answer repeats the offer's streams in their order, all but s refused with
// port 0 (RFC 3264 6), and s with one codec and its own payload types.
func (l *local) answer(d *description, s *stream, a *Agreed) []byte {
	w := make(writer, 0, descriptionSize)
	w.head(l)
	for i := range d.streams {
		m := &d.streams[i]
		if m == s {
			w.accepted(l, s, a)
			continue
		}
		formats := m.formats
		if formats == "" {
			formats = "0"
		}
		w.text("m=", m.kind, " 0 ", m.proto, " ", formats, "\r\n")
	}
	return w
}

// accepted writes the one stream we take.
func (w *writer) accepted(l *local, s *stream, a *Agreed) {
	w.text("m=audio ")
	w.number(l.port)
	w.text(" ", s.proto, " ")
	w.number(a.Codec)
	if a.Event != None {
		w.text(" ")
		w.number(a.Event)
	}
	w.text("\r\n")
	w.codec(a.Codec)
	if a.Event != None {
		w.event(a.Event)
	}
	w.text("a=ptime:20\r\na=", mirror(s.direction).String(), "\r\n")
}

// mirror returns our direction for theirs (RFC 3264 6.1).
func mirror(d Direction) Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	}
	return d
}
