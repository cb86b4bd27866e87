package system_test

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"clickbridge/simulator"
)

// road leads to a database, and can be closed.
type road struct {
	t        *testing.T
	from, to string // sockets

	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
}

func (r *road) open() {
	l, err := net.Listen("unix", r.from)
	if err != nil {
		r.t.Error(err)
		return
	}
	r.mu.Lock()
	r.listener = l
	r.mu.Unlock()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.carry(c)
		}
	}()
}

func (r *road) carry(near net.Conn) {
	far, err := net.Dial("unix", r.to)
	if err != nil {
		_ = near.Close()
		return
	}
	r.mu.Lock()
	r.conns = append(r.conns, near, far)
	r.mu.Unlock()
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		go func() {
			_, _ = io.Copy(way[0], way[1])
			_ = way[0].Close()
		}()
	}
}

// shut drops everybody and takes nobody.
func (r *road) shut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.listener.Close()
	for _, c := range r.conns {
		_ = c.Close()
	}
	r.conns = nil
}

// A database that is gone for three seconds in the middle of hunts loses no
// lead: nobody is taken for unreachable because a fact could not be written.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	dsn := engines[1].dsn(t, "")
	u, err := url.Parse(dsn)
	must(t, err)
	far := u.Query().Get("host")
	if !filepath.IsAbs(far) {
		t.Skip("the database is not on this machine")
	}
	near := t.TempDir()
	r := &road{t: t, from: near + "/.s.PGSQL.5432", to: far + "/.s.PGSQL.5432"}
	r.open()
	t.Cleanup(r.shut)
	var cases []huntCase
	for i := range 8 {
		late := time.Duration(i) * seconds / 4
		patient := with(takes(late), func(s *simulator.Scene) { s.HangupAfter = 6 * seconds })
		cases = append(cases, huntCase{name: fmt.Sprintf("away %d", i), order: []string{"1", "2"}[i%2], list: "numbers: [A0, A1]",
			agents: []simulator.Scene{{Name: "busy late", RingFor: 2 * late, FinalStatus: 486}, patient}})
	}
	w := hunts(t, cases, "", func(s *setup) { s.dsn = strings.Replace(dsn, far, near, 1) })
	answers := make([]<-chan string, len(cases))
	for i, c := range cases {
		answers[i] = w.clicking(c.click(i, c.name))
	}
	time.Sleep(seconds)
	r.shut()
	time.Sleep(3 * seconds)
	r.open()
	for i, c := range cases {
		if body := <-answers[i]; body != "Call Connected" {
			t.Errorf("%s: %q", c.name, body)
		}
	}
	poll(t, seconds/4, 20*seconds, "the server is ready again", func() bool {
		code, _ := w.get("/readyz")
		return code == 200
	})
	for i, c := range cases {
		h := w.hunted(t, c, i, c.name)
		if h.row.Result != "Connected" {
			t.Errorf("%s: %s %v", c.name, h.row.Result, h.row.results())
		}
		h.expect(t, "A0 Busy", "A1 Accepted")
	}
	w.noGhosts(t)
}
