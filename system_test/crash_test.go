package system_test

import (
	"fmt"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge/simulator"
)

// doomed is a call that a crash finds in one of its states.
type doomed struct {
	state  string // its ref too
	order  string
	before simulator.Scene // of an agent who is tried first; the zero Scene = nobody
	agent  simulator.Scene
	phone  simulator.Scene
	target simulator.Scene // of no_answer_phone; the zero Scene = not given
	last   bool            // its state does not last: it is placed after the others

	reached  func(w *world, c *doomed) bool // the state is there
	result   string
	attempts []string // with B, A, P and T for the numbers
	owes     bool     // notices

	beforeNo, agentNo, phoneNo, targetNo string
}

// lateAnswer is a phone that answers while the server is dead.
var lateAnswer = simulator.Scene{Name: "answers late", RingFor: 4 * seconds, Talk: true}

// doomedCalls has a call in every state there is, of both types.
func doomedCalls() []*doomed {
	agentRings := func(w *world, c *doomed) bool { return w.rings(c.agentNo) }
	phoneRings := func(w *world, c *doomed) bool { return w.rings(c.phoneNo) }
	agentHolds := func(w *world, c *doomed) bool { return w.holds(c.agentNo) }
	silence := func(no func(*doomed) string) func(*world, *doomed) bool {
		return func(w *world, c *doomed) bool { return w.leg(no(c)) != nil }
	}
	both := func(a, b func(*doomed) string) func(*world, *doomed) bool {
		return func(w *world, c *doomed) bool { return w.hears(a(c), b(c)) && w.hears(b(c), a(c)) }
	}
	agent := func(c *doomed) string { return c.agentNo }
	phone := func(c *doomed) string { return c.phoneNo }
	target := func(c *doomed) string { return c.targetNo }
	cs := []*doomed{
		{state: "queued 1", order: "1", phone: mute, last: true, reached: silence(phone), attempts: []string{"P Interrupted"}},
		{state: "queued 2", order: "2", agent: mute, last: true, reached: silence(agent), attempts: []string{"A Interrupted"}, owes: true},
		{state: "reaching", order: "1", phone: ringsOn, reached: phoneRings, attempts: []string{"P Interrupted"}},
		{state: "reaching, answers late", order: "1", phone: lateAnswer, last: true, reached: phoneRings, attempts: []string{"P Interrupted"}},
		{state: "hunting 1", order: "1", phone: talks, agent: ringsOn, reached: agentRings, attempts: []string{"P Answered", "A Interrupted"}},
		{state: "hunting 2", order: "2", agent: ringsOn, reached: agentRings, attempts: []string{"A Interrupted"}, owes: true},
		{state: "hunting, the second agent", order: "2", before: busy, agent: ringsOn, reached: agentRings, attempts: []string{"B Busy", "A Interrupted"}, owes: true},
		{state: "hunting, answers the CANCEL", order: "2", agent: onCancel, reached: agentRings, attempts: []string{"A Interrupted"}, owes: true},
		{state: "hunting, answers late", order: "2", agent: lateAnswer, last: true, reached: agentRings, attempts: []string{"A Interrupted"}, owes: true},
		{state: "screening 1", order: "1", phone: talks, agent: voicemail, reached: agentHolds, attempts: []string{"P Answered", "A Interrupted"}},
		{state: "screening 2", order: "2", agent: voicemail, reached: agentHolds, attempts: []string{"A Interrupted"}, owes: true},
		{state: "accepted, phone rings", order: "2", agent: talks, phone: ringsOn, reached: phoneRings, attempts: []string{"A Accepted", "P Interrupted"}},
		{state: "transferring", order: "2", agent: busy, target: ringsOn, reached: func(w *world, c *doomed) bool { return w.rings(c.targetNo) },
			attempts: []string{"A Busy", "T Interrupted"}, owes: true},
		{state: "transferring, phone rings", order: "2", agent: busy, target: talks, phone: ringsOn, reached: phoneRings,
			attempts: []string{"A Busy", "T Answered", "P Interrupted"}, owes: true},
		{state: "bridged 1", order: "1", phone: talks, agent: talks, reached: both(phone, agent), attempts: []string{"P Answered", "A Accepted"}},
		{state: "bridged 2", order: "2", phone: talks, agent: talks, reached: both(phone, agent), attempts: []string{"A Accepted", "P Answered"}},
		{state: "bridged transfer", order: "2", agent: busy, target: talks, phone: talks, reached: both(phone, target),
			attempts: []string{"A Busy", "T Answered", "P Answered"}, owes: true},
		{state: "finishing", order: "1", phone: talks, agent: busy, last: true, result: "No Answer", attempts: []string{"P Answered", "A Busy"},
			reached: func(w *world, c *doomed) bool { return w.holds(c.phoneNo) && w.recorded(c.state) == "No Answer" }},
	}
	for i, c := range cs {
		c.agentNo, c.phoneNo, c.targetNo = fmt.Sprintf("31255501%02d", 20+i), fmt.Sprintf("20255501%02d", 40+i), fmt.Sprintf("64655501%02d", 60+i)
		c.beforeNo = fmt.Sprintf("77355501%02d", 80+i)
		if c.result == "" {
			c.result = "Interrupted"
		}
		for n := range c.attempts {
			c.attempts[n] = strings.NewReplacer("B ", c.beforeNo+" ", "A ", c.agentNo+" ", "P ", c.phoneNo+" ", "T ", c.targetNo+" ").Replace(c.attempts[n])
		}
	}
	return cs
}

// recorded returns the result the report shows of a click now.
func (w *world) recorded(ref string) string {
	for _, r := range w.report() {
		if r.Ref == ref {
			return r.Result
		}
	}
	return ""
}

// A crash in every state of a call: the legs end, every call gets its one
// result, what is owed is sent once, and nobody is called again.
func TestKilled(t *testing.T) {
	for _, e := range engines {
		for _, again := range []int{0, 2} {
			t.Run(fmt.Sprintf("%s, killed %d more times while it recovers", e.name, again), func(t *testing.T) {
				t.Parallel()
				killedInEveryState(t, e, again)
			})
		}
	}
}

func killedInEveryState(t *testing.T, e engine, again int) {
	cs := doomedCalls()
	w := doomedWorld(t, e, cs)
	w.place(t, cs, false)
	w.place(t, cs, true)
	w.kill()
	for _, c := range cs {
		if c.last && (w.holds(c.phoneNo) && c.phone.Name == lateAnswer.Name) {
			t.Fatalf("%s: the machine is too slow for this test", c.state)
		}
	}
	eventually(t, 10*seconds, "phones are answered that the dead server rang", func() bool {
		for _, c := range cs {
			for _, l := range append(w.legs(c.phoneNo), w.legs(c.agentNo)...) {
				if l.Scene == lateAnswer.Name && !l.Answered() {
					return false
				}
			}
		}
		return true
	})
	dialled := w.sim.Total()
	for range again {
		w.killRecovering(t)
	}
	launched := time.Now()
	w.start()
	w.noGhosts(t)
	if again == 0 {
		w.endedWithin(t, launched, 2*seconds)
	}
	rows := w.ended(t, len(cs))
	for _, c := range cs {
		t.Run(c.state, func(t *testing.T) { w.closed(t, c, rows) })
	}
	w.owed(t, cs)
	during(t, seconds, "nobody is called again", func() bool { return w.sim.Total() == dialled })
}

func doomedWorld(t *testing.T, e engine, cs []*doomed) *world {
	return newWorld(t, setup{dsn: e.dsn(t, t.TempDir()), sim: simulator.Config{Script: doomedPhones(cs)}, accounts: doomedAccounts(cs)})
}

func doomedPhones(cs []*doomed) func(string) (simulator.Scene, bool) {
	phones := map[string]simulator.Scene{}
	for _, c := range cs {
		phones[c.beforeNo], phones[c.agentNo], phones[c.phoneNo], phones[c.targetNo] = c.before, c.agent, c.phone, c.target
	}
	return script(phones)
}

// doomedAccounts has FindMe 1000 for the first call, and so on.
func doomedAccounts(cs []*doomed) string {
	findMes := map[int][]string{}
	for i, c := range cs {
		findMes[1000+i] = []string{c.agentNo}
		if !reflect.DeepEqual(c.before, simulator.Scene{}) {
			findMes[1000+i] = []string{c.beforeNo, c.agentNo}
		}
	}
	return accountsWith(findMes)
}

// place clicks for the calls whose states last, or for the others, and waits
// until each is where it is to be.
func (w *world) place(t *testing.T, cs []*doomed, last bool) {
	t.Helper()
	var placed []*doomed
	for i, c := range cs {
		if c.last != last {
			continue
		}
		placed = append(placed, c)
		q := url.Values{"type": {c.order}, "findme_id": {fmt.Sprint(1000 + i)}, "phone_to_call": {c.phoneNo}, "ref": {c.state}}
		if c.order == "2" {
			q.Set("no_answer_email", c.email())
			q.Set("no_answer_sms", c.sms())
			q.Set("no_answer_url", w.web.URL()+c.path())
		}
		if !reflect.DeepEqual(c.target, simulator.Scene{}) {
			q.Set("no_answer_phone", c.targetNo)
		}
		w.clicking(q)
	}
	missing := ""
	defer func() {
		if missing != "" {
			t.Log("not there: ", missing)
		}
	}()
	eventually(t, 15*seconds, "every call is in its state", func() bool {
		missing = ""
		for _, c := range placed {
			if !c.reached(w, c) {
				missing = c.state
				return false
			}
		}
		return true
	})
}

func (c *doomed) email() string { return c.agentNo + "@example.com" }
func (c *doomed) sms() string   { return "917555" + c.agentNo[6:] }
func (c *doomed) path() string  { return "/owed/" + c.agentNo }

// killRecovering starts the server and kills it as soon as it has begun to
// recover, or is ready where nothing was left.
func (w *world) killRecovering(t *testing.T) {
	t.Helper()
	const begins = "recovering after a crash"
	before := strings.Count(w.logs.String(), begins)
	w.launch()
	poll(t, time.Millisecond, 20*seconds, "the server recovers", func() bool {
		if strings.Count(w.logs.String(), begins) > before {
			return true
		}
		code, _ := w.get("/readyz")
		return code == 200
	})
	w.kill()
}

// endedWithin holds the end of every leg to a time after the restart.
func (w *world) endedWithin(t *testing.T, launched time.Time, limit time.Duration) {
	t.Helper()
	var slowest time.Duration
	for _, l := range w.sim.Snapshot() {
		if took := l.EndedAt.Sub(launched); took > slowest {
			slowest = took
		}
		for _, d := range l.Dialogs {
			if took := d.EndedAt.Sub(launched); took > slowest {
				slowest = took
			}
			if took := d.EndedAt.Sub(launched); took > limit {
				t.Errorf("%s (%s) was held for %v after the restart", l.Number, l.Scene, took)
			}
			if d.AckedAt.IsZero() || d.EndedBy != simulator.ByServer {
				t.Errorf("%s (%s): ACK at %v, ended by %q", l.Number, l.Scene, d.AckedAt, d.EndedBy)
			}
		}
		if l.Scene == ringsOn.Name && (l.CancelledAt.IsZero() || l.CancelledAt.Sub(launched) > limit) {
			t.Errorf("%s (%s) was cancelled %v after the restart", l.Number, l.Scene, l.CancelledAt.Sub(launched))
		}
	}
	t.Logf("the last leg ended %v after the restart", slowest)
}

// closed looks at one call's record.
func (w *world) closed(t *testing.T, c *doomed, rows []record) {
	var mine []record
	for _, r := range rows {
		if r.Ref == c.state {
			mine = append(mine, r)
		}
	}
	if len(mine) != 1 {
		t.Fatalf("%d rows", len(mine))
	}
	if mine[0].Result != c.result {
		t.Errorf("result = %q, want %q", mine[0].Result, c.result)
	}
	if d := cmp.Diff(c.attempts, mine[0].results()); d != "" {
		t.Error(d)
	}
}

// owed waits for the notices of the calls that owe some, and looks for more
// than one of a kind.
func (w *world) owed(t *testing.T, cs []*doomed) {
	t.Helper()
	want := 0
	for _, c := range cs {
		if !c.owes {
			continue
		}
		want += 3
		eventually(t, 30*seconds, "the notices of "+c.state+" have come", func() bool {
			return len(w.mailTo(c.email())) > 0 && len(w.smsTo("+1"+c.sms())) > 0 && len(w.posts(c.path())) > 0
		})
		ids := map[string]bool{}
		for _, m := range w.mailTo(c.email()) {
			ids[m.MessageID] = true
			c.told(t, m.Body)
		}
		for _, r := range w.posts(c.path()) {
			ids[r.Header.Get("webhook-id")] = true
		}
		if len(ids) != 2 {
			t.Errorf("%s: notices under the ids %v", c.state, ids)
		}
	}
	rows := w.noticeRows()
	seen := map[string]int{}
	for _, r := range rows {
		seen[r.To]++
	}
	if len(rows) != want || len(seen) != want {
		t.Errorf("%d notices to %d addresses, want %d", len(rows), len(seen), want)
	}
	eventually(t, 15*seconds, "every notice is on record as sent", func() bool {
		for _, r := range w.noticeRows() {
			if r.State != "sent" {
				return false
			}
		}
		return true
	})
}

// told holds a mail to the attempts to reach an agent.
func (c *doomed) told(t *testing.T, body string) {
	t.Helper()
	for _, a := range c.attempts {
		number, result, _ := strings.Cut(a, " ")
		agent := number == c.agentNo || number == c.beforeNo
		line := fmt.Sprintf("(%s) %s-%s %s", number[:3], number[3:6], number[6:], result)
		if agent != strings.Contains(body, line) {
			t.Errorf("%s: %q and the mail:\n%s", c.state, line, body)
		}
	}
}

// A node that shares a PostgreSQL with others dies for good: one of them ends
// its legs and closes its calls, once.
func TestAnotherNodeTakesOver(t *testing.T) {
	t.Parallel()
	// What a phone answers goes to the dead node's address, so one that answers
	// the CANCEL is hung up on only 64*T1 later. The dialog room tests that.
	cs := slices.DeleteFunc(doomedCalls(), func(c *doomed) bool { return c.last || reflect.DeepEqual(c.agent, onCancel) })
	w := doomedWorld(t, engines[1], cs)
	other := newWorld(t, setup{dsn: w.dsn, trunk: w.sim.Addr().String(), accounts: doomedAccounts(cs)})
	other.mail, other.web, other.sim = w.mail, w.web, w.sim // who sends a notice is their own business
	must(t, os.WriteFile(other.config, []byte(farEnds.ReplaceAllString(readFile(t, other.config), farEnds.FindString(readFile(t, w.config)))), 0o600))
	other.kill()
	other.start()
	w.place(t, cs, false)
	dialled := w.sim.Total()
	w.kill()
	poll(t, reportEvery, 40*seconds, "the other node has closed the calls", func() bool {
		return !slices.ContainsFunc(other.report(), func(r record) bool { return r.Result == "In Progress" })
	})
	other.noGhosts(t)
	rows := other.ended(t, len(cs))
	for _, c := range cs {
		other.closed(t, c, rows)
	}
	other.owed(t, cs)
	w.start() // back from the dead, it finds nothing to do
	if n := w.sim.Total(); n != dialled {
		t.Errorf("%d calls placed by who took over", n-dialled)
	}
	if strings.Contains(w.logs.String(), "recovering after a crash") {
		t.Error("the calls were closed twice")
	}
}

// farEnds is where a configuration says that mail and SMS go.
var farEnds = regexp.MustCompile(`(?s)mail: .*\nwebhooks:`)

// A click that is committed and waits for calls_per_second: nothing of it was
// on the wire when the server died.
func TestKilledBeforeTheFirstInvite(t *testing.T) {
	t.Parallel()
	const first, second = "3125550121", "3125550122"
	w := newWorld(t, setup{
		sim:      simulator.Config{Script: script(map[string]simulator.Scene{first: ringsOn, second: talks})},
		accounts: accountsWith(map[int][]string{1: {first}, 2: {second}}),
		tweak: func(c string) string {
			return strings.Replace(c, "{name: sim,", "{name: sim, calls_per_second: 0.05,", 1)
		},
	})
	w.clicking(url.Values{"type": {"2"}, "findme_id": {"1"}, "phone_to_call": {"2025550150"}, "ref": {"rings"}})
	eventually(t, 10*seconds, "the first agent rings", func() bool { return w.rings(first) })
	w.clicking(url.Values{"type": {"2"}, "findme_id": {"2"}, "phone_to_call": {"2025550151"}, "ref": {"waits"}, "no_answer_email": {"owed@example.com"}})
	eventually(t, 10*seconds, "the second click is on record", func() bool { return w.recorded("waits") != "" })
	w.kill()
	w.start()
	w.noGhosts(t)
	w.ended(t, 2)
	r := w.endedRef(t, "waits")
	if r.Result != "Interrupted" || len(r.Attempts) != 0 {
		t.Errorf("result %q with %v", r.Result, r.results())
	}
	eventually(t, 10*seconds, "its notice has come", func() bool { return len(w.mailTo("owed@example.com")) == 1 })
	if n := len(w.legs(second)); n != 0 {
		t.Errorf("the second agent was called %d times", n)
	}
}

// Notices that could not be delivered before a crash are delivered after it,
// also one whose receiver was just reading it; under the ids they had.
func TestKilledWhileNoticesWait(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			noticesOutliveACrash(t, e)
		})
	}
}

func noticesOutliveACrash(t *testing.T, e engine) {
	const agent, failing, slow = "3125550120", "/status/500x2/failing", "/delay/3s/slow"
	w := newWorld(t, setup{
		dsn: e.dsn(t, t.TempDir()), sim: simulator.Config{Script: script(map[string]simulator.Scene{agent: noNumber})},
		accounts: accountsWith(map[int][]string{1: {agent}}),
	})
	w.mail.Fail(451, -1)
	w.web.FailSMS(503, -1)
	click := url.Values{"type": {"2"}, "findme_id": {"1"}, "phone_to_call": {"2025550150"},
		"no_answer_email": {"owed@example.com"}, "no_answer_sms": {"9175550120"}, "no_answer_url": {w.web.URL() + failing}}
	if code, body := w.click(click); code != 200 || body != "Requeset Processed" {
		t.Fatalf("%d %q", code, body)
	}
	eventually(t, 10*seconds, "every way out has failed", func() bool {
		return w.mail.Tries() > 0 && len(w.posts(failing)) > 0 && w.smsTries() > 0
	})
	if code, body := w.click(url.Values{"type": {"2"}, "findme_id": {"1"}, "phone_to_call": {"2025550150"}, "no_answer_url": {w.web.URL() + slow}}); code != 200 {
		t.Fatalf("%d %q", code, body)
	}
	eventually(t, 10*seconds, "the slow receiver reads", func() bool { return len(w.posts(slow)) == 1 })
	w.kill()
	w.mail.Fail(0, 0)
	w.web.FailSMS(0, 0)
	dialled := w.sim.Total()
	w.start()
	eventually(t, 45*seconds, "all four notices are on record as sent", func() bool {
		rows := w.noticeRows()
		for _, r := range rows {
			if r.State != "sent" {
				return false
			}
		}
		return len(rows) == 4
	})
	if n := len(w.mailTo("owed@example.com")); n != 1 {
		t.Errorf("%d mails", n)
	}
	if n := len(w.smsTo("+19175550120")); n != 1 {
		t.Errorf("%d text messages", n)
	}
	sameID(t, w, failing, 3)
	sameID(t, w, slow, 2)
	if n := w.sim.Total(); n != dialled {
		t.Errorf("%d calls placed after the restart", n-dialled)
	}
}

// smsTries is how many text messages were posted, refused ones included.
func (w *world) smsTries() (n int) {
	for _, r := range w.web.Requests() {
		if strings.HasSuffix(r.Path, "/Messages.json") {
			n++
		}
	}
	return n
}

// sameID holds the POSTs to a path to a number and to one id.
func sameID(t *testing.T, w *world, path string, times int) {
	t.Helper()
	ids := map[string]bool{}
	posts := w.posts(path)
	for _, r := range posts {
		ids[r.Header.Get("webhook-id")] = true
	}
	if len(posts) != times || len(ids) != 1 {
		t.Errorf("%s: %d POSTs under the ids %v, want %d under one", path, len(posts), ids, times)
	}
}
