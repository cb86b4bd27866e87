package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// pprofAddr is where the server answers the profiler; "" = nowhere.
var pprofAddr string

// bed is a server under test with its far end, each a process of its own.
type bed struct {
	url    string
	server *exec.Cmd
	far    *exec.Cmd
	farIn  io.WriteCloser
	farOut *bufio.Reader
	folder string
}

// setUp starts the far end and the server, and applies an account whose FindMes
// have one agent of each of the areas given.
func setUp(ctx context.Context, binary, scene string, agents [][]string) (b *bed, err error) {
	b = &bed{}
	defer func() {
		if err != nil {
			b.tearDown()
		}
	}()
	if b.folder, err = os.MkdirTemp("", "clickbridge-bench-"); err != nil {
		return b, err
	}
	carrier, err := b.startFarEnd(ctx, scene)
	if err != nil {
		return b, err
	}
	http, err := freeAddr("tcp")
	if err != nil {
		return b, err
	}
	b.url = "http://" + http
	config := filepath.Join(b.folder, "bench.yaml")
	accounts := filepath.Join(b.folder, "accounts.yaml")
	if err := errors.Join(
		os.WriteFile(config, []byte(configText(http, carrier, b.folder)), 0o600),
		os.WriteFile(accounts, []byte(accountsText(agents)), 0o600),
	); err != nil {
		return b, err
	}
	if out, err := exec.CommandContext(ctx, binary, "apply", "--config", config, accounts).CombinedOutput(); err != nil {
		return b, fmt.Errorf("apply: %w: %s", err, out)
	}
	return b, b.startServer(ctx, binary, config)
}

func (b *bed) startFarEnd(ctx context.Context, scene string) (addr string, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	b.far = exec.CommandContext(ctx, self, farEndArg, scene)
	b.far.Stderr = os.Stderr
	if b.farIn, err = b.far.StdinPipe(); err != nil {
		return "", err
	}
	out, err := b.far.StdoutPipe()
	if err != nil {
		return "", err
	}
	b.farOut = bufio.NewReader(out)
	if err := b.far.Start(); err != nil {
		return "", err
	}
	line, err := b.farOut.ReadString('\n')
	return strings.TrimSpace(line), err
}

func (b *bed) startServer(ctx context.Context, binary, config string) error {
	b.server = exec.CommandContext(ctx, binary, "serve", "--config", config, "--log-level", "error", "--pprof="+pprofAddr)
	b.server.Stderr = os.Stderr
	if err := b.server.Start(); err != nil {
		return err
	}
	for range 100 {
		if res, err := http.Get(b.url + "/readyz"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return errors.New("the server did not become ready")
}

// invited ends the far end and returns when each number was first called, in
// nanoseconds since 1970.
func (b *bed) invited() (map[string]int64, error) {
	if err := b.farIn.Close(); err != nil {
		return nil, err
	}
	at := map[string]int64{}
	return at, json.NewDecoder(b.farOut).Decode(&at)
}

func (b *bed) tearDown() {
	for _, c := range []*exec.Cmd{b.server, b.far} {
		if c != nil && c.Process != nil {
			_ = c.Process.Signal(syscall.SIGKILL)
			_ = c.Wait()
		}
	}
	_ = os.RemoveAll(b.folder)
}

func freeAddr(network string) (string, error) {
	ln, err := net.Listen(network, "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String(), nil
}

func configText(http, carrier, folder string) string {
	return fmt.Sprintf(`
http: {listen: "%s"}
store: "sqlite:%s/bench.db"
sip: {listen: ["udp:127.0.0.1:0"]}
media: {address: 127.0.0.1, ports: 20000-49999}
trunks: [{name: bench, uri: "sip:%s"}]
trace: {folder: "%s/sip-trace"}
`, http, folder, carrier, folder)
}

func accountsText(agents [][]string) string {
	var findMes strings.Builder
	for i := range lists {
		var numbers []string
		for _, areas := range agents {
			numbers = append(numbers, agent(areas, i))
		}
		fmt.Fprintf(&findMes, "      - {id: %d, name: Bench, numbers: [\"%s\"]}\n", 1+i, strings.Join(numbers, `", "`))
	}
	return `
accounts:
  - name: Bench
    default_caller_id: "9998887777"
    keys: [{name: bench, access_key: foo, secret_access_key: bar}]
    numbers: [{number: "9998887777", kind: tracking}]
    findmes:
` + findMes.String()
}
