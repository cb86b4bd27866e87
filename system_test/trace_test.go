package system_test

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"clickbridge/simulator"
)

// What was said to carriers can be read while the server runs and after it was
// killed, and none of it is a secret.
func TestSignallingIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{
		sim: simulator.Config{TalkTime: time.Second, Script: script(map[string]simulator.Scene{
			"3125550114": {Name: "asks for credentials, accepts by INFO", Challenge: true, RingFor: 300 * time.Millisecond, Key: '1', KeyAfter: 300 * time.Millisecond, KeyVia: simulator.KeyInfo, Talk: true},
			"3125550102": ringsOn,
		})},
		tweak: func(c string) string { return strings.Replace(c, "password:", "register: true, password:", 1) },
	})
	shown := w.signalling(t, w.accepted(t))
	w.cut(t)
	shown += w.outside(t)
	w.noSecrets(t, shown)
}

// accepted makes a call whose agent is behind a proxy that asks for credentials.
func (w *world) accepted(t *testing.T) (id string) {
	if _, body := w.click(url.Values{"type": {"2"}, "findme_id": {"98714"}, "phone_to_call": {"2025550100"}, "ref": {"asks"}}); body != "Call Connected" {
		t.Fatal(body)
	}
	return w.endedRef(t, "asks").ID
}

// signalling reads it, in the order of the wire.
func (w *world) signalling(t *testing.T, id string) (shown string) {
	t.Helper()
	eventually(t, 5*time.Second, "the last message of both legs is kept", func() bool {
		shown = w.tool("calls", "show", id, "--sip")
		return strings.Count(shown, "200 OK (BYE)") == 2
	})
	_, ladder, _ := strings.Cut(shown, "seconds after ")
	order := regexp.MustCompile(`(?s)INVITE sip:3125550114@.*audio 127.*407 Proxy Authentication Required \(INVITE\) +realm .*ACK.*INVITE.*as demo.*180 Ringing.*` +
		`200 OK \(INVITE\).*ACK.*INFO.*200 OK \(INFO\).*INVITE sip:2025550100@.*BYE`)
	if !order.MatchString(ladder) {
		t.Errorf("the messages of scene 14 are not in order:\n%s", shown)
	}
	for _, line := range strings.Split(ladder, "\n") {
		if n := len([]rune(line)); n > 100 {
			t.Errorf("a line of %d characters: %s", n, line)
		}
	}
	full := w.tool("calls", "show", id, "--sip=full")
	contains(t, full, `Proxy-Authorization: Digest username="demo"`, `response="…"`, "Signal=…", "Content-Type: application/sdp")
	return shown + full
}

// cut kills the server while a phone rings, and starts it again.
func (w *world) cut(t *testing.T) {
	_ = w.clicking(url.Values{"type": {"2"}, "findme_id": {"98702"}, "phone_to_call": {"2025550101"}, "ref": {"cut"}})
	id := ""
	eventually(t, 10*time.Second, "the phone rings, and its 180 is kept", func() bool {
		for _, r := range w.report() {
			if r.Ref == "cut" {
				id = r.ID
			}
		}
		return id != "" && strings.Contains(w.tool("calls", "show", id, "--sip"), "180 Ringing")
	})
	w.kill()
	contains(t, w.tool("calls", "show", id, "--sip"), "INVITE sip:3125550102@", "180 Ringing (INVITE)")
	w.start()
	eventually(t, 10*time.Second, "recovery is in the call's trace too", func() bool {
		s := w.tool("calls", "show", id, "--sip")
		return strings.Contains(s, "180 Ringing") && strings.Contains(s, "CANCEL") && strings.Contains(s, "487 ")
	})
}

// outside reads what belongs to no call.
func (w *world) outside(t *testing.T) string {
	s := w.tool("calls", "sip", "sim", "--full")
	contains(t, s, "REGISTER sip:", "200 OK (REGISTER)", "as demo")
	if strings.Contains(s, "INVITE sip:") {
		t.Errorf("a call's messages are outside calls:\n%s", s)
	}
	return s
}

// noSecrets looks at everything that was kept or shown.
func (w *world) noSecrets(t *testing.T, shown string) {
	files, err := filepath.Glob(filepath.Join(w.dir, "sip-trace", "*"))
	must(t, err)
	if len(files) != 2 {
		t.Errorf("two lives of the server left %d files", len(files))
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		must(t, err)
		shown += string(data)
	}
	secret := regexp.MustCompile(trunkPassword + `|` + smsPassword + `|` + signingSecret + `|response="[^…]|c?nonce="[^…]|opaque="[^…]|Signal=[^…]`)
	if found := secret.FindAllString(shown, 3); found != nil {
		t.Errorf("kept or shown: %q", found)
	}
}
