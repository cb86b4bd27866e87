package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"clickbridge"
	"clickbridge/callflow"
	"clickbridge/leg/legtest"
	"clickbridge/store"
)

// fullDisk is a store that answers reads and, while it is full, takes no fact.
type fullDisk struct {
	store.Store
	full atomic.Bool
}

func (*fullDisk) Ping(context.Context) error { return nil }

func (d *fullDisk) Heartbeat(context.Context, string, time.Time) error {
	if d.full.Load() {
		return errors.New("disk is full")
	}
	return nil
}

func (*fullDisk) ClaimDead(context.Context, string, time.Time) ([]store.Orphan, []clickbridge.LegRecord, error) {
	return nil, nil, nil
}

func TestNotReadyWhileTheDiskIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &fullDisk{}
		log := slog.New(slog.DiscardHandler)
		s := &Server{store: disk, log: log, line: &line{}, conductor: callflow.New(t.Context(), callflow.Config{Logger: log})}
		go s.watchNodes(t.Context())
		for _, step := range []struct {
			full bool
			want int
		}{{false, 200}, {true, 503}, {false, 200}} {
			disk.full.Store(step.full)
			legtest.Elapse(heartbeat + time.Second)
			w := httptest.NewRecorder()
			s.health().ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
			if w.Code != step.want {
				t.Errorf("full %v: %d %s", step.full, w.Code, w.Body)
			}
		}
	})
}
