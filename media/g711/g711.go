// Package g711 converts between 16-bit linear samples and the two laws of
// ITU-T G.711, one byte a sample. It knows nothing of RTP or of files; the media
// engine, the prompts and every test that listens to audio use it.
package g711

// Silence is the byte of a zero sample in each law: what a player pads a last
// short frame with.
const (
	SilenceULaw = 0xFF
	SilenceALaw = 0xD5
)

const (
	ulawBias = 0x84  // ITU-T G.711 table 2a: 33 in 14 bits is 132 in 16
	ulawClip = 32635 // largest magnitude that the bias does not overflow
)

// EncodeULaw returns the mu-law byte of a linear sample. Louder than the law
// can say is clipped.
func EncodeULaw(sample int16) byte {
	s := int(sample)
	sign := byte(0)
	if s < 0 {
		s, sign = -s, 0x80
	}
	s = min(s, ulawClip) + ulawBias
	exponent := 7
	for mask := 0x4000; exponent > 0 && s&mask == 0; mask >>= 1 {
		exponent--
	}
	mantissa := byte(s>>(exponent+3)) & 0x0F
	return ^(sign | byte(exponent)<<4 | mantissa)
}

// DecodeULaw returns the linear sample of a mu-law byte.
func DecodeULaw(b byte) int16 {
	b = ^b
	s := (int(b&0x0F)<<3+ulawBias)<<(b>>4&7) - ulawBias
	if b&0x80 != 0 {
		s = -s
	}
	return int16(s)
}

// EncodeALaw returns the A-law byte of a linear sample.
func EncodeALaw(sample int16) byte {
	s := int(sample)
	mask := byte(0xD5) // even bits inverted, positive
	if s < 0 {
		s, mask = -s-1, 0x55
	}
	s >>= 3 // 13 bits, ITU-T G.711 table 1a
	if s < 32 {
		return byte(s>>1) ^ mask
	}
	exponent := 1
	for s >= 64 {
		s >>= 1
		exponent++
	}
	return (byte(exponent)<<4 | byte(s>>1)&0x0F) ^ mask
}

// DecodeALaw returns the linear sample of an A-law byte: the middle of its
// step.
func DecodeALaw(b byte) int16 {
	b ^= 0x55
	s := int(b&0x0F)<<4 + 8
	if exponent := b >> 4 & 7; exponent > 0 {
		s = (s + 0x100) << (exponent - 1)
	}
	if b&0x80 == 0 {
		s = -s
	}
	return int16(s)
}
