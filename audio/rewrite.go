package audio

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// errNotOurs is returned for a file that record did not write.
var errNotOurs = errors.New("is not a recording of one or two channels of µ-law at 8000 Hz")

// maxRIFF is the largest size a WAV file can name.
const maxRIFF = math.MaxUint32

// Rewrite reads a recording, a WAV file of µ-law at 8 kHz, and writes it as PCM
// of 16 bits at a rate (8000 Hz or more), channel by channel. It holds a second
// of sound at most. A file that ends before its head says is an error.
func Rewrite(w io.Writer, r io.Reader, rate int) error {
	in := bufio.NewReaderSize(r, 64<<10)
	channels, frames, err := readHead(in)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	total := (frames*int64(rate) + Rate/2) / Rate
	if frames > 0 {
		total = max(1, total)
	}
	if _, err := out.Write(pcmHead(channels, rate, total)); err != nil {
		return err
	}
	if err := rewrite(out, in, channels, rate, frames, total); err != nil {
		return err
	}
	return out.Flush()
}

// readHead reads up to the sound.
func readHead(in io.Reader) (channels int, frames int64, err error) {
	var riff [12]byte
	if _, err := io.ReadFull(in, riff[:]); err != nil || !isWAV(riff[:]) {
		return 0, 0, errNotOurs
	}
	for {
		var head [8]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return 0, 0, errNotOurs
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		if name := string(head[:4]); name == "data" {
			if channels == 0 {
				return 0, 0, errNotOurs
			}
			return channels, size / int64(channels), nil
		} else if size > 1<<16 {
			return 0, 0, errNotOurs
		}
		body := make([]byte, size+size%2)
		if _, err := io.ReadFull(in, body); err != nil {
			return 0, 0, errNotOurs
		}
		if string(head[:4]) == "fmt " && size >= 16 {
			f := readFormat(body)
			if f.coding != wavULaw || f.rate != Rate || f.bits != 8 || f.channels < 1 || f.channels > 2 {
				return 0, 0, errNotOurs
			}
			channels = int(f.channels)
		}
	}
}

// pcmHead is the head of a WAV file of PCM with so many frames.
func pcmHead(channels, rate int, frames int64) []byte {
	width := 2 * channels
	size := uint32(min(frames*int64(width), maxRIFF-36))
	le := binary.LittleEndian
	b := append(make([]byte, 0, 44), "RIFF"...)
	b = le.AppendUint32(b, size+36)
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, wavPCM)
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*width))
	b = le.AppendUint16(b, uint16(width))
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	return le.AppendUint32(b, size)
}

// rewrite carries frames over: total come out.
func rewrite(out io.Writer, in io.Reader, channels, rate int, frames, total int64) error {
	sides := make([]*resampler, channels)
	for i := range sides {
		sides[i] = newResamplerTo(Rate, rate)
	}
	sound := make([]byte, Rate*channels)
	one := make([]float32, Rate)
	for frames > 0 && total > 0 {
		n := int(min(int64(Rate), frames))
		if _, err := io.ReadFull(in, sound[:n*channels]); err != nil {
			return fmt.Errorf("cannot be read: %w", err)
		}
		frames -= int64(n)
		for c, rs := range sides {
			for i := range n {
				one[i] = ulaw(sound[i*channels+c:])
			}
			rs.push(one[:n])
			if frames == 0 {
				rs.out = rs.end()
			}
		}
		written, err := drain(out, sides, total)
		if err != nil {
			return err
		}
		total -= written
	}
	return nil
}

// drain writes what all sides have, at most so many frames.
func drain(out io.Writer, sides []*resampler, most int64) (int64, error) {
	n := int(min(int64(len(sides[0].out)), most))
	b := make([]byte, 0, n*2*len(sides))
	for i := range n {
		for _, rs := range sides {
			v := math.Round(float64(min(1, max(-1, rs.out[i])) * math.MaxInt16))
			b = binary.LittleEndian.AppendUint16(b, uint16(int16(v)))
		}
	}
	for _, rs := range sides {
		rs.out = rs.out[:0]
	}
	_, err := out.Write(b)
	return int64(n), err
}
