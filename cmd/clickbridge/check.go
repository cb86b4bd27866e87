package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"

	"clickbridge"
	"clickbridge/config"
	"clickbridge/store"
	"clickbridge/store/driver"
)

type checkCmd struct {
	configFlag
	Call   string `help:"Also place one real test call to this number, play a sentence, and say whether audio came back." placeholder:"NUMBER"`
	Caller string `help:"Caller id of the test call; default: the first account's." placeholder:"NUMBER"`
}

// checker runs checks and remembers whether any failed.
type checker struct {
	out    io.Writer
	cfg    *config.Config
	log    *slog.Logger
	faults int

	accounts *clickbridge.Directory // what the store said, nil when it said nothing
	served   bool                   // a server of ours answers on http.listen
}

// checkTime bounds one check.
const checkTime = 5 * time.Second

// Run checks everything that can be checked from here. It can run beside a
// working server: a port that is taken by one that answers is no fault.
func (c checkCmd) Run(ctx context.Context) error {
	k := &checker{out: os.Stdout, log: commandLog()}
	cfg, err := config.Load(c.Config, os.Environ())
	if err != nil {
		k.fault("configuration", err.Error(), "correct the file; `clickbridge config describe` lists every setting")
		return errFound
	}
	k.cfg = cfg
	k.ok("configuration", c.Config)
	for _, w := range cfg.Warnings {
		k.warn("configuration", w)
	}
	k.http(ctx)
	k.step(ctx, "public url", k.publicURL)
	k.step(ctx, "store", k.storeUp)
	k.publicAddress()
	k.mediaPorts(ctx)
	k.sip(ctx, c)
	k.step(ctx, "mail", k.mail)
	k.step(ctx, "sms", k.sms)
	k.step(ctx, "recordings", k.recordings)
	k.step(ctx, "speech", k.speech)
	k.clock(ctx)
	switch k.faults {
	case 0:
	case 1:
		fmt.Fprintln(k.out, "\n1 fault")
		return errFound
	default:
		fmt.Fprintf(k.out, "\n%d faults\n", k.faults)
		return errFound
	}
	fmt.Fprintln(k.out, "\nno faults")
	return nil
}

func (k *checker) ok(what, text string) { fmt.Fprintf(k.out, "ok     %-14s %s\n", what, text) }

func (k *checker) warn(what, text string) { fmt.Fprintf(k.out, "note   %-14s %s\n", what, text) }

func (k *checker) fault(what, text, change string) {
	k.faults++
	fmt.Fprintf(k.out, "FAULT  %-14s %s\n       %-14s → %s\n", what, text, "", change)
}

// finding is a fault with what to change.
type finding struct{ what, change string }

func (f *finding) Error() string { return f.what }

func faulty(change, format string, args ...any) error {
	return &finding{fmt.Sprintf(format, args...), change}
}

// step runs one check with its own limit of time.
func (k *checker) step(ctx context.Context, name string, f func(context.Context) (string, error)) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	text, err := f(ctx)
	k.report(name, text, err)
}

// report prints what a check found.
func (k *checker) report(name, text string, err error) {
	var found *finding
	switch {
	case errors.As(err, &found):
		k.fault(name, found.what, found.change)
	case err != nil:
		k.fault(name, err.Error(), "see the message")
	default:
		k.ok(name, text)
	}
}

// http finds whether the port is free or a server of ours answers on it.
func (k *checker) http(ctx context.Context) {
	k.step(ctx, "http", func(ctx context.Context) (string, error) {
		ln, err := listen(ctx, k.cfg.HTTP.Listen)
		if err == nil {
			_ = ln.Close()
			return k.cfg.HTTP.Listen + " is free", nil
		}
		if body, gerr := get(ctx, "http://"+dialable(k.cfg.HTTP.Listen)+"/readyz"); gerr == nil {
			k.served = true
			return k.cfg.HTTP.Listen + " is served: " + body, nil
		}
		return "", faulty("choose another http.listen, or stop what uses it", "%s: %v", k.cfg.HTTP.Listen, err)
	})
	if t := k.cfg.HTTP.TLS; t.Listen != "" {
		k.step(ctx, "https", func(context.Context) (string, error) { return k.certificate(t) })
	}
}

// dialable turns "every address" into loopback.
func dialable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

func (k *checker) storeUp(ctx context.Context) (string, error) {
	opened, err := driver.Open(ctx, dsn(k.cfg.Store), k.log)
	if err != nil {
		return "", faulty("correct store, or start the database; the folder must be writable", "%v", err)
	}
	defer func() { _ = opened.Store.Close() }()
	return k.directory(ctx, opened.Store)
}

func (k *checker) directory(ctx context.Context, s store.Store) (string, error) {
	d, err := s.Directory(ctx)
	if err != nil {
		return "", err
	}
	k.accounts = d
	if len(d.Accounts) == 0 {
		return "", faulty("run `clickbridge apply` with an accounts file", "%s answers, but there is no account: no click can be accepted", k.cfg.Store)
	}
	return fmt.Sprintf("%s answers; %d accounts, %d keys, %d FindMes", k.cfg.Store, len(d.Accounts), len(d.Keys), len(d.FindMes)), nil
}

// publicAddress finds the mistake behind most one-way audio: a private address
// told to a carrier on the internet.
func (k *checker) publicAddress() {
	addr := k.cfg.SIP.PublicAddress
	if addr != "" {
		k.ok("public address", addr)
		return
	}
	for _, t := range k.cfg.TrunkList() {
		ips, err := net.LookupHost(t.Host)
		if err != nil || len(ips) == 0 {
			continue // the trunk's own check says so
		}
		far, err := netip.ParseAddr(ips[0])
		if err == nil && !far.IsPrivate() && !far.IsLoopback() && (k.cfg.Media.Address.IsPrivate() || k.cfg.Media.Address.IsLoopback()) {
			k.fault("public address", fmt.Sprintf("trunk %s is at the public address %s, but it is told to send audio to %s", t.Name, far, k.cfg.Media.Address),
				"set sip.public_address to the address the carrier reaches this machine by")
			return
		}
	}
	k.ok("public address", "not needed: trunks are reached without NAT")
}

func (k *checker) mediaPorts(ctx context.Context) {
	k.step(ctx, "media", func(ctx context.Context) (string, error) {
		var lc net.ListenConfig
		p := k.cfg.Media.Ports
		pc, err := lc.ListenPacket(ctx, "udp", net.JoinHostPort(k.cfg.Media.Address.String(), strconv.Itoa(p.Low+(p.High-p.Low)/4*2)))
		switch {
		case errors.Is(err, syscall.EADDRINUSE): // the server, or another: calls pass over a port that is taken
		case err != nil:
			return "", faulty("set media.address to an address of this machine", "%v", err)
		default:
			_ = pc.Close()
		}
		return fmt.Sprintf("%s ports %s carry %d calls", k.cfg.Media.Address, p, p.Calls()), nil
	})
}
