package mp3

import "encoding/binary"

// gap is how much silence the encoder put before and after the sound.
type gap struct{ before, after int }

// decoderDelay is how many samples later than the encoder counts the sound
// comes out of any decoder.
const decoderDelay = 529

// readInfo reads the frame in which encoders describe the file; it has no sound
// of its own.
func readInfo(h header, body []byte) (g gap, isInfo bool) {
	if len(body) < h.sideSize()+8 {
		return g, false
	}
	b := body[h.sideSize():]
	if tag := string(b[:4]); tag != "Xing" && tag != "Info" {
		return g, false
	}
	at := 8
	for flag, size := range map[uint32]int{1: 4, 2: 4, 4: 100, 8: 4} {
		if binary.BigEndian.Uint32(b[4:])&flag != 0 {
			at += size
		}
	}
	if len(b) < at+24 || string(b[at:at+4]) != "LAME" && string(b[at:at+3]) != "Lav" {
		return g, true
	}
	b = b[at+21:]
	g.before = (int(b[0])<<4 | int(b[1]>>4)) + decoderDelay
	g.after = max(0, (int(b[1]&15)<<8|int(b[2]))-decoderDelay)
	return g, true
}
