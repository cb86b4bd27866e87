package trunk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/leg/legtest"
)

// fakeCarrier notes REGISTERs with the time since the test began.
type fakeCarrier struct {
	mu        sync.Mutex
	start     time.Time
	registers []string
	optionErr error
	regErr    error
	granted   time.Duration
	options   int
}

func (f *fakeCarrier) Options(ctx context.Context, to leg.Peer) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.options++
	if f.optionErr != nil {
		return 0, f.optionErr
	}
	return 200, nil
}

func (f *fakeCarrier) Register(ctx context.Context, to leg.Peer, expires time.Duration) (time.Duration, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.registers = append(f.registers, fmt.Sprintf("%v %v", time.Since(f.start), expires))
	if f.regErr != nil {
		return 0, f.regErr
	}
	return f.granted, nil
}

func (f *fakeCarrier) set(optionErr, regErr error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.optionErr, f.regErr = optionErr, regErr
}

// running starts a group's Run and stops it when the bubble's test ends.
func running(t *testing.T, c *fakeCarrier, r *fakeResolver, tr clickbridge.Trunk) (*Group, func()) {
	c.start = time.Now()
	g, err := New(Config{Trunks: []clickbridge.Trunk{tr}, Carrier: c, Resolver: r, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { g.Run(ctx); close(done) }()
	return g, func() { cancel(); <-done }
}

func TestRegistration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &fakeCarrier{granted: 100 * time.Second}
		g, stop := running(t, c, nil, clickbridge.Trunk{Name: "a", Host: "192.0.2.1", Username: "u", Register: true})
		legtest.Elapse(81 * time.Second)
		if s := g.Statuses()[0]; !s.Registered {
			t.Errorf("status %+v", s)
		}
		c.set(nil, errors.New("403"))
		legtest.Elapse(3 * time.Minute)
		if s := g.Statuses()[0]; s.Registered || s.RegisterError != "403" {
			t.Errorf("status %+v", s)
		}
		c.set(nil, nil)
		legtest.Elapse(3 * time.Minute)
		stop()
		want := []string{"0s 10m0s", "1m20s 10m0s", "2m40s 10m0s", "2m45s 10m0s", "2m55s 10m0s", "3m15s 10m0s", "3m55s 10m0s", "5m15s 10m0s", "6m35s 10m0s", "7m21s 0s"}
		if diff := cmp.Diff(want, c.registers); diff != "" {
			t.Error(diff)
		}
		if g.Statuses()[0].Registered {
			t.Error("still registered after the end")
		}
	})
}

func TestOptionsHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &fakeCarrier{}
		g, stop := running(t, c, nil, clickbridge.Trunk{Name: "a", Host: "192.0.2.1"})
		defer stop()
		up := func(want bool, when string) {
			t.Helper()
			synctest.Wait()
			if s := g.Statuses()[0]; s.Up != want {
				t.Errorf("%s: %+v", when, s)
			}
		}
		up(true, "at the start")
		c.set(errors.New("timeout"), nil)
		legtest.Elapse(30 * time.Second)
		up(true, "after one silence")
		legtest.Elapse(30 * time.Second)
		up(false, "after two")
		c.set(nil, nil)
		if s := g.Check(context.Background()); !s[0].Up || s[0].OptionsStatus != 200 || s[0].OptionsError != "" {
			t.Errorf("check %+v", s)
		}
	})
}

func TestTrustFollowsTheName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &fakeResolver{}
		r.set(nil, "192.0.2.1", "2001:db8::1")
		g, stop := running(t, &fakeCarrier{}, r, clickbridge.Trunk{Name: "a", Host: "sip.example.com"})
		defer stop()
		trusted := func(want bool, ips ...string) {
			t.Helper()
			synctest.Wait()
			for _, ip := range ips {
				if got := g.Trusted(netip.MustParseAddr(ip)); got != want {
					t.Errorf("%s trusted: %v", ip, got)
				}
			}
		}
		trusted(true, "192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1")
		trusted(false, "192.0.2.2")
		r.set(nil, "192.0.2.2")
		legtest.Elapse(time.Minute)
		trusted(true, "192.0.2.1", "192.0.2.2") // dialogs made before still live there
		r.set(errors.New("SERVFAIL"))
		legtest.Elapse(time.Minute)
		if s := g.Statuses()[0]; len(s.Addresses) != 1 || s.Addresses[0] != netip.MustParseAddrPort("192.0.2.2:5060") {
			t.Errorf("a failed lookup lost the addresses: %v", s.Addresses)
		}
		legtest.Elapse(25 * time.Hour)
		trusted(false, "192.0.2.1")
		trusted(true, "192.0.2.2") // calls are still placed there
		r.set(nil, "192.0.2.2")
		legtest.Elapse(25 * time.Hour)
		trusted(true, "192.0.2.2")
	})
}

func TestPlainAddressStaysTrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, stop := running(t, &fakeCarrier{}, nil, clickbridge.Trunk{Name: "a", Host: "192.0.2.1"})
		defer stop()
		legtest.Elapse(48 * time.Hour)
		if !g.Trusted(netip.MustParseAddr("192.0.2.1")) {
			t.Error("forgotten")
		}
	})
}

func TestResolveSaysWhatFailed(t *testing.T) {
	b := setup(t, nil, clickbridge.Trunk{Host: "gone.example.com"}, clickbridge.Trunk{})
	if err := b.group.Resolve(context.Background()); err == nil {
		t.Error("no error for a name that is not there")
	}
	if u, p := b.group.Credentials("nobody"); u != "" || p != "" {
		t.Error("credentials of no trunk")
	}
}

func BenchmarkTrusted(b *testing.B) {
	g, err := New(Config{Trunks: []clickbridge.Trunk{{Name: "a", Host: "192.0.2.1"}}})
	if err != nil {
		b.Fatal(err)
	}
	ip := netip.MustParseAddr("192.0.2.1")
	b.ReportAllocs()
	for b.Loop() {
		if !g.Trusted(ip) {
			b.Fatal("not trusted")
		}
	}
}
