package mp3

import "math"

// decoder is what lasts from frame to frame.
type decoder struct {
	bands   *bands
	count   int    // subbands that are made
	top     int    // lines that are read for them
	kept    []byte // of earlier frames' lines, at most 511 bytes
	scales  [2]scales
	overlap overlap
	bank    bank
}

// keepBytes is how far back a frame may reach for its lines.
const keepBytes = 511

func newDecoder(h header, top int) decoder {
	d := decoder{bands: bandsFor(h.rate)}
	// One subband more than top needs, for its filter's slope; and one more
	// line band, since neighbours are mixed.
	d.count = min(bandCount, top*2*bandCount/h.rate+2)
	d.top = min(lines, (d.count+1)*perBand)
	return d
}

// frame decodes a frame and appends its samples; silence, and false, where it
// cannot.
func (d *decoder) frame(h header, body []byte, out []float32) ([]float32, bool) {
	if h.crc {
		body = body[min(2, len(body)):]
	}
	n := min(h.sideSize(), len(body))
	info := readSide(h, body[:n])
	data := append(d.kept, body[n:]...)
	from := len(d.kept) - info.begin
	d.kept = append([]byte(nil), data[max(0, len(data)-keepBytes):]...)
	ok := from >= 0
	b := &bits{}
	if ok {
		b.data = data[from:]
	}
	for gr := range h.granules() {
		d.overlap.begin(d.count)
		if ok {
			ok = d.granule(h, b, &info, gr)
		}
		out = d.sound(out)
	}
	return out, ok
}

// granule reads one granule and adds its channels to the overlap.
func (d *decoder) granule(h header, b *bits, info *sideInfo, gr int) bool {
	channels, level := h.channels, float32(1)
	switch {
	case h.middle:
		channels, level = 1, math.Sqrt2/2 // the middle is the sum; the side cancels out
	case h.channels == 2:
		level = 0.5
	}
	for ch := range h.channels {
		s := &info.of[gr][ch]
		end := b.at + s.length
		if end > len(b.data)*8 {
			return false
		}
		if ch < channels && !d.channel(h, b, s, end, info.shared[ch], gr, ch, level) {
			return false
		}
		b.at = end
	}
	return true
}

// channel reads one granule of one channel.
func (d *decoder) channel(h header, b *bits, s *side, end int, shared [4]bool, gr, ch int, level float32) bool {
	sc := &d.scales[ch]
	if h.low() {
		sc.readLow(b, s, h.pictured && ch == 1)
	} else {
		if gr == 0 {
			shared = [4]bool{}
		}
		sc.read(b, s, shared)
	}
	top := d.top
	if s.short() {
		top = d.shortTop()
	}
	var raw [lines]int32
	last, ok := readLines(b, s, end, d.bands, top, &raw)
	if !ok {
		return false
	}
	var x [lines]float32
	scaled(&raw, last, s, sc, d.bands, h.low(), &x)
	longs := 0
	switch {
	case !s.short():
		unalias(&x, d.count)
	case s.mixed:
		longs = d.bands.longs()
		unalias(&x, longs/perBand-1)
	}
	d.overlap.add(&x, s, longs, d.count, level)
	return true
}

// shortTop is top for short blocks, whose lines come window by window: the end
// of the band it is in.
func (d *decoder) shortTop() int {
	for _, end := range d.bands.short {
		if end*3 >= d.top {
			return end * 3
		}
	}
	return lines
}

// sound turns the overlap into 576 samples.
func (d *decoder) sound(out []float32) []float32 {
	var now [bandCount]float32
	for i := range 18 {
		for sb := range d.count {
			now[sb] = d.overlap.now[sb][i]
			if sb&i&1 == 1 {
				now[sb] = -now[sb] // every other subband is upside down
			}
		}
		out = d.bank.turn(now[:d.count], out)
	}
	return out
}
