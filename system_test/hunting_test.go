package system_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"clickbridge/simulator"
)

// areas are area codes in use, one for each case: its phones end in 00, 01 … for
// agents and in 50 for the customer.
var areas = strings.Fields(`201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234
	239 240 248 251 252 253 254 256 260 262 267 269 270 272 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315
	316 317 318 319 320 321 323 325 330 331 334 336 337 339 347 351 352 360 361 385 386 401 402 404 405 406 407 408 409`)

// huntCase is one FindMe with its phones.
type huntCase struct {
	name   string
	list   string            // its settings, YAML flow; A0, A1 … stand for the agents' numbers
	agents []simulator.Scene // what they do
	phone  simulator.Scene   // what the customer does; zero = talks until the other side hangs up
	order  string            // "" = 1
	answer string            // "" = Call Connected
	result string            // "" = Connected; any
	params url.Values        // more of the click
	check  func(h *hunted, t *testing.T)
}

// hunted is what became of a huntCase.
type hunted struct {
	w      *world
	c      huntCase
	i      int
	row    record
	agents [][]simulator.Leg // by agent, each one's legs
	phone  []simulator.Leg
}

func (c huntCase) agent(i, a int) string { return fmt.Sprintf("%s55501%02d", areas[i], a) }
func (c huntCase) customer(i int) string { return areas[i] + "5550150" }

// yaml is the case's line of the accounts file.
func (c huntCase) yaml(i int) string {
	list := c.list
	for a := len(c.agents) - 1; a >= 0; a-- {
		list = strings.ReplaceAll(list, fmt.Sprintf("A%d", a), `"`+c.agent(i, a)+`"`)
	}
	list = strings.ReplaceAll(list, "CUSTOMER", `"`+c.customer(i)+`"`)
	return fmt.Sprintf("\n      - {id: %d, name: %q, %s}\n", 99500+i, c.name, list)
}

// scenes returns what every phone of the cases does.
func scenesOf(cases []huntCase) func(string) (simulator.Scene, bool) {
	scenes := map[string]simulator.Scene{}
	for i, c := range cases {
		for a, s := range c.agents {
			s.Tape = true
			scenes[c.agent(i, a)] = s
		}
		if c.phone.Name == "" {
			c.phone = speaks(0)
		}
		c.phone.Tape = true
		scenes[c.customer(i)] = c.phone
	}
	return func(n string) (simulator.Scene, bool) {
		s, ok := scenes[n]
		return s, ok
	}
}

// hunts is a world in which the cases' FindMes are; more follows the account's
// lists in its file.
func hunts(t *testing.T, cases []huntCase, more string, change func(*setup)) *world {
	t.Helper()
	var b strings.Builder
	b.WriteString(readFile(t, "../accounts/example.yaml"))
	for i, c := range cases {
		b.WriteString(c.yaml(i))
	}
	b.WriteString(more)
	s := setup{accounts: b.String(), sim: simulator.Config{Script: scenesOf(cases)}}
	if change != nil {
		change(&s)
	}
	return newWorld(t, s)
}

// runHunts clicks all cases at once and looks at what became of each.
func runHunts(t *testing.T, w *world, cases []huntCase) {
	t.Helper()
	answers := make([]<-chan string, len(cases))
	for i, c := range cases {
		answers[i] = w.clicking(c.click(i, c.name))
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			want := c.answer
			if want == "" {
				want = "Call Connected"
			}
			if body := <-answers[i]; body != want {
				t.Errorf("answer = %q, want %q", body, want)
			}
			h := w.hunted(t, c, i, c.name)
			if want := c.want(); h.row.Result != want && want != "any" {
				t.Errorf("result = %q, want %q: %v", h.row.Result, want, h.row.results())
			}
			if c.check != nil {
				c.check(h, t)
			}
		})
	}
	w.noGhosts(t)
}

func (c huntCase) want() string {
	if c.result == "" {
		return "Connected"
	}
	return c.result
}

func (c huntCase) click(i int, ref string) url.Values {
	order := c.order
	if order == "" {
		order = "1"
	}
	v := url.Values{"type": {order}, "findme_id": {fmt.Sprint(99500 + i)}, "phone_to_call": {c.customer(i)}, "ref": {cutRef(ref)}}
	for k, p := range c.params {
		v[k] = p
	}
	return v
}

// cutRef is what the server keeps of a ref.
func cutRef(s string) string { return s[:min(len(s), 32)] }

// hunted waits for the end of a case's call.
func (w *world) hunted(t *testing.T, c huntCase, i int, ref string) *hunted {
	t.Helper()
	h := &hunted{w: w, c: c, i: i, row: w.endedRef(t, cutRef(ref))}
	for a := range c.agents {
		h.agents = append(h.agents, w.over(t, c.agent(i, a)))
	}
	h.phone = w.over(t, c.customer(i))
	return h
}

// over returns the legs of a number once all of them are.
func (w *world) over(t *testing.T, number string) (legs []simulator.Leg) {
	t.Helper()
	eventually(t, 20*seconds, number+" has no leg any more", func() bool {
		legs = w.legs(number)
		return !slices.ContainsFunc(legs, func(l simulator.Leg) bool { return !l.Over() })
	})
	return legs
}

// list returns the attempts on the list: the agent's place, and the result.
func (h *hunted) list() (out []string) {
	for _, a := range h.row.Attempts {
		if a.Leg != "findme" {
			continue
		}
		place := "?"
		for i := range h.c.agents {
			if a.Number == h.c.agent(h.i, i) {
				place = fmt.Sprintf("A%d", i)
			}
		}
		out = append(out, place+" "+a.Result)
	}
	return out
}

func (h *hunted) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := h.list(); !slices.Equal(got, want) {
		t.Errorf("attempts %q, want %q", got, want)
	}
}

// first returns the only leg of an agent.
func (h *hunted) first(t *testing.T, a int) simulator.Leg {
	t.Helper()
	if len(h.agents[a]) != 1 {
		t.Fatalf("A%d has %d legs", a, len(h.agents[a]))
	}
	return h.agents[a][0]
}

func expects(want ...string) func(*hunted, *testing.T) {
	return func(h *hunted, t *testing.T) { h.expect(t, want...) }
}

var (
	busyPhone  = simulator.Scene{Name: "busy", FinalStatus: 486}
	refusing   = simulator.Scene{Name: "declines", FinalStatus: 603}
	ringing    = simulator.Scene{Name: "rings", RingFor: simulator.Forever}
	speechless = simulator.Scene{Name: "answers, presses nothing"}
)

// takes is an agent who rings a while, presses 1 and talks a second.
func takes(ring time.Duration) simulator.Scene {
	s := accepts(500*time.Millisecond, seconds)
	s.RingFor = ring
	return s
}

func huntCases() []huntCase {
	return []huntCase{
		{name: "in order", list: "numbers: [A0, A1, A2]", agents: []simulator.Scene{busyPhone, refusing, takes(0)},
			check: expects("A0 Busy", "A1 Declined", "A2 Accepted")},
		{name: "all at once", list: "strategy: all_at_once, numbers: [A0, A1, A2]",
			agents: []simulator.Scene{ringing, takes(2 * seconds), takes(seconds)}, check: func(h *hunted, t *testing.T) {
				if gap := h.first(t, 2).InvitedAt.Sub(h.first(t, 0).InvitedAt); gap > seconds {
					t.Errorf("the third rang %v after the first", gap)
				}
				for a, want := range []string{"Canceled", "Canceled", "Accepted"} {
					if !slices.Contains(h.list(), fmt.Sprintf("A%d %s", a, want)) {
						t.Errorf("attempts %q: A%d is not %s", h.list(), a, want)
					}
				}
			}},
		{name: "all at once, the agents first", order: "2", list: "strategy: all_at_once, numbers: [A0, A1]",
			agents: []simulator.Scene{ringing, takes(seconds)}},
		{name: "two at once", list: "simul: 2, numbers: [A0, A1, A2, A3]",
			agents: []simulator.Scene{ringing, {Name: "busy late", RingFor: seconds, FinalStatus: 486}, {Name: "busy late", RingFor: seconds, FinalStatus: 486}, takes(0)},
			check: func(h *hunted, t *testing.T) {
				a0, a1, a2, a3 := h.first(t, 0), h.first(t, 1), h.first(t, 2), h.first(t, 3)
				if a1.InvitedAt.Sub(a0.InvitedAt) > seconds/2 || a2.InvitedAt.Before(a1.EndedAt) || a3.InvitedAt.Before(a2.EndedAt) || a0.EndedAt.Before(a3.AnsweredAt) {
					t.Errorf("rung at %v, %v, %v, %v", a0.InvitedAt, a1.InvitedAt, a2.InvitedAt, a3.InvitedAt)
				}
			}},
		{name: "a start delay", list: "strategy: all_at_once, numbers: [A0, {number: A1, delay: 2}]",
			agents: []simulator.Scene{ringing, takes(0)}, check: func(h *hunted, t *testing.T) {
				if gap := h.first(t, 1).InvitedAt.Sub(h.first(t, 0).InvitedAt); gap < 1500*time.Millisecond || gap > 3*seconds {
					t.Errorf("the second rang %v after the first, want 2 s", gap)
				}
			}},
		{name: "paused and off shift", list: `numbers: [{number: A0, paused: true}, {number: A1, schedule: {closed: [` + nearDates() + `]}}, A2]`,
			agents: []simulator.Scene{takes(0), takes(0), takes(0)}, check: func(h *hunted, t *testing.T) {
				h.expect(t, "A1 Not On Shift", "A2 Accepted")
				if len(h.agents[0])+len(h.agents[1]) != 0 || h.row.Attempts[1].Ring != "0" {
					t.Errorf("legs of who must not be rung: %d, ring %q", len(h.agents[0])+len(h.agents[1]), h.row.Attempts[1].Ring)
				}
			}},
		{name: "nobody on shift", order: "2", list: `schedule: {closed: [` + nearDates() + `]}, numbers: [A0, A1]`, agents: []simulator.Scene{takes(0), takes(0)},
			answer: "Requeset Processed", result: "No Answer", check: expects("A0 Not On Shift", "A1 Not On Shift")},
		{name: "no passes", order: "2", list: "loop_count: 0, numbers: [A0]", agents: []simulator.Scene{takes(0)},
			answer: "Requeset Processed", result: "No Answer", check: expects()},
		{name: "a decline ends the hunt", list: "decline_ends_hunt: true, numbers: [A0, A1]", agents: []simulator.Scene{refusing, takes(0)},
			result: "No Answer", check: expects("A0 Declined")},
		{name: "a decline is final", list: "loop_count: 3, numbers: [A0, A1]", agents: []simulator.Scene{refusing, busyPhone},
			result: "No Answer", check: expects("A0 Declined", "A1 Busy", "A1 Busy", "A1 Busy")},
		{name: "the first who answers", list: "auto_accept: first, timeout: 10, numbers: [A0, A1]",
			agents: []simulator.Scene{ringing, {Name: "answers", HangupAfter: 2 * seconds, Talk: true}}, // a ring time before it
			check:  expects("A0 No Answer", "A1 Accepted")},
		{name: "the last is taken unless it declines", list: "auto_accept: last_asked, numbers: [A0, A1]",
			agents: []simulator.Scene{busyPhone, {Name: "answers", HangupAfter: 15 * seconds, Talk: true}}, check: expects("A0 Busy", "A1 Accepted")},
		{name: "the last may decline", list: "auto_accept: last_asked, numbers: [A0]",
			agents: []simulator.Scene{{Name: "presses 2", Key: '2', KeyAfter: seconds}}, result: "No Answer", check: expects("A0 Declined")},
		{name: "keys of its own", list: `screen: {accept: "5", decline: "6", pass: "7"}, loop_count: 2, numbers: [A0, A1, A2]`,
			agents: []simulator.Scene{{Name: "presses 6", Key: '6', KeyAfter: seconds}, {Name: "presses 7", Key: '7', KeyAfter: seconds},
				with(takes(0), func(s *simulator.Scene) { s.Key = '5' })}, check: expects("A0 Declined", "A1 Not Accepted", "A2 Accepted")},
		{name: "three tries of two seconds", list: "screen: {tries: 1, seconds: 2}, numbers: [A0, A1]", agents: []simulator.Scene{speechless, takes(0)},
			check: expects("A0 Not Accepted", "A1 Accepted")},
		{name: "behind a menu", list: `numbers: [{number: A0, extension: "204", extension_wait: 1}]`,
			agents: []simulator.Scene{with(takes(0), func(s *simulator.Scene) { s.Menu = "204" })}, check: expects("A0 Accepted")},
		{name: "keys in the audio", list: "numbers: [A0]", agents: []simulator.Scene{with(takes(0), func(s *simulator.Scene) { s.NoEvents = true })},
			check: expects("A0 Accepted")},
		{name: "behind a menu, keys in the audio", list: `numbers: [{number: A0, extension: "20", extension_wait: 1}, A1]`,
			agents: []simulator.Scene{{Name: "deaf to events", NoEvents: true, HangupAfter: 4 * seconds}, takes(0)}, check: expects("A0 Not Accepted", "A1 Accepted")},
		{name: "a machine is not asked", list: "detect_machine: true, numbers: [A0, A1]",
			agents: []simulator.Scene{{Name: "voicemail", Voicemail: true}, takes(0)}, check: func(h *hunted, t *testing.T) {
				h.expect(t, "A0 Not Accepted", "A1 Accepted")
				if l := h.first(t, 0); l.EndedAt.Sub(l.AnsweredAt) > 6*seconds {
					t.Errorf("the machine was listened to for %v", l.EndedAt.Sub(l.AnsweredAt))
				}
			}},
	}
}

// nearDates are yesterday, today and tomorrow: one of them is today wherever the
// account is.
func nearDates() string {
	var days []string
	for d := -1; d <= 1; d++ {
		days = append(days, `"`+time.Now().AddDate(0, 0, d).Format(time.DateOnly)+`"`)
	}
	return strings.Join(days, ", ")
}

// Every way to hunt, with real phones.
func TestHunting(t *testing.T) {
	t.Parallel()
	cases := huntCases()
	runHunts(t, hunts(t, cases, "", nil), cases)
}

// An empty end of a list is reached at once.
func TestNobodyOnShiftIsQuick(t *testing.T) {
	t.Parallel()
	c := huntCase{name: "closed", order: "2", list: `schedule: {closed: [` + nearDates() + `]}, loop_count: 5, numbers: [A0]`, agents: []simulator.Scene{takes(0)}}
	w := hunts(t, []huntCase{c}, "", nil)
	began := time.Now()
	if _, body := w.click(c.click(0, "closed")); body != "Requeset Processed" {
		t.Errorf("answer %q", body)
	}
	if took := time.Since(began); took > seconds {
		t.Errorf("the end of the list came after %v", took)
	}
}
