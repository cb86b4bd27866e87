package v1_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"clickbridge"
)

// contract is the description, as a program reads it.
type contract struct {
	t    *testing.T
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
	if faults := c.valid("", media["schema"].(map[string]any), value); len(faults) > 0 {
		c.t.Errorf("%s %d is not as described: %v\n%s", name, rec.Code, faults, rec.Body)
	}
}

// valid holds a value to a schema of the description, as it was served: as much
// of JSON Schema as that uses.
func (c *contract) valid(at string, schema map[string]any, value any) (faults []string) {
	if ref, ok := schema["$ref"].(string); ok {
		name := ref[strings.LastIndex(ref, "/")+1:]
		schemas := c.raw["components"].(map[string]any)["schemas"].(map[string]any)
		return c.valid(at, schemas[name].(map[string]any), value)
	}
	if kinds := kindsOf(schema["type"]); len(kinds) > 0 && !slices.Contains(kinds, kindOf(value)) && !(kindOf(value) == "integer" && slices.Contains(kinds, "number")) {
		return []string{fmt.Sprintf("%s is %s, not %v", at, kindOf(value), kinds)}
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, value) {
		faults = append(faults, fmt.Sprintf("%s: %v is not one of %v", at, value, enum))
	}
	switch v := value.(type) {
	case []any:
		items, _ := schema["items"].(map[string]any)
		for i, one := range v {
			faults = append(faults, c.valid(fmt.Sprintf("%s[%d]", at, i), items, one)...)
		}
	case map[string]any:
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				faults = append(faults, fmt.Sprintf("%s.%v is missing", at, name))
			}
		}
		properties, _ := schema["properties"].(map[string]any)
		for name, one := range v {
			p, ok := properties[name].(map[string]any)
			if !ok {
				if p, ok = schema["additionalProperties"].(map[string]any); !ok {
					faults = append(faults, fmt.Sprintf("%s.%s is not described", at, name))
					continue
				}
			}
			faults = append(faults, c.valid(at+"."+name, p, one)...)
		}
	}
	return faults
}

func kindsOf(t any) (kinds []string) {
	switch t := t.(type) {
	case string:
		return []string{t}
	case []any:
		for _, one := range t {
			kinds = append(kinds, one.(string))
		}
	}
	return kinds
}

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// The test of the test: what is not as described is found.
func TestContractFinds(t *testing.T) {
	t.Parallel()
	c := readContract(t, newWorld(t))
	call := map[string]any{"$ref": "#/components/schemas/Attempt"}
	good := map[string]any{"id": "a", "seq": 1.0, "party": "findme", "number": "+1", "started_at": "x", "result": "Busy", "ring_seconds": 1.5}
	if f := c.valid("", call, good); len(f) > 0 {
		t.Errorf("faults %v", f)
	}
	for name, v := range map[string]any{"party": "nobody", "seq": "one", "colour": "red", "result": nil} {
		bad := maps.Clone(good)
		bad[name] = v
		if f := c.valid("", call, bad); len(f) != 1 {
			t.Errorf("%s: faults %v", name, f)
		}
	}
	delete(good, "id")
	if f := c.valid("", call, good); len(f) != 1 {
		t.Errorf("missing: faults %v", f)
	}
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
