package events

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/driver"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

func open(t testing.TB) store.Store {
	t.Helper()
	o, err := driver.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "events.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Store.Close() })
	return o.Store
}

// hub returns a hub that runs until the test ends, or stop is called.
func hub(t testing.TB, s Store, with ...func(*Config)) (h *Hub, stop func()) {
	t.Helper()
	cfg := Config{Store: s, Node: "a", Log: slog.New(slog.DiscardHandler), Secret: func(string) []byte { return []byte("secret") }}
	for _, w := range with {
		w(&cfg)
	}
	h = New(cfg)
	if err := errors.Join(h.Load(t.Context()), h.Recover(t.Context())); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan struct{})
	go func() { h.Run(ctx); close(done) }()
	var once sync.Once
	stop = func() { once.Do(func() { h.Close(); cancel(); <-done }) }
	t.Cleanup(stop)
	return h, stop
}

func keepAll(c *Config) { c.KeepAll = true }

// happen observes one call: two agents ring, one accepts, both sides talk. It
// may stop after some of what happens.
func happen(h *Hub, id clickbridge.CallID, most int) {
	now := time.Now()
	leg := func(k clickbridge.EventKind, n int, text string) clickbridge.Event {
		return clickbridge.Event{Kind: k, AttemptID: clickbridge.AttemptID(fmt.Sprint(id, "-", n)), Party: clickbridge.PartyFindMe, Number: "+15558688950", Text: text}
	}
	for i, e := range []clickbridge.Event{
		{Kind: clickbridge.EventClick, Number: "+15551112222", Name: "Sales"},
		leg(clickbridge.EventAttemptEnded, 0, "Not On Shift"),
		leg(clickbridge.EventDialing, 1, "a"), leg(clickbridge.EventDialing, 1, "b"), leg(clickbridge.EventDialing, 2, "a"),
		leg(clickbridge.EventRinging, 1, ""),
		leg(clickbridge.EventAttemptEnded, 1, "Busy (Busy Here)"),
		leg(clickbridge.EventScreening, 2, ""), leg(clickbridge.EventAccepted, 2, "Accepted"),
		{Kind: clickbridge.EventBridged},
		{Kind: clickbridge.EventCallEnded, Text: "Connected"},
		leg(clickbridge.EventDialing, 3, "late"),
	} {
		if i == most {
			return
		}
		e.AccountID, e.CallID, e.At = 1, id, now.Add(time.Duration(i)*time.Millisecond)
		h.Observe(e)
	}
}

const whole = "call.created leg.skipped leg.started leg.started leg.ringing leg.ended leg.answered leg.accepted call.bridged leg.ended call.ended"

// follow collects until what was told ends with some text, and returns the last
// place.
func follow(t *testing.T, h *Hub, place, until string) (told, last string, reset bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	errDone := errors.New("done")
	err := h.Follow(ctx, 1, place, func(b Batch) error {
		for _, i := range b.Items {
			told = strings.TrimSpace(told + " " + string(i.Type))
		}
		last, reset = b.Place, reset || b.Reset
		if strings.HasSuffix(told, until) {
			return errDone
		}
		return nil
	})
	if !errors.Is(err, errDone) {
		t.Fatalf("%v; told %s", err, told)
	}
	return told, last, reset
}

func TestFollow(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]func(*Config){
		"memory": func(*Config) {}, "kept": keepAll, "shared": func(c *Config) { c.Shared = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			h, stop := hub(t, s, with)
			_, begin, _ := follow(t, h, "", "")
			happen(h, "x", -1)
			told, place, reset := follow(t, h, begin, "call.ended")
			if told != whole || reset {
				t.Fatalf("told %s, reset %v", told, reset)
			}
			// What is missed meanwhile comes when they are back.
			happen(h, "y", 3)
			if told, _, reset = follow(t, h, place, "leg.started"); told != "call.created leg.skipped leg.started" || reset {
				t.Errorf("told %s, reset %v", told, reset)
			}
			if _, _, reset = follow(t, h, "nonsense", ""); !reset {
				t.Error("a place that nobody knows is no reset")
			}
			stop()
			again, _ := hub(t, s, with)
			_, _, reset = follow(t, again, place, "")
			if reset != (name == "memory") {
				t.Errorf("after a restart: reset %v", reset)
			}
		})
	}
}

// Every leg that was started ends once, also when the server dies.
func TestRecovered(t *testing.T) {
	t.Parallel()
	s := open(t)
	for cutAfter := range 11 {
		id := clickbridge.CallID(fmt.Sprint("c", cutAfter))
		h, stop := hub(t, s, keepAll)
		happen(h, id, cutAfter)
		stop()

		again, stop := hub(t, s, keepAll)
		r := store.Record{Call: clickbridge.Call{ID: id, AccountID: 1, Node: "a", CreatedAt: time.Now(), EndedAt: time.Now(), Result: "Interrupted"}}
		for n, result := range []clickbridge.AttemptResult{"Not On Shift", "Busy", "Interrupted"} {
			a := clickbridge.Attempt{ID: clickbridge.AttemptID(fmt.Sprint(id, "-", n)), Result: result, StartedAt: time.Now()}
			if n > 0 {
				a.Trunk = "a"
			}
			r.Attempts = append(r.Attempts, a)
		}
		for range 2 {
			if err := again.Recovered(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		stop()
		es, err := s.EventsOfCall(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, e := range es {
			if e.Kind == string(CallEnded) || e.Kind == string(CallCreated) || e.Kind == string(LegStarted) || e.Kind == string(LegEnded) {
				count[e.Kind+" "+string(e.AttemptID)]++
			}
		}
		for _, want := range []string{"call.created ", "call.ended ", "leg.started " + string(id) + "-1", "leg.ended " + string(id) + "-1", "leg.started " + string(id) + "-2", "leg.ended " + string(id) + "-2"} {
			if count[want] != 1 {
				t.Errorf("cut after %d: %d of %q", cutAfter, count[want], want)
			}
		}
	}
}

// What is too slow is told, not silently skipped; what is forgotten too.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	h, _ := hub(t, open(t), func(c *Config) { c.Memory = chunk * itemBytes })
	_, begin, _ := follow(t, h, "", "")
	for i := range 60 {
		happen(h, clickbridge.CallID(fmt.Sprint(i)), -1)
	}
	for range 500 {
		if _, _, reset := follow(t, h, begin, ""); reset {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Error("events that are gone are no reset")
}

func TestSSE(t *testing.T) {
	t.Parallel()
	h, _ := hub(t, open(t), keepAll)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeSSE(w, r, Stream{Account: 1, Place: r.Header.Get("Last-Event-ID"), Types: []Type{LegEnded, CallEnded}, Calls: "/v1/calls"})
	}))
	defer srv.Close()
	get := func(place string) *bufio.Scanner {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Last-Event-ID", place)
		resp, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return bufio.NewScanner(resp.Body)
	}
	lines := get("")
	until := func(want string) (seen []string) {
		for lines.Scan() {
			seen = append(seen, lines.Text())
			if strings.HasPrefix(lines.Text(), want) {
				return seen
			}
		}
		t.Fatalf("%q did not come: %q", want, seen)
		return nil
	}
	until("event: ready")
	happen(h, "x", -1)
	until("event: leg.ended")
	seen := until("event: call.ended")
	if !slices.Contains(seen, "event: leg.ended") || slices.Contains(seen, "event: call.bridged") {
		t.Errorf("seen %q", seen)
	}
	lines = get("99")
	until("event: reset")
	h.Close()
	until("event: cut")
}

// A webhook gets everything once, in order, however often it fails; and again
// when it is asked for.
func TestWebhook(t *testing.T) {
	t.Parallel()
	s := open(t)
	var mu sync.Mutex
	var got []int64
	fails := 2
	post := func(_ context.Context, m Message) Answer {
		mu.Lock()
		defer mu.Unlock()
		if fails > 0 {
			fails--
			return Answer{Code: 500, Text: "not now"}
		}
		var d Delivery
		if err := json.Unmarshal([]byte(m.Body), &d); err != nil || m.URL != "https://example.com/h" || string(m.Secret) != "secret" {
			t.Errorf("%+v: %v", m, err)
		}
		for _, raw := range d.Events {
			var i Item
			if err := json.Unmarshal(raw, &i); err != nil || i.Type == LegRinging {
				t.Errorf("%s: %v", raw, err)
			}
			got = append(got, i.Seq)
		}
		return Answer{OK: true, Code: 200}
	}
	pauses[0], pauses[1] = 10*time.Millisecond, 10*time.Millisecond
	w := store.Webhook{ID: "wh", AccountID: 1, URL: "https://example.com/h", Kinds: []string{string(LegEnded), string(CallEnded)}, CreatedAt: time.Now()}
	if err := s.PutWebhook(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	h, _ := hub(t, s, func(c *Config) { c.Post = post })
	happen(h, "x", -1)
	await := func(want ...int64) {
		t.Helper()
		for end := time.Now().Add(15 * time.Second); ; {
			mu.Lock()
			now := slices.Clone(got)
			mu.Unlock()
			if slices.Equal(now, want) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("got %v, want %v", now, want)
			}
			<-time.After(10 * time.Millisecond)
		}
	}
	await(6, 10, 11)
	if err := errors.Join(s.RewindWebhook(t.Context(), 1, "wh", 9), h.Changed(t.Context())); err != nil {
		t.Fatal(err)
	}
	await(6, 10, 11, 10, 11)
}

// BenchmarkObserve is what a call costs while nobody follows: 12 facts, taken in
// and handed on in batches as of 400 clicks a second.
func BenchmarkObserve(b *testing.B) {
	h := New(Config{Store: open(b), Node: "a", Log: slog.New(slog.DiscardHandler)})
	ids := make([]clickbridge.CallID, 1000)
	for i := range ids {
		ids[i] = clickbridge.CallID(fmt.Sprint("call ", i))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		happen(h, ids[i%len(ids)], -1)
		if i%20 == 19 {
			h.tell(b.Context())
		}
	}
}
