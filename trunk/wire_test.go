package trunk

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"clickbridge"
	"clickbridge/dialog"
	"clickbridge/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// countingJournal checks that every record that was dialled is gone in the end.
type countingJournal struct {
	noJournal
	mu      sync.Mutex
	dialed  map[string]bool
	gone    map[string]int
	changed chan struct{}
}

func newCountingJournal() *countingJournal {
	return &countingJournal{dialed: make(map[string]bool), gone: make(map[string]int), changed: make(chan struct{}, 256)}
}

func (j *countingJournal) Dialing(_ context.Context, r clickbridge.LegRecord) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.dialed[r.ID] = true
	return nil
}

func (j *countingJournal) Gone(id string) {
	j.mu.Lock()
	j.gone[id]++
	j.mu.Unlock()
	j.changed <- struct{}{}
}

// settled waits until as many records are gone as were dialled, each once.
func (j *countingJournal) settled(t *testing.T) {
	t.Helper()
	timeout := time.NewTimer(10 * time.Second)
	defer timeout.Stop()
	for {
		j.mu.Lock()
		left := len(j.dialed) - len(j.gone)
		for id, n := range j.gone {
			if n != 1 || !j.dialed[id] {
				t.Errorf("record %s: Gone %d times", id, n)
			}
		}
		j.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-j.changed:
		case <-timeout.C:
			t.Fatalf("%d records are still held", left)
		}
	}
}

// field is real signalling against the simulated carrier.
type field struct {
	t     *testing.T
	group *Group
	sim   *simulator.Simulator
	ports *fakePorts
}

func newField(t *testing.T, change func(*clickbridge.Trunk)) *field {
	t.Helper()
	sim := simulator.New(simulator.Config{Listen: []string{"udp:127.0.0.1:0"}, Pace: 0.1})
	if err := sim.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := &field{t: t, sim: sim, ports: &fakePorts{}}
	tr := clickbridge.Trunk{Name: "main", Host: "127.0.0.1", Port: int(sim.Addr().Port()), Username: "demo", Password: "demo", FirstResponse: 500 * time.Millisecond}
	if change != nil {
		change(&tr)
	}
	agent, err := dialog.New(dialog.Config{
		Listen: []string{"udp:127.0.0.1:0"}, UserAgent: "ClickBridge", Logger: slog.New(slog.DiscardHandler),
		Trusted: func(ip netip.Addr) bool { return f.group.Trusted(ip) },
	})
	if err != nil {
		t.Fatal(err)
	}
	f.group, err = New(Config{Trunks: []clickbridge.Trunk{tr}, Inviter: agent, Carrier: agent, Ports: f.ports, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := agent.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		_ = agent.Close(ctx)
		sim.Close()
	})
	return f
}

// Every scene of the simulated carrier, over real SIP: the right end, every
// record gone, no phone left talking to nobody, no port left open.
func TestScenes(t *testing.T) {
	tests := []struct {
		name   string
		number clickbridge.Number
		ring   time.Duration
		want   clickbridge.CauseClass // "" = answered
		code   int
	}{
		{"answers", "+13125550100", 0, "", 0},
		{"rings for ever", "+13125550102", 300 * time.Millisecond, clickbridge.CauseNoAnswer, 0},
		{"busy", "+13125550103", 0, clickbridge.CauseBusy, 486},
		{"declines", "+13125550104", 0, clickbridge.CauseDeclined, 603},
		{"not in service", "+13125550105", 0, clickbridge.CauseFailed, 404},
		{"answers in the instant of the CANCEL", "+13125550109", 300 * time.Millisecond, clickbridge.CauseNoAnswer, 0},
		{"trunk fault", "+13125550110", 0, clickbridge.CauseTrunkFault, 503},
		{"asks for credentials", "+13125550114", 0, "", 0},
		{"redirects", "+13125550115", 0, clickbridge.CauseFailed, 302},
		{"answers twice", "+13125550116", 0, "", 0},
		{"re-INVITEs", "+13125550117", 0, "", 0},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newField(t, nil)
			j := newCountingJournal()
			o := anOrder()
			o.To, o.RingTime, o.Journal = tc.number, tc.ring, j
			l, err := f.group.Dial(t.Context(), o)
			if tc.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				f.until(func() bool { legs := f.sim.Snapshot(); return len(legs) > 0 && !legs[len(legs)-1].AckedAt.IsZero() }, "ACK")
				l.Hangup(&clickbridge.Cause{Class: clickbridge.CauseReleased})
			} else if c := clickbridge.CauseOf(err); err == nil || c.Class != tc.want || c.SIPCode != tc.code {
				t.Fatalf("Dial: %v, want %s %d", err, tc.want, tc.code)
			}
			j.settled(t)
			f.until(func() bool { return f.sim.Held() == 0 }, "no phone held")
			f.until(func() bool { _, open := f.ports.counts(); return open == 0 }, "ports closed")
		})
	}
}

func TestFarEndHangsUpOverTheWire(t *testing.T) {
	t.Parallel()
	f := newField(t, nil)
	j := newCountingJournal()
	o := anOrder()
	o.To, o.Journal = "+13125550106", j
	l, err := f.group.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	<-l.Context().Done()
	if c := clickbridge.CauseOf(context.Cause(l.Context())); c.Class != clickbridge.CauseHangup {
		t.Errorf("cause %v", c)
	}
	j.settled(t)
}

func TestCarrierOverTheWire(t *testing.T) {
	t.Parallel()
	f := newField(t, func(tr *clickbridge.Trunk) { tr.Register = true })
	s := f.group.Check(t.Context())[0]
	if !s.Up || s.OptionsStatus != 200 {
		t.Errorf("OPTIONS: %+v", s)
	}
	if life, err := f.group.register(t.Context(), f.group.lines[0], time.Minute); err != nil || life <= 0 {
		t.Errorf("REGISTER: %v, %v", life, err)
	}
}

// A carrier that never says anything is a fault after FirstResponse, and the
// caller waits no longer.
func TestSilentCarrier(t *testing.T) {
	t.Parallel()
	f := newField(t, nil)
	o := anOrder()
	o.To = "+13125550111"
	start := time.Now()
	_, err := f.group.Dial(t.Context(), o)
	if c := clickbridge.CauseOf(err); c.Class != clickbridge.CauseTrunkFault || time.Since(start) > 3*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

func (f *field) until(done func() bool, what string) {
	f.t.Helper()
	timeout := time.NewTimer(10 * time.Second)
	defer timeout.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-timeout.C:
			f.t.Fatalf("never came: %s", what)
		}
	}
}
