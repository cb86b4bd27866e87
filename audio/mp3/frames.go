package mp3

import (
	"bytes"
	"fmt"
)

// frames finds one frame after another.
type frames struct {
	data   []byte
	at     int
	stream *header // what the first frame was
	seen   *header // a header that was met and cannot be used
}

func newFrames(data []byte) *frames { return &frames{data: skipTag(data)} }

// skipTag leaves out ID3 tags in front (ID3v2.4 3.1).
func skipTag(data []byte) []byte {
	for len(data) >= 10 && bytes.HasPrefix(data, []byte("ID3")) {
		n := 10 + (int(data[6]&0x7F)<<21 | int(data[7]&0x7F)<<14 | int(data[8]&0x7F)<<7 | int(data[9]&0x7F))
		data = data[min(n, len(data)):]
	}
	return data
}

// next returns the next frame and what follows its header. After a gap two
// frames in a row must agree: music is full of what looks like one.
func (f *frames) next() (header, []byte, bool) {
	lost := f.stream == nil
	for ; f.at+4 <= len(f.data); f.at++ {
		skip := bytes.IndexByte(f.data[f.at:], 0xFF)
		if skip < 0 {
			break
		}
		lost = lost || skip > 0
		f.at += skip
		if h, ok := f.usable(lost); ok {
			body := f.data[f.at+4 : f.at+h.size]
			f.at += h.size
			f.stream = &h
			return h, body, true
		}
		lost = true
	}
	return header{}, nil, false
}

// again puts the frame that was returned last back.
func (f *frames) again(h header) { f.at -= h.size }

// usable reads the header at the place reached.
func (f *frames) usable(lost bool) (header, bool) {
	h, ok := parseHeader(f.data[f.at:])
	if !ok || f.stream != nil && !h.like(*f.stream) {
		return h, false
	}
	if h.layer != 3 || h.size < 4+h.sideSize()+2 {
		if f.seen == nil {
			f.seen = &h
		}
		return h, false
	}
	end := f.at + h.size
	if end > len(f.data) {
		return h, false
	}
	if lost && end+4 <= len(f.data) {
		after, ok := parseHeader(f.data[end:])
		return h, ok && after.like(h)
	}
	return h, true
}

// why says what kept every frame from being used.
func (f *frames) why() error {
	switch {
	case f.seen == nil:
		return fmt.Errorf("%w: no frames", ErrFormat)
	case f.seen.layer != 3:
		return fmt.Errorf("%w: MPEG audio layer %d", ErrFormat, f.seen.layer)
	case f.seen.kilobits == 0:
		return fmt.Errorf("%w: free bit rate", ErrFormat)
	}
	return fmt.Errorf("%w: frames too small to be", ErrFormat)
}
