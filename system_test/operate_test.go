package system_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"clickbridge/simulator"
)

// What an operator types beside a server that runs.
func TestTools(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	t.Run("calls", func(t *testing.T) { showCalls(t, w) })
	t.Run("check and simulate", func(t *testing.T) { checks(t, w) })
	t.Run("version", func(t *testing.T) {
		out, err := w.run("version")
		must(t, err)
		contains(t, out, "clickbridge ", "commit ", runtime.Version())
	})
	t.Run("config describe", func(t *testing.T) {
		out, err := w.run("config", "describe")
		must(t, err)
		contains(t, out, "http.listen", "127.0.0.1:8080", "limits.drain_timeout", "30m", "trunks[].uri", "webhooks.signing_secret",
			"media.ports", "20000-29999", "secret_key", "sms.provider", "twilio", "CLICKBRIDGE_")
	})
}

func showCalls(t *testing.T, w *world) {
	if status, body := w.click(url.Values{"type": {"2"}, "findme_id": {"98703"}, "phone_to_call": {"2025550150"}, "ref": {"lead 7"},
		"page": {"Lead.html"}, "no_answer_email": {"sales@example.com"}}); status != 200 {
		t.Fatalf("%d %q", status, body)
	}
	r := w.endedRef(t, "lead 7")
	eventually(t, 5*seconds, "the mail is sent", func() bool { return w.noticeTo("sales@example.com").State == "sent" })
	contains(t, w.tool("calls", "list"), r.ID, "+12025550150", "98703", "No Answer")
	contains(t, w.tool("calls", "list", "--since", "1h"), r.ID)
	if out := w.tool("calls", "list", "--since", time.Now().Add(24*time.Hour).Format("2006-01-02")); !strings.Contains(out, "no calls") {
		t.Errorf("since tomorrow: %s", out)
	}
	for _, id := range []string{r.ID, r.ID[:13]} {
		contains(t, w.tool("calls", "show", id), r.ID, "No Answer", "nobody accepted", "+13125550103", "Busy", "486", "lead 7", "Lead.html",
			"sales@example.com", "sent", "website backend")
	}
	contains(t, w.fails("calls", "show", "--config", w.config, "ffffffff"), "ffffffff")
	contains(t, w.fails("calls", "list", "--config", w.config, "--since", "soon"), "--since", "soon")
	contains(t, w.tool("calls", "list", "--refused"), "no refused clicks")
}

// finished is a command's end.
type finished struct {
	out string
	err error
}

// background runs a command of the binary beside others.
func (w *world) background(args ...string) <-chan finished {
	done := make(chan finished, 1)
	go func() {
		out, err := w.run(args...)
		done <- finished{out, err}
	}()
	return done
}

// changed writes the configuration under another name with other addresses.
func (w *world) changed(t *testing.T, name string, addresses map[string]string) string {
	t.Helper()
	text := readFile(t, w.config)
	for from, to := range addresses {
		text = strings.ReplaceAll(text, from, to)
	}
	path := filepath.Join(w.dir, name)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// checks runs check where all is well, where a phone hears and sends nothing,
// where the far ends are dead, and with a carrier that `simulate` is.
func checks(t *testing.T, w *world) {
	const dead = "127.0.0.1:9"
	sip, status := freeAddr(t, "udp"), freeAddr(t, "tcp")
	c := newCarrier(t, sip, status)
	broken := w.changed(t, "broken.yaml", map[string]string{w.sim.Addr().String(): dead, w.mail.Addr(): dead, w.web.URL(): "http://" + dead})
	simulated := w.changed(t, "simulated.yaml", map[string]string{w.sim.Addr().String(): sip})
	fine := w.background("check", "--config", w.config, "--call", "3125550100")
	mute := w.background("check", "--config", w.config, "--call", "3125550118")
	faulty := w.background("check", "--config", broken)
	alone := w.background("check", "--config", simulated, "--call", "3125550100")
	contains(t, w.tool("check"), "no faults", "trunk sim", "takes mail", "is served: ready", "1 accounts")

	for _, f := range []finished{<-fine, <-alone} {
		if f.err != nil {
			t.Error(f.err)
		}
		contains(t, f.out, "audio both ways", "no faults")
	}
	if l := w.leg("3125550100"); l == nil || l.Caller != "9998887777" || l.SoundFor < seconds {
		t.Errorf("the test call: %+v", l)
	}
	f := <-mute
	contains(t, f.out, "FAULT", "test call", "none came back", "media ports")
	f.exits(t, 1)
	w.noGhosts(t)

	f = <-faulty
	f.exits(t, 1)
	for _, what := range []string{"trunk sim", "mail", "sms"} {
		if !regexp.MustCompile(`(?m)^FAULT +` + what + ` .*` + dead).MatchString(f.out) {
			t.Errorf("check does not name the dead %s:\n%s", what, f.out)
		}
	}
	contains(t, f.out, "3 faults", "→ correct the trunk's uri", "→ correct mail.smtp")
	for _, secret := range []string{trunkPassword, smsPassword, signingSecret} {
		if strings.Contains(f.out, secret) {
			t.Errorf("check prints %s", secret)
		}
	}

	eventually(t, 5*seconds, "the simulated phone has hung up", func() bool { return c.status(t, "").Held == 0 })
	if s := c.status(t, "?number=3125550100"); s.Total != 1 || len(s.Legs) != 1 || s.Legs[0].EndedBy != simulator.ByServer {
		t.Errorf("simulate --status: %+v", s)
	}
	if s := c.status(t, "?number=3125550101"); len(s.Legs) != 0 {
		t.Errorf("simulate --status, another number: %+v", s)
	}
}

func (f finished) exits(t *testing.T, code int) {
	t.Helper()
	if got := exitCode(f.err); got != code {
		t.Errorf("exit code %d, want %d", got, code)
	}
}

// carrier is a simulated carrier in a process of its own.
type carrier struct{ url string }

// newCarrier starts `clickbridge simulate` and waits until it answers.
func newCarrier(t *testing.T, sip, status string, flags ...string) *carrier {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"simulate", "--listen", "udp:" + sip, "--status", status, "--quiet"}, flags...)...)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("simulate ended with %v", err)
		}
	})
	c := &carrier{"http://" + status + "/"}
	eventually(t, 10*seconds, "the carrier answers", func() bool {
		res, err := http.Get(c.url)
		if err != nil {
			return false
		}
		return res.Body.Close() == nil
	})
	return c
}

// status asks the carrier what it knows.
func (c *carrier) status(t *testing.T, query string) (s simulator.Status) {
	t.Helper()
	res, err := http.Get(c.url + query)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	must(t, json.NewDecoder(res.Body).Decode(&s))
	return s
}

// A configuration that is reread takes over what can change, and says what
// cannot; a wrong one changes nothing.
func TestReload(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{sim: simulator.Config{Script: script(map[string]simulator.Scene{"2025550140": ringsOn})}})
	before := readFile(t, w.config)
	reread := func(text, says string) {
		t.Helper()
		seen := strings.Count(w.logs.String(), says)
		must(t, os.WriteFile(w.config, []byte(text), 0o600))
		must(t, w.cmd.Process.Signal(syscall.SIGHUP))
		eventually(t, 5*seconds, says, func() bool { return strings.Count(w.logs.String(), says) > seen })
	}
	reread(strings.Replace(before, "limits: {", "limits: {ring_tmeout: 1s, ", 1), "configuration not reloaded")
	changed := strings.Replace(before, "limits: {", "limits: {ring_timeout: 1s, ", 1)
	changed = strings.Replace(changed, w.sip, freeAddr(t, "udp"), 1)
	reread(changed, "configuration reloaded")
	line := w.logs.String()[strings.LastIndex(w.logs.String(), "configuration reloaded"):]
	line, _, _ = strings.Cut(line, "\n")
	contains(t, line, "limits.ring_timeout", "needs_restart", "sip.listen")
	began := time.Now()
	if _, body := w.click(url.Values{"findme_id": {"98700"}, "phone_to_call": {"2025550140"}}); body != "No Answer" {
		t.Errorf("%q", body)
	}
	if took := time.Since(began); took > 5*seconds {
		t.Errorf("phone_to_call rang %v after ring_timeout was changed to 1s", took)
	}
	w.terminate() // nothing to wait for
	if code := w.outcome(3 * seconds); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// A click that waits keeps its connection whatever else happens, and a port
// that is taken is a fault that ends the start with a message.
func TestPortsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	for _, listen := range []struct{ network, key string }{{"tcp", "http.listen"}, {"udp", "sip.listen"}} {
		text := readFile(t, w.config)
		var taken string
		var lc net.ListenConfig
		if listen.network == "tcp" {
			l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
			must(t, err)
			defer func() { _ = l.Close() }()
			taken = l.Addr().String()
			text = strings.ReplaceAll(text, w.http, taken)
			text = strings.ReplaceAll(text, w.sip, freeAddr(t, "udp"))
		} else {
			l, err := lc.ListenPacket(context.Background(), "udp", "127.0.0.1:0")
			must(t, err)
			defer func() { _ = l.Close() }()
			taken = l.LocalAddr().String()
			text = strings.ReplaceAll(text, w.sip, taken)
		}
		text = strings.ReplaceAll(text, "clickbridge.db", listen.network+".db")
		path := filepath.Join(w.dir, listen.network+".yaml")
		must(t, os.WriteFile(path, []byte(text), 0o600))
		contains(t, w.fails("serve", "--config", path), listen.key, taken)
		contains(t, w.fails("check", "--config", path), taken)
	}
}
