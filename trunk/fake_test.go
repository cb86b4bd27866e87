package trunk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"testing"

	"clickbridge"
	"clickbridge/leg"
)

// fakeInviter answers INVITEs by the trunk they go over.
type fakeInviter struct {
	mu    sync.Mutex
	does  map[string]func(context.Context, leg.Invite) (leg.Session, error)
	asked []leg.Invite
}

func (f *fakeInviter) Invite(ctx context.Context, in leg.Invite) (leg.Session, error) {
	f.mu.Lock()
	f.asked = append(f.asked, in)
	do := f.does[in.Trunk]
	f.mu.Unlock()
	return do(ctx, in)
}

// over lists the trunks that were asked, in order.
func (f *fakeInviter) over() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var names []string
	for _, in := range f.asked {
		names = append(names, in.Trunk)
	}
	return names
}

type fakeSession struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
}

func (s *fakeSession) Context() context.Context    { return s.ctx }
func (s *fakeSession) Hangup(c *clickbridge.Cause) { s.cancel(c) }
func (s *fakeSession) SIPCallID() string           { return "sip-call-id" }

func answers(ctx context.Context, _ leg.Invite) (leg.Session, error) {
	s := &fakeSession{}
	s.ctx, s.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	return s, nil
}

func rings(ctx context.Context, in leg.Invite) (leg.Session, error) {
	in.Progress(100, false)
	<-ctx.Done()
	return nil, causeOf(ctx)
}

func fails(status int) func(context.Context, leg.Invite) (leg.Session, error) {
	return func(context.Context, leg.Invite) (leg.Session, error) {
		return nil, clickbridge.SIPCause(status, "x", false)
	}
}

// fakePorts counts the ports that are open.
type fakePorts struct {
	mu           sync.Mutex
	opened, open int
	fail         error
}

func (f *fakePorts) Open(clickbridge.CallID) (leg.Port, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return nil, f.fail
	}
	f.opened++
	f.open++
	return &fakePort{ports: f}, nil
}

func (f *fakePorts) counts() (opened, open int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.opened, f.open
}

type fakePort struct {
	leg.Media
	ports *fakePorts
	once  sync.Once
}

const fakeSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"

func (p *fakePort) Offer() []byte                      { return []byte(fakeSDP) }
func (p *fakePort) Answer([]byte, string, bool) error  { return nil }
func (p *fakePort) Reoffer(sdp []byte) ([]byte, error) { return p.Offer(), nil }
func (p *fakePort) Key(leg.Key)                        {}
func (p *fakePort) Close() {
	p.once.Do(func() {
		p.ports.mu.Lock()
		p.ports.open--
		p.ports.mu.Unlock()
	})
}

// fakeResolver knows one name.
type fakeResolver struct {
	mu    sync.Mutex
	addrs []netip.Addr
	err   error
	asked int
}

func (f *fakeResolver) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked++
	if f.err != nil {
		return nil, f.err
	}
	if host != "sip.example.com" {
		return nil, fmt.Errorf("no such host %s", host)
	}
	return f.addrs, nil
}

func (f *fakeResolver) set(err error, addrs ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err, f.addrs = err, nil
	for _, a := range addrs {
		f.addrs = append(f.addrs, netip.MustParseAddr(a))
	}
}

// noJournal forgets everything.
type noJournal struct{}

func (noJournal) Dialing(context.Context, clickbridge.LegRecord) error  { return nil }
func (noJournal) Early(clickbridge.LegRecord)                           {}
func (noJournal) Answered(context.Context, clickbridge.LegRecord) error { return nil }
func (noJournal) Gone(string)                                           {}

type bundle struct {
	t        *testing.T
	group    *Group
	inviter  *fakeInviter
	ports    *fakePorts
	resolver *fakeResolver
}

type does = map[string]func(context.Context, leg.Invite) (leg.Session, error)

// setup makes a group of trunks a, b, c … that behave as d says.
func setup(t *testing.T, d does, trunks ...clickbridge.Trunk) *bundle {
	t.Helper()
	b := &bundle{t: t, inviter: &fakeInviter{does: d}, ports: &fakePorts{}, resolver: &fakeResolver{}}
	for i := range trunks {
		if trunks[i].Name == "" {
			trunks[i].Name = string(rune('a' + i))
		}
		if trunks[i].Host == "" {
			trunks[i].Host = fmt.Sprintf("192.0.2.%d", i+1)
		}
	}
	g, err := New(Config{Trunks: trunks, Inviter: b.inviter, Ports: b.ports, Resolver: b.resolver, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b.group = g
	return b
}

func anOrder() leg.Order {
	return leg.Order{CallID: "call", AttemptID: "attempt", To: "+15558688950", CallerID: "+19998887777", Country: "US", Journal: noJournal{}}
}

func (b *bundle) fails(o leg.Order, want clickbridge.CauseClass) *clickbridge.Cause {
	b.t.Helper()
	_, err := b.group.Dial(context.Background(), o)
	var c *clickbridge.Cause
	if !errors.As(err, &c) || c.Class != want {
		b.t.Fatalf("Dial: %v, want %s", err, want)
	}
	if _, open := b.ports.counts(); open != 0 {
		b.t.Errorf("%d ports left open", open)
	}
	return c
}

func (b *bundle) succeeds(o leg.Order) leg.Leg {
	b.t.Helper()
	l, err := b.group.Dial(context.Background(), o)
	if err != nil {
		b.t.Fatal(err)
	}
	return l
}
