package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"clickbridge"
)

// file is a segment with two blocks of both calls.
func file() (whole []byte, firstBlock int) {
	whole = []byte(fileHead)
	for i := range 2 {
		var b batch
		for j, of := range []*About{one, two, {Trunk: "main"}} {
			b.records = appendRecord(b.records, time.Unix(int64(i), int64(j)), of, Wire{Peer: peer}, []byte(invite))
			b.keys = append(b.keys, key(of.Call))
		}
		whole = append(appendBlockHead(whole, b.keys, b.records), b.records...)
		if i == 0 {
			firstBlock = len(whole)
		}
	}
	return whole, firstBlock
}

func found(data []byte, id clickbridge.CallID) (n int, err error) {
	err = scan(bytes.NewReader(data), int64(len(data)), key(id), func(m Message) error {
		if m.Call == id {
			n++
		}
		return nil
	})
	return n, err
}

// What a killed writer leaves is read as far as it goes.
func TestTornSegment(t *testing.T) {
	whole, first := file()
	for n := range whole {
		want := 0
		if n >= first {
			want = 1
		}
		if got, err := found(whole[:n], "call-1"); got != want || err != nil {
			t.Fatalf("cut at %d of %d: %d messages, %v", n, len(whole), got, err)
		}
	}
	if n, err := found(append(whole, make([]byte, 5000)...), "call-2"); n != 2 || err != nil {
		t.Errorf("zeros after the end: %d, %v", n, err)
	}
}

// One wrong byte costs no more than its block, or what follows where it is in the
// head of one.
func TestDamagedSegment(t *testing.T) {
	whole, first := file()
	for at := len(fileHead); at < len(whole); at++ {
		bad := bytes.Clone(whole)
		bad[at] ^= 0x40
		n, err := found(bad, "call-2")
		if err != nil || at >= first && n != 1 || at < first && n > 1 {
			t.Fatalf("byte %d: %d messages, %v", at, n, err)
		}
	}
	whole[0]++
	if _, err := found(whole, "call-1"); err == nil {
		t.Error("a file of another version was read")
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	folder := t.TempDir()
	names := []string{"notes.txt", "x.siptrace", "20260131T150405.000Z-a.txt", "99999999T150405.000Z-a.siptrace"}
	for _, n := range names {
		if err := os.WriteFile(filepath.Join(folder, n), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, segmentName(time.Unix(0, 0), "dir")), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := expire(folder, "", time.Now(), 0); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != len(names)+1 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestReadIsCanceled(t *testing.T) {
	folder := t.TempDir()
	w := newWriter(t, folder, time.Hour, 1e9)
	w.Add(one, Wire{Peer: peer}, []byte(invite))
	w.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errFull)
	if _, err := (Reader{folder}).Call(ctx, "call-1", time.Now(), time.Now()); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

func FuzzReader(f *testing.F) {
	whole, first := file()
	f.Add(whole)
	f.Add(whole[:first])
	f.Add(whole[:first+9])
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = found(data, "call-1")
		_, _ = found(data, "")
		_ = eachRecord(data, func(Message) error { return nil })
	})
}

// BenchmarkLookup finds one call of 14 messages in a gigabyte of others, a full load
// of 100 clicks a second for 20 minutes.
func BenchmarkLookup(b *testing.B) {
	folder, start := b.TempDir(), time.Now()
	w := New(Config{Folder: folder, Keep: time.Hour, MaxSize: 2e9})
	w.Close()
	const blocks = 12_000
	for i := range blocks {
		at := start.Add(time.Duration(i) * gather)
		var bt batch
		for n := range 140 {
			of := &About{Call: clickbridge.CallID(fmt.Sprintf("0198a1b2-c3d4-7000-8000-%012d", i+n%50)), Attempt: "0198a1b2-c3d4-7000-8000-000000000000", Trunk: "main"}
			bt.records = appendRecord(bt.records, at, of, Wire{Peer: peer}, []byte(challenged))
			bt.keys = append(bt.keys, key(of.Call))
		}
		if err := w.write(bt, at); err != nil {
			b.Fatal(err)
		}
	}
	w.finish()
	var n int
	for b.Loop() {
		ms, err := Reader{folder}.Call(b.Context(), "0198a1b2-c3d4-7000-8000-000000006000", start, start.Add(blocks*gather))
		if n = len(ms); err != nil || n == 0 {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(n), "messages")
}
