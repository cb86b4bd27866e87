package mp3

import (
	"math"
	"sync"
)

// turns are the rotations that undo aliasing between subbands (ISO/IEC 11172-3
// table 3-B.9): cosine and sine.
var turns = func() (t [8][2]float32) {
	for i, c := range [8]float64{-0.6, -0.535, -0.33, -0.185, -0.095, -0.041, -0.0142, -0.0037} {
		t[i] = [2]float32{float32(1 / math.Sqrt(1+c*c)), float32(c / math.Sqrt(1+c*c))}
	}
	return t
}()

// unalias rotates between subbands below count and their upper neighbours.
func unalias(x *[lines]float32, count int) {
	for sb := 1; sb <= min(count, bandCount-1); sb++ {
		for i, t := range turns {
			down, up := sb*perBand-1-i, sb*perBand+i
			a, b := x[down], x[up]
			x[down], x[up] = a*t[0]-b*t[1], b*t[0]+a*t[1]
		}
	}
}

// waves are the inverse cosine transform with its window already in it (ISO/IEC
// 11172-3 2.4.3.4.10): for each kind of block what each line adds to each of 36
// samples. Those of short blocks take their windows in turn.
var waves = sync.OnceValue(func() *[4][18][36]float32 {
	var w [4][18][36]float32
	for block := range w {
		for line := range 18 {
			for i := range 36 {
				if block == 2 {
					w[block][line][i] = float32(shortWave(line/3, i-6-6*(line%3)))
				} else {
					w[block][line][i] = float32(longWindow(block, i) *
						math.Cos(math.Pi/72*float64(2*i+1+18)*float64(2*line+1)))
				}
			}
		}
	}
	return &w
})

func shortWave(line, i int) float64 {
	if i < 0 || i >= 12 {
		return 0
	}
	return math.Sin(math.Pi/12*(float64(i)+0.5)) * math.Cos(math.Pi/24*float64(2*i+1+6)*float64(2*line+1))
}

// longWindow is the window of a normal, start or end block.
func longWindow(block, i int) float64 {
	if block == 3 {
		block, i = 1, 35-i
	}
	if block == 0 || i < 18 {
		return math.Sin(math.Pi / 36 * (float64(i) + 0.5))
	}
	switch {
	case i < 24:
		return 1
	case i < 30:
		return math.Sin(math.Pi / 12 * (float64(i-18) + 0.5))
	}
	return 0
}

// overlap is what the last granule left for the next, and what both make of it:
// samples of the subbands.
type overlap struct {
	left [bandCount][18]float32
	now  [bandCount][18]float32
}

// begin starts a granule with what the last one left.
func (o *overlap) begin(count int) {
	for sb := range count {
		o.now[sb], o.left[sb] = o.left[sb], [18]float32{}
	}
}

// add adds one channel's subbands below count at a level.
func (o *overlap) add(x *[lines]float32, s *side, longs, count int, level float32) {
	all := waves()
	for sb := range count {
		block := s.block
		if s.mixed && sb*perBand < longs {
			block = 0
		}
		now, left := &o.now[sb], &o.left[sb]
		for line, wave := range &all[block] {
			v := x[sb*perBand+line] * level
			if v == 0 {
				continue
			}
			for i := range 18 {
				now[i] += v * wave[i]
				left[i] += v * wave[i+18]
			}
		}
	}
}
