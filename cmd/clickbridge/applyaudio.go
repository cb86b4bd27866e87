package main

import (
	"io"

	"clickbridge"
	"clickbridge/accounts"
	"clickbridge/audio"
	"clickbridge/config"
)

// readSounds reads the sound files that accounts files name, and converts those
// the store has not.
func readSounds(current *clickbridge.Directory, files []*accounts.File, c config.Audio) error {
	return accounts.ReadAudio(current, files, accounts.Sound{
		MaxBytes: int64(c.MaxSize),
		Convert: func(r io.Reader) ([]byte, error) {
			ulaw, _, err := audio.Convert(r, audio.Options{MaxBytes: int64(c.MaxSize), MaxLength: c.MaxLength})
			return ulaw, err
		},
	})
}
