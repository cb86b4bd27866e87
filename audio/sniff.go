package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"clickbridge/audio/mp3"
)

// wanted ends the error about a file that is something else.
const wanted = "want WAV or MP3"

// topFrequency is the highest a telephone could carry, in Hz; MP3 is not
// decoded above it.
const topFrequency = Rate / 2

// open finds out what a file is and begins to decode it.
func open(data []byte) (source, Info, error) {
	switch {
	case len(data) == 0:
		return nil, Info{}, errors.New("is empty")
	case isWAV(data):
		return openWAV(data)
	}
	if name := known(data); name != "" {
		return nil, Info{}, fmt.Errorf("is %s: %s", name, wanted)
	}
	src, info, err := openMP3(data)
	if err == nil {
		return src, info, nil
	}
	if looksMP3(data) {
		return nil, info, unusable(err)
	}
	if utf8.Valid(data[:min(len(data), 64)]) && !bytes.Contains(data[:min(len(data), 64)], []byte{0}) {
		return nil, info, fmt.Errorf("is text, not sound: %s", wanted)
	}
	return nil, info, fmt.Errorf("is of no known kind: %s", wanted)
}

func openMP3(data []byte) (source, Info, error) {
	d, err := mp3.New(data, topFrequency)
	if err != nil {
		return nil, Info{Format: "MP3"}, err
	}
	return d, Info{Format: "MP3", Rate: d.Rate, Channels: d.Channels}, nil
}

// looksMP3 reports whether a file begins as an MP3 does.
func looksMP3(data []byte) bool {
	return bytes.HasPrefix(data, []byte("ID3")) || len(data) > 1 && data[0] == 0xFF && data[1]&0xE0 == 0xE0
}

// unusable words an error of a decoder.
func unusable(err error) error {
	if errors.Is(err, mp3.ErrFormat) || errors.Is(err, mp3.ErrCorrupt) {
		return fmt.Errorf("cannot be decoded (%w): %s", err, wanted)
	}
	return err
}

// known names what a file is that has a mark of its own and is not wanted.
func known(data []byte) string {
	at := func(i int, mark string) bool {
		return len(data) >= i+len(mark) && string(data[i:i+len(mark)]) == mark
	}
	switch {
	case at(0, "FORM") && (at(8, "AIFF") || at(8, "AIFC")):
		return aiff(data)
	case at(0, "RIFF") || at(0, "RIFX"):
		return "a RIFF file without WAVE sound"
	case at(0, "fLaC"):
		return "a FLAC file"
	case at(0, "OggS"):
		return "an Ogg file"
	case at(4, "ftyp"):
		return "an MP4 or M4A file"
	case at(0, "\x1A\x45\xDF\xA3"):
		return "a WebM or Matroska file"
	case at(0, ".snd"):
		return "an AU file"
	case at(0, "caff"):
		return "a CAF file"
	case at(0, "#!AMR"):
		return "an AMR file"
	case at(0, "MThd"):
		return "a MIDI file, which has notes but no sound"
	case at(0, "wvpk"):
		return "a WavPack file"
	case at(0, "ADIF") || at(0, "\xFF\xF1") || at(0, "\xFF\xF9"):
		return "an AAC file"
	case at(0, "0&\xB2\x75"):
		return "a WMA file"
	}
	return ""
}

// aiff tells how many bits an AIFF file has, for people who have to find it
// among others.
func aiff(data []byte) string {
	if i := bytes.Index(data[:min(len(data), 4096)], []byte("COMM")); i > 0 && len(data) >= i+16 {
		return fmt.Sprintf("%d-bit %s", binary.BigEndian.Uint16(data[i+14:]), strings.TrimSpace(string(data[8:12])))
	}
	return "an AIFF file"
}
