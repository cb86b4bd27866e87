package mp3

// The versions, by their bits in a header.
const (
	mpeg25 = 0
	mpeg2  = 2
	mpeg1  = 3
)

// header is a frame's first four bytes (ISO/IEC 11172-3 2.4.1.3).
type header struct {
	version, layer   int
	rate, channels   int
	size             int // of the whole frame, in bytes; 0 = free format
	crc              bool
	middle, pictured bool // middle/side stereo, intensity stereo
	kilobits         int
}

// bitRates are kbit/s of Layer III by the header's index, and of the lower
// sampling frequencies.
var bitRates = [2][15]int{
	{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
	{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
}

// low reports whether it has one of the lower sampling frequencies, and so one
// granule a frame.
func (h header) low() bool { return h.version != mpeg1 }

func (h header) granules() int {
	if h.low() {
		return 1
	}
	return 2
}

// sideSize is the length of the side information in bytes.
func (h header) sideSize() int {
	switch {
	case h.low() && h.channels == 1:
		return 9
	case !h.low() && h.channels == 2:
		return 32
	}
	return 17
}

// like reports whether two frames can be of one stream.
func (h header) like(o header) bool {
	return h.version == o.version && h.layer == o.layer && h.rate == o.rate
}

func parseHeader(b []byte) (header, bool) {
	if len(b) < 4 || b[0] != 0xFF || b[1]&0xE0 != 0xE0 {
		return header{}, false
	}
	h := header{version: int(b[1] >> 3 & 3), layer: 4 - int(b[1]>>1&3), crc: b[1]&1 == 0, channels: 2}
	bitRate, rate := int(b[2]>>4), int(b[2]>>2&3)
	if h.version == 1 || h.layer == 4 || bitRate == 15 || rate == 3 || b[3]&3 == 2 {
		return header{}, false
	}
	h.rate = [3]int{44100, 48000, 32000}[rate]
	perFrame, table := 144, 0
	if h.low() {
		h.rate /= 2
		perFrame, table = 72, 1
	}
	if h.version == mpeg25 {
		h.rate /= 2
	}
	mode := b[3] >> 6
	if mode == 3 {
		h.channels = 1
	}
	if mode == 1 {
		h.pictured, h.middle = b[3]&0x10 != 0, b[3]&0x20 != 0
	}
	if h.layer == 3 {
		h.kilobits = bitRates[table][bitRate]
		h.size = perFrame * h.kilobits * 1000 / h.rate
		if h.size > 0 {
			h.size += int(b[2] >> 1 & 1)
		}
	}
	return h, true
}
