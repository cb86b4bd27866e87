package system_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"clickbridge/simulator"
	"clickbridge/simulator/sink"
)

// mailPassword stands in mail.smtp; urlToken in a customer's address.
const (
	mailPassword = "demo-mail-password"
	urlToken     = "demo-url-token"
	serverKey    = "demo-server-secret-key"
	oidcSecret   = "demo-oidc-client-secret"
)

// Nothing that opens a door is in any log, whatever goes wrong, and neither in
// what commands print.
func TestSecretsStayOutOfLogs(t *testing.T) {
	t.Parallel()
	mail, err := sink.NewMail(t.Context(), sink.MailConfig{Username: "post", Password: mailPassword})
	must(t, err)
	t.Cleanup(mail.Close)
	accounts := strings.NewReplacer("secret_access_key: bar}", "secret_access_key: demo-secret-access-key}").Replace(guarded)
	files := t.TempDir()
	must(t, os.WriteFile(filepath.Join(files, "trunk"), []byte(trunkPassword+"\n"), 0o600))
	w := newWorld(t, setup{
		accounts: accounts,
		sim:      simulator.Config{Script: script(map[string]simulator.Scene{"3125550120": {Name: "asks for credentials", Challenge: true, FinalStatus: 404}})},
		extra:    "secret_key: " + serverKey + "\nconsole: {oidc: {issuer: \"http://127.0.0.1:1\", client_id: cb, client_secret: " + oidcSecret + "}}\n",
		tweak: func(c string) string {
			c = strings.Replace(c, "password: "+trunkPassword, "register: true, password: \"file:"+filepath.Join(files, "trunk")+"\"", 1)
			head, rest, _ := strings.Cut(c, "smtp://")
			_, rest, _ = strings.Cut(rest, `"`)
			return head + "smtp://post:" + mailPassword + "@" + mail.Addr() + `"` + rest
		},
	})
	secrets := []string{trunkPassword, smsPassword, signingSecret, mailPassword, serverKey, urlToken, apiKey, "demo-secret-access-key", "capped-secret",
		"demo-wrong-secret", "demo-leaked-secret",
		base64.StdEncoding.EncodeToString([]byte("\x00post\x00" + mailPassword)), base64.StdEncoding.EncodeToString([]byte("AC0001:" + smsPassword))}

	eventually(t, 5*seconds, "the trunk registers with its password", func() bool { return len(w.sim.Registered()) == 1 })
	spill(t, w)
	secrets = append(secrets, oidcSecret, peoplePassword)
	secrets = append(secrets, spillPeople(t, w)...)
	eventually(t, 10*seconds, "mail and SMS have been sent with theirs", func() bool {
		return len(mail.Messages()) == 1 && len(w.web.SMS()) == 1 && len(w.posts("/hook")) == 1
	})
	if w.sim.Snapshot()[0].Challenges != 1 {
		t.Error("the trunk's password was not asked for")
	}
	reports := ""
	for _, args := range [][]string{{"check"}, {"calls", "list"}, {"calls", "list", "--refused"}, {"users", "list"}, {"apply", "--dry-run", filepath.Join(w.dir, "accounts.yaml")}} {
		reports += w.tool(args...)
	}
	fails(t, w)
	w.terminate()
	w.outcome(20 * seconds)
	for name, text := range map[string]string{"the server's log": w.logs.String(), "the commands' output": reports} {
		if len(text) < 1000 {
			t.Errorf("%s is empty:\n%s", name, text)
		}
		for _, line := range strings.Split(text, "\n") {
			for _, s := range secrets {
				if strings.Contains(line, s) || strings.Contains(line, url.QueryEscape(s)) {
					t.Errorf("%s holds %q: %s", name, s, line)
				}
			}
		}
	}
}

// spill sends secrets, right and wrong, in every way there is.
func spill(t *testing.T, w *world) {
	right := url.Values{"access_key": {"foo"}, "secret_access_key": {"demo-secret-access-key"}, "type": {"2"}, "findme_id": {"1"}, "phone_to_call": {"2025550150"},
		"no_answer_email": {"sales@example.com"}, "no_answer_sms": {"9175550120"}, "no_answer_url": {w.web.URL() + "/hook?token=" + urlToken}}
	if status, body := w.click(right); status != 200 {
		t.Errorf("%d %q", status, body)
	}
	wrong := url.Values{"action": {"clickto.findme"}, "access_key": {"foo"}, "secret_access_key": {"demo-wrong-secret"}, "findme_id": {"1"}, "phone_to_call": {"2025550150"}}
	for _, path := range []string{"/ibp_api.php", "/click_to_xyz.php", "/nowhere", "//ibp_api.php"} {
		_, _ = w.get(path + "?" + wrong.Encode())
		res, err := http.Post("http://"+w.http+path, "application/x-www-form-urlencoded", strings.NewReader(wrong.Encode()))
		must(t, err)
		_ = res.Body.Close()
	}
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k := range wrong {
		must(t, m.WriteField(k, wrong.Get(k)))
	}
	res, err := http.Post("http://"+w.http+"/ibp_api.php", m.FormDataContentType(), &b) // without its end
	must(t, err)
	_ = res.Body.Close()
	for _, q := range []string{"action=demo-leaked", "action=clickto.findme&api_key=" + apiKey + "&type=x", "api_key=" + apiKey, "action=report.clickto&access_key=foo&secret_access_key=demo-wrong-secret",
		"action=report.clickto&access_key=foo&secret_access_key=demo-secret-access-key&start_date=x", "action=clickto.findme&access_key=demo-leaked-secret"} {
		_, _ = w.get("/ibp_api.php?" + q)
	}
	// What is no HTTP at all.
	for _, raw := range []string{
		"GET /ibp_api.php?secret_access_key=demo-leaked-secret with spaces HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /ibp_api.php?secret_access_key=demo-leaked-secret HTTP/9.9\r\n\r\n",
		"POST /ibp_api.php?secret_access_key=demo-leaked-secret HTTP/1.1\r\nHost: x\r\nContent-Length: demo-leaked-secret\r\n\r\n",
		"POST /ibp_api.php HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\ndemo-leaked-secret\r\n",
		"\x16\x03\x01demo-leaked-secret\r\n\r\n",
		fmt.Sprintf("GET /ibp_api.php HTTP/1.1\r\nHost: x\r\nCookie: %s demo-leaked-secret\r\n\r\n", strings.Repeat("x", 70<<10)),
	} {
		c, err := net.Dial("tcp", w.http)
		must(t, err)
		_, _ = io.WriteString(c, raw)
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, c)
		_ = c.Close()
	}
}

// spillPeople signs in, rightly and wrongly, and returns what nobody else may
// know.
func spillPeople(t *testing.T, w *world) (secrets []string) {
	t.Helper()
	w.addUser("--operator", "a@example.com")
	v := newVisitor(w)
	for range 6 { // up to the first wait, which is in the audit log
		_, _ = v.signIn("demo-wrong-secret", "")
	}
	v.want(401, "POST", "/v1/session", map[string]string{"email": peoplePassword, "password": "demo-wrong-secret"})
	_, _, _ = v.do("GET", "/v1/session/oidc", nil)
	eventually(t, 5*seconds, "the wait is over", func() bool { status, _ := v.signIn(peoplePassword, ""); return status == 200 })
	at, err := url.Parse("http://" + w.http)
	must(t, err)
	for _, c := range v.http.Jar.Cookies(at) {
		secrets = append(secrets, c.Value)
	}
	e := v.want(200, "POST", "/v1/session/totp", map[string]string{"password": peoplePassword})
	if len(secrets) == 0 || e["secret"] == nil {
		t.Error("there was nothing to hide")
	}
	return append(secrets, v.csrf, e["secret"].(string))
}

// fails breaks what needs a password, so that the errors are logged: the mail
// server and the SMS provider refuse it, and a wrong file is reread.
func fails(t *testing.T, w *world) {
	text := readFile(t, w.config)
	strict, err := sink.NewMail(t.Context(), sink.MailConfig{Username: "post", Password: "another"})
	must(t, err)
	t.Cleanup(strict.Close)
	provider, err := sink.NewWeb(t.Context(), sink.WebConfig{Accounts: map[string]string{"AC0001": "another"}})
	must(t, err)
	t.Cleanup(provider.Close)
	for from, to := range map[string]string{w.web.URL(): provider.URL(), "@" + addressOf(t, text): "@" + strict.Addr()} {
		text = strings.ReplaceAll(text, from, to)
	}
	must(t, os.WriteFile(w.config, []byte(text), 0o600))
	must(t, w.cmd.Process.Signal(syscall.SIGHUP))
	eventually(t, 5*seconds, "the configuration is reread", func() bool { return strings.Contains(w.logs.String(), "configuration reloaded") })
	if status, body := w.click(url.Values{"secret_access_key": {"demo-secret-access-key"}, "type": {"2"}, "findme_id": {"1"}, "phone_to_call": {"2025550151"},
		"no_answer_email": {"sales@example.com"}, "no_answer_sms": {"9175550120"}}); status != 200 {
		t.Errorf("%d %q", status, body)
	}
	eventually(t, 10*seconds, "both were refused", func() bool {
		return strings.Contains(w.logs.String(), "AUTH failed") && strings.Contains(w.logs.String(), "kind=sms state=pending")
	})
	must(t, os.WriteFile(w.config, []byte(strings.Replace(text, "signing_secret:", "signing_secrte:", 1)), 0o600))
	must(t, w.cmd.Process.Signal(syscall.SIGHUP))
	eventually(t, 5*seconds, "the wrong file is refused", func() bool { return strings.Contains(w.logs.String(), "configuration not reloaded") })
}

// addressOf is the mail server's in a configuration.
func addressOf(t *testing.T, config string) string {
	t.Helper()
	_, rest, ok := strings.Cut(config, mailPassword+"@")
	addr, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatal("no mail server in the configuration")
	}
	return addr
}
