package mp3

// lines are the frequencies of a granule, bandCount their subbands.
const (
	lines     = 576
	bandCount = 32
	perBand   = lines / bandCount
)

// bands are the first lines of the scale factor bands of a sampling frequency
// (ISO/IEC 11172-3 table 3-B.8, 13818-3 table B.2), the last one's end behind
// them; short ones of one of three windows.
type bands struct {
	long  [23]int
	short [14]int
}

// longs is the line where short blocks begin in a granule of both kinds.
func (b *bands) longs() int { return b.short[3] * 3 }

var (
	bandsOf44 = bands{
		[23]int{0, 4, 8, 12, 16, 20, 24, 30, 36, 44, 52, 62, 74, 90, 110, 134, 162, 196, 238, 288, 342, 418, 576},
		[14]int{0, 4, 8, 12, 16, 22, 30, 40, 52, 66, 84, 106, 136, 192}}
	bandsOf48 = bands{
		[23]int{0, 4, 8, 12, 16, 20, 24, 30, 36, 42, 50, 60, 72, 88, 106, 128, 156, 190, 230, 276, 330, 384, 576},
		[14]int{0, 4, 8, 12, 16, 22, 28, 38, 50, 64, 80, 100, 126, 192}}
	bandsOf32 = bands{
		[23]int{0, 4, 8, 12, 16, 20, 24, 30, 36, 44, 54, 66, 82, 102, 126, 156, 194, 240, 296, 364, 448, 550, 576},
		[14]int{0, 4, 8, 12, 16, 22, 30, 42, 58, 78, 104, 138, 180, 192}}
	bandsOf22 = bands{
		[23]int{0, 6, 12, 18, 24, 30, 36, 44, 54, 66, 80, 96, 116, 140, 168, 200, 238, 284, 336, 396, 464, 522, 576},
		[14]int{0, 4, 8, 12, 18, 24, 32, 42, 56, 74, 100, 132, 174, 192}}
	bandsOf24 = bands{
		[23]int{0, 6, 12, 18, 24, 30, 36, 44, 54, 66, 80, 96, 114, 136, 162, 194, 232, 278, 332, 394, 464, 540, 576},
		[14]int{0, 4, 8, 12, 18, 26, 36, 48, 62, 80, 104, 136, 180, 192}}
	bandsOf16 = bands{ // and 11.025 and 12 kHz
		[23]int{0, 6, 12, 18, 24, 30, 36, 44, 54, 66, 80, 96, 116, 140, 168, 200, 238, 284, 336, 396, 464, 522, 576},
		[14]int{0, 4, 8, 12, 18, 26, 36, 48, 62, 80, 104, 134, 174, 192}}
	bandsOf8 = bands{
		[23]int{0, 12, 24, 36, 48, 60, 72, 88, 108, 132, 160, 192, 232, 280, 336, 400, 476, 566, 568, 570, 572, 574, 576},
		[14]int{0, 8, 16, 24, 36, 52, 72, 96, 124, 160, 162, 164, 166, 192}}
)

func bandsFor(rate int) *bands {
	switch rate {
	case 44100:
		return &bandsOf44
	case 48000:
		return &bandsOf48
	case 32000:
		return &bandsOf32
	case 22050:
		return &bandsOf22
	case 24000:
		return &bandsOf24
	case 8000:
		return &bandsOf8
	}
	return &bandsOf16
}
