package media_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/media"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := media.Config{Address: loopback, Ports: media.PortRange{Low: 20000, High: 29999},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
	for name, spoil := range map[string]func(*media.Config){
		"no address":           func(c *media.Config) { c.Address = netip.Addr{} },
		"0.0.0.0 would be SDP": func(c *media.Config) { c.Address = netip.IPv4Unspecified() },
		"no ports":             func(c *media.Config) { c.Ports = media.PortRange{} },
		"no even port":         func(c *media.Config) { c.Ports = media.PortRange{Low: 20001, High: 20001} },
		"backwards":            func(c *media.Config) { c.Ports = media.PortRange{Low: 30000, High: 20000} },
		"too high":             func(c *media.Config) { c.Ports = media.PortRange{Low: 30000, High: 70000} },
	} {
		c := good
		spoil(&c)
		if e, err := media.New(c); err == nil {
			e.Close()
			t.Errorf("%s: accepted", name)
		}
	}
}

// alone is an address of loopback for tests that count on a few ports being
// free.
var alone = netip.MustParseAddr("127.0.0.21")

func TestPorts(t *testing.T) {
	t.Parallel()
	// Not both forms at once: they would want the same ports.
	for _, portable := range []bool{false, true} {
		e := newEngine(t, media.Config{Address: alone, Portable: portable, Quarantine: time.Hour,
			Ports: media.PortRange{Low: 31001, High: 31008}})
		var open []leg.Port
		seen := map[int]bool{}
		for range 3 {
			p, err := e.Open("call")
			if err != nil {
				t.Fatal(err)
			}
			n := p.Stats().LocalPort
			if n%2 != 0 || n < 31001 || n > 31008 || seen[n] {
				t.Errorf("port %d", n)
			}
			seen[n] = true
			open = append(open, p)
		}
		if e.Stats().Legs != 3 {
			t.Errorf("%d legs", e.Stats().Legs)
		}
		if _, err := e.Open("call"); err != nil {
			t.Fatal(err)
		}
		for _, p := range open {
			p.Close()
		}
		_, err := e.Open("call")
		if !errors.Is(err, media.ErrNoPort) || !strings.Contains(err.Error(), "31001-31008") {
			t.Errorf("with all ports taken or resting: %v", err)
		}
		e.Close()
	}
}

func TestPortsAreReusedAfterTheirRest(t *testing.T) {
	t.Parallel()
	e := newEngine(t, media.Config{Address: alone, Ports: media.PortRange{Low: 31102, High: 31102}, Quarantine: time.Nanosecond})
	for range 20 {
		var p leg.Port
		eventually(t, "the port is free again", func() bool {
			var err error
			p, err = e.Open("call")
			return err == nil
		})
		p.Close()
	}
}

func TestClosedEngine(t *testing.T) {
	t.Parallel()
	for _, portable := range []bool{false, true} {
		e := newEngine(t, media.Config{Portable: portable})
		p, err := e.Open("call")
		if err != nil {
			t.Fatal(err)
		}
		playing := p.Play(silence(1000), true)
		e.Close()
		e.Close()
		<-playing
		<-p.Play(silence(1), true)
		p.Stop()
		p.Hear(p)
		p.Bridge(p)
		p.Key('1')
		p.Close()
		if _, err := e.Open("call"); !errors.Is(err, media.ErrClosed) {
			t.Errorf("Open after Close: %v", err)
		}
	}
}

// Not parallel: it counts what the whole process holds.
func TestNothingLeaks(t *testing.T) {
	for _, portable := range []bool{false, true} {
		t.Run(fmt.Sprintf("portable=%t", portable), func(t *testing.T) {
			ignore := goleak.IgnoreCurrent()
			before := descriptors(t)
			e := newEngine(t, media.Config{Portable: portable, Shards: 3})
			for i := range 40 {
				a := answered(t, e, clickbridge.CallID(fmt.Sprint(i)), pcmu)
				b := answered(t, e, clickbridge.CallID(fmt.Sprint(i)), pcma)
				a.port.Play(silence(10), true)
				a.port.Bridge(b.port)
				a.conn.Close()
				b.conn.Close()
				if i%2 == 0 {
					a.port.Close()
				}
			}
			e.Close()
			goleak.VerifyNone(t, ignore)
			runtime.GC()
			if after := descriptors(t); after > before {
				t.Errorf("%d descriptors before, %d after", before, after)
			}
		})
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	d, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this system does not list a process's descriptors in /proc")
	}
	return len(d)
}

// Everything at once from many goroutines: the race detector judges.
func TestAnythingFromAnywhere(t *testing.T) {
	t.Parallel()
	forms(t, func(t *testing.T, e *media.Engine) {
		phones := []*phone{
			answered(t, e, "call", pcmu), answered(t, e, "call", pcma), answered(t, e, "call", pcmu),
		}
		var wg sync.WaitGroup
		for i, f := range phones {
			other := phones[(i+1)%len(phones)]
			wg.Go(func() {
				for n := range 60 {
					f.send(make([]byte, 160))
					switch n % 8 {
					case 0:
						f.port.Bridge(other.port)
					case 1:
						f.port.Play(silence(2), n%16 == 1)
					case 2:
						f.port.Hear(other.port)
					case 3:
						f.port.Key('5')
					case 4:
						f.port.Stats()
					case 5:
						if _, err := f.port.Reoffer([]byte(f.sdp("sendonly"))); err != nil {
							t.Error(err)
						}
					case 6:
						f.port.Stop()
					case 7:
						if _, err := f.port.Reoffer([]byte(f.sdp("sendrecv"))); err != nil {
							t.Error(err)
						}
					}
				}
				f.port.Close()
			})
		}
		wg.Wait()
	})
}

func TestLegsOfOneCallShareAShard(t *testing.T) {
	t.Parallel()
	e := newEngine(t, media.Config{Shards: 7})
	for i := range 20 {
		call := clickbridge.CallID(fmt.Sprint("call", i))
		a, b := answered(t, e, call, pcmu), answered(t, e, call, pcmu)
		relay(a, b)
	}
}
