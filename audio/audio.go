// Package audio makes of sound files what telephones carry: G.711 mu-law at
// 8 kHz, one channel. It knows a file by its content, trusts nothing a header
// says, and answers what it cannot use with what it could. It also serves the
// uploaded clips to calls (Library). Uploads (the accounts files) and speech
// come through here; recording has a writer of its own.
package audio

import (
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"clickbridge/media/g711"
)

// Rate is the sample rate of what Convert makes, in Hz.
const Rate = 8000

// The default limits.
const (
	MaxBytes  = 10_000_000
	MaxLength = 10 * time.Minute
)

// Loudness says what is done to the level.
type Loudness int

// What is done to it.
const (
	Levelled Loudness = iota // brought to the level of the clips in the binary
	Spoken                   // also made clear for a telephone: for formant speech
	Original                 // left alone
)

// Options bound what is read and say what is made of it. Zero is the default.
type Options struct {
	MaxBytes  int64         // of the file; 0 = MaxBytes
	MaxLength time.Duration // of the sound; 0 = MaxLength
	Loudness  Loudness
}

// Info says what a file was and what was done to it.
type Info struct {
	Format   string // "WAV, PCM, 16 bits"
	Rate     int    // Hz
	Channels int
	Length   time.Duration
	Gain     float64 // dB
}

// source gives the sound of a file from the beginning to io.EOF, mixed to one
// channel, full scale being 1. What it returned before is overwritten.
type source interface {
	Next() ([]float32, error)
}

// Convert reads a whole file and makes mu-law of it. Its errors have a verb
// and no subject ("is a FLAC file: …"), so that the file's name can stand in
// front.
func Convert(r io.Reader, o Options) (ulaw []byte, info Info, err error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = MaxBytes
	}
	if o.MaxLength == 0 {
		o.MaxLength = MaxLength
	}
	data, err := io.ReadAll(io.LimitReader(r, o.MaxBytes+1))
	if err != nil {
		return nil, info, fmt.Errorf("cannot be read: %w", err)
	}
	if int64(len(data)) > o.MaxBytes {
		return nil, info, fmt.Errorf("is larger than %s", megabytes(o.MaxBytes))
	}
	src, info, err := open(data)
	if err != nil {
		return nil, info, err
	}
	sound, err := resampled(src, info.Rate, o.MaxLength)
	if err != nil {
		return nil, info, err
	}
	if len(sound) == 0 {
		return nil, info, errors.New("has no sound in it")
	}
	if o.Loudness == Spoken {
		clarify(sound)
	}
	if o.Loudness != Original {
		info.Gain = level(sound)
	}
	info.Length = time.Duration(len(sound)) * time.Second / Rate
	return encode(sound), info, nil
}

// resampled reads a source to its end at our rate.
func resampled(src source, rate int, limit time.Duration) ([]float32, error) {
	most := int(limit.Seconds() * Rate)
	rs := newResampler(rate)
	for {
		chunk, err := src.Next()
		if errors.Is(err, io.EOF) {
			return rs.end(), nil
		} else if err != nil {
			return nil, unusable(err)
		}
		rs.push(chunk)
		if len(rs.out) > most {
			return nil, fmt.Errorf("is longer than %s", limit)
		}
	}
}

func encode(sound []float32) []byte {
	out := make([]byte, len(sound))
	for i, s := range sound {
		out[i] = g711.EncodeULaw(int16(math.Round(float64(min(1, max(-1, s)) * math.MaxInt16))))
	}
	return out
}

func megabytes(n int64) string {
	if n < 1e6 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%g MB", float64(n)/1e6)
}
