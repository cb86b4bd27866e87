// Package sdp reads and writes the session descriptions of one telephone leg:
// G.711 audio with telephone-event over RTP/AVP (RFC 8866, RFC 3264, RFC 4733).
// It is pure: text in, text and a verdict out. The media engine calls it; sockets
// and streams are not its business.
//
// The parser is our own because a leg needs five lines of a description and
// must live with carriers that write the others wrongly: pion/sdp refuses a body
// without s= or t=, and one whose t= stands before c=. It also makes
// three allocations where pion/sdp makes 15, which matters less.
package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Errors of descriptions that cannot be used. The text of the wrapping error
// says what was found.
var (
	// ErrMalformed: not a session description at all.
	ErrMalformed = errors.New("not a session description")
	// ErrNoAudio: no audio stream, or the far end refused it with port 0.
	ErrNoAudio = errors.New("no audio stream")
	// ErrNoCodec: audio, but neither PCMU nor PCMA.
	ErrNoCodec = errors.New("no common codec")
)

// Payload types of G.711 and comfort noise (RFC 3551 6).
const (
	PCMU = 0
	PCMA = 8
	CN   = 13
)

// None stands for "no payload type".
const None = -1

// Direction of a stream as its description's author sees it (RFC 3264 5.1).
type Direction uint8

// The directions.
const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)

var directionNames = [...]string{"sendrecv", "sendonly", "recvonly", "inactive"}

func (d Direction) String() string { return directionNames[d] }

// maxBody is the longest description that is read: a SIP message over UDP
// cannot carry more.
const maxBody = 64 << 10

// maxMedia is how many streams of a description are kept; an answer has to
// repeat them all (RFC 3264 6).
const maxMedia = 16

// stream is one m= section.
type stream struct {
	kind, proto, formats string
	port                 int
	addr                 netip.Addr
	hasAddr              bool
	direction            Direction
	maps                 []rtpmap
	few                  [4]rtpmap // room for the first of them
	ptime                int
}

// rtpmap is one a=rtpmap line.
type rtpmap struct {
	pt   int
	name string
}

// description is what is kept of a body.
type description struct {
	addr      netip.Addr // session-level c=
	direction Direction  // session-level
	streams   []stream
	one       [1]stream // room for the first of them
}

// parse reads a body. Lines it does not know are skipped; only what it needs
// may make it fail.
func parse(body []byte) (*description, error) {
	if len(body) > maxBody {
		return nil, fmt.Errorf("%w: %d bytes", ErrMalformed, len(body))
	}
	d := &description{}
	d.streams = d.one[:0]
	seen := false
	for rest, line := string(body), ""; rest != ""; {
		line, rest, _ = strings.Cut(rest, "\n")
		line = strings.TrimSpace(line)
		if len(line) < 2 || line[1] != '=' {
			continue
		}
		value := strings.TrimSpace(line[2:])
		switch line[0] {
		case 'v':
			seen = true
		case 'c':
			d.connection(value)
		case 'm':
			if err := d.media(value); err != nil {
				return nil, err
			}
		case 'a':
			d.attribute(value)
		}
	}
	if !seen {
		return nil, fmt.Errorf("%w: no v= line", ErrMalformed)
	}
	return d, nil
}

// connection reads "IN IP4 192.0.2.1", at session or media level. A host name
// is not resolved: the address is then learned from the first packet.
func (d *description) connection(value string) {
	_, rest := word(value)
	_, rest = word(rest)
	host, _ := word(rest)
	if host == "" {
		return
	}
	host, _, _ = strings.Cut(host, "/") // a multicast TTL
	addr, err := netip.ParseAddr(host)
	if err != nil {
		addr = netip.Addr{}
	}
	addr = addr.Unmap().WithZone("")
	if n := len(d.streams); n > 0 {
		d.streams[n-1].addr, d.streams[n-1].hasAddr = addr, true
		return
	}
	d.addr = addr
}

// media reads "audio 49170 RTP/AVP 0 8 101".
func (d *description) media(value string) error {
	kind, rest := word(value)
	portText, rest := word(rest)
	proto, formats := word(rest)
	if proto == "" {
		return fmt.Errorf("%w: m=%s", ErrMalformed, value)
	}
	number, _, _ := strings.Cut(portText, "/")
	port, err := strconv.Atoi(number)
	if err != nil || port < 0 || port > 65535 {
		return fmt.Errorf("%w: port %q", ErrMalformed, portText)
	}
	if len(d.streams) == maxMedia {
		return fmt.Errorf("%w: more than %d streams", ErrMalformed, maxMedia)
	}
	d.streams = append(d.streams, stream{
		kind: strings.ToLower(kind), port: port, proto: proto,
		formats: formats, direction: d.direction,
	})
	return nil
}

func (d *description) attribute(value string) {
	name, rest, _ := strings.Cut(value, ":")
	name = strings.ToLower(strings.TrimSpace(name))
	for i, n := range directionNames {
		if n == name {
			d.setDirection(Direction(i))
			return
		}
	}
	if len(d.streams) == 0 {
		return
	}
	s := &d.streams[len(d.streams)-1]
	switch name {
	case "rtpmap":
		s.addMap(strings.TrimSpace(rest))
	case "ptime":
		if ms, err := strconv.Atoi(strings.TrimSpace(rest)); err == nil && ms >= 10 && ms <= 60 {
			s.ptime = ms
		}
	}
}

func (d *description) setDirection(dir Direction) {
	if n := len(d.streams); n > 0 {
		d.streams[n-1].direction = dir
		return
	}
	d.direction = dir
}

// addMap reads "101 telephone-event/8000".
func (s *stream) addMap(value string) {
	number, rest := word(value)
	name, _ := word(rest)
	if name == "" {
		return
	}
	if s.maps == nil {
		s.maps = s.few[:0]
	}
	if pt, err := strconv.Atoi(number); err == nil && pt >= 0 && pt < 128 {
		s.maps = append(s.maps, rtpmap{pt, strings.TrimSuffix(name, "/1")})
	}
}

// word cuts the first word off s, which does not begin with a space.
func word(s string) (first, rest string) {
	end := 0
	for end < len(s) && s[end] != ' ' && s[end] != '\t' {
		end++
	}
	next := end
	for next < len(s) && (s[next] == ' ' || s[next] == '\t') {
		next++
	}
	return s[:end], s[next:]
}

// usable reports whether the stream is plain audio that was not refused.
func (s *stream) usable() bool {
	return s.kind == "audio" && s.port != 0 &&
		(strings.EqualFold(s.proto, "RTP/AVP") || strings.EqualFold(s.proto, "RTP/AVPF"))
}

// payloads returns the stream's first G.711 payload type in its author's
// order, whether prefer is among them, and its telephone-event at 8 kHz.
func (s *stream) payloads(prefer int) (codec int, preferred bool, event int) {
	codec, event = None, None
	for first, rest := word(s.formats); first != ""; first, rest = word(rest) {
		pt, err := strconv.Atoi(first)
		if err != nil || pt < 0 || pt > 127 {
			continue
		}
		name := s.nameOf(pt)
		switch {
		case strings.EqualFold(name, "PCMU/8000"), strings.EqualFold(name, "PCMA/8000"):
			// G.711 under a dynamic number is not offered by anyone we know
			// of, and taking only 0 and 8 keeps a packet's type its law.
			if pt != PCMU && pt != PCMA {
				continue
			}
			preferred = preferred || pt == prefer
			if codec == None {
				codec = pt
			}
		case strings.EqualFold(name, "telephone-event/8000"):
			if event == None {
				event = pt
			}
		}
	}
	return codec, preferred, event
}

// nameOf returns what a payload type means here: its rtpmap, or the static
// meaning of 0 and 8 (RFC 3551 6), which need no map.
func (s *stream) nameOf(pt int) string {
	for _, m := range s.maps {
		if m.pt == pt {
			return m.name
		}
	}
	switch pt {
	case PCMU:
		return "PCMU/8000"
	case PCMA:
		return "PCMA/8000"
	}
	return ""
}
