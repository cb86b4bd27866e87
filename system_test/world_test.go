package system_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"clickbridge/simulator"
	"clickbridge/simulator/sink"
	"clickbridge/store/postgres/pgtest"
)

// world is one server with its carrier, its sinks and its files. Its parts may
// be stopped, killed and started again.
type world struct {
	t      *testing.T
	dir    string
	config string
	dsn    string
	http   string // host:port
	sip    string // host:port
	sim    *simulator.Simulator
	mail   *sink.Mail
	web    *sink.Web

	args []string // more flags of serve
	env  []string // more environment of serve

	cmd    *exec.Cmd
	exited chan struct{}
	logs   *logBuffer
}

// engine is a store the main tests run on.
type engine struct {
	name string
	dsn  func(t *testing.T, dir string) string
}

var engines = []engine{
	{"sqlite", func(_ *testing.T, dir string) string { return "sqlite:" + filepath.Join(dir, "clickbridge.db") }},
	{"postgres", func(t *testing.T, _ string) string { return pgtest.DSN(t) }},
}

// setup is what a test changes of the world before it starts.
type setup struct {
	dsn      string // "" = SQLite
	sim      simulator.Config
	trunk    string // host:port the server's trunk points at; "" = the simulator
	accounts string // accounts file; "" = the documented example
	trunks   string // YAML flow list instead of the one trunk
	sip      string // the sip section, YAML flow without its braces, SIP standing for the address
	extra    string // more configuration
	limits   string // YAML flow map

	tweak func(config string) string // changes the configuration written; may be nil
	args  []string                   // more flags of serve
	env   []string                   // more environment of serve
}

// newWorld starts everything and waits until the server is ready.
func newWorld(t *testing.T, s setup) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), logs: &logBuffer{}, args: s.args, env: s.env}
	w.startFarEnds(s)
	w.http, w.sip = freeAddr(t, "tcp"), freeAddr(t, "udp")
	s.sip = strings.ReplaceAll(s.sip, "SIP", w.sip)
	w.writeConfig(s)
	if s.accounts == "" {
		s.accounts = readFile(t, "../accounts/example.yaml")
	}
	w.apply(s.accounts)
	w.start()
	t.Cleanup(w.close)
	return w
}

func (w *world) startFarEnds(s setup) {
	w.t.Helper()
	if len(s.sim.Listen) == 0 {
		s.sim.Listen = []string{"udp:127.0.0.1:0"}
	}
	if s.sim.Logger == nil {
		s.sim.Logger = slog.New(slog.DiscardHandler)
	}
	if s.sim.Credentials == nil {
		s.sim.Credentials = map[string]string{"demo": trunkPassword}
	}
	w.sim = simulator.New(s.sim)
	must(w.t, w.sim.Start(context.Background()))
	w.t.Cleanup(w.sim.Close)
	var err error
	w.mail, err = sink.NewMail(context.Background(), sink.MailConfig{Logger: s.sim.Logger})
	must(w.t, err)
	w.t.Cleanup(w.mail.Close)
	w.web, err = sink.NewWeb(context.Background(), sink.WebConfig{})
	must(w.t, err)
	w.t.Cleanup(w.web.Close)
}

func (w *world) writeConfig(s setup) {
	if s.dsn == "" {
		s.dsn = "sqlite:" + filepath.Join(w.dir, "clickbridge.db")
	}
	w.dsn = s.dsn
	if s.trunk == "" {
		s.trunk = w.sim.Addr().String()
	}
	if s.limits == "" {
		s.limits = "{drain_timeout: 30s}"
	}
	if s.trunks == "" {
		s.trunks = fmt.Sprintf(`[{name: sim, uri: "sip:%s", username: demo, password: %s}]`, s.trunk, trunkPassword)
	}
	if s.sip == "" {
		s.sip = fmt.Sprintf(`listen: ["udp:%s"]`, w.sip)
	}
	w.config = filepath.Join(w.dir, "clickbridge.yaml")
	text := fmt.Sprintf(`
http: {listen: "%s"}
store: "%s"
sip: {%s}
media: {address: 127.0.0.1, ports: %s}
trunks: %s
mail: {smtp: "smtp://%s", from: "ClickBridge <no-reply@example.com>"}
sms: {provider: twilio, url: "%s", username: AC0001, password: %s}
webhooks: {allow_private_targets: true, signing_secret: %s}
recordings: {folder: "%s"}
trace: {folder: "%s"}
limits: %s
%s`, w.http, s.dsn, s.sip, mediaPorts(), s.trunks, w.mail.Addr(), w.web.URL(), smsPassword, signingSecret, filepath.Join(w.dir, "recordings"), filepath.Join(w.dir, "sip-trace"), s.limits, s.extra)
	if s.tweak != nil {
		text = s.tweak(text)
	}
	must(w.t, os.WriteFile(w.config, []byte(text), 0o600))
}

// The world's secrets; no log may hold one.
const (
	trunkPassword = "demo-trunk-password"
	smsPassword   = "demo-sms-password"
	signingSecret = "demo-signing-secret"
)

// mediaPorts gives every world a range of its own, so that worlds may run at
// once. All lie below the ports the kernel hands out by itself (from 32768), where
// freeAddr finds its own.
func mediaPorts() string {
	mediaMu.Lock()
	defer mediaMu.Unlock()
	low := nextMedia
	nextMedia += mediaRange
	if nextMedia+mediaRange > 32000 {
		nextMedia = firstMedia
	}
	return fmt.Sprintf("%d-%d", low, low+mediaRange-1)
}

const (
	firstMedia = 10000
	mediaRange = 800 // 200 calls
)

var (
	mediaMu   sync.Mutex
	nextMedia = firstMedia
)

// run runs a command of the binary to its end.
func (w *world) run(args ...string) (out string, err error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b, err := exec.CommandContext(ctx, binary, args...).CombinedOutput()
	return string(b), err
}

// apply makes the store hold an accounts file.
func (w *world) apply(accounts string, flags ...string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, "accounts.yaml")
	must(w.t, os.WriteFile(path, []byte(accounts), 0o600))
	out, err := w.run(append(append([]string{"apply", "--config", w.config}, flags...), path)...)
	if err != nil {
		w.t.Fatalf("apply: %v\n%s", err, out)
	}
	return out
}

// start starts the server and waits until it is ready.
func (w *world) start() {
	w.t.Helper()
	w.launch()
	eventually(w.t, 20*time.Second, "the server is ready", func() bool {
		select {
		case <-w.exited:
			w.t.Fatalf("the server ended:\n%s", w.logs)
		default:
		}
		code, _ := w.get("/readyz")
		return code == http.StatusOK
	})
}

// launch starts the server and returns at once.
func (w *world) launch() {
	w.t.Helper()
	w.cmd = exec.Command(binary, append([]string{"serve", "--config", w.config, "--log-level", "debug"}, w.args...)...)
	w.cmd.Env = append(os.Environ(), w.env...)
	w.cmd.Stderr, w.cmd.Stdout = w.logs, w.logs
	must(w.t, w.cmd.Start())
	exited := make(chan struct{})
	w.exited = exited
	cmd := w.cmd
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
}

// kill ends the server as a power cut does.
func (w *world) kill() {
	w.t.Helper()
	must(w.t, w.cmd.Process.Signal(syscall.SIGKILL))
	<-w.exited
}

// terminate asks the server to drain.
func (w *world) terminate() {
	w.t.Helper()
	must(w.t, w.cmd.Process.Signal(syscall.SIGTERM))
}

func (w *world) close() {
	select {
	case <-w.exited:
	default:
		_ = w.cmd.Process.Signal(syscall.SIGKILL)
		<-w.exited
	}
	if w.t.Failed() {
		w.t.Logf("the server's log:\n%s", tail(w.logs.without("verb=report.clickto"), 150))
	}
}

// get fetches a path of the server; 0 when it does not answer.
func (w *world) get(path string) (status int, body string) {
	res, err := http.Get("http://" + w.http + path)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b)
}

// click places a click with the example account's keys and returns the answer.
func (w *world) click(params url.Values) (status int, body string) {
	q := url.Values{"action": {"clickto.findme"}, "access_key": {"foo"}, "secret_access_key": {"bar"}}
	for k, v := range params {
		q[k] = v
	}
	return w.get("/ibp_api.php?" + q.Encode())
}

// clicking places a click in the background; the channel has the answer.
func (w *world) clicking(params url.Values) <-chan string {
	out := make(chan string, 1)
	go func() {
		_, body := w.click(params)
		out <- body
	}()
	return out
}

// eventually waits until a condition holds, looking often.
func eventually(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	poll(t, 20*time.Millisecond, limit, what, holds)
}

// poll waits until a condition holds, looking as often as it is told.
func poll(t *testing.T, every, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	look := time.NewTicker(every)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

// during holds as long as the time passes; it is for things that must not
// happen.
func during(t *testing.T, length time.Duration, what string, holds func() bool) {
	t.Helper()
	end := time.NewTimer(length)
	defer end.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		if !holds() {
			t.Fatalf("does not hold: %s", what)
		}
		select {
		case <-look.C:
		case <-end.C:
			return
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

// freeAddr returns an address of loopback that was free a moment ago. It lies
// below the ports the kernel hands out by itself and is given out once, so that
// a server that is down for a moment finds it again.
func freeAddr(t *testing.T, network string) string {
	t.Helper()
	portMu.Lock()
	defer portMu.Unlock()
	for range lastPort - firstPort {
		if nextPort++; nextPort < firstPort || nextPort > lastPort {
			nextPort = firstPort
		}
		addr := fmt.Sprintf("127.0.0.1:%d", nextPort)
		if isFree(network, addr) {
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

func isFree(network, addr string) bool {
	if network == "udp" {
		c, err := net.ListenPacket("udp", addr)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}
	l, err := net.Listen("tcp", addr)
	if err == nil {
		_ = l.Close()
	}
	return err == nil
}

const firstPort, lastPort = 6000, 9999

var (
	portMu   sync.Mutex
	nextPort = firstPort + os.Getpid()%(lastPort-firstPort)
)

// logBuffer keeps what the server logs, over its restarts.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// without returns the log but for lines that hold a text.
func (l *logBuffer) without(text string) string {
	var keep []string
	for _, line := range strings.Split(l.String(), "\n") {
		if !strings.Contains(line, text) {
			keep = append(keep, line)
		}
	}
	return strings.Join(keep, "\n")
}

func tail(s string, lines int) string {
	all := strings.Split(s, "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
