package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// A file is RIFF WAVE with G.711 µ-law (WAVE_FORMAT_MULAW, RFC 2361 appendix
// A): what the telephone said, not converted, at 8 kB a second and channel.
const (
	formatULaw = 7
	sampleRate = 8000
	// headerSize is RIFF (12), fmt with its empty extension (26), fact (12),
	// which every format but PCM needs, and data's own head (8).
	headerSize = 58
	// maxSound keeps the sizes within their 32 bits; 37 hours of two channels.
	maxSound = 1 << 30
)

// header returns the head of a file with so many bytes of sound.
func header(channels int, size int64) []byte {
	b := make([]byte, 0, headerSize)
	le := binary.LittleEndian
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, uint32(headerSize-8+size+size%2))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 18)
	b = le.AppendUint16(b, formatULaw)
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, sampleRate)
	b = le.AppendUint32(b, uint32(sampleRate*channels))
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint16(b, 8)
	b = le.AppendUint16(b, 0)
	b = append(b, "fact"...)
	b = le.AppendUint32(b, 4)
	b = le.AppendUint32(b, uint32(size/int64(channels)))
	b = append(b, "data"...)
	return le.AppendUint32(b, uint32(size))
}

// sink is a file that is being written.
type sink interface {
	io.WriterAt
	io.Closer
}

// track writes one file. Its head is right after every write.
type track struct {
	out      sink
	channels int
	size     int64 // bytes of sound

	room  func() error // whether the disk may take more; nil = it may
	asked int64        // size when it was asked last
}

// roomEvery is how much sound is written before the disk is looked at again:
// eight seconds of a call.
const roomEvery = 128 << 10

func newTrack(out sink, channels int) (*track, error) {
	t := &track{out: out, channels: channels}
	_, err := out.WriteAt(header(channels, 0), 0)
	return t, err
}

// write appends sound, whole frames of it.
func (t *track) write(sound []byte) error {
	if len(sound) == 0 {
		return nil
	}
	if t.size+int64(len(sound)) > maxSound {
		return errors.New("the recording is as long as a file can be")
	}
	if t.room != nil && t.size-t.asked >= roomEvery {
		t.asked = t.size
		if err := t.room(); err != nil {
			return err
		}
	}
	if _, err := t.out.WriteAt(sound, headerSize+t.size); err != nil {
		return err
	}
	size := t.size + int64(len(sound))
	if _, err := t.out.WriteAt(header(t.channels, size), 0); err != nil {
		return err
	}
	t.size = size
	return nil
}

// repair makes the head of a file agree with its length: a crash may have come
// between the two. It returns the bytes of sound. What is not a file of ours is
// refused.
func repair(f *os.File) (channels int, size int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	var head [headerSize]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return 0, 0, fmt.Errorf("%s: no head: %w", f.Name(), err)
	}
	channels = int(binary.LittleEndian.Uint16(head[22:]))
	if string(head[:4]) != "RIFF" || string(head[50:54]) != "data" || channels < 1 || channels > 2 {
		return 0, 0, fmt.Errorf("%s: not a recording of ours", f.Name())
	}
	size = info.Size() - headerSize
	size -= size % int64(channels)
	_, err = f.WriteAt(header(channels, size), 0)
	return channels, size, err
}
