package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/sqlite"
)

// world drives stores on one file as conductors would, and knows what each call
// must look like.
type world struct {
	t      *testing.T
	path   string
	stores []*sqlite.Store
	rand   *rand.Rand
	calls  []*clickbridge.Call
	wants  map[clickbridge.CallID]*store.Record
	legs   map[string]clickbridge.LegRecord
	broken bool
}

// TestMemoryIsTheFile does what calls do in a random order, through two
// processes' stores, with failures and restarts: what the writer believes is
// always what the file says, and nothing that was acknowledged is lost.
func TestMemoryIsTheFile(t *testing.T) {
	steps := 1000
	if testing.Short() {
		steps = 400
	}
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w := &world{t: t, path: empty(t), rand: rand.New(rand.NewPCG(seed, 1)),
				wants: map[clickbridge.CallID]*store.Record{}, legs: map[string]clickbridge.LegRecord{}}
			w.stores = []*sqlite.Store{open(t, w.path), open(t, w.path)}
			defer func() {
				for _, s := range w.stores {
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				}
			}()
			for i := range steps {
				w.step()
				if i%50 == 0 || t.Failed() {
					w.check()
				}
				if t.Failed() {
					t.Fatalf("after step %d", i)
				}
			}
			w.checkRecovery()
			if size, used := w.stores[0].Slots(); size > 1200 || used > size {
				t.Errorf("%d slots for %d calls, %d in use", size, len(w.calls), used)
			}
		})
	}
}

func (w *world) step() {
	s := w.stores[0]
	switch n := w.rand.IntN(1000); {
	case n < 3: // a restart
		i := w.rand.IntN(2)
		if err := w.stores[i].Close(); err != nil {
			w.t.Error(err)
		}
		w.stores[i] = open(w.t, w.path)
		return
	case n < 6: // the disk fails, for a while
		w.setBroken(s, !w.broken)
		return
	case n < 40: // another process
		s = w.stores[1]
	}
	if len(w.calls) < 30 || w.rand.IntN(12) == 0 && len(w.calls) < 300 {
		w.create(s)
		return
	}
	c := w.calls[w.rand.IntN(len(w.calls))]
	switch w.rand.IntN(6) {
	case 0, 1:
		w.dial(s, c)
	case 2, 3:
		w.answer(s, c)
	case 4:
		w.save(s, c)
	case 5:
		w.gone(s, c)
	}
}

// setBroken lets a trigger refuse whatever is written.
func (w *world) setBroken(s *sqlite.Store, broken bool) {
	w.broken = broken
	q := `DROP TRIGGER fault`
	if broken {
		q = `CREATE TRIGGER fault BEFORE INSERT ON facts WHEN NEW.seq % 3 > 0 BEGIN SELECT raise(ABORT, 'disk fault'); END`
	}
	if _, err := s.DB().Exec(q); err != nil {
		w.t.Error(err)
	}
}

// took reports whether a fact was committed.
func (w *world) took(err error) bool {
	if err != nil && !w.broken {
		w.t.Error(err)
	}
	return err == nil
}

func (w *world) create(s *sqlite.Store) {
	c := &clickbridge.Call{ID: clickbridge.NewCallID(), AccountID: int64(w.rand.IntN(3)), Node: "a", Ref: fmt.Sprint(len(w.calls)),
		CreatedAt: at(len(w.calls)), State: clickbridge.CallQueued}
	if w.rand.IntN(20) == 0 { // more than a slot
		for range 600 {
			c.Notes = append(c.Notes, "a long note")
		}
	}
	if w.took(s.CreateCall(context.Background(), *c, store.Daily{Day: "d"})) {
		w.calls = append(w.calls, c)
		w.wants[c.ID] = &store.Record{Call: *c}
	}
}

func (w *world) dial(s *sqlite.Store, c *clickbridge.Call) {
	r := w.wants[c.ID]
	a := clickbridge.Attempt{CallID: c.ID, ID: clickbridge.NewAttemptID(), Seq: len(r.Attempts) + 1, StartedAt: at(1)}
	l := clickbridge.LegRecord{ID: string(a.ID), CallID: c.ID, AttemptID: a.ID, Agent: clickbridge.Number(fmt.Sprint(w.rand.IntN(9)))}
	err := s.Dialing(context.Background(), a, l)
	if !c.InFlight() {
		if !errors.Is(err, store.ErrNotOwner) && !w.broken {
			w.t.Errorf("an ended call dials: %v", err)
		}
		return
	}
	if w.took(err) {
		r.Attempts = append(r.Attempts, a)
		w.legs[l.ID] = l
	}
}

func (w *world) answer(s *sqlite.Store, c *clickbridge.Call) {
	r := w.wants[c.ID]
	if len(r.Attempts) == 0 {
		return
	}
	i := w.rand.IntN(len(r.Attempts))
	a := r.Attempts[i]
	a.AnsweredAt, a.Trunk = at(2), "t"
	l := clickbridge.LegRecord{ID: string(a.ID), CallID: c.ID, AttemptID: a.ID, State: clickbridge.LegAnswered, RemoteTag: fmt.Sprint(w.rand.IntN(9))}
	if w.took(s.Answered(context.Background(), a, l)) {
		w.legs[l.ID] = l
		if r.Attempts[i].Result == "" {
			r.Attempts[i] = a
		}
	}
}

func (w *world) save(s *sqlite.Store, c *clickbridge.Call) {
	r, now := w.wants[c.ID], *c
	now.Cause, now.AcceptedAt = fmt.Sprint(w.rand.IntN(9)), at(3)
	if w.rand.IntN(2) == 0 {
		now.State, now.Result = clickbridge.CallEnded, clickbridge.ResultConnected
	}
	var as []clickbridge.Attempt
	if n := len(r.Attempts); n > 0 {
		a := r.Attempts[n-1]
		a.Result, a.EndedAt = clickbridge.AttemptAccepted, at(4)
		as = append(as, a)
	}
	err := s.Save(context.Background(), now, as, nil)
	if !c.InFlight() {
		if !errors.Is(err, store.ErrNotOwner) && !w.broken {
			w.t.Errorf("an ended call is saved: %v", err)
		}
		return
	}
	if w.took(err) {
		*c, r.Call = now, now
		if len(as) > 0 {
			r.Attempts[len(r.Attempts)-1] = as[0]
		}
	}
}

func (w *world) gone(s *sqlite.Store, c *clickbridge.Call) {
	for _, a := range w.wants[c.ID].Attempts {
		if w.rand.IntN(3) > 0 && !w.broken { // nobody is told that it was lost
			s.Gone(string(a.ID))
			delete(w.legs, string(a.ID))
		}
	}
	if err := s.Ping(context.Background()); err != nil {
		w.t.Error(err)
	}
}

func (w *world) check() {
	w.t.Helper()
	for i, s := range w.stores {
		memory, file := s.Compare()
		if d := cmp.Diff(file, memory); d != "" {
			w.t.Errorf("store %d (-file +memory):\n%s", i, d)
		}
	}
	seen := map[clickbridge.CallID]bool{}
	err := w.stores[w.rand.IntN(2)].EachCall(context.Background(), store.Filter{}, func(r store.Record) error {
		if d := cmp.Diff(*w.wants[r.Call.ID], r); d != "" || seen[r.Call.ID] {
			w.t.Errorf("a call, seen %v (-want +got):\n%s", seen[r.Call.ID], d)
		}
		seen[r.Call.ID] = true
		return nil
	})
	if err != nil || len(seen) != len(w.calls) {
		w.t.Errorf("%d of %d calls, %v", len(seen), len(w.calls), err)
	}
}

func (w *world) checkRecovery() {
	os, rest, err := w.stores[1].ClaimOwn(context.Background(), "a")
	if err != nil {
		w.t.Fatal(err)
	}
	for _, o := range os {
		if d := cmp.Diff(*w.wants[o.Call.ID], o.Record); d != "" {
			w.t.Errorf("an orphan (-want +got):\n%s", d)
		}
		rest = append(rest, o.Legs...)
	}
	got := map[string]clickbridge.LegRecord{}
	for _, l := range rest {
		got[l.ID] = l
	}
	if d := cmp.Diff(w.legs, got); d != "" {
		w.t.Errorf("legs (-want +got):\n%s", d)
	}
	flying := slices.DeleteFunc(slices.Clone(w.calls), func(c *clickbridge.Call) bool { return !c.InFlight() })
	if len(os) != len(flying) {
		w.t.Errorf("%d calls in flight, want %d", len(os), len(flying))
	}
}

func at(i int) time.Time { return time.Date(2026, 3, 4, 15, 30, i, 0, time.UTC) }
