package system_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"clickbridge/simulator"
)

// A server killed in the middle leaves recordings that can be played, and a
// message that was being left is mailed all the same.
func TestKilledWhileRecording(t *testing.T) {
	t.Parallel()
	talker := takes(0)
	talker.HangupAfter = 0
	cases := []huntCase{
		{name: "recorded", list: "record: {on: true, announce: nobody}, numbers: [A0]", agents: []simulator.Scene{talker}},
		{name: "message", list: "end: {action: voicemail, emails: [owed@example.com]}, numbers: [A0]", agents: []simulator.Scene{busyPhone},
			phone: simulator.Scene{Name: "leaves a message", Say: sine(700, 60*seconds), SayAfter: seconds}},
	}
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			w := hunts(t, cases, "", func(s *setup) { s.dsn = e.dsn(t, t.TempDir()) })
			for i, c := range cases {
				w.clicking(c.click(i, c.name))
			}
			eventually(t, 40*seconds, "both files have four seconds", func() bool { return len(w.files(4*8000)) == 2 })
			w.kill()
			for _, name := range w.files(0) { // as they are, before anything repairs them
				raw, err := os.ReadFile(name)
				must(t, err)
				if d, _ := toneFor(channels(t, raw)[0], 700); strings.Contains(name, "voicemail") && d < 2*seconds {
					t.Errorf("%s has %v of the message", filepath.Base(name), d)
				}
			}
			w.start()
			w.noGhosts(t)
			w.ended(t, 2)
			list := w.command(t, "recordings", "list")
			if strings.Count(list, " ready ") != 2 || strings.Count(list, "cut: the server died") != 2 {
				t.Errorf("recordings:\n%s", list)
			}
			eventually(t, 20*seconds, "the message is mailed", func() bool { return len(w.mailsTo("owed@example.com")) == 1 })
			sound := channels(t, attached(t, w.mailsTo("owed@example.com")[0].Data))
			if d, _ := toneFor(sound[0], 700); d < 2*seconds {
				t.Errorf("the mail has %v of the message", d)
			}
		})
	}
}

// files returns the recordings on disk that have so many bytes.
func (w *world) files(least int64) (out []string) {
	all, _ := filepath.Glob(filepath.Join(w.dir, "recordings", "*", "*.wav"))
	for _, f := range all {
		if info, err := os.Stat(f); err == nil && info.Size() >= least {
			out = append(out, f)
		}
	}
	return out
}
