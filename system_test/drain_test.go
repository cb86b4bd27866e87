package system_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge/simulator"
)

// SIGTERM: new clicks are turned away at once, calls accepted before run to
// their end, with agents who are called only then.
func TestDrain(t *testing.T) {
	t.Parallel()
	const slow, next, phone, caller = "3125550120", "3125550121", "2025550140", "2025550141"
	briefly := talks
	briefly.HangupAfter = 2 * seconds
	w := newWorld(t, setup{
		sim: simulator.Config{Script: script(map[string]simulator.Scene{
			slow: {Name: "declines", RingFor: 2 * seconds, FinalStatus: 603}, next: briefly, phone: talks, caller: talks,
		})},
		accounts: accountsWith(map[int][]string{1: {slow, next}}),
	})
	agentFirst := url.Values{"type": {"2"}, "findme_id": {"1"}, "phone_to_call": {phone}, "ref": {"agent first"}}
	two := w.clicking(agentFirst)
	one := w.clicking(url.Values{"type": {"1"}, "findme_id": {"1"}, "phone_to_call": {caller}, "ref": {"phone first"}})
	eventually(t, 10*seconds, "both calls hunt", func() bool { return len(w.legs(slow)) == 2 })
	w.terminate()
	w.refuses(t)
	if len(w.legs(next)) > 0 {
		t.Fatal("the second agent was called already")
	}
	twin := w.clicking(agentFirst) // a repeat of an accepted click is no new one
	for name, answer := range map[string]<-chan string{"agent first": two, "its repeat": twin, "phone first": one} {
		if got := <-answer; got != "Call Connected" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if code := w.outcome(20 * seconds); code != 0 {
		t.Errorf("exit code %d", code)
	}
	w.noGhosts(t)
	if n := len(w.legs(phone)); n != 1 {
		t.Errorf("phone_to_call was called %d times", n)
	}
	w.start()
	for ref, want := range map[string][]string{
		"agent first": {slow + " Declined", next + " Accepted", phone + " Answered"},
		"phone first": {caller + " Answered", slow + " Declined", next + " Accepted"},
	} {
		r := w.endedRef(t, ref)
		if d := cmp.Diff(want, r.results()); d != "" || r.Result != "Connected" {
			t.Errorf("%s: %q\n%s", ref, r.Result, d)
		}
	}
	w.ended(t, 2)
}

// refuses waits until a draining server says so, and holds it to the words.
func (w *world) refuses(t *testing.T) {
	t.Helper()
	eventually(t, seconds, "the server is not ready any more", func() bool {
		code, reason := w.get("/readyz")
		return code == http.StatusServiceUnavailable && strings.Contains(reason, "draining")
	})
	if code, _ := w.get("/healthz"); code != http.StatusOK {
		t.Errorf("healthz: %d", code)
	}
	res, text := w.answer(t, "/ibp_api.php", url.Values{"type": {"1"}, "findme_id": {"1"}, "phone_to_call": {"2065551999"}, "ref": {"too late"}})
	if res.StatusCode != http.StatusServiceUnavailable || !strings.HasPrefix(text, "Service unavailable") || res.Header.Get("Retry-After") == "" {
		t.Errorf("a new click: %s %q, Retry-After %q", res.Status, text, res.Header.Get("Retry-After"))
	}
	if n := len(w.legs("2065551999")); n != 0 {
		t.Error("a new click was dialled")
	}
}

// What is left at the end of drain_timeout, or at a second signal, is hung up:
// a record each, and the notices of a hunt that was cut.
func TestDrainCuts(t *testing.T) {
	for _, e := range engines {
		t.Run("drain_timeout "+e.name, func(t *testing.T) {
			t.Parallel()
			cutByDrain(t, e, "{drain_timeout: 1s}", false)
		})
		t.Run("second signal "+e.name, func(t *testing.T) {
			t.Parallel()
			cutByDrain(t, e, "{drain_timeout: 30m}", true)
		})
	}
}

func cutByDrain(t *testing.T, e engine, limits string, again bool) {
	cs := drainedCalls()
	accounts := strings.Replace(doomedAccounts(cs), "findmes:\n", "findmes:\n      - {id: 1, name: Too late, numbers: [\"3125550119\"]}\n", 1)
	w := newWorld(t, setup{dsn: e.dsn(t, t.TempDir()), limits: limits, accounts: accounts, sim: simulator.Config{Script: doomedPhones(cs)}})
	w.place(t, cs, false)
	dialled, asked := w.sim.Total(), time.Now()
	w.terminate()
	if again {
		w.refuses(t)
		during(t, seconds, "a drain waits for its calls", w.running)
		asked = time.Now()
		w.terminate()
	}
	if code := w.outcome(15 * seconds); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if took := time.Since(asked); took > 8*seconds || !again && took < seconds {
		t.Errorf("it took %v to stop", took)
	}
	w.noGhosts(t)
	for _, l := range w.sim.Snapshot() {
		if l.Scene == ringsOn.Name && l.CancelledAt.IsZero() || l.Answered() && l.EndedBy != simulator.ByServer {
			t.Errorf("%s (%s) was not ended by the server", l.Number, l.Scene)
		}
	}
	// Nothing is left for the next life but notices that the stop was too quick for.
	w.start()
	if strings.Contains(w.logs.String(), "recovering after a crash") {
		t.Error("a drained server left calls or legs behind")
	}
	rows := w.ended(t, len(cs))
	for _, c := range cs {
		t.Run(c.state, func(t *testing.T) { w.closed(t, c, rows) })
	}
	w.owed(t, cs)
	if n := w.sim.Total(); n != dialled {
		t.Errorf("%d calls placed since the signal", n-dialled)
	}
}

// running reports whether the server's process lives.
func (w *world) running() bool {
	select {
	case <-w.exited:
		return false
	default:
		return true
	}
}

// drainedCalls are the calls that a drain finds and cuts.
func drainedCalls() []*doomed {
	var cs []*doomed
	for _, c := range doomedCalls() {
		if c.last || reflect.DeepEqual(c.agent, onCancel) {
			continue
		}
		cs = append(cs, c)
	}
	return cs
}

// Clicks that come in just as the signal does are either turned away or run to
// their end; none falls between.
func TestDrainUnderFire(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			drainUnderFire(t, e)
		})
	}
}

func drainUnderFire(t *testing.T, e engine) {
	const agent = "3125552000"
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	brief := atOnce
	brief.HangupAfter = 200 * time.Millisecond
	w := newWorld(t, setup{
		dsn: e.dsn(t, t.TempDir()), accounts: accountsWith(map[int][]string{1: {agent}}),
		sim: simulator.Config{Script: func(number string) (simulator.Scene, bool) {
			if number == agent {
				return brief, true
			}
			return atOnce, true
		}},
	})
	var mu sync.Mutex
	answers := map[string]string{} // by ref
	for round := range 6 {
		var all sync.WaitGroup
		for i := range 40 {
			ref := fmt.Sprintf("%d-%d", round, i)
			all.Go(func() {
				status, body := w.click(url.Values{"type": {"1"}, "findme_id": {"1"}, "phone_to_call": {fmt.Sprintf("206555%04d", 2000+100*round+i)}, "ref": {ref}})
				mu.Lock()
				defer mu.Unlock()
				answers[ref] = fmt.Sprint(status, " ", body)
			})
		}
		ripe := time.NewTimer(time.Duration(dice.IntN(8000)) * time.Microsecond)
		<-ripe.C
		w.terminate()
		if code := w.outcome(20 * seconds); code != 0 {
			t.Errorf("exit code %d", code)
		}
		all.Wait()
		w.start()
	}
	if strings.Contains(w.logs.String(), "recovering after a crash") {
		t.Error("a call fell between the drain and the end")
	}
	w.noGhosts(t)
	onRecord := map[string]string{}
	for _, r := range w.report() {
		onRecord[r.Ref] = r.Result
	}
	counts := map[string]int{}
	for ref, answer := range answers {
		counts[answer[:3]]++
		if (answer == "200 Call Connected") != (onRecord[ref] == "Connected") || answer[:3] != "200" && onRecord[ref] != "" {
			t.Errorf("%s: answered %q, on record as %q", ref, answer, onRecord[ref])
		}
	}
	t.Logf("answers: %v", counts)
}
