package mp3

// scales are the scale factors of one granule of one channel, in the order in
// which they are sent: long bands first, then three for each short band.
type scales [39]int

// scaleLengths are the bits of the lower and the upper scale factors
// (ISO/IEC 11172-3 2.4.2.7, scalefac_compress).
var scaleLengths = [16][2]int{
	{0, 0}, {0, 1}, {0, 2}, {0, 3}, {3, 0}, {1, 1}, {1, 2}, {1, 3},
	{2, 1}, {2, 2}, {2, 3}, {3, 1}, {3, 2}, {3, 3}, {4, 2}, {4, 3},
}

// read reads those of MPEG-1. shared says which of the first granule's hold.
func (sc *scales) read(b *bits, s *side, shared [4]bool) {
	n := scaleLengths[s.scaleBits]
	if s.short() {
		lower, all := 18, 36
		if s.mixed {
			lower, all = 17, 35 // 8 long ones, then 9 of 12 short bands
		}
		for i := range all {
			if i < lower {
				sc[i] = b.take(n[0])
			} else {
				sc[i] = b.take(n[1])
			}
		}
		clear(sc[all:])
		return
	}
	from := 0
	for group, to := range [4]int{6, 11, 16, 21} {
		for i := from; i < to && !shared[group]; i++ {
			sc[i] = b.take(n[group/2])
		}
		from = to
	}
	clear(sc[21:])
}

// lowCounts are how many scale factors have each of four lengths in MPEG-2
// (ISO/IEC 13818-3 2.4.3.2): long, short and mixed blocks for each way of coding
// the lengths. The last three ways are those of a channel in intensity stereo.
var lowCounts = [6][3][4]int{
	{{6, 5, 5, 5}, {9, 9, 9, 9}, {6, 9, 9, 9}},
	{{6, 5, 7, 3}, {9, 9, 12, 6}, {6, 9, 12, 6}},
	{{11, 10, 0, 0}, {18, 18, 0, 0}, {15, 18, 0, 0}},
	{{7, 7, 7, 0}, {12, 12, 12, 0}, {6, 15, 12, 0}},
	{{6, 6, 6, 3}, {12, 9, 9, 6}, {6, 12, 9, 6}},
	{{8, 8, 5, 0}, {15, 12, 9, 0}, {6, 18, 9, 0}},
}

// readLow reads those of MPEG-2.
func (sc *scales) readLow(b *bits, s *side, intensity bool) {
	lengths, way := lowLengths(s.scaleBits, intensity)
	s.preemphasy = way == 2
	kind := 0
	if s.short() {
		kind = 1
		if s.mixed {
			kind = 2
		}
	}
	i := 0
	for part, count := range lowCounts[way][kind] {
		for range count {
			sc[i] = b.take(lengths[part])
			i++
		}
	}
	clear(sc[i:])
}

// lowLengths decodes the four lengths and the way they were coded.
func lowLengths(c int, intensity bool) (lengths [4]int, way int) {
	if intensity {
		switch c /= 2; {
		case c < 180:
			return [4]int{c / 36, c % 36 / 6, c % 6}, 3
		case c < 244:
			c -= 180
			return [4]int{c >> 4 & 3, c >> 2 & 3, c & 3}, 4
		}
		c -= 244
		return [4]int{c / 3, c % 3}, 5
	}
	switch {
	case c < 400:
		return [4]int{(c >> 4) / 5, (c >> 4) % 5, c >> 2 & 3, c & 3}, 0
	case c < 500:
		c -= 400
		return [4]int{(c >> 2) / 5, (c >> 2) % 5, c & 3}, 1
	}
	c -= 500
	return [4]int{c / 3, c % 3}, 2
}
