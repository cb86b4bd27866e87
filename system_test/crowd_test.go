package system_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A crowd clicks at once: every click has its answer, every call its one
// result, and nothing is left when it is over: no leg at the carrier, no
// goroutine in the server.
func TestCrowd(t *testing.T) {
	for _, c := range []struct {
		engine
		clicks int
	}{{engines[0], 1000}, {engines[1], 300}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			crowd(t, c.engine, c.clicks)
		})
	}
}

// somePorts is a world's own range, too small for a crowd.
var somePorts = regexp.MustCompile(`ports: \d+-\d+`)

// crowdClick is one click and what it was answered.
type crowdClick struct {
	ref, order string
	findMe     int
	mail       bool
	status     int
	body       string
	retryAfter string
}

func crowd(t *testing.T, e engine, clicks int) {
	sip, profiler := freeAddr(t, "udp"), freeAddr(t, "tcp")
	c := newCarrier(t, sip, freeAddr(t, "tcp"), "--quick")
	w := newWorld(t, setup{
		dsn: e.dsn(t, t.TempDir()), trunk: sip, limits: "{max_call_duration: 2s}", args: []string{"--pprof", profiler},
		accounts: accountsWith(map[int][]string{1: {"3125552000"}, 2: {"3125550103"}}),
		tweak:    func(text string) string { return somePorts.ReplaceAllString(text, "ports: 32768-60999") },
	})
	w.click(url.Values{"findme_id": {"1"}, "phone_to_call": {"2065551999"}, "ref": {"first"}})
	w.endedRef(t, "first")
	before := goroutines(t, profiler)

	began := time.Now()
	all := clickAtOnce(w, clicks)
	t.Logf("%d clicks answered in %v", clicks, time.Since(began))
	accepted, mails := 1, 0
	for _, k := range all {
		if k.status == http.StatusOK {
			accepted++
		}
		if k.status == http.StatusOK && k.mail {
			mails++
		}
	}
	rows := w.crowdEnded(t, accepted)
	t.Logf("%d calls ended after %v", accepted, time.Since(began))
	agree(t, all, rows)

	attempts := 0
	for _, r := range rows {
		attempts += len(r.Attempts)
	}
	eventually(t, 15*seconds, "the carrier holds no leg", func() bool { return c.status(t, "?number=0").Held == 0 })
	if total := c.status(t, "?number=0").Total; total != attempts {
		t.Errorf("the carrier saw %d legs, on record are %d attempts", total, attempts)
	}
	eventually(t, 30*seconds, "every notice has come", func() bool { return len(w.mail.Messages()) == mails })
	now := 0
	defer func() { t.Logf("goroutines: %d before, %d after", before, now) }()
	poll(t, seconds, 60*seconds, "the goroutines are as many as before", func() bool {
		now = goroutines(t, profiler)
		return now <= before+5
	})
}

// clickAtOnce places clicks from as many clients as there are clicks.
func clickAtOnce(w *world, n int) []*crowdClick {
	all := make([]*crowdClick, n)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	start := make(chan struct{})
	var done sync.WaitGroup
	for i := range all {
		k := &crowdClick{ref: fmt.Sprint("click ", i), order: "1", findMe: 1}
		if i%3 == 0 {
			k.order = "2"
		}
		if i%10 == 0 {
			k.findMe = 2 // whose one agent is busy
			k.mail = k.order == "2"
		}
		all[i] = k
		q := url.Values{"action": {"clickto.findme"}, "access_key": {"foo"}, "secret_access_key": {"bar"}, "type": {k.order}, "ref": {k.ref},
			"findme_id": {strconv.Itoa(k.findMe)}, "phone_to_call": {fmt.Sprintf("206555%04d", 2000+i)}}
		if k.mail {
			q.Set("no_answer_email", fmt.Sprintf("crowd%d@example.com", i))
		}
		done.Go(func() {
			<-start
			k.place(client, "http://"+w.http+"/ibp_api.php?"+q.Encode())
		})
	}
	close(start)
	done.Wait()
	return all
}

func (k *crowdClick) place(client *http.Client, target string) {
	res, err := client.Get(target)
	if err != nil {
		k.body = err.Error()
		return
	}
	k.status, k.body, k.retryAfter = res.StatusCode, readAll(res), res.Header.Get("Retry-After")
}

// crowdEnded waits until n calls are on record and none is in progress.
func (w *world) crowdEnded(t *testing.T, n int) []record {
	t.Helper()
	var rows []record
	open := 0
	defer func() { t.Logf("%d calls on record, %d in progress", len(rows), open) }()
	poll(t, seconds, 60*seconds, "every call has its result", func() bool {
		rows, open = w.report(), 0
		for _, r := range rows {
			if r.Result == "In Progress" {
				open++
			}
		}
		return open == 0
	})
	if len(rows) != n {
		t.Errorf("%d calls on record, %d clicks were accepted", len(rows), n)
	}
	return rows
}

// agree holds every answer to the call's record.
func agree(t *testing.T, all []*crowdClick, rows []record) {
	t.Helper()
	byRef := map[string][]record{}
	for _, r := range rows {
		byRef[r.Ref] = append(byRef[r.Ref], r)
	}
	told := map[string]int{}
	for _, k := range all {
		mine := byRef[k.ref]
		told[fmt.Sprint(k.status, " ", k.body)]++
		if k.status != http.StatusOK {
			if k.status != http.StatusServiceUnavailable || k.retryAfter == "" || len(mine) != 0 {
				t.Errorf("%s: %d %q, Retry-After %q, %d records", k.ref, k.status, k.body, k.retryAfter, len(mine))
			}
			continue
		}
		if len(mine) != 1 {
			t.Errorf("%s: %d records", k.ref, len(mine))
			continue
		}
		body, result := "Call Connected", "Connected"
		if k.findMe == 2 {
			result = "No Answer"
		}
		if k.findMe == 2 && k.order == "2" {
			body = "Requeset Processed"
		}
		if k.body != body || mine[0].Result != result {
			t.Errorf("%s: answered %q and recorded as %q, want %q and %q: %v", k.ref, k.body, mine[0].Result, body, result, mine[0].results())
		}
	}
	t.Logf("answers: %v", told)
}

// goroutines is how many the server has, without those of the queue's
// maintenance: its services start one after the other, each after a pause of its
// own, and then are as many for ever.
func goroutines(t *testing.T, profiler string) int {
	t.Helper()
	res, err := http.Get("http://" + profiler + "/debug/pprof/goroutine?debug=1")
	must(t, err)
	text := readAll(res)
	_, text, ok := strings.Cut(text, "\n") // "goroutine profile: total 58"
	if !ok {
		t.Fatalf("no profile: %.100q", text)
	}
	total := 0
	for _, alike := range strings.Split(strings.TrimSpace(text), "\n\n") {
		var n int
		if _, err := fmt.Sscanf(alike, "%d @", &n); err != nil {
			t.Fatalf("%v: %.100q", err, alike)
		}
		if !maintenance.MatchString(alike) {
			total += n
		}
	}
	return total
}

// maintenance is in the stack of what the queue starts in its own time.
var maintenance = regexp.MustCompile(`river/internal/maintenance\.|riversharedmaintenance\.|timeutil\.\(\*TickerWithInitialTick\)`)
