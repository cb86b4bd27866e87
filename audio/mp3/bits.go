package mp3

// bits reads a buffer bit by bit, most significant first. Beyond the end there
// are zeros.
type bits struct {
	data []byte
	at   int
}

// take reads n bits, at most 24.
func (b *bits) take(n int) int {
	var v uint32
	for i := range 4 {
		v <<= 8
		if at := b.at>>3 + i; at < len(b.data) {
			v |= uint32(b.data[at])
		}
	}
	v <<= b.at & 7
	b.at += n
	if n == 0 {
		return 0
	}
	return int(v >> (32 - n))
}

func (b *bits) bit() int {
	at := b.at >> 3
	if at >= len(b.data) {
		b.at++
		return 0
	}
	v := int(b.data[at]>>(7-b.at&7)) & 1
	b.at++
	return v
}

func (b *bits) flag() bool { return b.bit() == 1 }
