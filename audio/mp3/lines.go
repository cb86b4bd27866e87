package mp3

import (
	"math"
	"sync"
)

// maxLine is the largest value a line can have: 15 and 13 more bits.
const maxLine = 15 + 1<<13

// powers are n to the power of 4/3.
var powers = sync.OnceValue(func() *[maxLine + 1]float32 {
	var p [maxLine + 1]float32
	for i := range p {
		p[i] = float32(math.Pow(float64(i), 4.0/3))
	}
	return &p
})

// readLines reads the lines of one granule of one channel up to line top, and
// returns where they end in zeros; those beyond top are not looked at. It
// reports whether the code made sense.
func readLines(b *bits, s *side, end int, bands *bands, top int, out *[lines]int32) (last int, ok bool) {
	if s.pairs > lines/2 {
		return 0, false
	}
	i := 0
	second, third := s.bounds(bands)
	for ; i < min(s.pairs*2, top); i += 2 {
		table := s.tables[0]
		if i >= third {
			table = s.tables[2]
		} else if i >= second {
			table = s.tables[1]
		}
		x, y := b.pair(table)
		out[i], out[i+1] = int32(x), int32(y)
	}
	if b.at > end {
		return 0, false
	}
	for i < min(top, lines-3) && b.at < end {
		v := b.four(s.fourTable)
		if b.at > end {
			break // what was read are bits that fill up the granule
		}
		for k := range v {
			out[i+k] = int32(v[k])
		}
		i += 4
	}
	clear(out[i:])
	return i, true
}

// emphasis raises the highest scale factors (ISO/IEC 11172-3 table 3-B.6).
var emphasis = [22]int{11: 1, 1, 1, 1, 2, 2, 3, 3, 3, 2}

// scaled makes frequencies of lines (ISO/IEC 11172-3 2.4.3.4), those of short
// blocks with the three windows' taking turns.
func scaled(in *[lines]int32, last int, s *side, sc *scales, bands *bands, low bool, out *[lines]float32) {
	clear(out[:])
	step := 2 // a scale factor's worth, in quarters of a power of two
	if s.coarse {
		step = 4
	}
	band, next := 0, 0
	if !s.short() || s.mixed {
		longs := lines
		if s.short() {
			longs = bands.longs()
		}
		for ; bands.long[band] < min(last, longs); band++ {
			f := sc[band]
			if s.preemphasy {
				f += emphasis[band]
			}
			scaleLong(in, out, bands.long[band], bands.long[band+1], s.gain-210-step*f)
		}
	}
	if !s.short() {
		return
	}
	band = 0
	if s.mixed {
		band, next = 3, 8
		if low {
			next = 6
		}
	}
	for ; band < 13 && bands.short[band]*3 < last; band++ {
		from, width := bands.short[band]*3, bands.short[band+1]-bands.short[band]
		for w := range 3 {
			quarters := s.gain - 210 - 8*s.shortGain[w] - step*sc[min(next+w, len(sc)-1)]
			scaleShort(in, out, from, w, width, quarters)
		}
		next += 3
	}
}

func scaleLong(in *[lines]int32, out *[lines]float32, from, to, quarters int) {
	gain := float32(math.Exp2(float64(quarters) / 4))
	for i := from; i < to; i++ {
		out[i] = gain * power(in[i])
	}
}

func scaleShort(in *[lines]int32, out *[lines]float32, from, window, width, quarters int) {
	gain := float32(math.Exp2(float64(quarters) / 4))
	for j := range width {
		out[from+3*j+window] = gain * power(in[from+window*width+j])
	}
}

func power(v int32) float32 {
	if v < 0 {
		return -powers()[-v]
	}
	return powers()[v]
}
