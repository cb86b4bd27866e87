package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"clickbridge/media/g711"
)

// The rates that are read, in Hz.
const (
	minRate = 4000
	maxRate = 192000
)

// The codings of a WAV file (Microsoft's mmreg.h).
const (
	wavPCM   = 1
	wavFloat = 3
	wavALaw  = 6
	wavULaw  = 7
	wavMP3   = 0x55
	wavMore  = 0xFFFE // the coding is in the longer header
)

// strangers are codings that are met and not read.
var strangers = map[uint16]string{
	2: "Microsoft ADPCM", 0x11: "IMA ADPCM", 0x31: "GSM 6.10", 0x45: "G.726 ADPCM", 0x50: "MPEG", 0x161: "WMA",
}

// wavFormat is the fmt chunk.
type wavFormat struct {
	coding, channels, bits uint16
	rate                   uint32
}

func isWAV(data []byte) bool {
	return len(data) >= 12 && (string(data[:4]) == "RIFF" || string(data[:4]) == "RF64") && string(data[8:12]) == "WAVE"
}

// openWAV looks for format and sound. Sizes that reach beyond the file end with
// it: programs that write to a pipe cannot know them.
func openWAV(data []byte) (source, Info, error) {
	var f *wavFormat
	for rest := data[12:]; len(rest) >= 8; {
		name, size := string(rest[:4]), uint64(binary.LittleEndian.Uint32(rest[4:]))
		body := rest[8:]
		n := int(min(size, uint64(len(body))))
		switch name {
		case "fmt ":
			if n < 16 {
				return nil, Info{}, errors.New("is a WAV file with a broken header")
			}
			f = readFormat(body[:n])
		case "data":
			if f == nil {
				return nil, Info{}, errors.New("is a WAV file that does not say what its sound is like")
			}
			return f.open(body[:n])
		}
		rest = body[min(n+n&1, len(body)):] // chunks are padded to even lengths
	}
	return nil, Info{}, errors.New("is a WAV file without sound")
}

func readFormat(b []byte) *wavFormat {
	f := &wavFormat{
		coding:   binary.LittleEndian.Uint16(b),
		channels: binary.LittleEndian.Uint16(b[2:]),
		rate:     binary.LittleEndian.Uint32(b[4:]),
		bits:     binary.LittleEndian.Uint16(b[14:]),
	}
	if f.coding == wavMore && len(b) >= 26 {
		f.coding = binary.LittleEndian.Uint16(b[24:])
	}
	return f
}

// open makes a source, or says what is wrong.
func (f *wavFormat) open(data []byte) (source, Info, error) {
	if f.coding == wavMP3 {
		src, info, err := openMP3(data)
		return src, info, unusable(err)
	}
	name, sample := f.sample()
	info := Info{Format: "WAV, " + name, Rate: int(f.rate), Channels: int(f.channels)}
	switch {
	case sample == nil:
		return nil, info, fmt.Errorf("is a WAV file with %s: want PCM, float, A-law or µ-law", name)
	case f.channels != 1 && f.channels != 2:
		return nil, info, fmt.Errorf("is a WAV file with %d channels: want one or two", f.channels)
	case f.rate < minRate || f.rate > maxRate:
		return nil, info, fmt.Errorf("is a WAV file of %d Hz: want %d to %d", f.rate, minRate, maxRate)
	}
	return &wavSource{data: data, width: int(f.bits) / 8, channels: int(f.channels), sample: sample}, info, nil
}

// sample returns the name of a coding and what makes a number of a sample; nil
// where we do not know it.
func (f *wavFormat) sample() (string, func([]byte) float32) {
	name := strangers[f.coding]
	switch f.coding {
	case wavPCM:
		return fmt.Sprintf("PCM, %d bits", f.bits), map[uint16]func([]byte) float32{
			8: pcm8, 16: pcm16, 24: pcm24, 32: pcm32}[f.bits]
	case wavFloat:
		return fmt.Sprintf("float, %d bits", f.bits), map[uint16]func([]byte) float32{
			32: float32LE, 64: float64LE}[f.bits]
	case wavALaw, wavULaw:
		name = map[uint16]string{wavALaw: "A-law", wavULaw: "µ-law"}[f.coding]
		if f.bits == 8 {
			return name, map[uint16]func([]byte) float32{wavALaw: alaw, wavULaw: ulaw}[f.coding]
		}
		name = fmt.Sprintf("%s, %d bits", name, f.bits)
	case wavMore:
		name = "a cut header"
	}
	if name == "" {
		name = fmt.Sprintf("the unknown coding %#x", f.coding)
	}
	return name, nil
}

func pcm8(b []byte) float32  { return (float32(b[0]) - 128) / 128 }
func pcm16(b []byte) float32 { return float32(int16(binary.LittleEndian.Uint16(b))) / (1 << 15) }
func pcm24(b []byte) float32 {
	return float32(int32(b[0])<<8|int32(b[1])<<16|int32(b[2])<<24) / (1 << 31)
}
func pcm32(b []byte) float32     { return float32(int32(binary.LittleEndian.Uint32(b))) / (1 << 31) }
func float32LE(b []byte) float32 { return finite(math.Float32frombits(binary.LittleEndian.Uint32(b))) }
func float64LE(b []byte) float32 {
	return finite(float32(math.Float64frombits(binary.LittleEndian.Uint64(b))))
}
func alaw(b []byte) float32 { return float32(g711.DecodeALaw(b[0])) / (1 << 15) }
func ulaw(b []byte) float32 { return float32(g711.DecodeULaw(b[0])) / (1 << 15) }

// finite keeps what is no number, or far beyond full scale, out of the filters.
func finite(v float32) float32 {
	if v != v {
		return 0
	}
	return max(-16, min(16, v))
}

// wavSource reads samples.
type wavSource struct {
	data            []byte
	width, channels int
	sample          func([]byte) float32
	out             [4096]float32
}

// Next returns the next samples; the last one is left out where it is cut.
func (w *wavSource) Next() ([]float32, error) {
	frame := w.width * w.channels
	n := min(len(w.out), len(w.data)/frame)
	if n == 0 {
		return nil, io.EOF
	}
	for i := range n {
		v := w.sample(w.data[i*frame:])
		if w.channels == 2 {
			v = (v + w.sample(w.data[i*frame+w.width:])) / 2
		}
		w.out[i] = v
	}
	w.data = w.data[n*frame:]
	return w.out[:n], nil
}
