package voice

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// ErrNoAudio is returned for an offer without an audio stream in G.711.
var ErrNoAudio = errors.New("voice: no G.711 audio in the offer")

// Payload types of G.711, RFC 3551 6.
const (
	PCMU = 0
	PCMA = 8
)

// ownEventType is the telephone-event payload type of our own offers.
const ownEventType = 101

// description is what matters of one SDP body.
type description struct {
	remote    netip.AddrPort // not valid when there is no numeric address
	codecs    []int          // PCMU and PCMA in the order written
	event     int            // telephone-event payload type, -1 without
	direction string         // sendrecv, sendonly, recvonly, inactive
	media     int            // how many m= lines
	audio     int            // which of them is the audio, from 0
	lines     []string       // the m= lines, to be refused when not the audio
}

// parseSDP reads the first audio stream of a body (RFC 4566, RFC 3264).
func parseSDP(body []byte) (description, error) {
	d := description{event: -1, direction: "sendrecv", audio: -1}
	var session netip.Addr
	var addr netip.Addr
	var port int
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\r\n")
		if len(line) < 2 || line[1] != '=' {
			continue
		}
		inAudio := d.audio >= 0 && d.media == d.audio+1
		v := line[2:]
		switch line[0] {
		case 'c':
			ip := connection(v)
			if d.media == 0 {
				session = ip
			} else if inAudio {
				addr = ip
			}
		case 'm':
			d.lines = append(d.lines, v)
			d.media++
			if d.audio < 0 && strings.HasPrefix(v, "audio ") {
				d.audio = d.media - 1
				port = d.formats(v)
			}
		case 'a':
			if inAudio || d.media == 0 {
				d.attribute(v)
			}
		}
	}
	if !addr.IsValid() {
		addr = session
	}
	if addr.IsValid() && port > 0 && port < 65536 {
		d.remote = netip.AddrPortFrom(addr, uint16(port))
	}
	if addr.IsValid() && addr.IsUnspecified() {
		d.direction = "inactive" // hold as RFC 2543 wrote it
	}
	if len(d.codecs) == 0 || port == 0 {
		return d, ErrNoAudio
	}
	return d, nil
}

func connection(v string) netip.Addr {
	f := strings.Fields(v)
	if len(f) != 3 {
		return netip.Addr{}
	}
	ip, _ := netip.ParseAddr(f[2])
	return ip
}

// formats takes the port and the payload types of "audio 4000 RTP/AVP 0 8 101".
func (d *description) formats(v string) (port int) {
	f := strings.Fields(v)
	if len(f) < 4 {
		return 0
	}
	port, _ = strconv.Atoi(f[1])
	for _, pt := range f[3:] {
		switch pt {
		case "0":
			d.codecs = append(d.codecs, PCMU)
		case "8":
			d.codecs = append(d.codecs, PCMA)
		}
	}
	return port
}

func (d *description) attribute(v string) {
	switch v {
	case "sendrecv", "sendonly", "recvonly", "inactive":
		d.direction = v
		return
	}
	if rest, ok := strings.CutPrefix(v, "rtpmap:"); ok {
		pt, name, _ := strings.Cut(rest, " ")
		if strings.EqualFold(name, "telephone-event/8000") {
			if n, err := strconv.Atoi(pt); err == nil && n >= 0 && n < 128 {
				d.event = n
			}
		}
	}
}

// local is what our own description says.
type local struct {
	addr      netip.AddrPort
	codecs    []int
	event     int
	direction string
	version   int
	id        uint32
}

// bytes writes the description. refused are the m= lines of the offer it
// answers, of which the one numbered at is the audio; nil for an offer.
func (l local) bytes(refused []string, at int) []byte {
	ip := " IP4 " + l.addr.Addr().String() + "\r\n"
	b := make([]byte, 0, 384)
	b = append(b, "v=0\r\no=- "...)
	b = strconv.AppendUint(b, uint64(l.id), 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(l.version), 10)
	b = append(b, " IN"+ip+"s=-\r\nc=IN"+ip+"t=0 0\r\n"...)
	for i := range max(len(refused), 1) {
		if i == at {
			b = l.appendAudio(b)
			continue
		}
		// A stream we do not take keeps its place, with port 0 (RFC 3264 6).
		if f := strings.Fields(refused[i]); len(f) >= 4 {
			b = append(b, "m="+f[0]+" 0 "+f[2]+" "+f[3]+"\r\n"...)
		}
	}
	return b
}

func (l local) appendAudio(b []byte) []byte {
	b = append(b, "m=audio "...)
	b = strconv.AppendUint(b, uint64(l.addr.Port()), 10)
	b = append(b, " RTP/AVP"...)
	types := l.codecs
	if l.event >= 0 {
		types = append(append([]int(nil), types...), l.event)
	}
	for _, pt := range types {
		b = append(b, ' ')
		b = strconv.AppendInt(b, int64(pt), 10)
	}
	for _, pt := range types {
		b = append(b, "\r\na=rtpmap:"...)
		b = strconv.AppendInt(b, int64(pt), 10)
		b = append(b, " "+payloadName(pt)+"/8000"...)
	}
	if l.event >= 0 {
		b = append(b, "\r\na=fmtp:"...)
		b = strconv.AppendInt(b, int64(l.event), 10)
		b = append(b, " 0-15"...)
	}
	return append(b, "\r\na=ptime:20\r\na="+l.direction+"\r\n"...)
}

func payloadName(pt int) string {
	switch pt {
	case PCMU:
		return "PCMU"
	case PCMA:
		return "PCMA"
	}
	return "telephone-event"
}

// mirror returns the direction that answers the one offered (RFC 3264 6.1).
func mirror(offered string) string {
	switch offered {
	case "sendonly":
		return "recvonly"
	case "recvonly":
		return "sendonly"
	}
	return offered
}
