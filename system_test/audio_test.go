package system_test

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"clickbridge/simulator"
)

// talkCase is one call between two phones of the simulated carrier that ends
// Connected: what both are, and what is to be seen beside that they heard each
// other.
type talkCase struct {
	name   string
	order  string // type of the click
	before simulator.Scene
	agent  simulator.Scene
	phone  simulator.Scene
	silent bool // one of them says nothing, on purpose
	check  func(c *conversation, t *testing.T)
}

// conversation is what became of a talkCase.
type conversation struct {
	w            *world
	row          record
	before       simulator.Leg // an agent rung before the one who accepted; zero without
	agent, phone simulator.Leg
	said         *eventLog
}

// The numbers of the i-th call. Their last two digits give each phone a tone of
// its own.
func agentNumber(i int) string  { return fmt.Sprintf("31255501%02d", i) }
func phoneNumber(i int) string  { return fmt.Sprintf("20255501%02d", 30+i) }
func beforeNumber(i int) string { return fmt.Sprintf("41555501%02d", 60+i) }

// eventLog keeps what the carrier's phones report.
type eventLog struct {
	mu  sync.Mutex
	all []simulator.Event
}

func (l *eventLog) take(e simulator.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, e)
}

// of returns one phone's events of a kind, in order.
func (l *eventLog) of(number string, what simulator.What) []simulator.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []simulator.Event
	for _, e := range l.all {
		if e.Number == number && e.What == what {
			out = append(out, e)
		}
	}
	return out
}

// accepts is an agent who presses 1 after a while and hangs up talk later.
func accepts(after, talk time.Duration) simulator.Scene {
	return simulator.Scene{Name: "accepts", RingFor: 300 * time.Millisecond, Key: '1', KeyAfter: after, Talk: true, HangupAfter: talk}
}

// speaks is a phone_to_call that talks from the answer on; 0 = until the other
// side hangs up.
func speaks(length time.Duration) simulator.Scene {
	return simulator.Scene{Name: "talks", RingFor: 200 * time.Millisecond, Talk: true, HangupAfter: length}
}

func with(s simulator.Scene, change func(*simulator.Scene)) simulator.Scene {
	change(&s)
	return s
}

func codec(s simulator.Scene, name string) simulator.Scene {
	s.Codec = name
	return s
}

func talkCases() []talkCase {
	cases := []talkCase{
		{name: "waiting", order: "1", before: with(speaks(3*seconds), func(s *simulator.Scene) { s.RingFor = 300 * time.Millisecond }),
			agent: accepts(5*seconds/2, 0), phone: speaks(10 * seconds), check: (*conversation).noLeak},
		{name: "the hold audio ends with the bridge", order: "1", silent: true,
			agent: with(accepts(seconds, 3*seconds), func(s *simulator.Scene) { s.Talk = false }), phone: speaks(0), check: (*conversation).quiet},
		{name: "early media, then an answer", order: "2", agent: accepts(seconds/2, 0),
			phone: with(speaks(3*seconds), func(s *simulator.Scene) { s.EarlyMedia, s.RingFor = true, 2*seconds })},
		{name: "a key in the bridge", order: "2", agent: accepts(seconds/2, 0),
			phone: with(speaks(5*seconds/2), func(s *simulator.Scene) { s.Key, s.KeyAfter = '5', seconds }), check: keysHeard("5")},
		{name: "a key by INFO in the bridge", order: "2", agent: with(accepts(seconds/2, 0), func(s *simulator.Scene) { s.KeyVia = simulator.KeyInfo }),
			phone: with(speaks(5*seconds/2), func(s *simulator.Scene) { s.Key, s.KeyAfter, s.KeyVia = '7', seconds, simulator.KeyInfo }), check: keysHeard("7")},
		{name: "accepted by INFO", order: "1", agent: with(accepts(seconds/2, 3*seconds), func(s *simulator.Scene) { s.KeyVia = simulator.KeyInfo }),
			phone: speaks(0)},
		{name: "the agent holds and resumes", order: "1", phone: speaks(0), check: (*conversation).heldOnce,
			agent: with(accepts(seconds/2, 6*seconds), func(s *simulator.Scene) { s.HoldAfter, s.HoldFor = seconds, seconds })},
		{name: "the caller holds while it waits", order: "1", agent: accepts(3*seconds, 3*seconds), check: (*conversation).heldOnce,
			phone: with(speaks(0), func(s *simulator.Scene) { s.HoldAfter, s.HoldFor = seconds/2, seconds })},
		{name: "a silent second party", order: "2", silent: true, agent: accepts(seconds/2, 0),
			phone: simulator.Scene{Name: "no RTP", NoRTP: true, HangupAfter: 3 * seconds}, check: noted("the second party sent no audio")},
		{name: "a silent first party", order: "1", silent: true, agent: accepts(seconds/2, 3*seconds),
			phone: simulator.Scene{Name: "no RTP", NoRTP: true}, check: noted("the first party sent no audio")},
	}
	for _, laws := range [][2]string{{"PCMU", "PCMU"}, {"PCMA", "PCMA"}, {"PCMU", "PCMA"}, {"PCMA", "PCMU"}} {
		for _, order := range []string{"1", "2"} {
			cases = append(cases, talkCase{
				name: fmt.Sprintf("type %s, agent %s, phone %s", order, laws[0], laws[1]), order: order,
				agent: codec(accepts(seconds, 0), laws[0]), phone: codec(speaks(5*seconds), laws[1]),
			})
		}
	}
	return cases
}

// Audio from end to end: what one phone says, the other hears, when it may and
// not before.
func TestAudio(t *testing.T) {
	t.Parallel()
	cases := talkCases()
	scenes, said := map[string]simulator.Scene{}, &eventLog{}
	var lists []string
	for i, c := range cases {
		list := agentNumber(i)
		scenes[agentNumber(i)], scenes[phoneNumber(i)] = c.agent, c.phone
		if c.before.Name != "" {
			list = beforeNumber(i) + ", " + list
			scenes[beforeNumber(i)] = c.before
		}
		lists = append(lists, fmt.Sprintf("%d: %s", 99300+i, list))
	}
	w := newWorld(t, setup{accounts: findMes(t, lists...), sim: simulator.Config{
		Observer: said.take,
		Script: func(n string) (simulator.Scene, bool) {
			s, ok := scenes[n]
			return s, ok
		},
	}})
	answers := make([]<-chan string, len(cases))
	for i, c := range cases {
		answers[i] = w.clicking(url.Values{
			"type": {c.order}, "findme_id": {fmt.Sprint(99300 + i)}, "phone_to_call": {phoneNumber(i)}, "ref": {fmt.Sprint("talk ", i)},
		})
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if body := <-answers[i]; body != "Call Connected" {
				t.Fatalf("answer = %q", body)
			}
			w.talked(t, c, i, said)
		})
	}
	w.noGhosts(t)
}

// talked waits for the end of a call and looks at it from both sides.
func (w *world) talked(t *testing.T, c talkCase, i int, said *eventLog) {
	r := &conversation{w: w, said: said, row: w.endedRef(t, fmt.Sprint("talk ", i))}
	if r.row.Result != "Connected" {
		t.Fatalf("result = %q: %v", r.row.Result, r.row.results())
	}
	r.agent, r.phone = w.oneLeg(t, agentNumber(i)), w.oneLeg(t, phoneNumber(i))
	if c.before.Name != "" {
		r.before = w.oneLeg(t, beforeNumber(i))
	}
	r.released(t)
	if r.phone.KeysHeard != "" {
		t.Errorf("the phone heard the key that accepted: %q", r.phone.KeysHeard)
	}
	if !c.silent {
		r.heardEachOther(t)
	}
	if c.check != nil {
		c.check(r, t)
	}
}

// oneLeg returns the only leg the carrier has seen of a number, once it is
// over.
func (w *world) oneLeg(t *testing.T, number string) simulator.Leg {
	t.Helper()
	var legs []simulator.Leg
	eventually(t, 5*seconds, number+" has one leg, and it is over", func() bool {
		legs = w.legs(number)
		return len(legs) == 1 && legs[0].Over()
	})
	return legs[0]
}

// released holds that whoever hung up, the other side was let go within a
// second.
func (c *conversation) released(t *testing.T) {
	left, other := c.agent, c.phone
	if other.EndedBy == simulator.ByPhone {
		left, other = other, left
	}
	if left.EndedBy != simulator.ByPhone || other.EndedBy != simulator.ByServer {
		t.Errorf("ended by %s and %s", left.EndedBy, other.EndedBy)
	}
	if d := other.EndedAt.Sub(left.EndedAt); d < 0 || d > seconds {
		t.Errorf("the other side was released after %v", d)
	}
}

// clearly is how long a tone is heard at least where there was time for more.
const clearly = 3 * seconds / 2

func (c *conversation) heardEachOther(t *testing.T) {
	t.Helper()
	if d := c.phone.HeardTone(simulator.ToneOf(c.agent.Number)); d < clearly {
		t.Errorf("the phone heard the agent for %v", d)
	}
	if d := c.agent.HeardTone(simulator.ToneOf(c.phone.Number)); d < clearly {
		t.Errorf("the agent heard the phone for %v", d)
	}
}

// greetingTime is a little more than the greeting takes: sound beyond it is
// hold audio.
const greetingTime = 4 * seconds

// noLeak holds that agent and caller hear nothing of each other before the
// accept, the caller hears greeting and hold audio meanwhile, and from the
// accept on the agent and nothing else.
func (c *conversation) noLeak(t *testing.T) {
	if d := c.phone.HeardTone(simulator.ToneOf(c.before.Number)); d > 0 {
		t.Errorf("the caller heard an agent who had not accepted for %v", d)
	}
	if d := c.before.HeardTone(simulator.ToneOf(c.phone.Number)); d > 0 {
		t.Errorf("an agent who had not accepted heard the caller for %v", d)
	}
	if c.before.PacketsOut < 50 || c.phone.PacketsOut < 50 {
		t.Errorf("there was nothing to leak: %d and %d packets", c.before.PacketsOut, c.phone.PacketsOut)
	}
	accepted := c.said.of(c.agent.Number, simulator.KeySent)[0].At
	c.firstHears(t, c.agent.Number, simulator.ToneOf(c.phone.Number), accepted)
	c.firstHears(t, c.phone.Number, simulator.ToneOf(c.agent.Number), accepted)
	if d := c.phone.SoundFor - c.phone.HeardTone(simulator.ToneOf(c.agent.Number)); d < greetingTime {
		t.Errorf("the caller heard greeting and hold audio for %v", d)
	}
	var after []string
	for _, e := range c.said.of(c.phone.Number, simulator.Hears) {
		if e.At.After(accepted.Add(seconds)) {
			after = append(after, e.Text)
		}
	}
	if len(after) > 0 {
		t.Errorf("the agent's voice was not all the caller heard: %q", after)
	}
}

// firstHears holds that a phone began to hear a tone not before a time, and
// within a second of it.
func (c *conversation) firstHears(t *testing.T, number string, hz float64, from time.Time) {
	t.Helper()
	text := fmt.Sprintf("hears %.0f Hz", hz)
	for _, e := range c.said.of(number, simulator.Hears) {
		if e.Text != text {
			continue
		}
		if d := e.At.Sub(from); d < 0 || d > seconds {
			t.Errorf("%s began to hear %.0f Hz %v after the accept", number, hz, d)
		}
		return
	}
	t.Errorf("%s never heard %.0f Hz", number, hz)
}

// quiet holds that a caller bridged to a silent agent hears silence: its sound
// ended with the hold audio.
func (c *conversation) quiet(t *testing.T) {
	accepted := c.said.of(c.agent.Number, simulator.KeySent)[0].At
	waited := accepted.Sub(c.phone.AckedAt)
	if c.phone.SoundFor > waited+seconds/2 || c.phone.SoundFor < seconds/2 {
		t.Errorf("the caller waited %v and heard sound for %v", waited, c.phone.SoundFor)
	}
	if d := c.agent.HeardTone(simulator.ToneOf(c.phone.Number)); d < clearly {
		t.Errorf("the agent heard the caller for %v", d)
	}
}

// keysHeard holds that the agent heard just these keys.
func keysHeard(keys string) func(*conversation, *testing.T) {
	return func(c *conversation, t *testing.T) {
		if c.agent.KeysHeard != keys {
			t.Errorf("the agent heard the keys %q, want %q", c.agent.KeysHeard, keys)
		}
	}
}

// heldOnce holds that one side was on hold and taken back, without trouble.
func (c *conversation) heldOnce(t *testing.T) {
	held, resumed := 0, 0
	for _, number := range []string{c.agent.Number, c.phone.Number} {
		held += len(c.said.of(number, simulator.Held))
		resumed += len(c.said.of(number, simulator.Resumed))
		for _, e := range c.said.of(number, simulator.Trouble) {
			t.Errorf("%s: %s", number, e.Text)
		}
	}
	if held != 1 || resumed != 1 {
		t.Errorf("held %d times, resumed %d times", held, resumed)
	}
}

// noted holds that the operator reads a note about the call.
func noted(note string) func(*conversation, *testing.T) {
	return func(c *conversation, t *testing.T) {
		out, err := c.w.run("calls", "show", "--config", c.w.config, c.row.ID)
		if err != nil || !strings.Contains(out, note) {
			t.Errorf("%v: no %q in\n%s", err, note, out)
		}
	}
}
