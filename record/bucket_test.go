package record

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"clickbridge"
)

// service is an S3 service on loopback that can be down.
func service(t *testing.T) (b *Bucket, down *atomic.Bool) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("calls"); err != nil {
		t.Fatal(err)
	}
	s3 := gofakes3.New(backend).Server()
	down = new(atomic.Bool)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		s3.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	b, err := NewBucket(BucketConfig{
		Endpoint: srv.URL, Region: "us-east-1", Name: "calls", AccessKey: "key", SecretKey: "secret", Prefix: "cb/", PathStyle: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	t.Cleanup(b.Close)
	return b, down
}

func TestBucket(t *testing.T) {
	bucket, down := service(t)
	if err := bucket.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, s := open(t, func(c *Config) { c.Bucket = bucket })
	defer b.Close()
	raw := append(header(1, 3), 1, 2, 3)
	name := filepath.Join(b.cfg.Folder, "d", "c.wav")
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o750), os.WriteFile(name, raw, 0o640)); err != nil {
		t.Fatal(err)
	}
	r := clickbridge.Recording{ID: "r", CallID: "c", Node: "a", State: clickbridge.RecordingReady, File: "d/c.wav", Bytes: int64(len(raw))}
	if err := s.PutRecording(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	down.Store(true)
	b.upload(t.Context())
	if got := s.only(t); got != r || !fileThere(name) {
		t.Errorf("while the service was down: %+v", got)
	}
	down.Store(false)
	b.upload(t.Context())
	if got := s.only(t).File; got != "s3:d/c.wav" || fileThere(name) {
		t.Errorf("file %q, local copy %v", got, fileThere(name))
	}
	_, f, err := b.Open(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(f)
	f.Close()
	if err != nil || string(got) != string(raw) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	if err := b.Delete(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.open(context.Background(), "d/c.wav"); err == nil {
		t.Error("the object is still there")
	}
}

func TestBucketConfig(t *testing.T) {
	if _, err := NewBucket(BucketConfig{Endpoint: "no such host/with path"}); err == nil || !strings.Contains(err.Error(), "recordings.s3.endpoint") {
		t.Errorf("%v", err)
	}
	bucket, _ := service(t)
	bucket.name = "nowhere"
	if err := bucket.Check(t.Context()); err == nil || !strings.Contains(err.Error(), `no bucket "nowhere"`) {
		t.Errorf("%v", err)
	}
}

func fileThere(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
