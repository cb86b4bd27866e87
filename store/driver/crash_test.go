package driver_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/jobs"
	"clickbridge/store"
	"clickbridge/store/driver"
)

// roles are what a child process can be.
var roles = map[string]func(dsn string) error{"load": load, "work": work, "operator": operator}

const patience = 60 * time.Second

// child is a process of this binary in a role.
type child struct {
	cmd   *exec.Cmd
	lines chan string // closed when it has ended
}

func spawn(t *testing.T, role, dsn string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(self), lines: make(chan string, 100_000)}
	c.cmd.Env = append(os.Environ(), "DRIVER_TEST_ROLE="+role, "DRIVER_TEST_DSN="+dsn)
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			c.lines <- s.Text()
		}
	}()
	t.Cleanup(func() { c.kill() })
	return c
}

// kill is SIGKILL; it returns what the child still said.
func (c *child) kill() (rest []string) {
	_ = c.cmd.Process.Kill() // it may have ended
	for l := range c.lines {
		rest = append(rest, l)
	}
	_ = c.cmd.Wait()
	return rest
}

func (c *child) line(t *testing.T) string {
	t.Helper()
	select {
	case l, ok := <-c.lines:
		if !ok || strings.HasPrefix(l, "error") {
			t.Fatalf("the child ended: %s", l)
		}
		return l
	case <-time.After(patience):
		t.Fatal("the child says nothing")
		return ""
	}
}

// load writes calls and says what was acknowledged, for ever.
func load(dsn string) error {
	ctx := context.Background()
	o, err := driver.Open(ctx, dsn, discard)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for range 8 {
		go func() {
			for {
				if err := oneCall(ctx, o.Store); err != nil {
					failed <- err
				}
			}
		}()
	}
	return <-failed
}

func oneCall(ctx context.Context, s store.Store) error {
	c := clickbridge.Call{ID: clickbridge.NewCallID(), AccountID: 1, Node: "a", CreatedAt: time.Now()}
	if err := s.CreateCall(ctx, c, store.Daily{Day: "d", Limit: 1_000_000}); err != nil {
		return err
	}
	fmt.Println(c.ID, "created")
	a := clickbridge.Attempt{ID: clickbridge.NewAttemptID(), CallID: c.ID, Seq: 1}
	l := clickbridge.LegRecord{ID: string(a.ID), CallID: c.ID, AttemptID: a.ID}
	if err := s.Dialing(ctx, a, l); err != nil {
		return err
	}
	fmt.Println(c.ID, "dialled")
	n := clickbridge.Notice{ID: clickbridge.NewNoticeID(), CallID: c.ID, Kind: clickbridge.NoticeEmail, State: clickbridge.NoticePending}
	c.State = clickbridge.CallEnded
	if err := s.Save(ctx, c, nil, []clickbridge.Notice{n}); err != nil {
		return err
	}
	fmt.Println(c.ID, "ended", n.ID)
	return nil
}

// TestKilledUnderLoad kills a writing process and looks for every fact it had
// acknowledged, and for nothing half written.
func TestKilledUnderLoad(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		c := spawn(t, "load", dsn)
		var said []string
		for range 300 {
			said = append(said, c.line(t))
		}
		said = append(said, c.kill()...)
		o := open(t, dsn)
		for _, l := range said {
			f := strings.Fields(l)
			if len(f) < 2 || f[1] == "ended" && len(f) < 3 {
				continue // the line was cut
			}
			r, err := o.Store.Call(context.Background(), clickbridge.CallID(f[0]))
			if err != nil {
				t.Errorf("acknowledged as %s: %v", f[1], err)
				continue
			}
			if f[1] != "created" && len(r.Attempts) != 1 {
				t.Errorf("acknowledged as %s, but no attempt", f[1])
			}
			if f[1] == "ended" && (r.Call.InFlight() || len(r.Notices) != 1 || string(r.Notices[0].ID) != f[2]) {
				t.Errorf("acknowledged as ended, but %s with notices %v", r.Call.State, r.Notices)
			}
		}
		worked := make(chan clickbridge.NoticeID, 100_000)
		startQueue(t, o, func(id clickbridge.NoticeID) { worked <- id })
		want := map[clickbridge.NoticeID]bool{}
		err := o.Store.EachCall(context.Background(), store.Filter{}, func(r store.Record) error {
			if r.Call.InFlight() != (len(r.Notices) == 0) {
				t.Errorf("half written: %s with %d notices", r.Call.State, len(r.Notices))
			}
			for _, n := range r.Notices {
				want[n.ID] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for len(want) > 0 {
			select {
			case id := <-worked:
				delete(want, id)
			case <-time.After(patience):
				t.Fatalf("%d notices have no job", len(want))
			}
		}
	})
}

func startQueue(t *testing.T, o *driver.Opened, f func(clickbridge.NoticeID)) {
	t.Helper()
	ctx := context.Background()
	q, err := o.Queue("a", func(_ context.Context, id clickbridge.NoticeID, _ jobs.Try) jobs.Outcome {
		f(id)
		return jobs.Done()
	})
	if err == nil {
		err = q.Start(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}

// work takes jobs and never finishes one.
func work(dsn string) error {
	ctx := context.Background()
	o, err := driver.Open(ctx, dsn, discard)
	if err != nil {
		return err
	}
	q, err := o.Queue("a", func(_ context.Context, id clickbridge.NoticeID, _ jobs.Try) jobs.Outcome {
		fmt.Println("working", id)
		select {}
	})
	if err != nil {
		return err
	}
	if err := q.Start(ctx); err != nil {
		return err
	}
	if err := oneCall(ctx, o.Store); err != nil {
		return err
	}
	select {}
}

// TestKilledWhileDelivering kills a process in the middle of a delivery; the
// notice must go out within 2 s of the next start.
func TestKilledWhileDelivering(t *testing.T) {
	eachEngine(t, func(t *testing.T, dsn string) {
		c := spawn(t, "work", dsn)
		var id string
		for id == "" {
			if f := strings.Fields(c.line(t)); f[0] == "working" {
				id = f[1]
			}
		}
		c.kill()
		o := open(t, dsn)
		begin := time.Now()
		got := make(chan clickbridge.NoticeID, 10)
		startQueue(t, o, func(id clickbridge.NoticeID) { got <- id })
		select {
		case again := <-got:
			if took := time.Since(begin); string(again) != id || took > 2*time.Second {
				t.Errorf("%s was delivered %s after the start, want %s within 2 s", again, took, id)
			}
		case <-time.After(patience):
			t.Fatal("it is never delivered")
		}
	})
}
