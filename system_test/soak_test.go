package system_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"clickbridge/simulator"
	"clickbridge/simulator/lossy"
)

// soakScenes are the agents' scenes of the soak, none of which lasts.
var soakScenes = []int{0, 3, 4, 5, 6, 7, 8, 9, 13, 14, 16, 17, 19}

// soakWorkers place clicks one after another, so many at once.
const soakWorkers = 6

// soakTime is how long clicks are placed: CLICKBRIDGE_SOAK, else 20 s.
func soakTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("CLICKBRIDGE_SOAK")
	if text == "" {
		return 20 * seconds
	}
	d, err := time.ParseDuration(text)
	must(t, err)
	return d
}

// Calls without a pause over a bad network: every one has its one result, no leg
// is left, and the server needs no more than before it all.
func TestSoak(t *testing.T) {
	t.Parallel()
	pprof := freeAddr(t, "tcp")
	s, proxy := badNetwork(t, setup{
		accounts: strings.Replace(sceneAccounts(t), "daily_calls: 5000", "daily_calls: 5000000", 1),
		sim:      simulator.Config{TalkTime: seconds, Script: soakPhone},
		args:     []string{"--pprof", pprof},
	}, 20262, lossy.Faults{Drop: 0.08, Repeat: 0.03, Reorder: 0.03, Delay: 2 * time.Millisecond, Jitter: 30 * time.Millisecond})
	w := newWorld(t, s)
	before := w.usage(t, pprof)
	clicks := w.soak(t, soakTime(t))
	rows := w.ended(t, clicks)
	w.settled(t)
	w.noDuplicates(t, rows)
	refs, connected := map[string]bool{}, 0
	for _, r := range rows {
		refs[r.Ref] = true
		if r.Result == "Connected" {
			connected++
		}
	}
	if len(refs) != clicks || connected*4 < clicks {
		t.Errorf("%d clicks: %d rows of their own, %d connected", clicks, len(refs), connected)
	}
	w.slim(t, pprof, before)
	t.Logf("%d calls, %d connected, network %+v", clicks, connected, proxy.Counts())
}

// soakPhone makes phone_to_call quick; agents keep their numbered scenes.
func soakPhone(number string) (simulator.Scene, bool) {
	if !strings.HasPrefix(number, "202") {
		return simulator.Scene{}, false
	}
	return simulator.Scene{Name: "phone", RingFor: seconds / 2, Talk: true}, true
}

// soak places clicks for a while and returns how many there were.
func (w *world) soak(t *testing.T, length time.Duration) int {
	var clicks atomic.Int64
	var workers sync.WaitGroup
	end := time.Now().Add(length)
	for worker := range soakWorkers {
		workers.Go(func() {
			odds := rand.New(rand.NewPCG(20262, uint64(worker)))
			for time.Now().Before(end) {
				n := clicks.Add(1)
				scene := soakScenes[odds.IntN(len(soakScenes))]
				_, body := w.click(url.Values{
					"type": {fmt.Sprint(1 + odds.IntN(2))}, "findme_id": {fmt.Sprint(98700 + scene)},
					"phone_to_call": {fmt.Sprintf("20255501%02d", odds.IntN(100))}, "ref": {fmt.Sprint("soak ", n)},
				})
				if !soakAnswers[body] {
					t.Errorf("click %d was answered %q", n, body)
					return
				}
			}
		})
	}
	workers.Wait()
	return int(clicks.Load())
}

var soakAnswers = map[string]bool{
	"Call Connected": true, "Requeset Processed": true, "No Answer": true, "Phone Busy": true, "Call Failed": true,
}

// usage is what a server needs of its machine.
type usage struct {
	goroutines int
	heap       int // bytes, after a collection
	rss        int // bytes
}

var (
	goroutineTotal = regexp.MustCompile(`goroutine profile: total (\d+)`)
	heapAlloc      = regexp.MustCompile(`(?m)^# HeapAlloc = (\d+)`)
	vmRSS          = regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB`)
)

// usage asks the profiler and the kernel.
func (w *world) usage(t *testing.T, pprof string) usage {
	t.Helper()
	status := readFile(t, fmt.Sprintf("/proc/%d/status", w.cmd.Process.Pid))
	return usage{
		goroutines: figure(t, goroutineTotal, fetch(t, "http://"+pprof+"/debug/pprof/goroutine?debug=1")),
		heap:       figure(t, heapAlloc, fetch(t, "http://"+pprof+"/debug/pprof/heap?debug=1&gc=1")),
		rss:        1024 * figure(t, vmRSS, status),
	}
}

func fetch(t *testing.T, address string) string {
	t.Helper()
	res, err := http.Get(address)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	must(t, err)
	return string(b)
}

func figure(t *testing.T, what *regexp.Regexp, text string) int {
	t.Helper()
	m := what.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no %s in %.200q", what, text)
	}
	n, err := strconv.Atoi(m[1])
	must(t, err)
	return n
}

// What a server may need more than just after its start: idle connections of the
// clients, the part of the job queue that begins some seconds later, prompts in
// memory, what SQLite keeps. All of it is less than one leak a call.
const (
	moreGoroutines = 24
	moreHeap       = 12 << 20
	moreRSS        = 64 << 20
)

// slim waits until the server needs about what it needed before: SIP keeps what
// it knew of a call for 64*T1.
func (w *world) slim(t *testing.T, pprof string, before usage) {
	t.Helper()
	var now usage
	defer func() { t.Logf("before %+v, after %+v", before, now) }()
	poll(t, seconds, 60*seconds, "the server needs what it needed before", func() bool {
		now = w.usage(t, pprof)
		return now.goroutines <= before.goroutines+moreGoroutines && now.heap <= before.heap+moreHeap && now.rss <= before.rss+moreRSS
	})
}
