package g711

// ULawToALaw and ALawToULaw give for each byte of one law the byte of the other
// that sounds the same. A table look-up a sample is all the transcoding the
// relay ever does. They are arrays, made once when the program starts, and must
// not be written to.
var (
	ULawToALaw = table(func(b byte) byte { return EncodeALaw(DecodeULaw(b)) })
	ALawToULaw = table(func(b byte) byte { return EncodeULaw(DecodeALaw(b)) })
)

func table(f func(byte) byte) *[256]byte {
	var t [256]byte
	for i := range t {
		t[i] = f(byte(i))
	}
	return &t
}

// ToALaw returns a mu-law recording in A-law.
func ToALaw(ulaw []byte) []byte {
	out := make([]byte, len(ulaw))
	for i, b := range ulaw {
		out[i] = ULawToALaw[b]
	}
	return out
}

// EncodeULawAll returns samples in mu-law.
func EncodeULawAll(samples []int16) []byte {
	out := make([]byte, len(samples))
	for i, s := range samples {
		out[i] = EncodeULaw(s)
	}
	return out
}

// EncodeALawAll returns samples in A-law.
func EncodeALawAll(samples []int16) []byte {
	out := make([]byte, len(samples))
	for i, s := range samples {
		out[i] = EncodeALaw(s)
	}
	return out
}

// DecodeULawAll returns the samples of a mu-law recording.
func DecodeULawAll(b []byte) []int16 {
	out := make([]int16, len(b))
	for i, v := range b {
		out[i] = DecodeULaw(v)
	}
	return out
}

// DecodeALawAll returns the samples of an A-law recording.
func DecodeALawAll(b []byte) []int16 {
	out := make([]int16, len(b))
	for i, v := range b {
		out[i] = DecodeALaw(v)
	}
	return out
}
