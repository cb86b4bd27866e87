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
	return watchedService(t, func(*http.Request) {})
}

// watchedService tells of every request before it is served.
func watchedService(t *testing.T, see func(*http.Request)) (b *Bucket, down *atomic.Bool) {
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
		see(r)
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

// One file that is not as its record says keeps no other from the bucket.
func TestUploadGoesOn(t *testing.T) {
	bucket, _ := service(t)
	b, s := open(t, func(c *Config) { c.Bucket = bucket })
	defer b.Close()
	if err := os.MkdirAll(filepath.Join(b.cfg.Folder, "d"), 0o750); err != nil {
		t.Fatal(err)
	}
	for _, r := range []clickbridge.Recording{
		{ID: "good", File: "d/good.wav", Bytes: 3}, {ID: "gone", File: "d/gone.wav", Bytes: 3}, {ID: "short", File: "d/short.wav", Bytes: 9},
	} {
		r.Node, r.State = "a", clickbridge.RecordingReady
		err := s.PutRecording(t.Context(), r)
		if r.ID != "gone" {
			err = errors.Join(err, os.WriteFile(filepath.Join(b.cfg.Folder, r.File), []byte("abc"), 0o640))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b.upload(t.Context())
	for _, id := range []clickbridge.RecordingID{"good", "short"} {
		if r, _ := s.Recording(t.Context(), id); !strings.HasPrefix(r.File, inBucket) || r.Bytes != 3 {
			t.Errorf("%+v", r)
		}
	}
	if r, _ := s.Recording(t.Context(), "gone"); r.State != clickbridge.RecordingFailed || r.File != "" || r.Note == "" {
		t.Errorf("%+v", r)
	}
}

// What is deleted on its way to the bucket stays deleted.
func TestDeletedWhileUploaded(t *testing.T) {
	var b *Box
	bucket, _ := watchedService(t, func(r *http.Request) {
		if r.Method == http.MethodPut {
			if err := b.Delete(context.Background(), "r"); err != nil {
				t.Error(err)
			}
		}
	})
	box, s := open(t, func(c *Config) { c.Bucket = bucket })
	b = box
	defer b.Close()
	name := filepath.Join(b.cfg.Folder, "d", "c.wav")
	r := clickbridge.Recording{ID: "r", Node: "a", State: clickbridge.RecordingReady, File: "d/c.wav", Bytes: 3}
	err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o750), os.WriteFile(name, []byte("abc"), 0o640), s.PutRecording(t.Context(), r))
	if err != nil {
		t.Fatal(err)
	}
	b.upload(t.Context())
	if got := s.only(t); got.State != clickbridge.RecordingDeleted {
		t.Errorf("%+v", got)
	}
	if _, err := bucket.open(t.Context(), "d/c.wav"); err == nil {
		t.Error("the object is there")
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
