package v1_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"clickbridge"
)

// contract is the description, as a program reads it.
type contract struct {
	t    *testing.T
	api  huma.OpenAPI
	raw  map[string]any
	seen map[string]bool
}

func readContract(t *testing.T, w *world) *contract {
	c := &contract{t: t, seen: map[string]bool{}}
	rec := w.do("GET", "/v1/openapi.json", "")
	ok(t, json.Unmarshal(rec.Body.Bytes(), &c.raw))
	if v, _ := c.raw["openapi"].(string); !strings.HasPrefix(v, "3.1") {
		t.Fatalf("openapi %v", v)
	}
	return c
}

// find returns the described operation of a request.
func (c *contract) find(method, path string) (name string, op map[string]any) {
	path, _, _ = strings.Cut(path, "?")
	for pattern, item := range c.raw["paths"].(map[string]any) {
		re := regexp.MustCompile("^" + regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(pattern, `[^/]+`) + "$")
		if o, ok := item.(map[string]any)[strings.ToLower(method)]; ok && re.MatchString(path) {
			if op == nil || !strings.Contains(pattern, "{") {
				name, op = method+" "+pattern, o.(map[string]any)
			}
		}
	}
	return name, op
}

// check holds an answer to its description.
func (c *contract) check(method, path string, rec *httptest.ResponseRecorder) {
	c.t.Helper()
	name, op := c.find(method, path)
	if op == nil {
		c.t.Errorf("%s %s is not described", method, path)
		return
	}
	c.seen[name] = true
	responses := op["responses"].(map[string]any)
	described, ok := responses[fmt.Sprint(rec.Code)].(map[string]any)
	if !ok {
		c.t.Errorf("%s: status %d is not described: %s", name, rec.Code, rec.Body)
		return
	}
	content, _ := described["content"].(map[string]any)
	kind, _, _ := strings.Cut(rec.Header().Get("Content-Type"), ";")
	media, ok := content[kind].(map[string]any)
	if !ok {
		if rec.Body.Len() > 0 {
			c.t.Errorf("%s %d: %s is not described", name, rec.Code, kind)
		}
		return
	}
	if !strings.HasSuffix(kind, "json") {
		return
	}
	var value any
	if err := json.Unmarshal(rec.Body.Bytes(), &value); err != nil {
		c.t.Errorf("%s: %v", name, err)
		return
	}
	if faults := c.valid(media["schema"].(map[string]any), value); len(faults) > 0 {
		c.t.Errorf("%s %d is not as described: %v\n%s", name, rec.Code, faults, rec.Body)
	}
}

// valid holds a value to a schema of the description, as it was served.
func (c *contract) valid(schema map[string]any, value any) []error {
	text, err := json.Marshal(map[string]any{"components": c.raw["components"]})
	ok(c.t, err)
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	ok(c.t, json.Unmarshal([]byte(`{}`), &struct{}{}))
	var all struct {
		Components struct {
			Schemas map[string]*huma.Schema `json:"schemas"`
		} `json:"components"`
	}
	ok(c.t, json.Unmarshal(text, &all))
	for name, s := range all.Components.Schemas {
		s.PrecomputeMessages()
		registry.Map()[name] = s
	}
	one, err := json.Marshal(schema)
	ok(c.t, err)
	var s huma.Schema
	ok(c.t, json.Unmarshal(one, &s))
	res := &huma.ValidateResult{}
	huma.Validate(registry, &s, huma.NewPathBuffer([]byte(""), 0), huma.ModeReadFromServer, value, res)
	return res.Errors
}

// Every operation is asked, and answers as it is described.
func TestContract(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := readContract(t, w)
	ask := func(status int, method, path, body string, header ...string) map[string]any {
		t.Helper()
		rec := w.do(method, path, body, header...)
		c.check(method, path, rec)
		if rec.Code != status {
			t.Errorf("%s %s: %d, want %d: %s", method, path, rec.Code, status, rec.Body)
		}
		var out map[string]any
		_ = json.Unmarshal(rec.Body.Bytes(), &out)
		return out
	}
	for _, path := range []string{"me", "account", "keys", "numbers", "findmes", "audio", "calls", "callbacks", "recordings", "notices", "optouts", "trunks", "report", "audit", "webhooks"} {
		ask(200, "GET", "/v1/"+path, "")
		ask(401, "GET", "/v1/"+path, "", "As", "wrong")
	}
	call := ask(202, "POST", "/v1/calls", `{"findme_id":98765,"phone":"(555) 111-2222","no_answer":{"email":"a@example.com"}}`)
	id := call["id"].(string)
	ask(202, "POST", "/v1/calls", `{"numbers":[{"number":"5558688950","timeout":20}],"phone":"5551112222","ref":"r1"}`)
	ask(200, "GET", "/v1/calls/"+id, "")
	ask(404, "GET", "/v1/calls/"+id, "", "As", "second")
	ask(422, "POST", "/v1/calls", `{"findme_id":98765,"phone":"911"}`)
	ask(403, "POST", "/v1/calls", `{"findme_id":98765,"phone":"5551112222"}`, "As", "reader")
	ask(202, "DELETE", "/v1/calls/"+id, "")
	at := time.Now().Add(time.Hour).Format(time.RFC3339)
	later := ask(202, "POST", "/v1/calls", `{"findme_id":98765,"phone":"5551112222","at":"`+at+`","calling_hours":true}`)["id"].(string)
	ask(200, "GET", "/v1/calls/"+later, "")
	ask(200, "GET", "/v1/callbacks", "")
	ask(204, "DELETE", "/v1/callbacks/"+later, "")
	ask(409, "DELETE", "/v1/callbacks/"+later, "")
	ask(409, "DELETE", "/v1/calls/"+later, "")

	hook := ask(201, "POST", "/v1/webhooks", `{"url":"https://example.com/h","types":["call.ended"]}`)["id"].(string)
	ask(200, "PUT", "/v1/webhooks/"+hook, `{"url":"https://example.com/h2","disabled":true}`)
	ask(422, "PUT", "/v1/webhooks/"+hook, `{"url":"https://example.com/h2","types":["call.over"]}`)
	ask(422, "POST", "/v1/webhooks/"+hook+"/replay", `{"from_seq":1}`)
	ask(204, "DELETE", "/v1/webhooks/"+hook, "")
	ask(404, "DELETE", "/v1/webhooks/"+hook, "")

	ask(200, "PATCH", "/v1/account", `{"time_zone":"America/Denver","default_caller_id":"8887776666"}`)
	ask(422, "PATCH", "/v1/account", `{"time_zone":"Nowhere"}`)
	if k := ask(201, "POST", "/v1/keys", `{"name":"new","kind":"pair"}`); k["secret_access_key"] == "" || k["access_key"] == "" {
		t.Errorf("key %v", k)
	}
	ask(201, "POST", "/v1/keys", `{"name":"page","kind":"public","findmes":[98765]}`)
	ask(200, "PUT", "/v1/keys/page", `{"findmes":[98765],"origins":["https://www.example.com"]}`)
	ask(204, "DELETE", "/v1/keys/new", "")
	ask(200, "PUT", "/v1/numbers/3125550100", `{"description":"desk"}`)
	ask(204, "DELETE", "/v1/numbers/3125550100", "")
	list := ask(201, "POST", "/v1/findmes", `{"name":"New","numbers":[{"number":"3125550100"}],"strategy":"round_robin","schedule":{"hours":[{"day":"mon","from":"09:00","to":"17:00"}]}}`)
	path := fmt.Sprintf("/v1/findmes/%.0f", list["id"].(float64))
	ask(200, "GET", path, "")
	ask(200, "PUT", path, `{"name":"Newer","numbers":[]}`)
	ask(412, "PUT", path, `{"name":"Newest","numbers":[]}`, "If-Match", `"old"`)
	ask(204, "DELETE", path, "")
	ask(404, "GET", path, "")

	ask(200, "PUT", "/v1/audio/hello", "some sound", "Content-Type", "application/octet-stream")
	ask(422, "PUT", "/v1/audio/bad", "bad sound", "Content-Type", "application/octet-stream")
	ask(200, "GET", "/v1/audio", "")
	ask(200, "GET", "/v1/audio/hello", "")
	ask(204, "DELETE", "/v1/audio/hello", "")
	ask(200, "PUT", "/v1/optouts/3125550101", `{}`)
	ask(200, "GET", "/v1/optouts", "")
	ask(204, "DELETE", "/v1/optouts/3125550101", "")

	d, err := w.store.Directory(t.Context())
	ok(t, err)
	r := clickbridge.Recording{ID: "rec1", CallID: clickbridge.CallID(id), AccountID: d.Accounts[0].ID, Kind: clickbridge.RecordedCall, State: clickbridge.RecordingReady, File: "x.wav", StartedAt: time.Now()}
	ok(t, w.store.PutRecording(t.Context(), r))
	ask(200, "GET", "/v1/recordings?limit=1", "")
	ask(200, "GET", "/v1/recordings/rec1", "")
	ask(404, "GET", "/v1/recordings/rec1", "", "As", "second")
	ask(200, "GET", "/v1/recordings/rec1/audio", "")
	ask(206, "GET", "/v1/recordings/rec1/audio", "", "Range", "bytes=4-7")
	ask(204, "DELETE", "/v1/recordings/rec1", "")
	ask(200, "GET", "/v1/calls/"+id, "")

	n := clickbridge.Notice{ID: "n1", CallID: clickbridge.CallID(id), Kind: clickbridge.NoticeEmail, To: "a@example.com", State: clickbridge.NoticePending, CreatedAt: time.Now()}
	ok(t, w.store.Owe(t.Context(), []clickbridge.Notice{n}))
	if l := ask(200, "GET", "/v1/notices", ""); len(l["items"].([]any)) != 1 {
		t.Errorf("notices %v", l)
	}
	ask(202, "POST", "/v1/notices/n1/retry", "")
	ask(404, "POST", "/v1/notices/n1/retry", "", "As", "second")
	ask(200, "GET", "/v1/audit?limit=3", "")
	ask(200, "GET", "/v1/report?from=2026-01-01&to=2026-01-31", "")
	ask(422, "GET", "/v1/report?from=2026-01-01&to=2025-01-31", "")
	ask(422, "GET", "/v1/calls?colour=red", "")
	c.seen["GET /v1/events"] = true // TestEvents

	for pattern, item := range c.raw["paths"].(map[string]any) {
		for method := range item.(map[string]any) {
			if name := strings.ToUpper(method) + " " + pattern; !c.seen[name] && slices.Contains([]string{"get", "put", "post", "patch", "delete"}, method) {
				t.Errorf("%s was not asked", name)
			}
		}
	}
}
