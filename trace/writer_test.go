package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"clickbridge"
)

var (
	peer = netip.MustParseAddrPort("192.0.2.7:5060")
	one  = &About{Call: "call-1", Attempt: "attempt-1", Trunk: "main"}
	two  = &About{Call: "call-2", Attempt: "attempt-2", Trunk: "main"}
)

const invite = "INVITE sip:5551@192.0.2.1 SIP/2.0\r\nCall-ID: a\r\n\r\nv=0\r\n"

func newWriter(t *testing.T, folder string, keep time.Duration, size int64) *Writer {
	t.Helper()
	w := New(Config{Folder: folder, Keep: keep, MaxSize: size, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() {
		select {
		case <-w.over:
		default:
			w.Close()
		}
	})
	return w
}

func read(t *testing.T, folder string, id clickbridge.CallID, from, to time.Time) []Message {
	t.Helper()
	ms, err := Reader{folder}.Call(context.Background(), id, from, to)
	if err != nil {
		t.Fatal(err)
	}
	return ms
}

// elapse lets time pass in a bubble.
func elapse(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestWrittenIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder, start := filepath.Join(t.TempDir(), "made", "here"), time.Now()
		w := newWriter(t, folder, time.Hour, 1e9)
		w.Add(one, Wire{Peer: peer}, []byte(invite))
		w.Add(two, Wire{Peer: peer, TCP: true}, []byte("INVITE two\r\n\r\n"))
		w.Add(one, Wire{Peer: peer, In: true}, []byte("SIP/2.0 100 Trying\r\n\r\n"))
		w.Add(&About{Trunk: "main"}, Wire{Peer: peer}, []byte("OPTIONS\r\n\r\n"))
		w.Add(&About{}, Wire{Peer: peer, In: true}, []byte("REGISTER\r\n\r\n"))
		elapse(gather)
		later := time.Now()
		w.Add(one, Wire{Peer: peer}, []byte(invite))
		elapse(gather)
		want := []Message{
			{At: start, About: *one, Wire: Wire{Peer: peer}, Text: invite},
			{At: start, About: *one, Wire: Wire{Peer: peer, In: true}, Text: "SIP/2.0 100 Trying\r\n\r\n"},
			{At: later, About: *one, Wire: Wire{Peer: peer}, Text: invite, Repeat: true},
		}
		compare := []cmp.Option{cmpopts.EquateComparable(netip.AddrPort{}), cmpopts.EquateApproxTime(0)}
		if d := cmp.Diff(want, read(t, folder, "call-1", start, later), compare...); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
		if ms := read(t, folder, "call-2", start, later); len(ms) != 1 || !ms[0].TCP {
			t.Errorf("%+v", ms)
		}
		for trunk, want := range map[string]int{"": 2, "main": 1, "other": 0} {
			if ms, err := (Reader{folder}).Outside(t.Context(), trunk, start, later); err != nil || len(ms) != want {
				t.Errorf("trunk %q: %v, %v", trunk, ms, err)
			}
		}
	})
}

func TestNothingIsKept(t *testing.T) {
	for _, c := range []Config{{Keep: 0, MaxSize: 1}, {Keep: 1, MaxSize: 0}} {
		w := New(c)
		if w != nil {
			t.Fatal("a writer")
		}
		w.Add(one, Wire{}, []byte(invite))
		w.Close()
	}
	if ms := read(t, filepath.Join(t.TempDir(), "none"), "x", time.Now(), time.Now()); len(ms) != 0 {
		t.Error(ms)
	}
}

func TestSegmentsEndAfterAnHourAndExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder, start := t.TempDir(), time.Now()
		w := newWriter(t, folder, 24*time.Hour, 1e9)
		for i := range 26 {
			w.Add(one, Wire{Peer: peer}, fmt.Appendf(nil, "%d\r\n\r\n", i))
			elapse(time.Hour)
		}
		all, err := segments(folder)
		if err != nil || len(all) != 25 {
			t.Fatalf("%d segments, %v", len(all), err)
		}
		if ms := read(t, folder, "call-1", start.Add(10*time.Hour), start.Add(12*time.Hour)); len(ms) < 3 || len(ms) > 5 || ms[len(ms)-1].Text[:2] != "12" {
			t.Errorf("read more or less than the call's hours: %+v", ms)
		}
		elapse(26 * time.Hour) // nobody calls: what is old goes all the same
		if all, err = segments(folder); err != nil || len(all) != 1 || all[0].path != w.path {
			t.Errorf("%v, %v", all, err)
		}
	})
}

func TestTheOldestMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder, start := t.TempDir(), time.Now()
		w := newWriter(t, folder, 24*time.Hour, 80_000)
		for i := range 100 {
			w.Add(one, Wire{Peer: peer}, fmt.Appendf(nil, "%03d%s\r\n\r\n", i, strings.Repeat("x", 2000)))
			elapse(time.Second)
			var total int64
			all, _ := segments(folder)
			for _, s := range all {
				total += s.size
			}
			if total > 80_000 {
				t.Fatalf("%d bytes in %d files", total, len(all))
			}
		}
		ms := read(t, folder, "call-1", start, time.Now())
		if len(ms) < 25 || ms[len(ms)-1].Text[:3] != "099" {
			t.Errorf("%d left", len(ms))
		}
		for i, m := range ms {
			if want := fmt.Sprintf("%03d", 100-len(ms)+i); m.Text[:3] != want {
				t.Errorf("%s instead of %s", m.Text[:3], want)
			}
		}
	})
}

// full is a disk that takes some bytes.
type full struct {
	*os.File
	room int
}

var errFull = errors.New("no space left")

func (f *full) Write(p []byte) (int, error) {
	if len(p) <= f.room {
		f.room -= len(p)
		return f.File.Write(p)
	}
	n, _ := f.File.Write(p[:f.room])
	f.room = 0
	return n, errFull
}

func TestFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		folder, start := t.TempDir(), time.Now()
		w := New(Config{Folder: folder, Keep: time.Hour, MaxSize: 1e9, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		opened := 0
		w.create = func(path string) (io.WriteCloser, error) {
			opened++
			f, err := create(path)
			return &full{f.(*os.File), 400}, err
		}
		add := func(s string) {
			w.Add(one, Wire{Peer: peer}, []byte(s+strings.Repeat("x", 150)+"\r\n\r\n"))
			elapse(gather)
		}
		add("a") // fits
		add("b") // half of it
		add("c") // too soon for another segment
		add("d")
		elapse(2 * retryAfter)
		add("e")
		if opened != 2 {
			t.Errorf("%d segments", opened)
		}
		got := ""
		for _, m := range read(t, folder, "call-1", start, time.Now()) {
			got += m.Text[:1]
		}
		if got != "ae" {
			t.Errorf("kept %q", got)
		}
		elapse(2 * lookAfter)
		w.Close()
		if s := log.String(); strings.Count(s, "\n") != 2 || !strings.Contains(s, "messages=1 ") || !strings.Contains(s, "messages=2 ") || !strings.Contains(s, errFull.Error()) {
			t.Errorf("log:\n%s", s)
		}
	})
}

// stuck is a disk that hangs.
type stuck struct {
	io.WriteCloser
	free chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) { <-s.free; return s.WriteCloser.Write(p) }

func TestSlowDiskHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		folder, start := t.TempDir(), time.Now()
		w := New(Config{Folder: folder, Keep: time.Hour, MaxSize: 1e9, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		free := make(chan struct{})
		w.create = func(path string) (io.WriteCloser, error) {
			f, err := create(path)
			return &stuck{f, free}, err
		}
		w.Add(one, Wire{Peer: peer}, []byte(invite))
		elapse(gather)
		text := make([]byte, 60_000)
		for range 100 {
			w.Add(two, Wire{Peer: peer}, text)
		}
		if time.Since(start) != gather {
			t.Error("Add waited")
		}
		if n := len(w.batch.records); n > maxPending+len(text)+100 {
			t.Errorf("%d bytes wait", n)
		}
		close(free)
		elapse(2 * gather)
		w.Close()
		if n := len(read(t, folder, "call-1", start, start)); n != 1 {
			t.Errorf("%d of the first call", n)
		}
		kept := len(read(t, folder, "call-2", start, start))
		if want := fmt.Sprintf("messages=%d ", 100-kept); kept == 100 || kept < 60 || !strings.Contains(log.String(), want) {
			t.Errorf("%d kept, log: %s", kept, log.String())
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	folder, start := t.TempDir(), time.Now()
	w := newWriter(t, folder, time.Hour, 1e9)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			of := &About{Call: clickbridge.CallID(fmt.Sprint("call-", i))}
			for n := range 500 {
				w.Add(of, Wire{Peer: peer}, fmt.Appendf(nil, "%d\r\n\r\n", n))
			}
		})
	}
	all.Wait()
	w.Close()
	for i := range 8 {
		if n := len(read(t, folder, clickbridge.CallID(fmt.Sprint("call-", i)), start, time.Now())); n != 500 {
			t.Errorf("call %d: %d messages", i, n)
		}
	}
}

func TestAddDoesNotAllocate(t *testing.T) {
	w := New(Config{Folder: t.TempDir(), Keep: time.Hour, MaxSize: 1e9, Logger: slog.New(slog.DiscardHandler)})
	w.Close() // nothing but Add runs now
	w.batch = batch{make([]byte, 0, spareSize), make([]uint64, 0, 500)}
	text := []byte(challenged)
	if n := testing.AllocsPerRun(100, func() { w.Add(one, Wire{Peer: peer, In: true}, text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
