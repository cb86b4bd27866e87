package sdp

import (
	"fmt"
	"net/netip"
	"strings"
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

func (l *local) head(b *strings.Builder) {
	family := "IP4"
	if l.addr.Is6() {
		family = "IP6"
	}
	// RFC 3264 8: the version rises by one with every description.
	fmt.Fprintf(b, "v=0\r\no=- %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n",
		l.session, l.version+1, family, l.addr, family, l.addr)
}

// offer is everything we can do.
func (l *local) offer() []byte {
	var b strings.Builder
	l.head(&b)
	fmt.Fprintf(&b, "m=audio %d RTP/AVP %d %d %d\r\n", l.port, PCMU, PCMA, EventType)
	codecLine(&b, PCMU)
	codecLine(&b, PCMA)
	eventLines(&b, EventType)
	b.WriteString("a=ptime:20\r\na=sendrecv\r\n")
	return []byte(b.String())
}

// answer repeats the offer's streams in their order, all but s refused with
// port 0 (RFC 3264 6), and s with one codec and its own payload types.
func (l *local) answer(d *description, s *stream, a *Agreed) []byte {
	var b strings.Builder
	l.head(&b)
	for i := range d.streams {
		m := &d.streams[i]
		if m != s {
			formats := m.formats
			if formats == "" {
				formats = "0"
			}
			fmt.Fprintf(&b, "m=%s 0 %s %s\r\n", m.kind, m.proto, formats)
			continue
		}
		fmt.Fprintf(&b, "m=audio %d %s %d", l.port, m.proto, a.Codec)
		if a.Event != None {
			fmt.Fprintf(&b, " %d", a.Event)
		}
		b.WriteString("\r\n")
		codecLine(&b, a.Codec)
		if a.Event != None {
			eventLines(&b, a.Event)
		}
		fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", mirror(s.direction))
	}
	return []byte(b.String())
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

func codecLine(b *strings.Builder, pt int) {
	name := "PCMU"
	if pt == PCMA {
		name = "PCMA"
	}
	fmt.Fprintf(b, "a=rtpmap:%d %s/8000\r\n", pt, name)
}

func eventLines(b *strings.Builder, pt int) {
	fmt.Fprintf(b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-16\r\n", pt, pt)
}
