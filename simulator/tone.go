package simulator

import "hash/fnv"

// The tones of talking phones: 400 Hz and 11 Hz more for each number, far
// enough apart to be told from 200 ms of audio.
const (
	toneLow  = 400
	toneStep = 11
	tones    = 100
)

// ToneOf returns the frequency in Hz, 400 to 1489 and whole, of the tone the
// phone with that number talks with. It depends on the last two digits alone,
// and numbers that differ in them have different tones; a user without digits
// at its end gets some tone of the same range.
func ToneOf(user string) float64 { return float64(toneOf(user)) }

func toneOf(user string) int {
	n := len(user)
	if n >= 2 && digit(user[n-1]) && digit(user[n-2]) {
		return toneLow + toneStep*(int(user[n-2]-'0')*10+int(user[n-1]-'0'))
	}
	h := fnv.New32a()
	h.Write([]byte(user))
	return toneLow + toneStep*int(h.Sum32()%tones)
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// nearestTone returns the tone within 3 Hz of hz, 0 when there is none.
func nearestTone(hz float64) int {
	k := int((hz-toneLow)/toneStep + 0.5)
	if hz < toneLow-3 || k >= tones {
		return 0
	}
	t := toneLow + toneStep*k
	if d := hz - float64(t); d > 3 || d < -3 {
		return 0
	}
	return t
}
