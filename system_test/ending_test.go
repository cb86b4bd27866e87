package system_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"clickbridge/prompt"
	"clickbridge/simulator"
	"clickbridge/simulator/sink"
)

// leaves is a customer who leaves a message of three seconds once it may, and
// hangs up.
func leaves(hz float64, after time.Duration) simulator.Scene {
	return simulator.Scene{Name: "leaves a message", Say: sine(hz, 3*seconds), SayAfter: after, HangupAfter: after + 4*seconds}
}

func endingCases() []huntCase {
	en := prompt.In("en")
	message := length(slices.Concat(en.NobodyNow(), en.LeaveMessage(), en.Beep()))
	voicemail := func(to string) string { return "end: {action: voicemail, emails: [" + to + "]}, numbers: [A0]" }
	return []huntCase{
		{name: "hang up", list: "numbers: [A0]", agents: []simulator.Scene{busyPhone}, result: "No Answer",
			check: func(h *hunted, t *testing.T) { heardClips(t, "the customer", h.customerTape(), en.NobodyAvailable()) }},
		{name: "transfer, type 1", list: "end: {action: transfer, number: A1}, numbers: [A0]", result: "Transferred",
			agents: []simulator.Scene{busyPhone, {Name: "the other office", Talk: true, HangupAfter: 3 * seconds}}, check: func(h *hunted, t *testing.T) {
				if d := h.phone[0].HeardTone(simulator.ToneOf(h.c.agent(h.i, 1))); d < seconds {
					t.Errorf("the customer heard the other office for %v", d)
				}
			}},
		{name: "transfer, type 2", order: "2", list: "end: {action: transfer, number: A1}, numbers: [A0]", result: "Transferred", answer: "Requeset Processed",
			agents: []simulator.Scene{busyPhone, {Name: "the other office", Talk: true, HangupAfter: 5 * seconds}}, check: func(h *hunted, t *testing.T) {
				if d := h.phone[0].HeardTone(simulator.ToneOf(h.c.agent(h.i, 1))); d < seconds {
					t.Errorf("the customer heard the other office for %v", d)
				}
			}},
		{name: "the click says another number", order: "2", list: "end: {action: transfer, number: A1}, numbers: [A0]", result: "Transferred",
			answer: "Requeset Processed", agents: []simulator.Scene{busyPhone, {Name: "not asked"}, {Name: "asked", Talk: true, HangupAfter: 3 * seconds}},
			check: func(h *hunted, t *testing.T) {
				if len(h.agents[1]) != 0 || len(h.agents[2]) != 1 {
					t.Errorf("the list's number was dialled %d times, the click's %d", len(h.agents[1]), len(h.agents[2]))
				}
			}},
		{name: "voicemail, type 1", list: voicemail("one@example.com"), agents: []simulator.Scene{busyPhone}, result: "No Answer",
			phone: leaves(700, greetingAtMost+message), check: func(h *hunted, t *testing.T) {
				heardClips(t, "the customer", h.customerTape(), slices.Concat(en.NobodyNow(), en.LeaveMessage(), en.Beep()))
				h.message(t, "one@example.com", 700)
			}},
		{name: "voicemail, type 2", order: "2", list: voicemail("two@example.com"), agents: []simulator.Scene{busyPhone}, result: "No Answer",
			answer: "Requeset Processed", phone: leaves(800, message+seconds), check: func(h *hunted, t *testing.T) {
				heardClips(t, "the customer", h.customerTape(), slices.Concat(en.NobodyNow(), en.LeaveMessage(), en.Beep()))
				h.message(t, "two@example.com", 800)
			}},
		{name: "no message", list: voicemail("none@example.com"), agents: []simulator.Scene{busyPhone}, result: "No Answer",
			phone: simulator.Scene{Name: "hangs up at the beep", HangupAfter: greetingAtMost + message + seconds/2}, check: func(h *hunted, t *testing.T) {
				if ms := h.w.mailsTo("none@example.com"); len(ms) != 0 {
					t.Errorf("%d mails without a message", len(ms))
				}
			}},
		{name: "called later", list: "end: {action: call_later, after_minutes: 1, max_calls: 2, hours: \"00:00-24:00\"}, numbers: [A0]",
			agents: []simulator.Scene{busyPhone}, result: "No Answer", check: func(h *hunted, t *testing.T) {
				heardClips(t, "the customer", h.customerTape(), en.CallYouBack())
			}},
		{name: "called at the next opening", order: "2", answer: "Requeset Processed", result: "No Answer", agents: []simulator.Scene{busyPhone},
			list: "end: {action: call_later, after_minutes: 1, next_open: true, hours: \"00:00-24:00\"}, schedule: {closed: [" + nearDates() + "]}, numbers: [A0]"},
	}
}

// greetingAtMost is how long a customer whose list is busy at once hears the
// greeting: it is cut by the end of the list.
const greetingAtMost = seconds

// message holds that the message left was mailed, with its sound.
func (h *hunted) message(t *testing.T, to string, hz float64) {
	t.Helper()
	var ms []sink.Message
	eventually(t, 10*seconds, "a mail to "+to, func() bool {
		ms = h.w.mailsTo(to)
		return len(ms) == 1
	})
	sound := channels(t, attached(t, ms[0].Data))
	if len(sound) != 1 {
		t.Fatalf("%d channels", len(sound))
	}
	if d, _ := toneFor(sound[0], hz); d < 2500*time.Millisecond || d > 3200*time.Millisecond {
		t.Errorf("the message of 3 s has %v of it, in %d s", d, len(sound[0])/8000)
	}
}

func (w *world) mailsTo(to string) (out []sink.Message) {
	for _, m := range w.mail.Messages() {
		if slices.Contains(m.To, to) {
			out = append(out, m)
		}
	}
	return out
}

// attached returns the file a mail carries.
func attached(t *testing.T, raw []byte) []byte {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	must(t, err)
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	must(t, err)
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			t.Fatalf("no file in\n%.500s", raw)
		}
		must(t, err)
		if p.FileName() == "" {
			continue
		}
		b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, p))
		must(t, err)
		return b
	}
}

// What is done for a lead when nobody accepted, in either order.
func TestEndOfList(t *testing.T) {
	t.Parallel()
	cases := endingCases()
	for i := range cases {
		if cases[i].name == "the click says another number" {
			cases[i].params = url.Values{"no_answer_phone": {cases[i].agent(i, 2)}}
		}
	}
	w := hunts(t, cases, "", nil)
	runHunts(t, w, cases)
	if !t.Failed() {
		w.callsAgain(t, cases)
	}
}

// callsAgain holds that one customer is called again after a minute, that the
// other waits for the opening and can be taken off.
func (w *world) callsAgain(t *testing.T, cases []huntCase) {
	t.Helper()
	soon := cases[len(cases)-2].customer(len(cases) - 2)
	eventually(t, 90*seconds, "the second call", func() bool { return len(w.legs(soon)) == 2 })
	legs := w.over(t, soon)
	if gap := legs[1].InvitedAt.Sub(legs[0].EndedAt); gap < 45*seconds {
		t.Errorf("called again after %v", gap)
	}
	var list string
	eventually(t, 30*seconds, "the callback is over", func() bool {
		list = w.command(t, "callbacks", "list")
		return strings.Contains(list, "given up")
	})
	waiting := regexp.MustCompile(`\S+  (\S+) .*waiting`).FindStringSubmatch(list)
	if waiting == nil {
		t.Fatalf("nothing waits for the opening:\n%s", list)
	}
	contains(t, w.command(t, "callbacks", "cancel", waiting[1]), "is canceled")
	contains(t, w.command(t, "callbacks", "list", "--state", "canceled"), waiting[1])
	if out, err := w.run("callbacks", "cancel", "--config", w.config, waiting[1]); err == nil || !strings.Contains(out, "over already") {
		t.Errorf("canceled twice: %v %s", err, out)
	}
}

// command runs a command of the binary with the world's configuration.
func (w *world) command(t *testing.T, words ...string) string {
	t.Helper()
	n := min(len(words), 2)
	args := append(append(slices.Clone(words[:n]), "--config", w.config), words[n:]...)
	out, err := w.run(args...)
	if err != nil {
		t.Fatalf("%v: %v\n%s", words, err, out)
	}
	return out
}

// A recorded call: both are told, each is on its own channel.
func TestRecording(t *testing.T) {
	t.Parallel()
	agent := takes(0)
	agent.HangupAfter = 6 * seconds
	cases := []huntCase{
		{name: "both told", list: "record: {on: true, keep_days: 30}, numbers: [A0]", agents: []simulator.Scene{agent}},
		{name: "agents first, nobody told", order: "2", list: "record: {on: true, announce: nobody}, numbers: [A0]", agents: []simulator.Scene{agent}},
		{name: "not recorded", list: "numbers: [A0]", agents: []simulator.Scene{agent}},
	}
	w := hunts(t, cases, "", nil)
	runHunts(t, w, cases)
	en := prompt.In("en")
	for i, c := range cases[:2] {
		h := w.hunted(t, c, i, c.name)
		told := heardNot
		if i == 0 {
			told = heardClips
		}
		told(t, "the customer", h.customerTape(), en.Recorded())
		told(t, "the agent", h.agentTape(0), en.Recorded())
		w.tape(t, h)
	}
	if list := w.command(t, "recordings", "list"); strings.Count(list, " ready ") != 2 {
		t.Errorf("recordings:\n%s", list)
	}
}

// tape reads a call's recording as an operator would, and deletes it.
func (w *world) tape(t *testing.T, h *hunted) {
	t.Helper()
	list := w.command(t, "recordings", "list", "--call", h.row.ID)
	line := regexp.MustCompile(`(\S+)  ` + h.row.ID + `\s+call\s+ready\s+(\S+)`).FindStringSubmatch(list)
	if line == nil {
		t.Fatalf("not listed:\n%s", list)
	}
	file := filepath.Join(t.TempDir(), "call.wav")
	contains(t, w.command(t, "recordings", "get", line[1], "--out", file), "bytes")
	raw, err := os.ReadFile(file)
	must(t, err)
	sound := channels(t, raw)
	if len(sound) != 2 {
		t.Fatalf("%d channels", len(sound))
	}
	customer, agent := simulator.ToneOf(h.c.customer(h.i)), simulator.ToneOf(h.c.agent(h.i, 0))
	heardTone(t, "the left channel", sound[0], customer, 2*seconds)
	heardTone(t, "the right channel", sound[1], agent, 2*seconds)
	for i, other := range []float64{agent, customer} {
		if d, _ := toneFor(sound[i], other); d > 0 {
			t.Errorf("channel %d has %v of the other side", i, d)
		}
	}
	if h.i == 0 {
		contains(t, list, "told")
	}
}
