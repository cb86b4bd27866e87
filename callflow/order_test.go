package callflow_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/leg/legtest"
)

func TestWhoIsRungFirst(t *testing.T) {
	abc := []clickbridge.Number{agent(0), agent(1), agent(2)}
	for _, tc := range []struct {
		name    string
		change  func(*clickbridge.FindMe)
		archive *archive
		want    string // the agents' last digits, as dialled
		note    string
	}{
		{"in order", func(*clickbridge.FindMe) {}, &archive{turns: 1}, "012", ""},
		{"round robin", func(f *clickbridge.FindMe) { f.Settings.Strategy = clickbridge.RoundRobin }, &archive{turns: 4}, "120", ""},
		{"least recent", func(f *clickbridge.FindMe) { f.Settings.Strategy = clickbridge.LeastRecent },
			&archive{last: map[clickbridge.Number]time.Time{agent(0): time.Unix(9, 0), agent(1): time.Unix(3, 0)}}, "210", ""},
		{"who they know", func(f *clickbridge.FindMe) { f.Settings.StickyDays = 30 }, &archive{sticky: agent(2)}, "201", ""},
		{"whom they do not know", func(f *clickbridge.FindMe) { f.Settings.StickyDays = 30 }, &archive{}, "012", ""},
		{"opted out", func(*clickbridge.FindMe) {}, &archive{out: map[clickbridge.Number]bool{agent(1): true}}, "02", ""},
		{"paused", func(f *clickbridge.FindMe) { f.Numbers[0].Paused = true }, &archive{}, "12", ""},
		{"a store that does not answer", func(f *clickbridge.FindMe) {
			f.Settings.Strategy, f.Settings.StickyDays = clickbridge.RoundRobin, 7
		}, &archive{turns: 4, hangs: true}, "012", "is not known"},
		{"nothing is remembered", func(f *clickbridge.FindMe) { f.Settings.Strategy = clickbridge.RoundRobin }, nil, "012", "not remembered"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, map[clickbridge.Number]legtest.Phone{agent(0): busy, agent(1): busy, agent(2): busy})
				if tc.archive != nil {
					s.rebuild(remembering(tc.archive))
				}
				begin := time.Now()
				s.start(click(clickbridge.FindMeFirst), list(tc.change, abc...))
				s.end()
				var got strings.Builder
				for _, n := range s.dialled() {
					got.WriteString(n[len(n)-1:])
				}
				if got.String() != tc.want {
					t.Errorf("dialled %s, want %s", got.String(), tc.want)
				}
				if took := time.Since(begin) - time.Duration(len(tc.want))*time.Second; took > time.Second {
					t.Errorf("the hunt waited %v for the store", took)
				}
				if notes := strings.Join(s.store.call.Notes, "; "); !strings.Contains(notes, tc.note) || (tc.note == "" && notes != "") {
					t.Errorf("notes: %s", notes)
				}
			})
		})
	}
}

func TestHuntsAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &archive{}
		s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: answers, agent(0): busy, agent(1): accepts}, remembering(a))
		s.start(click(clickbridge.PhoneFirst), list(func(f *clickbridge.FindMe) {
			f.Settings.Strategy, f.Settings.StickyDays = clickbridge.LeastRecent, 5
		}, agent(0), agent(1), agent(2)))
		s.end()
		want := []string{"rung " + string(agent(0)), "rung " + string(agent(1)), string(agent(1) + " talked to " + phone)}
		if d := cmp.Diff(want, a.told); d != "" {
			t.Error(d)
		}
	})
}

// A busy list does not ask the store at every click who has opted out; one of a
// new directory asks at once.
func TestOptOutsAreAskedForNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &archive{}
		s := newStage(t, map[clickbridge.Number]legtest.Phone{agent(0): gone}, remembering(a))
		f := findMe(1, agent(0))
		hunt := func(f *clickbridge.FindMe) {
			<-s.conductor.Conduct(click(clickbridge.FindMeFirst), &clickbridge.Account{ID: 7, Country: "US"}, f)
			synctest.Wait()
			s.store.mu.Lock()
			defer s.store.mu.Unlock()
			s.store.ended = 0
		}
		for range 5 {
			hunt(f)
		}
		if a.asked != 1 {
			t.Errorf("asked %d times", a.asked)
		}
		a.out = map[clickbridge.Number]bool{agent(0): true}
		changed := *f
		hunt(&changed)
		hunt(&changed)
		if a.asked != 2 || len(s.dialer.Orders()) != 5 {
			t.Errorf("asked %d times, dialled %d", a.asked, len(s.dialer.Orders()))
		}
	})
}

func TestShifts(t *testing.T) {
	// A bubble begins at midnight UTC of Saturday, 2000-01-01: in Chicago it is
	// 18:00 on Friday.
	friday := func(zone string, from, to int) *clickbridge.Schedule {
		return &clickbridge.Schedule{TimeZone: zone, Hours: []clickbridge.Hours{{Day: time.Friday, From: from * 60, To: to * 60}}}
	}
	for _, tc := range []struct {
		name   string
		change func(*clickbridge.FindMe)
		want   []string
	}{
		{"always", func(*clickbridge.FindMe) {}, []string{"Busy", "Busy"}},
		{"one line is closed in its own zone", func(f *clickbridge.FindMe) { f.Numbers[0].Schedule = friday("America/Chicago", 8, 17) }, []string{"Not On Shift", "Busy"}},
		{"and open in another", func(f *clickbridge.FindMe) { f.Numbers[0].Schedule = friday("America/Los_Angeles", 8, 17) }, []string{"Busy", "Busy"}},
		{"in the account's zone", func(f *clickbridge.FindMe) { f.Numbers[0].Schedule = friday("", 8, 24) }, []string{"Not On Shift", "Busy"}},
		{"in the list's zone", func(f *clickbridge.FindMe) {
			f.Settings.Schedule = &clickbridge.Schedule{TimeZone: "America/Los_Angeles"}
			f.Numbers[0].Schedule = friday("", 8, 17)
		}, []string{"Busy", "Busy"}},
		{"the list is closed", func(f *clickbridge.FindMe) { f.Settings.Schedule = friday("", 8, 17) }, []string{"Not On Shift", "Not On Shift"}},
		{"a closed date", func(f *clickbridge.FindMe) {
			f.Settings.Schedule = &clickbridge.Schedule{Closed: []string{"2000-01-01"}}
		}, []string{"Not On Shift", "Not On Shift"}},
		{"nobody, however many passes", func(f *clickbridge.FindMe) {
			f.LoopCount = 5
			f.Settings.Schedule = friday("", 8, 17)
		}, []string{"Not On Shift", "Not On Shift"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, map[clickbridge.Number]legtest.Phone{agent(0): busy, agent(1): busy})
				c := click(clickbridge.FindMeFirst)
				c.NoAnswer.Email = "sales@example.com"
				s.start(c, list(tc.change, agent(0), agent(1)))
				s.end()
				var got []string
				for _, r := range s.store.results() {
					got = append(got, strings.TrimPrefix(r, "findme "))
				}
				if d := cmp.Diff(tc.want, got); d != "" {
					t.Error(d)
				}
				for _, a := range s.store.attempts {
					if a.Result == clickbridge.AttemptNotOnShift && a.RingSeconds() != 0 {
						t.Errorf("%s rang %v s", a.Number, a.RingSeconds())
					}
				}
				if body := s.store.notices[0].Body; body != strings.Join(got, "\n")+"\n" {
					t.Errorf("notice: %q", body)
				}
				if !slices.Contains(tc.want, "Busy") && s.replyAt > time.Second {
					t.Errorf("the end of the list came after %v", s.replyAt)
				}
			})
		})
	}
}

// Skipped lines are on record before somebody else is rung for long: a crash
// must not leave them out of the notice.
func TestSkippedLinesAreCommittedWhileOthersRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{agent(1): rings})
		s.start(click(clickbridge.FindMeFirst), list(func(f *clickbridge.FindMe) {
			f.Numbers[0].Schedule = &clickbridge.Schedule{Hours: []clickbridge.Hours{{Day: time.Monday, To: 60}}}
		}, agent(0), agent(1)))
		legtest.Elapse(time.Second)
		s.store.mu.Lock()
		if n := len(s.store.attempts); n != 2 {
			t.Errorf("%d attempts on record", n)
		}
		s.store.mu.Unlock()
		s.end()
	})
}
