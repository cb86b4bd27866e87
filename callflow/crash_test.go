package callflow_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/callflow"
	"clickbridge/leg"
	"clickbridge/leg/legtest"
	"clickbridge/store"
)

func earlyAudio() leg.Stats { return leg.Stats{PacketsIn: 1} }

func TestDrainCutsWhatIsLeft(t *testing.T) {
	for _, tc := range []struct {
		name    string
		order   clickbridge.Order
		phones  map[clickbridge.Number]legtest.Phone
		notices int
		outcome clickbridge.OutcomeKind
	}{
		{"1: phone rings", 1, map[clickbridge.Number]legtest.Phone{phone: rings}, 0, "failed"},
		{"1: agent rings", 1, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): rings}, 0, "connected"},
		{"1: bridged", 1, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): {Keys: "1"}}, 0, "connected"},
		{"2: agent rings, notices owed", 2, map[clickbridge.Number]legtest.Phone{agent(0): rings}, 1, "processed"},
		{"2: agent is asked, notices owed", 2, map[clickbridge.Number]legtest.Phone{agent(0): {Ring: 8 * time.Second}}, 1, "processed"},
		{"2: phone rings", 2, map[clickbridge.Number]legtest.Phone{agent(0): {Keys: "1"}, phone: rings}, 0, "connected"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, tc.phones)
				c := click(tc.order)
				c.NoAnswer.Email = "sales@example.com"
				s.start(c, findMe(1, agent(0), agent(1)))
				legtest.Elapse(10 * time.Second)
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if cut := s.conductor.Drain(ctx); cut != 1 {
					t.Errorf("cut %d calls, want 1", cut)
				}
				s.end()
				if s.store.call.Result != clickbridge.ResultInterrupted {
					t.Errorf("result = %q (%s)", s.store.call.Result, s.store.call.Cause)
				}
				if len(s.store.notices) != tc.notices || s.outcome.Kind != tc.outcome {
					t.Errorf("%d notices, outcome %q; want %d, %q", len(s.store.notices), s.outcome.Kind, tc.notices, tc.outcome)
				}
			})
		})
	}
}

func TestDrainLetsCallsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): busy, agent(1): accepts})
		s.start(click(clickbridge.PhoneFirst), findMe(1, agent(0), agent(1)))
		s.end() // drains with hours to spare: further agents are still rung
		if s.store.call.Result != clickbridge.ResultConnected {
			t.Errorf("result = %q", s.store.call.Result)
		}
	})
}

func TestStoreThatFails(t *testing.T) {
	t.Run("for a moment", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): accepts})
			s.store.refuse = 3
			s.start(click(clickbridge.PhoneFirst), findMe(1, agent(0)))
			s.end()
			if s.store.call.Result != clickbridge.ResultConnected {
				t.Errorf("result = %q", s.store.call.Result)
			}
		})
	})
	t.Run("for a moment, as legs are dialled and answer", func(t *testing.T) {
		for away := 1; away <= 8; away++ {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): accepts})
				s.store.away = away
				s.start(click(clickbridge.FindMeFirst), findMe(1, agent(0)))
				s.end()
				if s.store.call.Result != clickbridge.ResultConnected {
					t.Errorf("away %d times: %q, %q", away, s.store.call.Result, s.store.results())
				}
			})
		}
	})
	t.Run("as agents are dialled, for good", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): accepts})
			s.store.away = 1000
			began := time.Now()
			s.start(click(clickbridge.FindMeFirst), findMe(1, agent(0)))
			s.end()
			if took := time.Since(began); s.store.call.Result != clickbridge.ResultNoAnswer || took > 15*time.Second {
				t.Errorf("%q after %v", s.store.call.Result, took)
			}
		})
	})
	t.Run("at the accept: nobody is bridged without a record", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): accepts})
			s.store.refuse = 12 // longer than a person is kept waiting
			s.start(click(clickbridge.FindMeFirst), findMe(1, agent(0)))
			s.end()
			if s.outcome.Kind != clickbridge.OutcomeFailed || !s.store.call.BridgedAt.IsZero() {
				t.Errorf("outcome %q, bridged at %v", s.outcome.Kind, s.store.call.BridgedAt)
			}
		})
	})
}

// releaser remembers what it was asked to end.
type releaser struct {
	mu  sync.Mutex
	ids []string
	err error
}

func (r *releaser) Release(_ context.Context, l clickbridge.LegRecord) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids = append(r.ids, l.ID)
	return r.err
}

// A leg on record keeps its agent from being rung: one whose carrier never
// answers, or is not configured any more, must not do so for ever.
func TestRecoverForgetsWhatNobodyReleases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		s.store.legs["a"] = true
		rel := &releaser{err: errors.New("no reply")}
		if err := s.conductor.Recover(t.Context(), nil, []clickbridge.LegRecord{{ID: "a"}}, nil, rel); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s.store.records() != 1 {
			t.Error("forgotten at once: the carrier may hold it")
		}
		legtest.Elapse(time.Minute)
		if left := s.store.records(); len(rel.ids) < 2 || left != 0 {
			t.Errorf("%d tries, %d records left", len(rel.ids), left)
		}
	})
}

// A server that stops leaves to its next life what it could not release.
func TestRecoverKeepsWhatItHadNoTimeFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		s.store.legs["a"] = true
		ctx, cancel := context.WithCancel(t.Context())
		if err := s.conductor.Recover(ctx, nil, []clickbridge.LegRecord{{ID: "a"}}, nil, &releaser{err: errors.New("no reply")}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		cancel()
		legtest.Elapse(time.Minute)
		if s.store.records() != 1 {
			t.Error("the record is gone")
		}
	})
}

func TestRecover(t *testing.T) {
	now := time.Now()
	attempt := func(p clickbridge.Party, r clickbridge.AttemptResult, answered bool) clickbridge.Attempt {
		a := clickbridge.Attempt{ID: clickbridge.NewAttemptID(), Seq: 1, Party: p, Result: r, StartedAt: now}
		if answered {
			a.AnsweredAt = now
		}
		return a
	}
	for _, tc := range []struct {
		name    string
		order   clickbridge.Order
		change  func(*clickbridge.Call)
		attempt clickbridge.Attempt
		result  clickbridge.Result
		verdict string
		notices int
	}{
		{"queued, type 1", 1, func(*clickbridge.Call) {}, attempt(clickbridge.PartyPhone, "", false), "Interrupted", "phone_to_call Interrupted", 0},
		{"hunting, type 2: owes its notices", 2, func(*clickbridge.Call) {}, attempt(clickbridge.PartyFindMe, "", true), "Interrupted", "findme Interrupted", 1},
		{"a verdict stands", 2, func(*clickbridge.Call) {}, attempt(clickbridge.PartyFindMe, "Busy", false), "Interrupted", "findme Busy", 1},
		{"accepted, type 2: owes nothing", 2, func(c *clickbridge.Call) { c.AcceptedAt, c.HuntEnded = now, now },
			attempt(clickbridge.PartyPhone, "", true), "Interrupted", "phone_to_call Answered", 0},
		{"hunt ended with its notices: not twice", 2, func(c *clickbridge.Call) { c.HuntEnded = now },
			attempt(clickbridge.PartyTransfer, "", false), "Interrupted", "no_answer_phone Interrupted", 0},
		{"finishing: the committed result stands", 1, func(c *clickbridge.Call) { c.Result = clickbridge.ResultNoAnswer },
			attempt(clickbridge.PartyPhone, "Answered", true), "No Answer", "phone_to_call Answered", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, nil)
				c := click(tc.order)
				c.NoAnswer.Email = "sales@example.com"
				tc.change(&c)
				o := store.Orphan{Record: store.Record{Call: c, Attempts: []clickbridge.Attempt{tc.attempt}},
					Legs: []clickbridge.LegRecord{{ID: "a"}}}
				s.store.attempts[tc.attempt.ID] = tc.attempt
				s.store.legs["a"], s.store.legs["stray"] = true, true
				rel := &releaser{}
				err := s.conductor.Recover(t.Context(), []store.Orphan{o}, []clickbridge.LegRecord{{ID: "stray"}},
					func(int64) *clickbridge.Account { return nil }, rel)
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if s.store.call.Result != tc.result || s.store.call.State != clickbridge.CallEnded || len(s.store.notices) != tc.notices {
					t.Errorf("result %q, state %q, %d notices", s.store.call.Result, s.store.call.State, len(s.store.notices))
				}
				if d := cmp.Diff([]string{tc.verdict}, s.store.results()); d != "" {
					t.Error(d)
				}
				if len(rel.ids) != 2 || len(s.store.legs) != 0 {
					t.Errorf("released %q, %d records left", rel.ids, len(s.store.legs))
				}
				if len(s.dialer.Orders()) > 0 {
					t.Error("somebody was rung again")
				}
			})
		})
	}
}

func TestRecoverWhenAnotherNodeWasFaster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		s.store.ended = 1 // Save answers ErrNotOwner
		err := s.conductor.Recover(t.Context(), []store.Orphan{{Record: store.Record{Call: click(2)}}}, nil,
			func(int64) *clickbridge.Account { return nil }, &releaser{})
		if err != nil {
			t.Errorf("err = %v", err)
		}
	})
}

func TestRecoverReportsAStoreThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		s.store.refuse = -1
		err := s.conductor.Recover(t.Context(), []store.Orphan{{Record: store.Record{Call: click(2)}}}, nil,
			func(int64) *clickbridge.Account { return nil }, &releaser{})
		if err == nil || errors.Is(err, store.ErrNotOwner) {
			t.Errorf("err = %v", err)
		}
	})
}

// shelf is what was being recorded when the server died.
type shelf []clickbridge.Recording

func (s shelf) ListRecordings(context.Context, store.RecordingFilter) ([]clickbridge.Recording, error) {
	return s, nil
}

func TestRecoverMailsWhatWasLeft(t *testing.T) {
	at := time.Now()
	ended := func(c *clickbridge.Call) { c.HuntEnded = at }
	decided := func(c *clickbridge.Call) { c.HuntEnded, c.Result = at, clickbridge.ResultNoAnswer }
	recording := func(k clickbridge.RecordingKind, s clickbridge.RecordingState) shelf {
		return shelf{{ID: "rec-1", Kind: k, State: s}}
	}
	for _, tc := range []struct {
		name   string
		order  clickbridge.Order
		change func(*clickbridge.Call)
		shelf  shelf
		gone   bool // the FindMe
		mails  int
		result clickbridge.Result
	}{
		{"while it was being left", 1, decided, recording("voicemail", "recording"), false, 2, "No Answer"},
		{"when it was ready", 2, decided, recording("voicemail", "ready"), false, 2, "No Answer"},
		{"nothing was kept", 1, decided, recording("voicemail", "failed"), false, 0, "No Answer"},
		{"nothing was recorded", 1, decided, nil, false, 0, "No Answer"},
		{"a call was recorded", 1, func(c *clickbridge.Call) { c.HuntEnded, c.AcceptedAt = at, at }, recording("call", "recording"), false, 0, "Interrupted"},
		{"a transfer was recorded", 2, ended, recording("call", "recording"), false, 0, "Interrupted"},
		{"still hunting", 2, func(*clickbridge.Call) {}, recording("voicemail", "recording"), false, 0, "Interrupted"},
		{"the list is gone", 1, decided, recording("voicemail", "recording"), true, 0, "No Answer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, nil, taping(&tapes{}), func(c *callflow.Config) {
					c.Recordings = tc.shelf
					c.FindMe = func(int64) *clickbridge.FindMe {
						if tc.gone {
							return nil
						}
						return list(func(f *clickbridge.FindMe) { f.Settings.End.Emails = []string{"a@example.com", "b@example.com"} })
					}
				})
				c := click(tc.order)
				c.NoAnswer.Email = "sales@example.com"
				tc.change(&c)
				err := s.conductor.Recover(t.Context(), []store.Orphan{{Record: store.Record{Call: c}}}, nil,
					func(int64) *clickbridge.Account { return nil }, &releaser{})
				if err != nil {
					t.Fatal(err)
				}
				mails := 0
				for _, n := range s.store.notices {
					if n.Recording == "rec-1" {
						mails++
					}
				}
				if mails != tc.mails || s.store.call.Result != tc.result {
					t.Errorf("%d mails, result %q; want %d, %q", mails, s.store.call.Result, tc.mails, tc.result)
				}
				if owed := len(s.store.notices) - mails; (owed == 1) != (tc.name == "still hunting") {
					t.Errorf("%d notices besides", owed)
				}
			})
		})
	}
}

// What is said and done beside a call is cut with it: nothing lives on.
func TestDrainCutsWhatIsSaid(t *testing.T) {
	voicemail := clickbridge.EndOfList{Action: clickbridge.EndVoicemail, Emails: []string{"a@example.com"}}
	for _, tc := range []struct {
		name   string
		at     time.Duration
		change func(*clickbridge.FindMe)
		result clickbridge.Result
		mails  int
	}{
		{"the name", 5 * time.Second, func(f *clickbridge.FindMe) { f.Settings.Screen.Method = clickbridge.ScreenName }, "Interrupted", 0},
		{"the announcement", 3500 * time.Millisecond, func(f *clickbridge.FindMe) {
			f.Settings.Record.On, f.Numbers[0].Number = true, agent(1)
		}, "Interrupted", 0},
		{"the request for a message", 3 * time.Second, func(f *clickbridge.FindMe) { f.Settings.End = voicemail }, "No Answer", 0},
		{"the message", 11 * time.Second, func(f *clickbridge.FindMe) { f.Settings.End = voicemail }, "No Answer", 1},
		{"that it is taken", 2500 * time.Millisecond, func(f *clickbridge.FindMe) {
			f.Numbers = append(f.Numbers, clickbridge.FindMeNumber{Number: agent(1)}, clickbridge.FindMeNumber{Number: agent(2)})
			atOnce(f)
		}, "Interrupted", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &tapes{message: time.Minute}
				s := newStage(t, map[clickbridge.Number]legtest.Phone{
					phone: {}, agent(0): busy, agent(1): {Ring: time.Second, Keys: "1", KeyAfter: time.Second}, agent(2): answers}, voiced, taping(r))
				s.start(click(clickbridge.PhoneFirst), list(tc.change, agent(0)))
				legtest.Elapse(tc.at)
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				begin := time.Now()
				if cut := s.conductor.Drain(ctx); cut != 1 {
					t.Errorf("cut %d calls", cut)
				}
				if took := time.Since(begin); took > 100*time.Millisecond {
					t.Errorf("the cut took %v", took)
				}
				s.end()
				if s.store.call.Result != tc.result || len(s.store.notices) != tc.mails {
					t.Errorf("%s, %d mails; want %s, %d", s.store.call.Result, len(s.store.notices), tc.result, tc.mails)
				}
			})
		})
	}
}
