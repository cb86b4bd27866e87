package system_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"clickbridge/simulator"
	"clickbridge/simulator/sink"
)

// noticeRow is a line of `notices list`.
type noticeRow struct {
	ID, Call, Kind, To, State, Tries, Last string
}

var columns = regexp.MustCompile(` {2,}`)

// noticeRows returns what `notices list` prints, the tries left out.
func (w *world) noticeRows() []noticeRow {
	w.t.Helper()
	var rows []noticeRow
	for _, line := range strings.Split(w.tool("notices", "list", "--limit", "1000"), "\n") {
		if line == "" || line[0] < '0' || line[0] > '9' {
			continue
		}
		c := columns.Split(line, 8)
		if len(c) < 7 {
			w.t.Fatalf("notices list: %q", line)
		}
		rows = append(rows, noticeRow{c[1], c[2], c[3], c[4], c[5], c[6], strings.Join(c[7:], "")})
	}
	return rows
}

// noticeTo returns the only notice to an address.
func (w *world) noticeTo(to string) noticeRow {
	w.t.Helper()
	var found []noticeRow
	for _, r := range w.noticeRows() {
		if r.To == to {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		w.t.Fatalf("%d notices to %s", len(found), to)
	}
	return found[0]
}

// tool runs a command of the operator on the world's configuration; it must
// succeed.
func (w *world) tool(args ...string) string {
	w.t.Helper()
	out, err := w.run(append(args, "--config", w.config)...)
	if err != nil {
		w.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out
}

// fails runs a command that must end with exit code 1, and returns what it
// said.
func (w *world) fails(args ...string) string {
	w.t.Helper()
	out, err := w.run(args...)
	if code := exitCode(err); code != 1 {
		w.t.Errorf("%v: exit code %d, want 1\n%s", args, code, out)
	}
	return out
}

// exitCode is a finished command's; -1 when it did not run or was killed.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if e, ok := err.(*exec.ExitError); ok {
		return e.ExitCode()
	}
	return -1
}

// contains fails unless a text holds every part.
func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in:\n%s", p, text)
		}
	}
}

// leg returns the one leg the carrier saw of a number; nil while there is none.
func (w *world) leg(number string) *simulator.Leg {
	ls := w.legs(number)
	if len(ls) == 0 {
		return nil
	}
	return &ls[len(ls)-1]
}

// rings reports whether a number's phone rings now.
func (w *world) rings(number string) bool {
	l := w.leg(number)
	return l != nil && !l.RungAt.IsZero() && !l.Answered() && !l.Over()
}

// holds reports whether a number's phone is off the hook, its answer known to
// the server.
func (w *world) holds(number string) bool {
	l := w.leg(number)
	return l != nil && !l.AckedAt.IsZero() && l.Held() > 0
}

// hears reports whether a number's phone has heard another's voice.
func (w *world) hears(number, other string) bool {
	l := w.leg(number)
	return l != nil && l.HeardTone(simulator.ToneOf(other)) > 0
}

// posts returns the requests to a path, oldest first.
func (w *world) posts(path string) []sink.Request {
	var out []sink.Request
	for _, r := range w.web.Requests() {
		if r.Path == path {
			out = append(out, r)
		}
	}
	return out
}

// mailTo returns the mails accepted for an address.
func (w *world) mailTo(to string) []sink.Message {
	var out []sink.Message
	for _, m := range w.mail.Messages() {
		if m.To[0] == to {
			out = append(out, m)
		}
	}
	return out
}

// smsTo returns the text messages accepted for a number in E.164.
func (w *world) smsTo(to string) []sink.SMS {
	var out []sink.SMS
	for _, s := range w.web.SMS() {
		if s.To == to {
			out = append(out, s)
		}
	}
	return out
}

// outcome waits for the end of a process that was told to end.
func (w *world) outcome(limit time.Duration) int {
	w.t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	select {
	case <-w.exited:
		return w.cmd.ProcessState.ExitCode()
	case <-deadline.C:
		w.t.Fatalf("the server has not ended within %v", limit)
		return -1
	}
}

// accountsWith is an accounts file of the example's account with other FindMes:
// id → numbers. Their agents take any number of calls at once.
func accountsWith(findMes map[int][]string) string {
	var b strings.Builder
	b.WriteString(`accounts:
  - name: Example
    country: US
    time_zone: America/Chicago
    default_caller_id: "9998887777"
    destinations: [US, CA]
    keys: [{name: website backend, access_key: foo, secret_access_key: bar}]
    numbers:
      - {number: "9998887777", kind: tracking}
      - {number: "8887776666", kind: registered}
      - {number: "5557585902", kind: tracking, sms: true}
    findmes:
`)
	for id, numbers := range findMes {
		fmt.Fprintf(&b, "      - {id: %d, name: Team %d, timeout: 60, on_another_call: ring, numbers: [%s]}\n", id, id, `"`+strings.Join(numbers, `", "`)+`"`)
	}
	return b.String()
}

// script makes phones of scenes by number, for simulator.Config.
func script(phones map[string]simulator.Scene) func(string) (simulator.Scene, bool) {
	return func(number string) (simulator.Scene, bool) {
		s, ok := phones[number]
		return s, ok
	}
}

// Phones that tests are made of; quicker than the numbered scenes.
var (
	talks     = simulator.Scene{Name: "accepts, talks", RingFor: 300 * time.Millisecond, Key: '1', KeyAfter: 300 * time.Millisecond, Talk: true}
	ringsOn   = simulator.Scene{Name: "rings for ever", RingFor: simulator.Forever}
	voicemail = simulator.Scene{Name: "voicemail", RingFor: 300 * time.Millisecond, Voicemail: true}
	busy      = simulator.Scene{Name: "busy", RingFor: 100 * time.Millisecond, FinalStatus: 486}
	mute      = simulator.Scene{Name: "never replies", NoReply: true}
	onCancel  = simulator.Scene{Name: "answers as it is cancelled", RingFor: simulator.Forever, AnswerOnCancel: true}
	atOnce    = simulator.Scene{Name: "accepts at once", Key: '1', KeyAfter: 50 * time.Millisecond, Talk: true}
	noNumber  = simulator.Scene{Name: "not in service", NoRing: true, FinalStatus: 404}
)

// answer places a click with the example account's keys on one of the paths
// and returns the whole response.
func (w *world) answer(t *testing.T, path string, params url.Values) (*http.Response, string) {
	t.Helper()
	q := url.Values{"action": {"clickto.findme"}, "access_key": {"foo"}, "secret_access_key": {"bar"}}
	for k, v := range params {
		q[k] = v
	}
	req, err := http.NewRequest(http.MethodGet, "http://"+w.http+path+"?"+q.Encode(), http.NoBody)
	must(t, err)
	return exchanged(t, req)
}

// exchanged does a request and reads its answer.
func exchanged(t *testing.T, req *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	return res, readAll(res)
}

// readAll reads an answer's body and closes it; what broke off is missing.
func readAll(res *http.Response) string {
	defer func() { _ = res.Body.Close() }()
	b, _ := io.ReadAll(res.Body)
	return string(b)
}
