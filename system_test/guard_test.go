package system_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"clickbridge/simulator"
)

const (
	publicKey = "0123456789abcdef0123456789abcdef01234567"
	apiKey    = "89abcdef0123456789abcdef0123456789abcdef"
)

// guarded has an account with every kind of key and one with a cap.
const guarded = `accounts:
  - name: Example
    country: US
    time_zone: America/Chicago
    default_caller_id: "9998887777"
    destinations: [US, CA]
    no_answer_targets: {emails: [sales@example.com], sms: [], urls: [], phones: []}
    keys:
      - {name: website backend, access_key: foo, secret_access_key: bar}
      - {name: old admin script, api_key: ` + apiKey + `}
      - {name: page button, key: ` + publicKey + `, origins: ["https://www.example.com"], findmes: [1]}
    numbers:
      - {number: "9998887777", kind: tracking}
      - {number: "5557585902", kind: tracking, sms: true}
    findmes:
      - {id: 1, name: Nobody, numbers: ["3125550120"]}
      - {id: 2, name: Slow, numbers: ["3125550121"]}
      - {id: 3, name: Rings on, timeout: 60, on_another_call: ring, numbers: ["3125550122"]}
  - name: Capped
    country: US
    default_caller_id: "9998887771"
    daily_calls: 2
    keys: [{name: website, access_key: capped, secret_access_key: capped-secret}]
    numbers: [{number: "9998887771", kind: tracking}]
    findmes: [{id: 500, name: Theirs, numbers: ["3125550120"]}]
  - name: Without a number
    country: US
    keys: [{name: website, access_key: bare, secret_access_key: bare-secret}]
    findmes: [{id: 600, name: Theirs, numbers: ["3125550120"]}]
`

func guardedWorld(t *testing.T) *world {
	slow := talks
	slow.RingFor = 1500 * time.Millisecond
	return newWorld(t, setup{accounts: guarded, sim: simulator.Config{Script: script(map[string]simulator.Scene{
		"3125550120": noNumber, "3125550121": slow, "3125550122": ringsOn, "2025550140": slow, "2025550141": talks,
	})}})
}

// Who may call whom, over the wire: nothing rings for a refused click, and the
// operator can list it.
func TestGuards(t *testing.T) {
	t.Parallel()
	w := guardedWorld(t)
	t.Run("refused", func(t *testing.T) { refusals(t, w) })
	t.Run("daily cap", func(t *testing.T) { dailyCap(t, w) })
	t.Run("public key", func(t *testing.T) { publicKeys(t, w) })
	t.Run("wire", func(t *testing.T) { wire(t, w) })
	t.Run("repeats", func(t *testing.T) { identicalRepeats(t, w) })
	t.Run("a client that hangs up", func(t *testing.T) { clientGone(t, w) })
	t.Run("report", func(t *testing.T) { reports(t, w) })
}

func refusals(t *testing.T, w *world) {
	for _, c := range []struct {
		params url.Values
		status int
		body   string
	}{
		{url.Values{"phone_to_call": {"8765550123"}}, 403, "Access denied: calls to JM are not allowed"},
		{url.Values{"phone_to_call": {"+442071838750"}}, 403, "Access denied: calls to GB are not allowed"},
		{url.Values{"phone_to_call": {"9005550100"}}, 403, "Access denied: calls to premium-rate numbers are not allowed"},
		{url.Values{"phone_to_call": {"911"}}, 400, "Invalid phone_to_call"},
		{url.Values{"phone_to_call": {"112"}}, 400, "Invalid phone_to_call"},
		{url.Values{"phone_to_call": {"1-800-CONNECTED"}}, 400, "Invalid phone_to_call"},
		{url.Values{"phone_to_call": {""}}, 400, "Missing parameter: phone_to_call"},
		{url.Values{"findme_id": {""}}, 400, "Missing parameter: findme_id"},
		{url.Values{"findme_id": {"500"}}, 400, "Invalid findme_id: 500 does not exist"},
		{url.Values{"findme_id": {"already-connected"}}, 400, "Invalid findme_id"},
		{url.Values{"type": {"3"}}, 400, "Invalid type"},
		{url.Values{"first_callerid": {"2025550199"}}, 400, "Invalid first_callerid"},
		{url.Values{"no_answer_phone": {"8765550123"}}, 403, "Access denied: calls to JM are not allowed"},
		{url.Values{"no_answer_email": {"not an address"}}, 400, "Invalid no_answer_email"},
		{url.Values{"no_answer_url": {"ftp://example.com/"}}, 400, "Invalid no_answer_url"},
		{url.Values{"no_answer_sms": {"911"}}, 400, "Invalid no_answer_sms"},
		{url.Values{"secret_access_key": {"wrong"}}, 401, "Invalid access key"},
		{url.Values{"access_key": {"wrong"}}, 401, "Invalid access key"},
		{url.Values{"access_key": {"bare"}, "secret_access_key": {"bare-secret"}, "findme_id": {"600"}}, 403, "Access denied"},
		{url.Values{"action": {"clickto.connected"}}, 400, "Unknown action: clickto."},
		{url.Values{"action": {"clickto.survo"}}, 400, "Unknown action: clickto.survo"},
		{url.Values{"action": {""}}, 400, "Missing Application Specification"},
	} {
		q := url.Values{"type": {"2"}, "findme_id": {"1"}, "phone_to_call": {"2025550150"}}
		for k, v := range c.params {
			q[k] = v
		}
		res, body := w.answer(t, "/ibp_api.php", q)
		if res.StatusCode != c.status || !strings.HasPrefix(body, c.body) {
			t.Errorf("%v: %d %q, want %d %q", c.params, res.StatusCode, body, c.status, c.body)
		}
		if strings.Contains(strings.ToLower(body), "connected") {
			t.Errorf("%v: the answer %q looks like success", c.params, body)
		}
		if got := res.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
			t.Errorf("%v: Content-Type %q", c.params, got)
		}
	}
	if n := w.sim.Total(); n != 0 {
		t.Errorf("%d phones rang", n)
	}
	eventually(t, 5*seconds, "refused clicks are listed", func() bool {
		list := w.tool("calls", "list", "--refused")
		return strings.Contains(list, "calls to JM are not allowed") && strings.Contains(list, "Missing Application Specification")
	})
	list := w.tool("calls", "list", "--refused", "--since", "1h")
	contains(t, list, "website backend", "8765550123", "127.0.0.1", "Invalid access key", "premium-rate")
	if strings.Contains(list, "bare-secret") {
		t.Error("a refused click is listed with its secret")
	}
	contains(t, w.tool("calls", "list"), "no calls")
}

func dailyCap(t *testing.T, w *world) {
	click := func(phone string) (*http.Response, string) {
		return w.answer(t, "/click_to_xyz.php", url.Values{"access_key": {"capped"}, "secret_access_key": {"capped-secret"},
			"type": {"2"}, "findme_id": {"500"}, "phone_to_call": {phone}})
	}
	for _, phone := range []string{"2025550150", "2025550151"} {
		if res, body := click(phone); res.StatusCode != 200 {
			t.Fatalf("%d %q", res.StatusCode, body)
		}
	}
	over := func() {
		t.Helper()
		dialled := w.sim.Total()
		res, body := click("2025550152")
		wait, err := strconv.Atoi(res.Header.Get("Retry-After"))
		if res.StatusCode != 429 || !strings.HasPrefix(body, "Too many requests: ") || err != nil || wait < 1 || wait > 25*3600 {
			t.Errorf("%d %q, Retry-After %q", res.StatusCode, body, res.Header.Get("Retry-After"))
		}
		if w.sim.Total() != dialled {
			t.Error("a phone rang")
		}
	}
	over()
	w.kill() // the count outlives the server
	w.start()
	over()
}

func publicKeys(t *testing.T, w *world) {
	click := func(header map[string]string, q url.Values) (*http.Response, string) {
		all := url.Values{"app": {"ctf"}, "key": {publicKey}, "type": {"2"}, "findme_id": {"1"}, "phone_to_call": {"2025550153"}}
		for k, v := range q {
			all[k] = v
		}
		req, err := http.NewRequest(http.MethodGet, "http://"+w.http+"/click_to_xyz.php?"+all.Encode(), http.NoBody)
		must(t, err)
		for k, v := range header {
			req.Header.Set(k, v)
		}
		return exchanged(t, req)
	}
	ours := map[string]string{"Origin": "https://www.example.com"}
	res, body := click(ours, url.Values{"no_answer_email": {"sales@example.com"}})
	if res.StatusCode != 200 || body != "Requeset Processed" || res.Header.Get("Access-Control-Allow-Origin") != "https://www.example.com" {
		t.Errorf("from its page: %d %q, %v", res.StatusCode, body, res.Header)
	}
	if res, body := click(map[string]string{"Referer": "https://www.example.com/lead?x=1"}, url.Values{"ref": {"r"}}); res.StatusCode != 200 {
		t.Errorf("by Referer: %d %q", res.StatusCode, body)
	}
	for name, c := range map[string]struct {
		header map[string]string
		q      url.Values
	}{
		"another page":     {map[string]string{"Origin": "https://www.example.com.evil.example"}, nil},
		"http":             {map[string]string{"Origin": "http://www.example.com"}, nil},
		"no page":          {nil, nil},
		"another FindMe":   {ours, url.Values{"findme_id": {"2"}}},
		"an unlisted mail": {ours, url.Values{"no_answer_email": {"me@example.com"}}},
		"a URL":            {ours, url.Values{"no_answer_url": {w.web.URL() + "/mine"}}},
		"a text message":   {ours, url.Values{"no_answer_sms": {"2025550150"}}},
		"a transfer":       {ours, url.Values{"no_answer_phone": {"2025550150"}}},
		"another country":  {ours, url.Values{"phone_to_call": {"8765550123"}}},
	} {
		dialled := w.sim.Total()
		if res, body := click(c.header, c.q); res.StatusCode != 403 || !strings.HasPrefix(body, "Access denied: ") || w.sim.Total() != dialled {
			t.Errorf("%s: %d %q", name, res.StatusCode, body)
		}
	}
	if status, body := w.get("/ibp_api.php?action=report.clickto&key=" + publicKey); status != 403 && status != 401 {
		t.Errorf("a report with a public key: %d %q", status, body)
	}
}

// wire tries the ways a click comes in.
func wire(t *testing.T, w *world) {
	const processed = "Requeset Processed"
	form := url.Values{"access_key": {"foo"}, "secret_access_key": {"bar"}, "type": {"2"}, "findme_id": {"1"}}
	send := func(method, target, contentType, body string) (*http.Response, string) {
		req, err := http.NewRequest(method, "http://"+w.http+target, strings.NewReader(body))
		must(t, err)
		req.Header.Set("Content-Type", contentType)
		return exchanged(t, req)
	}
	form.Set("phone_to_call", "2025550154")
	if res, body := send("POST", "/click_to_xyz.php?app=CTF&phone_to_call=911", "application/x-www-form-urlencoded", form.Encode()); body != processed {
		t.Errorf("POST, the body wins: %d %q", res.StatusCode, body)
	}
	form.Set("phone_to_call", `"(202) 555-0155"`)
	form.Set("action", "clickto.findme")
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k := range form {
		must(t, m.WriteField(k, form.Get(k)))
	}
	must(t, m.Close())
	if res, body := send("POST", "/ibp_api.php", m.FormDataContentType(), b.String()); body != processed {
		t.Errorf("multipart: %d %q", res.StatusCode, body)
	}
	raw := "/ibp_api.php?&app=ctvm&action=clickto.findme&api_key=" + apiKey + "&type=2&findme_id=1&phone_to_call=+1-202-555-0156&page=http://a.example/x/Lead.html?q=1"
	if status, body := w.get(raw); status != 200 || body != processed {
		t.Errorf("nothing encoded: %d %q", status, body)
	}
	dialled := w.sim.Total()
	for _, method := range []string{"HEAD", "PUT", "DELETE"} {
		if res, _ := send(method, raw, "text/plain", ""); res.StatusCode != 405 || res.Header.Get("Allow") == "" {
			t.Errorf("%s: %d", method, res.StatusCode)
		}
	}
	if res, _ := send("OPTIONS", raw, "text/plain", ""); res.StatusCode != 204 {
		t.Errorf("OPTIONS: %d", res.StatusCode)
	}
	if n := w.sim.Total(); n != dialled {
		t.Errorf("%d calls without a click", n-dialled)
	}
	if status, body := w.get("/ibp_api.php?action=findme.create&access_key=foo&secret_access_key=bar"); status != 400 || !strings.Contains(body, "<result>failed</result>") {
		t.Errorf("an action of another family: %d %q", status, body)
	}
}

// identicalRepeats: one hunt for one click, however often it is sent.
func identicalRepeats(t *testing.T, w *world) {
	q := url.Values{"type": {"1"}, "findme_id": {"1"}, "phone_to_call": {"2025550140"}, "ref": {"ten"}}
	var mu sync.Mutex
	answers := map[string]int{}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			status, body := w.click(q)
			mu.Lock()
			defer mu.Unlock()
			answers[fmt.Sprint(status, " ", body)]++
		})
	}
	all.Wait()
	if answers["200 Call Connected"] != 10 {
		t.Errorf("answers %v", answers)
	}
	if n := len(w.legs("2025550140")); n != 1 {
		t.Errorf("phone_to_call rang %d times", n)
	}
	w.endedRef(t, "ten")
	// Everybody had the answer: the same click is a new one now.
	if status, body := w.click(q); status != 200 || body != "Call Connected" {
		t.Errorf("%d %q", status, body)
	}
	if n := len(w.legs("2025550140")); n != 2 {
		t.Errorf("phone_to_call rang %d times", n)
	}
}

// clientGone: a client that does not wait cancels nothing, and its repeat gets
// the answer it missed.
func clientGone(t *testing.T, w *world) {
	q := url.Values{"action": {"clickto.findme"}, "access_key": {"foo"}, "secret_access_key": {"bar"},
		"type": {"2"}, "findme_id": {"2"}, "phone_to_call": {"2025550141"}, "ref": {"gone"}}
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.http+"/ibp_api.php?"+q.Encode(), http.NoBody)
	must(t, err)
	done := make(chan error, 1)
	go func() {
		_, err := http.DefaultClient.Do(req)
		done <- err
	}()
	eventually(t, 5*seconds, "the agent rings", func() bool { return w.rings("3125550121") })
	cancel()
	if err := <-done; err == nil {
		t.Fatal("the answer came before the client could go")
	}
	eventually(t, 10*seconds, "both talk all the same", func() bool {
		return w.hears("2025550141", "3125550121") && w.hears("3125550121", "2025550141")
	})
	dialled := w.sim.Total()
	if status, body := w.click(q); status != 200 || body != "Call Connected" {
		t.Errorf("the repeat: %d %q", status, body)
	}
	if n := w.sim.Total(); n != dialled {
		t.Errorf("the repeat placed %d calls", n-dialled)
	}
}

// reports looks at the shape of the report, as XML and CSV.
func reports(t *testing.T, w *world) {
	path := "/ibp_api.php?action=report.clickto&access_key=foo&secret_access_key=bar&start_date=" +
		time.Now().AddDate(0, 0, -1).Format("20060102") + "&end_date=" + time.Now().AddDate(0, 0, 1).Format("20060102")
	status, text := w.get(path + "&format=csv")
	if status != 200 {
		t.Fatalf("%d %q", status, text)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	must(t, err)
	records := w.report()
	if len(rows) != len(records)+1 || len(records) < 8 {
		t.Fatalf("%d lines, %d records", len(rows), len(records))
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	for i, r := range records {
		row := rows[i+1]
		if row[at["id"]] != r.ID || row[at["result"]] != r.Result || row[at["phone_to_call"]] != r.Phone || row[at["ref"]] != r.Ref {
			t.Errorf("line %q, record %+v", row, r)
		}
	}
	_, xml := w.get(path)
	if !strings.Contains(xml, "<report>") || strings.Count(xml, "<record>") != len(records) {
		t.Errorf("%d of %d records", strings.Count(xml, "<record>"), len(records))
	}
	for _, name := range rows[0] {
		if !strings.Contains(xml, "<"+name+">") && !strings.Contains(xml, "<"+name+"/>") {
			t.Errorf("XML has no column %s", name)
		}
	}
	if _, one := w.get(path + "&ref=gone"); strings.Count(one, "<record>") != 1 {
		t.Errorf("ref=gone: %q", one)
	}
	if status, body := w.get("/ibp_api.php?action=report.clickto&access_key=foo&secret_access_key=bar&start_date=yesterday"); status != 400 || !strings.Contains(body, "<result>failed</result>") {
		t.Errorf("%d %q", status, body)
	}
}

// A click that no trunk has room for is turned away before anything rings.
func TestTrunksFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{
		accounts: guarded, sim: simulator.Config{Script: script(map[string]simulator.Scene{"3125550122": {Name: "declines", RingFor: 2 * seconds, FinalStatus: 603}})},
		tweak: func(c string) string { return strings.Replace(c, "{name: sim,", "{name: sim, max_calls: 2,", 1) },
	})
	click := func(phone string) url.Values {
		return url.Values{"type": {"2"}, "findme_id": {"3"}, "phone_to_call": {phone}}
	}
	one, two := w.clicking(click("2025550150")), w.clicking(click("2025550151"))
	eventually(t, 5*seconds, "two agents ring", func() bool { return w.sim.Total() == 2 })
	res, body := w.answer(t, "/ibp_api.php", click("2025550152"))
	if res.StatusCode != 503 || !strings.HasPrefix(body, "Service unavailable") || res.Header.Get("Retry-After") == "" {
		t.Errorf("%d %q, Retry-After %q", res.StatusCode, body, res.Header.Get("Retry-After"))
	}
	twin := w.clicking(click("2025550150")) // needs no room
	for _, answer := range []<-chan string{one, two, twin} {
		if got := <-answer; got != "Requeset Processed" {
			t.Errorf("%q", got)
		}
	}
	if status, body := w.click(click("2025550153")); status != 200 {
		t.Errorf("when there is room again: %d %q", status, body)
	}
	if n := w.sim.Total(); n != 3 {
		t.Errorf("%d legs", n)
	}
}
