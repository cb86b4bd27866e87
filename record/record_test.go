package record

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"clickbridge"
	"clickbridge/leg/legtest"
	"clickbridge/media/g711"
	"clickbridge/media/tone"
	"clickbridge/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf is a store of recordings in memory.
type shelf struct {
	mu    sync.Mutex
	rows  map[clickbridge.RecordingID]clickbridge.Recording
	order []clickbridge.RecordingState // of every row put
}

func newShelf() *shelf { return &shelf{rows: map[clickbridge.RecordingID]clickbridge.Recording{}} }

func (s *shelf) PutRecording(_ context.Context, r clickbridge.Recording) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[r.ID] = r
	s.order = append(s.order, r.State)
	return nil
}

func (s *shelf) Recording(_ context.Context, id clickbridge.RecordingID) (clickbridge.Recording, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.rows[id]
	if !ok {
		return r, store.ErrNotFound
	}
	return r, nil
}

func (s *shelf) ListRecordings(_ context.Context, f store.RecordingFilter) (out []clickbridge.Recording, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rows {
		old := !r.KeepUntil.IsZero() && r.KeepUntil.Before(f.Expired)
		if (f.Node == "" || f.Node == r.Node) && (f.State == "" || f.State == r.State) &&
			(f.Expired.IsZero() || old) && (!f.Local || !strings.HasPrefix(r.File, inBucket)) {
			out = append(out, r)
		}
	}
	return out, nil
}

func (s *shelf) only(t *testing.T) clickbridge.Recording {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rows) != 1 {
		t.Fatalf("%d recordings on record", len(s.rows))
	}
	for _, r := range s.rows {
		return r
	}
	panic("unreachable")
}

func open(t *testing.T, change func(*Config)) (*Box, *shelf) {
	t.Helper()
	s := newShelf()
	cfg := Config{Folder: t.TempDir(), Node: "a", Store: s, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&cfg)
	}
	return New(cfg), s
}

func sine(hz float64, d time.Duration) []byte {
	return g711.EncodeULawAll(tone.Generate([]float64{hz}, d, 0.5))
}

// channel returns one channel of a file, whose head must agree with its length.
func channel(t *testing.T, raw []byte, i int) []int16 {
	t.Helper()
	channels := int(binary.LittleEndian.Uint16(raw[22:]))
	size := int(binary.LittleEndian.Uint32(raw[54:]))
	if string(raw[:4]) != "RIFF" || string(raw[8:16]) != "WAVEfmt " || raw[20] != 7 || size != len(raw)-headerSize ||
		int(binary.LittleEndian.Uint32(raw[4:])) != len(raw)-8+size%2 || int(binary.LittleEndian.Uint32(raw[46:]))*channels != size {
		t.Fatalf("the head says %d bytes in %d channels, the file has %d: % x", size, channels, len(raw), raw[:headerSize])
	}
	var out []byte
	for at := headerSize + i; at < len(raw); at += channels {
		out = append(out, raw[at])
	}
	return g711.DecodeULawAll(out)
}

func (b *Box) raw(t *testing.T, r clickbridge.Recording) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(b.cfg.Folder, r.File))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := open(t, func(c *Config) { c.Keep = 24 * time.Hour })
		customer, agent := legtest.New("+13125550100"), legtest.New("+13125550113")
		stop := b.Start(t.Context(), clickbridge.Recording{CallID: "call-1", Consent: "both told"}, customer.Audio, agent.Audio)
		customer.Audio.Say(sine(600, 2*time.Second))
		legtest.Elapse(time.Second)
		agent.Audio.Say(sine(1000, 2*time.Second))
		legtest.Elapse(1500 * time.Millisecond)
		running := s.only(t)
		if running.State != clickbridge.RecordingRunning || running.StartedAt.IsZero() {
			t.Errorf("while it runs: %+v", running)
		}
		if got := len(channel(t, b.raw(t, running), 0)); got < 8000 { // playable while it runs
			t.Errorf("after 2.5 s the file has %d frames", got)
		}
		legtest.Elapse(1500 * time.Millisecond)
		customer.FarHangup()
		stop()
		stop()
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		r := s.only(t)
		if r.State != clickbridge.RecordingReady || r.Length < 3900*time.Millisecond || r.Length > 4100*time.Millisecond ||
			r.Consent != "both told" || r.Note != "" || r.Node != "a" || r.KeepUntil.Sub(r.StartedAt) != 24*time.Hour ||
			!strings.HasSuffix(r.File, "/call-1.wav") {
			t.Errorf("%+v", r)
		}
		raw := b.raw(t, r)
		left, right := channel(t, raw, 0), channel(t, raw, 1)
		if int64(len(raw)) != r.Bytes || len(left) != len(right) {
			t.Errorf("%d bytes, on record %d; %d and %d frames", len(raw), r.Bytes, len(left), len(right))
		}
		for _, c := range []struct {
			what     string
			sound    []int16
			from, to int
			hz       float64
		}{{"customer", left, 800, 15000, 600}, {"agent", right, 9000, 23000, 1000}} {
			if p := tone.Power(c.sound[c.from:c.to], c.hz); p < 0.95 {
				t.Errorf("%s: %.2f of the sound is at %v Hz", c.what, p, c.hz)
			}
		}
		if tone.Audible(left[17000:]) || tone.Audible(right[:7000]) || tone.Audible(right[25000:]) {
			t.Error("sound where there was none")
		}
		if !slices.Equal(s.order, []clickbridge.RecordingState{clickbridge.RecordingRunning, clickbridge.RecordingReady}) {
			t.Errorf("states %v", s.order)
		}
	})
}

// A leg that ended is silent in the file for as long as the other talks on.
func TestOneSideLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := open(t, nil)
		customer, agent := legtest.New("+13125550100"), legtest.New("+13125550113")
		stop := b.Start(t.Context(), clickbridge.Recording{CallID: "c"}, customer.Audio, agent.Audio)
		agent.Audio.Say(sine(1000, 10*time.Second))
		legtest.Elapse(time.Second)
		customer.FarHangup()
		legtest.Elapse(9 * time.Second)
		stop()
		b.Close()
		right := channel(t, b.raw(t, s.only(t)), 1)
		if len(right) < 79000 || tone.Power(right[40000:72000], 1000) < 0.95 {
			t.Errorf("%d frames of who stayed", len(right))
		}
		agent.Hangup(nil)
	})
}

// small is a disk that is full after so many bytes.
type small struct {
	sink
	left int
}

func (s *small) WriteAt(p []byte, at int64) (int, error) {
	if s.left -= len(p); s.left < 0 {
		return 0, syscall.ENOSPC
	}
	return s.sink.WriteAt(p, at)
}

func TestFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := open(t, nil)
		b.create = func(name string) (sink, error) {
			f, err := b.createFile(name)
			return &small{sink: f, left: 40_000}, err
		}
		customer, agent := legtest.New("+13125550100"), legtest.New("+13125550113")
		stop := b.Start(t.Context(), clickbridge.Recording{CallID: "c"}, customer.Audio, agent.Audio)
		legtest.Elapse(5 * time.Second)
		r := s.only(t) // it ended by itself; the call did not
		if r.State != clickbridge.RecordingReady || !strings.Contains(r.Note, "no space left") || r.Length < time.Second {
			t.Errorf("%+v", r)
		}
		channel(t, b.raw(t, r), 0)
		if customer.Context().Err() != nil || agent.Context().Err() != nil {
			t.Error("the call ended with it")
		}
		stop()
		b.Close()
		customer.Hangup(nil)
		agent.Hangup(nil)
	})
}

// The room that is kept free is kept free while calls are recorded, too.
func TestDiskFillsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := open(t, func(c *Config) { c.MinFree = 500 })
		var free atomic.Int64
		free.Store(501)
		b.free = func() (int64, bool) { return free.Load(), true }
		customer, agent := legtest.New("+13125550100"), legtest.New("+13125550113")
		stop := b.Start(t.Context(), clickbridge.Recording{CallID: "c"}, customer.Audio, agent.Audio)
		legtest.Elapse(time.Minute)
		if r := s.only(t); r.State != clickbridge.RecordingRunning {
			t.Errorf("%+v", r)
		}
		free.Store(499)
		legtest.Elapse(20 * time.Second)
		if r := s.only(t); r.State != clickbridge.RecordingReady || !strings.Contains(r.Note, "nearly full") || r.Length < time.Minute {
			t.Errorf("%+v", r)
		}
		stop()
		b.Close()
		customer.Hangup(nil)
		agent.Hangup(nil)
	})
}

func TestNothingKept(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		note   string
	}{
		"MinFree": {func(c *Config) { c.MinFree = 1 << 60 }, "nearly full"},
		"NoSound": {nil, "no sound"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, s := open(t, c.change)
				customer, agent := legtest.New("+13125550100"), legtest.New("+13125550113")
				b.Start(t.Context(), clickbridge.Recording{CallID: "c"}, customer.Audio, agent.Audio)()
				customer.Hangup(nil)
				agent.Hangup(nil)
				b.Close()
				r := s.only(t)
				if r.State != clickbridge.RecordingFailed || !strings.Contains(r.Note, c.note) || r.File != "" {
					t.Errorf("%+v", r)
				}
				files, _ := filepath.Glob(filepath.Join(b.cfg.Folder, "*", "*"))
				if len(files) != 0 {
					t.Errorf("left behind: %v", files)
				}
			})
		})
	}
}

func TestMessage(t *testing.T) {
	for name, c := range map[string]struct {
		says  time.Duration
		end   func(*legtest.Leg)
		state clickbridge.RecordingState
		low   time.Duration
		high  time.Duration
	}{
		"HangsUp": {3 * time.Second, func(l *legtest.Leg) { legtest.Elapse(4 * time.Second); l.FarHangup() }, clickbridge.RecordingReady, 3900, 4100},
		"Pound":   {3 * time.Second, func(l *legtest.Leg) { legtest.Elapse(4 * time.Second); l.Press("5#") }, clickbridge.RecordingReady, 3900, 4300},
		"Quiet":   {3 * time.Second, nil, clickbridge.RecordingReady, 10900, 11600},
		"Max":     {time.Minute, nil, clickbridge.RecordingReady, 19900, 20400},
		"Silent":  {0, nil, clickbridge.RecordingFailed, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, s := open(t, nil)
				l := legtest.New("+13125550100")
				l.Audio.Say(sine(600, c.says))
				if c.end != nil {
					go c.end(l)
				}
				r, err := b.Message(t.Context(), clickbridge.Recording{CallID: "c"}, l, 20*time.Second)
				if err != nil {
					t.Fatal(err)
				}
				if r != s.only(t) {
					t.Errorf("returned %+v, on record %+v", r, s.only(t))
				}
				if r.State != c.state || r.Length < c.low*time.Millisecond || r.Length > c.high*time.Millisecond {
					t.Errorf("%+v", r)
				}
				if r.State == clickbridge.RecordingReady && !strings.HasSuffix(r.File, "/c-voicemail.wav") {
					t.Errorf("file %s", r.File)
				}
				if s.order[0] != clickbridge.RecordingRunning {
					t.Errorf("states %v", s.order)
				}
				b.Close()
				l.Hangup(nil)
				synctest.Wait()
			})
		})
	}
}

func TestRecover(t *testing.T) {
	b, s := open(t, nil)
	whole := clickbridge.Recording{ID: "whole", CallID: "whole", Node: "a", State: clickbridge.RecordingRunning, File: "d/whole.wav"}
	torn, junk, never, other := whole, whole, whole, whole
	torn.ID, torn.File = "torn", "d/torn.wav"
	junk.ID, junk.File = "junk", "d/junk.wav"
	never.ID, never.File = "never", "d/never.wav"
	other.ID, other.Node = "other", "b"
	for _, r := range []clickbridge.Recording{whole, torn, junk, never, other} {
		if err := s.PutRecording(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	sound := slices.Repeat([]byte{0x12, 0x34}, 8000)
	write := func(name string, raw []byte) {
		if err := errors.Join(os.MkdirAll(filepath.Join(b.cfg.Folder, "d"), 0o750), os.WriteFile(filepath.Join(b.cfg.Folder, name), raw, 0o640)); err != nil {
			t.Fatal(err)
		}
	}
	write("d/whole.wav", append(header(2, 16000), sound...))
	write("d/torn.wav", append(header(2, 4000), append(sound, 0x99)...)) // the last write came without its head
	write("d/junk.wav", []byte("not sound at all, but long enough to be looked at as a head of a file"))
	if err := b.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, state := range map[clickbridge.RecordingID]clickbridge.RecordingState{
		"whole": clickbridge.RecordingReady, "torn": clickbridge.RecordingReady,
		"junk": clickbridge.RecordingFailed, "never": clickbridge.RecordingFailed, "other": clickbridge.RecordingRunning,
	} {
		r := s.rows[id]
		if r.State != state || state != clickbridge.RecordingRunning && !strings.Contains(r.Note, "the server died") {
			t.Errorf("%s: %+v", id, r)
		}
		if state != clickbridge.RecordingReady {
			continue
		}
		if r.Length != time.Second {
			t.Errorf("%s lasts %v", id, r.Length)
		}
		raw := b.raw(t, r)
		channel(t, raw[:headerSize+16000], 1)
	}
	b.Close()
}

func TestKeptAndDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := open(t, func(c *Config) { c.Keep = time.Hour })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { b.Run(ctx); close(done) }()
		for _, id := range []string{"old", "held", "mine"} {
			l := legtest.New("+13125550100")
			l.Audio.Say(sine(600, time.Second))
			r := clickbridge.Recording{ID: clickbridge.RecordingID(id), CallID: clickbridge.CallID(id)}
			if id == "held" {
				r.KeepUntil = time.Now().Add(48 * time.Hour)
			}
			if _, err := b.Message(ctx, r, l, time.Second); err != nil {
				t.Fatal(err)
			}
			l.Hangup(nil)
		}
		if err := b.Delete(ctx, "mine"); err != nil {
			t.Fatal(err)
		}
		if err := b.Delete(ctx, "mine"); err != nil {
			t.Errorf("again: %v", err)
		}
		read := func(id clickbridge.RecordingID) error {
			_, f, err := b.Open(ctx, id)
			if err == nil {
				raw, _ := io.ReadAll(f)
				channel(t, raw, 0)
				f.Close()
			}
			return err
		}
		if read("old") != nil || read("held") != nil || !errors.Is(read("mine"), store.ErrNotFound) || !errors.Is(read("none"), store.ErrNotFound) {
			t.Errorf("old %v, held %v, mine %v, none %v", read("old"), read("held"), read("mine"), read("none"))
		}
		legtest.Elapse(time.Hour + sweepEvery + time.Second)
		if !errors.Is(read("old"), store.ErrNotFound) || read("held") != nil {
			t.Errorf("an hour later: old %v, held %v", read("old"), read("held"))
		}
		if s.rows["old"].State != clickbridge.RecordingDeleted || s.rows["old"].Note == "" {
			t.Errorf("%+v", s.rows["old"])
		}
		cancel()
		<-done
		b.Close()
	})
}

func TestOpenElsewhere(t *testing.T) {
	b, s := open(t, nil)
	defer b.Close()
	put := func(r clickbridge.Recording) {
		if err := s.PutRecording(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	put(clickbridge.Recording{ID: "b", Node: "b", State: clickbridge.RecordingReady, File: "d/b.wav"})
	put(clickbridge.Recording{ID: "s3", Node: "a", State: clickbridge.RecordingReady, File: inBucket + "d/b.wav"})
	put(clickbridge.Recording{ID: "now", Node: "a", State: clickbridge.RecordingRunning, File: "d/now.wav"})
	put(clickbridge.Recording{ID: "out", Node: "a", State: clickbridge.RecordingReady, File: "../../etc/passwd"})
	for id, want := range map[clickbridge.RecordingID]error{"b": ErrElsewhere, "s3": ErrElsewhere, "now": ErrNotReady} {
		if _, _, err := b.Open(t.Context(), id); !errors.Is(err, want) {
			t.Errorf("%s: %v", id, err)
		}
		if err := b.Delete(t.Context(), id); !errors.Is(err, want) {
			t.Errorf("delete %s: %v", id, err)
		}
	}
	if _, _, err := b.Open(t.Context(), "out"); err == nil {
		t.Error("a file outside the folder was opened")
	}
}

func TestReady(t *testing.T) {
	good, _ := open(t, nil)
	full, _ := open(t, func(c *Config) { c.MinFree = 1 << 60 })
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wrong, _ := open(t, func(c *Config) { c.Folder = filepath.Join(file, "below") })
	bucket, down := service(t)
	far, _ := open(t, func(c *Config) { c.Bucket = bucket })
	if free, err := good.Ready(t.Context()); err != nil || free == 0 {
		t.Errorf("%d, %v", free, err)
	}
	if _, err := far.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	down.Store(true)
	for b, want := range map[*Box]string{full: "nearly full", wrong: "recordings.folder", far: "recordings.s3"} {
		if _, err := b.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for _, b := range []*Box{good, full, wrong, far} {
		b.Close()
	}
}
