package system_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"clickbridge/simulator"
)

// v1 makes one request to the JSON API and reads the answer into out.
func (w *world) v1(method, path, body string, out any, header ...string) (status int, h http.Header) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, "http://"+w.http+path, strings.NewReader(body))
	must(w.t, err)
	req.SetBasicAuth("foo", "bar")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	must(w.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(w.t, err)
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			w.t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, text)
		}
	}
	return resp.StatusCode, resp.Header
}

type v1Call struct {
	ID, State, Result, Detail string
	Attempts                  []struct{ ID, Party, Result string }
}

// A program calls, watches, takes back, and asks twice.
func TestV1Calls(t *testing.T) {
	t.Parallel()
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, setup{
				dsn:      e.dsn(t, t.TempDir()),
				sim:      simulator.Config{Script: script(map[string]simulator.Scene{"3125550120": noNumber, "3125550121": ringsOn})},
				accounts: twoAccounts,
			})
			var c v1Call
			began := time.Now()
			status, h := w.v1("POST", "/v1/calls", `{"findme_id":7,"phone":"2025550150","order":"findme_first"}`, &c)
			if took := time.Since(began); status != 202 || c.State != "queued" || took > time.Second || h.Get("Location") != "/v1/calls/"+c.ID {
				t.Fatalf("%d %+v in %v", status, c, took)
			}
			eventually(t, 5*seconds, "an agent rings", func() bool { return w.rings("3125550121") })
			if status, _ = w.v1("GET", "/v1/calls/"+c.ID, "", &c); status != 200 || len(c.Attempts) != 1 || c.Attempts[0].Result != "Dialing" {
				t.Errorf("%d %+v", status, c)
			}
			if status, _ = w.v1("DELETE", "/v1/calls/"+c.ID, "", nil); status != 202 {
				t.Errorf("DELETE: %d", status)
			}
			eventually(t, 2*seconds, "every leg is released", func() bool {
				w.v1("GET", "/v1/calls/"+c.ID, "", &c)
				return c.State == "ended" && c.Result == "Canceled" && !w.rings("3125550121")
			})

			var mu sync.Mutex
			ids, replayed := map[string]bool{}, 0
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					var c v1Call
					status, h := w.v1("POST", "/v1/calls", `{"findme_id":1,"phone":"2025550151"}`, &c, "Idempotency-Key", "k1")
					mu.Lock()
					defer mu.Unlock()
					if status != 202 {
						t.Errorf("a repeat: %d %s", status, c.Detail)
					}
					ids[c.ID] = true
					if h.Get("Idempotency-Replayed") == "true" {
						replayed++
					}
				})
			}
			all.Wait()
			if len(ids) != 1 || replayed != 99 {
				t.Errorf("%d calls, %d marked as repeats", len(ids), replayed)
			}
			if status, _ := w.v1("POST", "/v1/calls", `{"findme_id":1,"phone":"2025550152"}`, &c, "Idempotency-Key", "k1"); status != 409 {
				t.Errorf("another body with the key: %d", status)
			}
			w.kill()
			w.start()
			w.v1("POST", "/v1/calls", `{"findme_id":1,"phone":"2025550151"}`, &c, "Idempotency-Key", "k1")
			if !ids[c.ID] {
				t.Error("the key does not hold over a crash")
			}
			// A second server of the same account sees only its own.
			if status, _ := w.v1("GET", "/v1/findmes/500", "", &c); status != 404 {
				t.Errorf("another account's FindMe: %d", status)
			}
		})
	}
}

// A scheduled call is made when it is due, and found by the id that was told.
func TestV1Scheduled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{
		sim: simulator.Config{Script: script(map[string]simulator.Scene{"3125550120": noNumber})}, accounts: twoAccounts,
	})
	var c v1Call
	in := func(d time.Duration) string {
		return fmt.Sprintf(`{"findme_id":1,"phone":"2025550150","order":"findme_first","at":%q}`, time.Now().Add(d).Format(time.RFC3339Nano))
	}
	if status, _ := w.v1("POST", "/v1/calls", in(time.Second), &c); status != 202 || c.State != "scheduled" {
		t.Fatalf("%d %+v", status, c)
	}
	id := c.ID
	eventually(t, 10*seconds, "the call is made", func() bool {
		w.v1("GET", "/v1/calls/"+id, "", &c)
		return c.State == "ended" && c.Result == "No Answer"
	})
	w.v1("POST", "/v1/calls", in(time.Hour), &c)
	if status, _ := w.v1("DELETE", "/v1/calls/"+c.ID, "", &c); status != 202 || c.State != "canceled" {
		t.Errorf("%d %+v", status, c)
	}
}

// follow collects the types of an account's events until ctx is done.
func (w *world) follow(ctx context.Context, last string, event func(id, kind, data string)) {
	req, err := http.NewRequestWithContext(ctx, "GET", "http://"+w.http+"/v1/events", nil)
	must(w.t, err)
	req.SetBasicAuth("foo", "bar")
	req.Header.Set("Last-Event-ID", last)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	var id, kind string
	for s := bufio.NewScanner(resp.Body); s.Scan(); {
		line := s.Text()
		switch {
		case strings.HasPrefix(line, "id: "):
			id = line[4:]
		case strings.HasPrefix(line, "event: "):
			kind = line[7:]
		case strings.HasPrefix(line, "data: "):
			event(id, kind, line[6:])
		}
	}
}

// Every leg that was started ends once, whatever dies in between, and a webhook
// is told all of it.
func TestV1EventsAfterCrash(t *testing.T) {
	t.Parallel()
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, setup{
				dsn:      e.dsn(t, t.TempDir()),
				sim:      simulator.Config{Script: script(map[string]simulator.Scene{"3125550120": noNumber, "3125550121": ringsOn})},
				accounts: twoAccounts,
			})
			var hook struct{ Secret string }
			if status, _ := w.v1("POST", "/v1/webhooks", fmt.Sprintf(`{"url":%q}`, w.web.URL()), &hook); status != 201 && status != 200 || !strings.HasPrefix(hook.Secret, "whsec_") {
				t.Fatalf("webhook: %d %+v", status, hook)
			}
			var mu sync.Mutex
			seen, last := map[string]int{}, ""
			count := func(id, kind, data string) {
				var d struct {
					CallID string `json:"call_id"`
					LegID  string `json:"leg_id"`
				}
				_ = json.Unmarshal([]byte(data), &d)
				mu.Lock()
				defer mu.Unlock()
				last = id
				seen[kind]++
				if kind == "leg.started" || kind == "leg.ended" {
					seen[kind+d.LegID]++
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go w.follow(ctx, "", count)
			eventually(t, 5*seconds, "events follow", func() bool { mu.Lock(); defer mu.Unlock(); return seen["ready"] == 1 })
			var c v1Call
			for i := range 5 {
				w.v1("POST", "/v1/calls", fmt.Sprintf(`{"findme_id":%d,"phone":"202555015%d","order":"findme_first"}`, []int{1, 7}[i%2], i), &c)
			}
			eventually(t, 10*seconds, "legs start", func() bool { mu.Lock(); defer mu.Unlock(); return seen["leg.started"] == 5 })
			w.kill()
			w.start()
			mu.Lock()
			place := last
			mu.Unlock()
			go w.follow(ctx, place, count)
			eventually(t, 15*seconds, "calls end", func() bool { mu.Lock(); defer mu.Unlock(); return seen["call.ended"] == 5 })
			mu.Lock()
			if seen["reset"] > 0 {
				t.Error("events were missed")
			}
			for k, n := range seen {
				if (strings.HasPrefix(k, "leg.started0") || strings.HasPrefix(k, "leg.ended0")) && n != 1 {
					t.Errorf("%d of %s", n, k)
				}
			}
			if seen["leg.ended"] != 5 {
				t.Errorf("%d legs ended", seen["leg.ended"])
			}
			mu.Unlock()
			eventually(t, 15*seconds, "the webhook has all", func() bool {
				ended := 0
				for _, r := range w.web.Requests() {
					ended += bytes.Count([]byte(r.Body), []byte(`"type":"call.ended"`))
				}
				return ended >= 5
			})
		})
	}
}
