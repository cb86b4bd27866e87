package system_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"clickbridge/simulator"
)

// The server is killed again and again at moments that dice choose, some of them
// in the middle of a drain. What it said must be true afterwards, and what
// holds of every call must hold.
func TestKilledAtRandom(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			killedAtRandom(t, e)
		})
	}
}

// The FindMes of the test and the agents on them.
const (
	isThere   = "3125552001"
	isBusy    = "3125552002"
	isUnknown = "3125552003"
	isMachine = "3125552004"
)

// roundClicks is how many clicks there are before each kill.
const roundClicks, rounds = 24, 5

type chaosClick struct {
	ref, order, phone, mail string
	answer                  <-chan string
}

func killedAtRandom(t *testing.T, e engine) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	w := chaosWorld(t, e)
	var all []chaosClick
	for round := range rounds {
		for i := range roundClicks {
			all = append(all, w.chaosClick(round, i, dice))
		}
		ripe := time.NewTimer(time.Duration(dice.IntN(1200)) * time.Millisecond)
		<-ripe.C
		if round%2 == 1 {
			w.terminate()
			ripe.Reset(time.Duration(dice.IntN(30)) * time.Millisecond)
			<-ripe.C
		}
		w.kill()
		w.start()
	}
	w.noGhosts(t)
	var rows []record
	poll(t, reportEvery, 20*seconds, "no call is in progress", func() bool {
		rows = w.report()
		return !slices.ContainsFunc(rows, func(r record) bool { return r.Result == "In Progress" })
	})
	byRef := map[string][]record{}
	for _, r := range rows {
		byRef[r.Ref] = append(byRef[r.Ref], r)
	}
	t.Logf("%d clicks, %d on record", len(all), len(rows))
	for _, c := range all {
		w.holdsTrue(t, c, byRef[c.ref])
	}
	w.calledOnce(t, rows)
}

func chaosWorld(t *testing.T, e engine) *world {
	brief := atOnce
	brief.RingFor, brief.HangupAfter = 100*time.Millisecond, 300*time.Millisecond
	machine := simulator.Scene{Name: "machine", RingFor: 100 * time.Millisecond, HangupAfter: 200 * time.Millisecond}
	return newWorld(t, setup{
		dsn: e.dsn(t, t.TempDir()), limits: "{drain_timeout: 0s}",
		sim: simulator.Config{Script: func(number string) (simulator.Scene, bool) {
			switch number {
			case isBusy:
				return busy, true
			case isUnknown:
				return noNumber, true
			case isMachine:
				return machine, true
			}
			return brief, true
		}},
		accounts: accountsWith(map[int][]string{1: {isThere}, 2: {isBusy, isMachine, isThere}, 3: {isUnknown}, 4: {isMachine, isBusy}}),
	})
}

func (w *world) chaosClick(round, i int, dice *rand.Rand) chaosClick {
	c := chaosClick{ref: fmt.Sprintf("%d-%d", round, i), order: fmt.Sprint(1 + dice.IntN(2)), phone: fmt.Sprintf("206555%04d", 2000+round*100+i)}
	q := url.Values{"type": {c.order}, "findme_id": {fmt.Sprint(1 + dice.IntN(4))}, "phone_to_call": {c.phone}, "ref": {c.ref}}
	if c.order == "2" {
		c.mail = c.ref + "@example.com"
		q.Set("no_answer_email", c.mail)
	}
	c.answer = w.clicking(q)
	return c
}

// holdsTrue compares what a client was told with the record and the mail.
func (w *world) holdsTrue(t *testing.T, c chaosClick, rows []record) {
	t.Helper()
	answer := <-c.answer
	told := answer == "Call Connected" || answer == "Requeset Processed"
	if len(rows) > 1 || told && len(rows) != 1 {
		t.Errorf("%s: answered %q, %d records", c.ref, answer, len(rows))
	}
	if len(rows) != 1 {
		return
	}
	results := rows[0].results()
	with := func(result string) bool {
		return slices.ContainsFunc(rows[0].Attempts, func(a attempt) bool { return a.Result == result })
	}
	switch {
	case answer == "Call Connected" && c.order == "2" && !with("Accepted"),
		answer == "Call Connected" && c.order == "1" && !slices.Contains(results, c.phone+" Answered"),
		answer == "Requeset Processed" && with("Accepted"),
		with("Dialing") || with(""):
		t.Errorf("%s: answered %q, on record is %s: %v", c.ref, answer, rows[0].Result, results)
	}
	if c.mail == "" {
		return
	}
	if with("Accepted") {
		if n := len(w.mailTo(c.mail)); n != 0 {
			t.Errorf("%s: %d mails although somebody accepted: %v", c.ref, n, results)
		}
		return
	}
	eventually(t, 30*seconds, "the mail of "+c.ref+" has come", func() bool { return len(w.mailTo(c.mail)) > 0 })
	mails := w.mailTo(c.mail)
	for _, m := range mails {
		if m.MessageID != mails[0].MessageID || m.Body != mails[0].Body {
			t.Errorf("%s: two different mails:\n%s\n%s", c.ref, mails[0].Data, m.Data)
		}
	}
	for _, r := range results {
		if number, result, _ := strings.Cut(r, " "); number != c.phone && !strings.Contains(mails[0].Body, number[6:]+" "+result) {
			t.Errorf("%s: %q is not in the mail:\n%s", c.ref, r, mails[0].Body)
		}
	}
}

// calledOnce: every INVITE the carrier saw is an attempt on record, and no
// attempt made two.
func (w *world) calledOnce(t *testing.T, rows []record) {
	t.Helper()
	attempts, legs := map[string]int{}, map[string]int{}
	for _, r := range rows {
		for _, a := range r.Attempts {
			attempts[a.Number]++
		}
	}
	for _, l := range w.sim.Snapshot() {
		legs[l.Number]++
	}
	for number, n := range legs {
		if n > attempts[number] {
			t.Errorf("%s was called %d times, on record are %d attempts", number, n, attempts[number])
		}
	}
	if len(legs) < roundClicks {
		t.Errorf("only %d phones were called", len(legs))
	}
}
