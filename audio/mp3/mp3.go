// Package mp3 decodes MPEG-1, -2 and -2.5 Layer III (ISO/IEC 11172-3 and
// 13818-3) to one channel, and of that only the low end of the band: all a
// telephone carries, in a small part of the time a whole decoder takes. It reads
// bytes in memory and trusts none of them. audio calls it.
//
// The two channels are mixed before they become sound: of a middle/side frame
// the middle is half their sum already. DEVIATION: bands in intensity stereo,
// which are high ones of low bit rates, are taken at one level wherever they
// were panned to.
package mp3

import (
	"errors"
	"fmt"
	"io"
)

// Errors, wrapped with detail.
var (
	// ErrFormat: not Layer III, or nothing is.
	ErrFormat = errors.New("not an MP3")
	// ErrCorrupt: too much of it cannot be decoded.
	ErrCorrupt = errors.New("damaged MP3")
)

// Decoder decodes one file.
type Decoder struct {
	Rate     int // Hz
	Channels int // of the file; what is decoded has one

	frames    *frames
	decoder   decoder
	gap       gap
	buffer    []float32 // decoded, of which the end may be the encoder's silence
	sent      int       // samples of it that Next has returned
	good, bad int
}

// New looks at a file and finds its first frame. Frequencies from a little above
// top (Hz) on will be left out.
func New(data []byte, top int) (*Decoder, error) {
	f := newFrames(data)
	h, body, ok := f.next()
	if !ok {
		return nil, f.why()
	}
	d := &Decoder{Rate: h.rate, Channels: h.channels, frames: f, decoder: newDecoder(h, top)}
	var isInfo bool
	if d.gap, isInfo = readInfo(h, body); !isInfo {
		f.again(h)
	}
	return d, nil
}

// Next returns the sound that follows, full scale being 1, until io.EOF. What it
// returned before is overwritten. Damaged frames are silent; when they are more
// than one in ten the end is ErrCorrupt.
func (d *Decoder) Next() ([]float32, error) {
	d.buffer = append(d.buffer[:0], d.buffer[d.sent:]...)
	d.sent = 0
	for d.sent == 0 {
		h, body, ok := d.frames.next()
		if !ok {
			return nil, d.end()
		}
		var fine bool
		d.buffer, fine = d.decoder.frame(h, body, d.buffer)
		if fine {
			d.good++
		} else {
			d.bad++
		}
		skip := min(d.gap.before, len(d.buffer))
		d.gap.before -= skip
		d.buffer = d.buffer[skip:]
		d.sent = max(0, len(d.buffer)-d.gap.after)
	}
	return d.buffer[:d.sent], nil
}

func (d *Decoder) end() error {
	switch all := d.good + d.bad; {
	case all == 0:
		return fmt.Errorf("%w: it has no sound", ErrFormat)
	case d.bad*10 > all+10:
		return fmt.Errorf("%w: %d of %d frames cannot be decoded", ErrCorrupt, d.bad, all)
	}
	return io.EOF
}
