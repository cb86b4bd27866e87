package accounts

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
)

// upload is a folder of sound files and the accounts files beside them.
type upload struct {
	folder    string
	converted []string // what was converted, in order
}

func newUpload(t *testing.T, sounds map[string]string) *upload {
	t.Helper()
	u := &upload{folder: t.TempDir()}
	for name, content := range sounds {
		path := filepath.Join(u.folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return u
}

// convert makes one second of every byte; "noise" is no sound.
func (u *upload) convert(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if string(b) == "noise" {
		return nil, errors.New("is not a sound file; write WAV or MP3")
	}
	u.converted = append(u.converted, string(b))
	return bytes.Repeat([]byte{0xff}, 8000*len(b)), nil
}

// plan applies text, whose sound files are in the folder.
func (u *upload) plan(t *testing.T, d *clickbridge.Directory, prune bool, text string) (*clickbridge.Directory, string, error) {
	t.Helper()
	f, err := parse(filepath.Join(u.folder, "a.yaml"), []byte(text), noFiles)
	if err != nil {
		t.Fatal(err)
	}
	list := []*File{f}
	if err := ReadAudio(d, list, Sound{MaxBytes: 20, Convert: u.convert}); err != nil {
		return nil, "", err
	}
	changes, lines, err := Plan(d, list, serverKey, prune)
	if err != nil {
		return nil, "", err
	}
	var said []string
	for _, l := range lines {
		said = append(said, l.String())
	}
	return apply(t, d, changes), strings.Join(said, "\n"), nil
}

const withJazz = "accounts: [{name: A, audio: [{name: jazz, file: music/jazz.wav}], findmes: [{id: 1, hold: {music: jazz}, numbers: ['5558688950']}]}]"

// A clip is converted once, again when its file has changed, and goes with
// prune alone.
func TestAudio(t *testing.T) {
	u := newUpload(t, map[string]string{"music/jazz.wav": "la", "other.wav": "lalala"})
	d, said, err := u.plan(t, nil, false, withJazz)
	if err != nil {
		t.Fatal(err)
	}
	want := `create  account A
          country: US
          time_zone: UTC
create  audio "jazz" of account A
          length: 2s
create  FindMe 1 of account A
          timeout: 30s
          loop_count: 1
          hold.music: jazz
          numbers: +15558688950`
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if a := d.Audio[0]; a.Name != "jazz" || a.Length != 2*time.Second || len(a.SHA256) != 64 {
		t.Errorf("got %+v", a)
	}
	again, said, err := u.plan(t, d, false, withJazz)
	if err != nil || said != "" || len(u.converted) != 1 {
		t.Errorf("again: %q, %v, converted %q", said, err, u.converted)
	}
	changed, said, err := u.plan(t, again, false, strings.Replace(withJazz, "music/jazz.wav", "other.wav", 1))
	if want := "update  audio \"jazz\" of account A\n          sound: changed\n          length: 2s -> 6s"; err != nil || said != want {
		t.Errorf("changed: %v\n%s", err, said)
	}
	if diff := cmp.Diff([]string{"la", "lalala"}, u.converted); diff != "" {
		t.Errorf("converted: -want +got\n%s", diff)
	}
	// The store has it, so that a file need not.
	const used = "accounts: [{name: A, findmes: [{id: 1, voice: {apology_audio: jazz}}]}]"
	kept, said, err := u.plan(t, changed, false, used)
	if err != nil || !strings.Contains(said, "keep    audio \"jazz\" of account A (not in the file; --prune removes it)") || len(kept.Audio) != 1 {
		t.Errorf("kept: %v\n%s", err, said)
	}
	if _, _, err = u.plan(t, changed, true, "accounts: [{name: A, findmes: [{id: 1, hold: {music: jazz}, numbers: []}]}]"); err == nil ||
		!strings.Contains(err.Error(), `"jazz" is not the name of a clip`) {
		t.Errorf("a pruned clip is used: %v", err)
	}
	gone, said, err := u.plan(t, changed, true, "accounts: [{name: B}]")
	if err != nil || len(gone.Audio) != 0 || !strings.HasPrefix(said, "remove  FindMe 1 of account A\nremove  audio \"jazz\" of account A\nremove  account A\n") {
		t.Errorf("gone: %v\n%s", err, said)
	}
}

func TestAudioFaults(t *testing.T) {
	u := newUpload(t, map[string]string{"noise.wav": "noise", "long.wav": strings.Repeat("x", 21), "fits.wav": strings.Repeat("x", 20)})
	path := filepath.Join(u.folder, "a.yaml")
	for text, want := range map[string]string{
		"{name: n, file: none.wav}":  "none.wav cannot be read: no such file or directory",
		"{name: n, file: noise.wav}": "noise.wav is not a sound file; write WAV or MP3",
		"{name: n, file: long.wav}":  "long.wav is larger than 20 bytes (audio.max_size)",
		"{name: n, file: fits.wav}":  "",
		"{name: n, file: .}":         ". cannot be read: is a directory",
		"{name: n, file: /dev/zero}": "/dev/zero is no file",
	} {
		_, _, err := u.plan(t, nil, false, "accounts: [{name: A, audio: ["+text+"]}]")
		switch full := path + ":1:46: accounts[0].audio[0].file: " + want; {
		case want == "" && err != nil, want != "" && (err == nil || err.Error() != full):
			t.Errorf("%s: got  %v\nwant %s", text, err, full)
		}
	}
	for text, want := range map[string]string{
		"{file: a}":                              "3:13: accounts[0].audio[0]: name is needed",
		"{name: a}":                              "3:13: accounts[0].audio[0]: file is needed: the sound file, relative to this one",
		"{name: ' a', file: b}":                  `3:20: accounts[0].audio[0].name: " a" is not one line of up to 100 characters without spaces around it`,
		"{name: a, file: a}, {name: a, file: b}": `3:40: accounts[0].audio[1].name: "a" is the name of two clips of this account`,
	} {
		if _, err := read(one("    audio: [" + text + "]\n")); err == nil || err.Error() != "a.yaml:"+want {
			t.Errorf("%s: got  %v\nwant a.yaml:%s", text, err, want)
		}
	}
}
