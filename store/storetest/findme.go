package storetest

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"clickbridge"
	"clickbridge/store"
)

// full is a FindMe with every setting.
func full() clickbridge.FindMe {
	once := clickbridge.HoldOnce
	week := &clickbridge.Schedule{
		TimeZone: "America/Chicago", Closed: []string{"2026-12-25"},
		Hours: []clickbridge.Hours{{Day: time.Monday, From: 540, To: 1020}, {Day: time.Saturday, From: 1320, To: 120}},
	}
	return clickbridge.FindMe{
		ID: 4711, Name: "Full", Timeout: 20 * time.Second, LoopCount: 5,
		Numbers: []clickbridge.FindMeNumber{
			{Number: "+15558688950", Name: "Desk ☎", Timeout: 10 * time.Second, Delay: 1500 * time.Millisecond, Weight: 3,
				Paused: true, Extension: "12,#A", ExtensionWait: 2 * time.Second, Schedule: week},
			{Number: "+15551110002", Schedule: &clickbridge.Schedule{}},
			{Number: "+15551110003"},
		},
		Settings: clickbridge.FindMeSettings{
			Strategy: clickbridge.WeightedOrder, Simul: 4, Group: true, Schedule: week, AllowBusy: true, DeclineEndsHunt: true,
			StickyDays: 30, AutoAccept: clickbridge.AcceptLastUnasked, DetectMachine: true,
			Screen: clickbridge.Screening{Method: clickbridge.ScreenText, Text: "{name} <é> \"x\"", Audio: "whisper", AcceptKey: '5',
				DeclineKey: '*', PassKey: '#', OptOutKey: '9', Tries: 5, TryTime: 2 * time.Second},
			Hold:   clickbridge.Hold{Music: "music", Repeat: &once},
			Voice:  clickbridge.Voice{Language: "de", GreetingText: "hallo", GreetingAudio: "g", PromptText: "p", ApologyText: "a", ApologyAudio: "b"},
			Record: clickbridge.RecordSettings{On: true, Announce: clickbridge.AnnounceAgent, Keep: 24 * time.Hour},
			End: clickbridge.EndOfList{Action: clickbridge.EndCallLater, Number: "+15551110004", Emails: []string{"a@example.com"},
				MaxMessage: time.Minute, After: time.Hour, NextOpen: true, MaxCalls: 2, From: 540, To: 1200},
		},
	}
}

func testSettings(t *testing.T, s Subject) {
	a, f, plain := example(), full(), sales()
	apply(t, s, putAccount(a), putFindMe(a.Name, f), putFindMe(a.Name, plain))
	sameDirectory(t, "all settings", directory(t, s), []clickbridge.Account{a}, nil, []clickbridge.FindMe{f, plain})

	f.Numbers[0].Name, f.Numbers[0].Schedule.Closed = "d\x00\xff", []string{}
	f.Settings.Screen.Text, f.Settings.End.Emails = "x\x00\xff\xfey", []string{"\x00"}
	apply(t, s, putFindMe(a.Name, f))
	f.Numbers[0].Name, f.Numbers[0].Schedule.Closed = "d\uFFFD", nil
	f.Settings.Screen.Text, f.Settings.End.Emails = "x\uFFFDy", []string{""}
	sameDirectory(t, "odd bytes", directory(t, s), []clickbridge.Account{a}, nil, []clickbridge.FindMe{f, plain})

	f.Settings = clickbridge.FindMeSettings{End: clickbridge.EndOfList{Emails: []string{}}}
	apply(t, s, putFindMe(a.Name, f))
	f.Settings = clickbridge.FindMeSettings{}
	got := directory(t, s).FindMes[0]
	got.AccountID = 0
	same(t, "none, and no empty list", got, f)
}

func putAudio(owner string, a clickbridge.Audio) clickbridge.Change {
	return clickbridge.Change{Op: clickbridge.OpPut, Owner: owner, Audio: &a}
}

// audioIs compares a clip, and its line in the directory.
func audioIs(t *testing.T, what string, s store.Store, want clickbridge.Audio) {
	t.Helper()
	got, err := s.Audio(context.Background(), want.AccountID, want.Name)
	ok(t, err)
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(want, "ULaw")); d != "" || !bytes.Equal(got.ULaw, want.ULaw) {
		t.Errorf("%s: %d bytes of sound, want %d\n%s", what, len(got.ULaw), len(want.ULaw), d)
	}
	for _, line := range directory(t, s).Audio {
		if line.AccountID == want.AccountID && line.Name == want.Name {
			want.ULaw = nil
			same(t, what+" in the directory", line, want)
			return
		}
	}
	t.Errorf("%s: it is not in the directory", what)
}

func testAudio(t *testing.T, s Subject) {
	ctx := context.Background()
	a, b := example(), example()
	b.Name = "Other"
	apply(t, s, putAccount(a), putAccount(b))
	ids := directory(t, s).Accounts
	sound := make([]byte, 1<<20)
	for i := range sound {
		sound[i] = byte(i * i >> 3)
	}
	clip := clickbridge.Audio{Name: "Größe '\"", SHA256: "ab", Length: 131072 * time.Millisecond, ULaw: sound}
	apply(t, s, putAudio(a.Name, clip))
	clip.AccountID = ids[0].ID
	audioIs(t, "1 MB", s, clip)

	clip.ULaw, clip.SHA256, clip.Length = []byte{0, 255}, "cd", 250*time.Microsecond
	apply(t, s, putAudio(a.Name, clip), putAudio(b.Name, clip))
	audioIs(t, "replaced", s, clip)
	clip.AccountID = ids[1].ID
	audioIs(t, "the same name of another account", s, clip)
	clip.Name, clip.ULaw = "empty\x00", nil
	apply(t, s, putAudio(b.Name, clip))
	clip.Name = "empty"
	audioIs(t, "silence", s, clip)

	for what, change := range map[string]clickbridge.Change{
		"a clip of nobody": putAudio("Nobody", clip), "an empty change": {Op: clickbridge.OpPut, Owner: a.Name},
	} {
		before := directory(t, s)
		if err := s.Apply(ctx, []clickbridge.Change{putAudio(a.Name, clip), change}); err == nil {
			t.Errorf("%s was applied", what)
		}
		same(t, what, directory(t, s), before)
	}
	del := putAudio(b.Name, clip)
	del.Op = clickbridge.OpDelete
	other := del
	other.Owner = "Nobody"
	apply(t, s, del, del, other)
	if _, err := s.Audio(ctx, clip.AccountID, clip.Name); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a deleted clip: %v", err)
	}
	if n := len(directory(t, s).Audio); n != 2 {
		t.Errorf("%d clips are left of 2", n)
	}
}

// testAccountTakes: what an account had goes with it, and what a FindMe
// remembers with that.
func testAccountTakes(t *testing.T, s Subject) {
	ctx := context.Background()
	a, b, f := example(), example(), sales()
	b.Name = "Other"
	apply(t, s, putAccount(a), putAccount(b), putFindMe(a.Name, f), putAudio(a.Name, clickbridge.Audio{Name: "x"}), putAudio(b.Name, clickbridge.Audio{Name: "x"}))
	ids := directory(t, s).Accounts
	var owed []clickbridge.Callback
	for _, acc := range ids {
		owed = append(owed, owe(t, s, call(acc.ID, start)))
		ok(t, s.OptOut(ctx, clickbridge.OptOut{AccountID: acc.ID, Number: "+15551112222", At: start}))
		s.Rung(acc.ID, "+15558688950", start)
	}
	remembers := func() {
		s.Talked(f.ID, "+15551112222", "+15558688950", start)
		ok(t, second(s.LastAgent(ctx, f.ID, "+15551112222", start)))
		ok(t, second(s.Turn(ctx, f.ID)))
	}
	forgot := func(what string) {
		t.Helper()
		_, err := s.LastAgent(ctx, f.ID, "+15551112222", time.Time{})
		if n, turn := s.Turn(ctx, f.ID); !errors.Is(err, store.ErrNotFound) || turn != nil || n != 0 {
			t.Errorf("%s: the next of that id has a past: %v, turn %d, %v", what, err, n, turn)
		}
	}
	del := func(c clickbridge.Change) clickbridge.Change { c.Op = clickbridge.OpDelete; return c }
	remembers()
	apply(t, s, del(putFindMe(b.Name, f))) // not theirs
	ok(t, second(s.LastAgent(ctx, f.ID, "+15551112222", start)))
	if n, err := s.Turn(ctx, f.ID); n != 1 || err != nil {
		t.Errorf("turn %d, %v", n, err)
	}
	apply(t, s, del(putFindMe(a.Name, f)))
	forgot("a deleted FindMe")
	apply(t, s, putFindMe(a.Name, f))
	remembers()
	apply(t, s, del(putAccount(a)))
	forgot("a FindMe of a deleted account")

	owed[0].State, owed[0].Text = clickbridge.CallbackCanceled, "the account was deleted"
	callbacks(t, "canceled", s, clickbridge.CallbackCanceled, owed[0])
	callbacks(t, "another account's", s, clickbridge.CallbackWaiting, owed[1])
	outs, err := s.OptOuts(ctx, 0)
	ok(t, err)
	rung, err := s.LastRung(ctx, ids[0].ID, []clickbridge.Number{"+15558688950"})
	ok(t, err)
	d := directory(t, s)
	if len(outs) != 1 || len(rung) != 0 || len(d.Audio) != 1 || d.Audio[0].AccountID != ids[1].ID {
		t.Errorf("left: %+v %+v %+v", outs, rung, d.Audio)
	}
}

// second is the error of what returns two values.
func second[T any](_ T, err error) error { return err }
