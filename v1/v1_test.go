package v1_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/throttle"
	"clickbridge/v1"
)

// A problem names the field, the value and what would be right.
func TestProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct{ method, path, body, field, message string }{
		{"POST", "/v1/calls", `{"findme_id":98765,"phone":"911"}`, "phone", "emergency"},
		{"POST", "/v1/calls", `{"findme_id":4711,"phone":"5551112222"}`, "findme_id", "does not exist"},
		{"POST", "/v1/calls", `{"phone":"5551112222"}`, "findme_id", "is needed"},
		{"POST", "/v1/calls", `{"findme_id":98765,"phone":"5551112222","first_caller_id":"2125550100"}`, "first_caller_id", "not a registered"},
		{"POST", "/v1/calls", `{"findme_id":98765,"phone":"5551112222","order":"both"}`, "order", "one of"},
		{"POST", "/v1/calls", `{"findme_id":98765,"phone":"5551112222","no_answer":{"url":"ftp://x"}}`, "no_answer.url", ""},
		{"POST", "/v1/findmes", `{"name":"x","numbers":[{"number":"3125550100","timeout":5}]}`, "numbers[0].timeout", "must be"},
		{"POST", "/v1/findmes", `{"name":"x","numbers":[{"number":"12"}]}`, "numbers[0].number", ""},
		{"POST", "/v1/findmes", `{"name":"x","numbers":[],"end":{"action":"transfer"}}`, "end.number", "must be"},
		{"GET", "/v1/calls?cursor=nonsense", "", "cursor", "must be"},
		{"GET", "/v1/calls?limit=5000", "", "limit", ""},
	} {
		p := w.get(422, tt.method, tt.path, tt.body)
		es, _ := p["errors"].([]any)
		if len(es) == 0 {
			t.Errorf("%s: no field in %v", tt.body, p)
			continue
		}
		e := es[0].(map[string]any)
		if tt.field == "phone" && (e["value"] != "911" || p["detail"] != "Invalid phone: 911 is an emergency number") {
			t.Errorf("%v", p)
		}
		if e["field"] != tt.field || !strings.Contains(e["message"].(string), tt.message) || p["code"] != "invalid" || p["status"] != 422.0 {
			t.Errorf("%s %s: %v", tt.path, tt.body, p)
		}
	}
	rec := w.do("GET", "/v1/nothing", "")
	if rec.Code != 404 || rec.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

// A key stands for one call, until nothing came of it.
func TestIdempotency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const body = `{"findme_id":98765,"phone":"5551112222"}`
	var mu sync.Mutex
	ids := map[any]int{}
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			c := w.get(202, "POST", "/v1/calls", body, "Idempotency-Key", "k")
			mu.Lock()
			defer mu.Unlock()
			ids[c["id"]]++
		})
	}
	all.Wait()
	if len(ids) != 1 || len(w.begun) != 1 {
		t.Errorf("%d ids, %d calls", len(ids), len(w.begun))
	}
	w.get(409, "POST", "/v1/calls", `{"findme_id":98765,"phone":"5551112223"}`, "Idempotency-Key", "k")
	w.get(202, "POST", "/v1/calls", `{"phone":"5551112222","findme_id":98765, "order":"phone_first"}`, "Idempotency-Key", "k")
	w.get(202, "POST", "/v1/calls", `{"findme_id":500,"phone":"5551112222"}`, "Idempotency-Key", "k", "As", "second")
	// What was refused takes its key back.
	w.get(422, "POST", "/v1/calls", `{"findme_id":4711,"phone":"5551112222"}`, "Idempotency-Key", "k2")
	w.get(202, "POST", "/v1/calls", body, "Idempotency-Key", "k2")
}

func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 7 {
		w.get(202, "POST", "/v1/calls", fmt.Sprintf(`{"findme_id":98765,"phone":"555111222%d","ref":"r%d"}`, i, i%2))
	}
	for _, tt := range []struct {
		query string
		want  int
	}{{"limit=3", 7}, {"limit=2&oldest_first=true", 7}, {"limit=1&ref=r1", 3}, {"phone=5551112223", 1}, {"result=Busy", 0}, {"result=In+Progress&limit=7", 7}} {
		var refs []string
		cursor := ""
		for range 10 {
			l := w.get(200, "GET", "/v1/calls?"+tt.query+"&cursor="+cursor, "")
			for _, c := range l["items"].([]any) {
				refs = append(refs, c.(map[string]any)["phone"].(string))
			}
			if cursor, _ = l["next"].(string); cursor == "" {
				break
			}
		}
		if len(refs) != tt.want {
			t.Errorf("%s: %v", tt.query, refs)
		}
	}
}

func TestLostUpdates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tag := w.do("GET", "/v1/findmes/98765", "").Header().Get("ETag")
	w.get(200, "PUT", "/v1/findmes/98765", `{"name":"One","numbers":[]}`, "If-Match", tag)
	w.get(412, "PUT", "/v1/findmes/98765", `{"name":"Two","numbers":[]}`, "If-Match", tag)
	if f := w.get(200, "GET", "/v1/findmes/98765", ""); f["name"] != "One" {
		t.Errorf("%v", f)
	}
}

// What is read can be written back, and changes nothing.
func TestFindMeRoundTrip(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const all = `{"name":"All","timeout":25,"loop_count":0,"strategy":"weighted","simul":3,"list_type":"group","on_another_call":"ring",
		"schedule":{"time_zone":"America/Denver","hours":[{"day":"fri","from":"22:00","to":"02:00"}],"closed":["2026-12-25"]},
		"decline_ends_hunt":true,"sticky_days":7,"auto_accept":"last_asked","detect_machine":true,
		"screen":{"method":"whisper_text","text":"hi","accept":"5","decline":"6","pass":"7","opt_out":"9","tries":2,"seconds":4},
		"hold":{"repeat":"between"},"voice":{"language":"de","greeting":"g","prompt":"p","apology":"a"},
		"record":{"on":true,"announce":"agent","keep_days":30},
		"end":{"action":"call_later","after_minutes":30,"next_open":true,"max_calls":4,"from":"09:00","to":"20:00"},
		"numbers":[{"number":"3125550100","name":"Ann","timeout":20,"delay":5,"weight":3,"paused":true,"extension":"12,3","extension_wait":2,"schedule":{"hours":[{"day":"mon","from":"08:00","to":"24:00"}]}}]}`
	made := w.do("POST", "/v1/findmes", all)
	path := made.Header().Get("Location")
	again := w.do("PUT", path, made.Body.String())
	if made.Code != 201 || again.Code != 200 || made.Header().Get("ETag") != again.Header().Get("ETag") {
		t.Errorf("%d %s\n%d %s", made.Code, made.Body, again.Code, again.Body)
	}
	for _, want := range []string{`"extension":"12,3"`, `"from":"22:00"`, `"opt_out":"9"`, `"loop_count":0`, `"action":"call_later"`} {
		if !strings.Contains(again.Body.String(), want) {
			t.Errorf("%s is lost: %s", want, again.Body)
		}
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *v1.Config) { c.Limit = throttle.Rate{Count: 3, Per: time.Hour} })
	for i := range 3 {
		rec := w.do("GET", "/v1/me", "")
		if rec.Code != 200 || !strings.Contains(rec.Header().Get("RateLimit"), fmt.Sprintf("r=%d", 2-i)) {
			t.Errorf("%d %v", rec.Code, rec.Header())
		}
	}
	rec := w.do("GET", "/v1/me", "")
	if rec.Code != 429 || rec.Header().Get("Retry-After") == "" || rec.Header().Get("RateLimit-Policy") == "" {
		t.Errorf("%d %v %s", rec.Code, rec.Header(), rec.Body)
	}
	if rec := w.do("GET", "/v1/me", "", "As", "second"); rec.Code != 200 {
		t.Errorf("another account: %d", rec.Code)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	srv := httptest.NewServer(w.handler)
	defer srv.Close()
	req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/v1/events?types=call.created,call.ended", nil)
	ok(t, err)
	req.SetBasicAuth("pair", "")
	resp, err := srv.Client().Do(req)
	ok(t, err)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	until := func(want string) {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == want {
				return
			}
		}
		t.Fatalf("%q did not come", want)
	}
	until("event: ready")
	d, err := w.store.Directory(t.Context())
	ok(t, err)
	for _, k := range []clickbridge.EventKind{clickbridge.EventClick, clickbridge.EventBridged, clickbridge.EventCallEnded} {
		w.hub.Observe(clickbridge.Event{AccountID: d.Accounts[0].ID, CallID: "x", Kind: k, At: time.Now()})
	}
	until("event: call.created")
	until("event: call.ended")
	w.get(422, "GET", "/v1/events?types=nothing", "")
}

func TestPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if rec := w.do("GET", "/v1/", ""); rec.Code != 200 || !strings.Contains(rec.Body.String(), "/v1/findmes/{id}") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}
