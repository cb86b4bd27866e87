package main

import (
	_ "embed"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"time"

	"clickbridge/accounts"
	"clickbridge/media/g711"
	"clickbridge/media/tone"
	"clickbridge/simulator"
)

//go:embed demo.yaml
var demoLists []byte

// demoPhones are phones that only the demo has: the carrier of `simulate` plays
// the documented scenes alone.
var demoPhones = map[string]simulator.Scene{
	"4155550100": {Name: "menu that wants 204, then accepts", RingFor: time.Second, Menu: "204", Key: '1', KeyAfter: 2 * time.Second, Talk: true},
	"4255550100": {Name: "accepts by tones", RingFor: time.Second, Key: '1', KeyAfter: time.Second, NoEvents: true, Talk: true},
	"6195550100": {Name: "opts out", RingFor: time.Second, Key: '9', KeyAfter: 2 * time.Second},
	// As phone_to_call: they speak when they are asked.
	"6175550100": {Name: "leaves a message", RingFor: time.Second, SayAfter: 9 * time.Second, Say: murmur(4 * time.Second), HangupAfter: 14 * time.Second},
	"6185550100": {Name: "says its name", RingFor: time.Second, SayAfter: 7 * time.Second, Say: murmur(time.Second)},
}

func demoPhone(number string) (simulator.Scene, bool) {
	s, ok := demoPhones[number]
	return s, ok
}

// murmur is a sound with the pitch of a voice.
func murmur(d time.Duration) []byte {
	return g711.EncodeULawAll(tone.Generate([]float64{180, 360, 720}, d, 0.4))
}

// demoFile returns the demo's own lists, with the sound file they name and the
// key of the sample page at origin.
func demoFile(folder, origin string) (*accounts.File, error) {
	var sound []byte
	for _, hz := range []float64{659, 523, 587, 392} { // the old doorbell
		sound = append(sound, g711.EncodeULawAll(tone.Generate([]float64{hz, 2 * hz}, 600*time.Millisecond, 0.2))...)
	}
	if err := os.WriteFile(filepath.Join(folder, "chimes.wav"), ulawFile(sound), 0o600); err != nil {
		return nil, err
	}
	lists := strings.NewReplacer("DEMO_KEY", demoKey, "DEMO_ORIGIN", origin).Replace(string(demoLists))
	return accounts.Parse(filepath.Join(folder, "demo.yaml"), []byte(lists))
}

// ulawFile is a WAVE file of µ-law at 8 kHz.
func ulawFile(sound []byte) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32([]byte("RIFF"), uint32(36+len(sound)))
	b = le.AppendUint32(append(b, "WAVEfmt "...), 16)
	for _, v := range []uint16{7, 1, 8000, 0, 8000, 0, 1, 8} { // µ-law, one channel, rates, frame, bits
		b = le.AppendUint16(b, v)
	}
	return append(le.AppendUint32(append(b, "data"...), uint32(len(sound))), sound...)
}
