package mp3

// side is what a frame says of one granule of one channel before its lines
// (ISO/IEC 11172-3 2.4.1.7).
type side struct {
	length     int // bits of scale factors and lines
	pairs      int // lines coded by twos
	gain       int
	scaleBits  int // how the lengths of scale factors are coded
	block      int // 0 normal, 1 start, 2 short, 3 end
	mixed      bool
	tables     [3]int
	shortGain  [3]int
	region     [2]int // scale factor bands of the first two tables
	preemphasy bool
	coarse     bool
	fourTable  int
}

// sideInfo is that of a whole frame.
type sideInfo struct {
	begin  int        // bytes of earlier frames that this one's lines begin in
	shared [2][4]bool // scale factors of the second granule are the first's
	of     [2][2]side // by granule and channel
}

func readSide(h header, data []byte) sideInfo {
	b := &bits{data: data}
	var s sideInfo
	if h.low() {
		s.begin = b.take(8)
		b.take(h.channels) // private
	} else {
		s.begin = b.take(9)
		b.take(7 - 2*h.channels) // private: 5 bits, 3 with two channels
		for ch := range h.channels {
			for band := range 4 {
				s.shared[ch][band] = b.flag()
			}
		}
	}
	for gr := range h.granules() {
		for ch := range h.channels {
			s.of[gr][ch].read(b, h.low())
		}
	}
	return s
}

func (s *side) read(b *bits, low bool) {
	s.length, s.pairs, s.gain = b.take(12), b.take(9), b.take(8)
	if low {
		s.scaleBits = b.take(9)
	} else {
		s.scaleBits = b.take(4)
	}
	if b.flag() {
		s.block, s.mixed = b.take(2), b.flag()
		s.tables[0], s.tables[1] = b.take(5), b.take(5)
		for i := range s.shortGain {
			s.shortGain[i] = b.take(3)
		}
		s.region = [2]int{7, 99} // the second table lasts to the end
	} else {
		for i := range s.tables {
			s.tables[i] = b.take(5)
		}
		s.region[0], s.region[1] = b.take(4), b.take(3)
	}
	if !low {
		s.preemphasy = b.flag()
	}
	s.coarse = b.flag()
	s.fourTable = 32 + b.take(1)
}

// short reports whether all or, when mixed, most of it are short blocks.
func (s *side) short() bool { return s.block == 2 }

// bounds returns the lines at which the second and the third table begin.
func (s *side) bounds(bands *bands) (int, int) {
	if s.short() {
		return bands.longs(), lines
	}
	first := min(s.region[0]+1, 22)
	second := min(first+s.region[1]+1, 22)
	return bands.long[first], bands.long[second]
}
