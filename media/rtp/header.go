// Package rtp reads and writes RTP packets (RFC 3550) and the telephone events
// in them (RFC 4733), without allocating and without sockets: the media engine's
// inner functions, kept apart so that they can be fuzzed and measured alone.
//
// It is not pion/rtp because the relay writes a fresh twelve-byte header before
// a payload it never copies twice; there is no packet object to fill.
package rtp

import (
	"encoding/binary"
	"errors"
)

// HeaderSize is the size of the headers we write: no CSRC, no extension.
const HeaderSize = 12

// ErrPacket is returned for bytes that are not an RTP packet with a payload.
var ErrPacket = errors.New("not an RTP packet")

// Header is what the relay needs of a packet's header.
type Header struct {
	Marker bool
	Type   uint8 // payload type, 0-127
	Seq    uint16
	TS     uint32
	SSRC   uint32
}

// Parse reads a packet's header and returns its payload, without CSRCs,
// extension and padding (RFC 3550 5.1). The payload is never empty and lies
// within b.
func Parse(b []byte) (h Header, payload []byte, err error) {
	if len(b) < HeaderSize || b[0]>>6 != 2 {
		return h, nil, ErrPacket
	}
	h = Header{
		Marker: b[1]&0x80 != 0,
		Type:   b[1] & 0x7F,
		Seq:    binary.BigEndian.Uint16(b[2:]),
		TS:     binary.BigEndian.Uint32(b[4:]),
		SSRC:   binary.BigEndian.Uint32(b[8:]),
	}
	start := HeaderSize + 4*int(b[0]&0x0F)
	if b[0]&0x10 != 0 {
		if len(b) < start+4 {
			return h, nil, ErrPacket
		}
		start += 4 + 4*int(binary.BigEndian.Uint16(b[start+2:]))
	}
	end := len(b)
	if b[0]&0x20 != 0 {
		end -= int(b[end-1])
		if b[len(b)-1] == 0 {
			return h, nil, ErrPacket
		}
	}
	if start >= end {
		return h, nil, ErrPacket
	}
	return h, b[start:end], nil
}

// Put writes the header to the first HeaderSize bytes of b.
func (h Header) Put(b []byte) {
	b[0] = 2 << 6
	b[1] = h.Type
	if h.Marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], h.Seq)
	binary.BigEndian.PutUint32(b[4:], h.TS)
	binary.BigEndian.PutUint32(b[8:], h.SSRC)
}
