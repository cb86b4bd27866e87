package system_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	endian "encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// peoplePassword is the test's user's; no log may hold it.
const peoplePassword = "demo 7 lamps of a people test"

// visitor is a browser of somebody who signs in.
type visitor struct {
	w    *world
	http *http.Client
	csrf string
}

func newVisitor(w *world) *visitor {
	jar, err := cookiejar.New(nil)
	must(w.t, err)
	return &visitor{w: w, http: &http.Client{Jar: jar, Timeout: 10 * seconds}}
}

// do sends JSON and returns what comes back.
func (v *visitor) do(method, path string, body any) (status int, answer map[string]any, header http.Header) {
	v.w.t.Helper()
	var in io.Reader = http.NoBody
	if body != nil {
		b, err := json.Marshal(body)
		must(v.w.t, err)
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, "http://"+v.w.http+path, in)
	must(v.w.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-CSRF-Token", v.csrf)
	res, err := v.http.Do(req)
	must(v.w.t, err)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	must(v.w.t, err)
	_ = json.Unmarshal(raw, &answer)
	return res.StatusCode, answer, res.Header
}

func (v *visitor) want(status int, method, path string, body any) map[string]any {
	v.w.t.Helper()
	got, answer, _ := v.do(method, path, body)
	if got != status {
		v.w.t.Errorf("%s %s: %d %v, want %d", method, path, got, answer, status)
	}
	return answer
}

// signIn signs in; code "" is none.
func (v *visitor) signIn(password, code string) (status int, header http.Header) {
	v.w.t.Helper()
	status, answer, header := v.do("POST", "/v1/session", map[string]string{"email": "a@example.com", "password": password, "code": code})
	if token, ok := answer["csrf_token"].(string); ok {
		v.csrf = token
	}
	return status, header
}

// addUser makes a user, the password on standard input.
func (w *world) addUser(args ...string) {
	w.t.Helper()
	cmd := exec.Command(binary, append([]string{"users", "add", "--config", w.config}, args...)...)
	cmd.Stdin = strings.NewReader(peoplePassword + "\n")
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), peoplePassword) {
		w.t.Fatalf("users add: %v\n%s", err, out)
	}
}

// appCode is what an authenticator app shows.
func appCode(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.DecodeString(secret)
	must(t, err)
	m := hmac.New(sha1.New, key)
	_ = endian.Write(m, endian.BigEndian, at.Unix()/30)
	sum := m.Sum(nil)
	off := sum[19] & 15
	return fmt.Sprintf("%06d", endian.BigEndian.Uint32(sum[off:])&0x7fffffff%1000000)
}

// People sign in to the real server, over its death too.
func TestPeople(t *testing.T) {
	t.Parallel()
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			testPeople(t, newWorld(t, setup{dsn: e.dsn(t, t.TempDir())}))
		})
	}
}

func testPeople(t *testing.T, w *world) {
	if !strings.Contains(w.logs.String(), "make the first user with: clickbridge users add") {
		t.Error("the server does not say how to make the first user")
	}
	w.addUser("--operator", "a@example.com")
	v := newVisitor(w)
	if status, _ := v.signIn("wrong", ""); status != 401 {
		t.Errorf("a wrong password: %d", status)
	}
	if status, _ := v.signIn(peoplePassword, ""); status != 200 {
		t.Fatalf("the right one: %d", status)
	}
	other := newVisitor(w)
	if status, _ := other.signIn(peoplePassword, ""); status != 200 {
		t.Fatalf("a second session: %d", status)
	}

	w.kill()
	w.start()
	v.want(200, "GET", "/v1/session", nil)
	all := v.want(200, "GET", "/v1/session/all", nil)
	for _, s := range all["sessions"].([]any) {
		if s := s.(map[string]any); s["this"] == false {
			v.want(204, "DELETE", "/v1/session/all/"+s["id"].(string), nil)
		}
	}
	other.want(401, "GET", "/v1/session", nil)
	v.want(200, "GET", "/v1/session", nil)

	enrolment := v.want(200, "POST", "/v1/session/totp", map[string]string{"password": peoplePassword})
	secret, _ := enrolment["secret"].(string)
	code := appCode(t, secret, time.Now())
	confirmed := v.want(200, "PUT", "/v1/session/totp", map[string]string{"code": code})
	fresh := newVisitor(w)
	if status, _ := fresh.signIn(peoplePassword, ""); status != 401 {
		t.Errorf("without a code: %d", status)
	}
	if status, _ := fresh.signIn(peoplePassword, code); status != 401 {
		t.Errorf("with the code that was used: %d", status)
	}
	if status, _ := fresh.signIn(peoplePassword, appCode(t, secret, time.Now().Add(30*seconds))); status != 200 {
		t.Errorf("with the next code: %d", status)
	}
	spare := confirmed["recovery_codes"].([]any)[0].(string)
	if status, _ := newVisitor(w).signIn(peoplePassword, spare); status != 200 {
		t.Errorf("with a recovery code: %d", status)
	}
	v.want(403, "POST", "/v1/session/password", map[string]string{"old": "wrong", "new": "demo 8 other lamps"})
	forged := *v
	forged.csrf = ""
	forged.want(403, "DELETE", "/v1/session", nil)
	v.want(204, "DELETE", "/v1/session", nil)
	v.want(401, "GET", "/v1/session", nil)

	out, err := w.run("users", "list", "--config", w.config)
	if err != nil || !strings.Contains(out, "a@example.com") || !strings.Contains(out, "operator") {
		t.Errorf("users list: %v\n%s", err, out)
	}
	if out, err := w.run("users", "totp-reset", "--config", w.config, "a@example.com"); err != nil {
		t.Errorf("totp-reset: %v\n%s", err, out)
	}
	fresh.want(401, "GET", "/v1/session", nil)
	if status, _ := fresh.signIn(peoplePassword, ""); status != 200 {
		t.Errorf("after the reset: %d", status)
	}
	locked(t, w)
	if out, err := w.run("users", "disable", "--config", w.config, "a@example.com"); err != nil {
		t.Errorf("disable: %v\n%s", err, out)
	}
	fresh.want(401, "GET", "/v1/session", nil)
	out, err = w.run("users", "audit", "--config", w.config)
	for _, want := range []string{"user.changed", "disabled: false -> true", "user.totp_reset", "session.refused", "session.created", "apply.create", "FindMe 98765"} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("the audit log has no %q: %v\n%s", want, err, out)
		}
	}
	for _, s := range []string{peoplePassword, secret, spare, code} {
		if strings.Contains(w.logs.String()+out, s) {
			t.Errorf("the log holds %q", s)
		}
	}
}

// locked guesses until it has to wait.
func locked(t *testing.T, w *world) {
	t.Helper()
	v := newVisitor(w)
	for range 20 {
		status, header := v.signIn("a wrong guess", "")
		if status == 429 && header.Get("Retry-After") != "" {
			return
		}
		if status != 401 {
			t.Errorf("a guess: %d", status)
		}
	}
	t.Error("20 guesses and no wait")
}
