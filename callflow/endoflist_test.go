package callflow_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/leg/legtest"
)

// finale is what came of a call that found nobody.
type finale struct {
	Result   clickbridge.Result
	Attempts string // parties and results after the hunt
	Customer string // the last clips phone_to_call heard; "" = not asked for
	Mails    int    // with a recording
	Later    time.Duration
	Note     string // part of one
}

func TestEndOfList(t *testing.T) {
	transfer := clickbridge.EndOfList{Action: clickbridge.EndTransfer, Number: desk}
	voicemail := clickbridge.EndOfList{Action: clickbridge.EndVoicemail, Emails: []string{"a@example.com", "b@example.com"}}
	later := clickbridge.EndOfList{Action: clickbridge.EndCallLater, After: 45 * time.Minute}
	type phones = map[clickbridge.Number]legtest.Phone
	stays := legtest.Phone{HangupAfter: 10 * time.Minute}
	for _, tc := range []struct {
		name   string
		order  clickbridge.Order
		end    clickbridge.EndOfList
		change func(*clickbridge.Call, *clickbridge.FindMe)
		phones phones
		tapes  *tapes
		want   finale
	}{
		{"1: an apology", 1, clickbridge.EndOfList{}, nil, phones{phone: stays}, nil,
			finale{Result: "No Answer", Customer: "hold en/nobody-available"}},
		{"1: an own apology", 1, clickbridge.EndOfList{}, func(_ *clickbridge.Call, f *clickbridge.FindMe) {
			f.Settings.Voice.ApologyText = "sorry"
		}, phones{phone: stays}, nil, finale{Result: "No Answer", Customer: "hold en: sorry"}},
		{"1: no passes at all", 1, clickbridge.EndOfList{}, func(_ *clickbridge.Call, f *clickbridge.FindMe) { f.LoopCount = 0 },
			phones{phone: stays}, nil, finale{Result: "No Answer", Customer: "en/nobody-available"}},
		{"1: transferred", 1, transfer, nil, phones{phone: stays, desk: {Ring: time.Second, HangupAfter: time.Minute}}, nil,
			finale{Result: "Transferred", Attempts: "no_answer_phone Answered", Customer: "hold ringback-us"}},
		{"1: the transfer is busy", 1, transfer, nil, phones{phone: stays, desk: busy}, nil,
			finale{Result: "No Answer", Attempts: "no_answer_phone Busy", Customer: "ringback-us en/nobody-available", Note: "not bridged: busy"}},
		{"1: leaves while transferred", 1, transfer, nil, phones{phone: {HangupAfter: 20 * time.Second}, desk: rings}, nil,
			finale{Result: "Canceled", Attempts: "no_answer_phone Canceled"}},
		{"1: a message", 1, voicemail, nil, phones{phone: stays}, &tapes{message: 9 * time.Second},
			finale{Result: "No Answer", Customer: "en/nobody-now en/leave-message beep en/goodbye", Mails: 2, Note: "a message of 9 s was left"}},
		{"1: a message after an own apology", 1, voicemail, func(_ *clickbridge.Call, f *clickbridge.FindMe) {
			f.Settings.Voice.ApologyAudio = "sorry"
		}, phones{phone: stays}, &tapes{message: 9 * time.Second},
			finale{Result: "No Answer", Customer: "7/sorry en/leave-message beep en/goodbye", Mails: 2}},
		{"1: a message after a long apology", 1, voicemail, func(_ *clickbridge.Call, f *clickbridge.FindMe) {
			f.Settings.Voice.ApologyAudio = "longer"
		}, phones{phone: stays}, &tapes{message: 9 * time.Second},
			finale{Result: "No Answer", Customer: "longer en/leave-message beep en/goodbye", Mails: 2}},
		{"1: a message as long as may be", 1, voicemail, nil, phones{phone: stays}, &tapes{message: time.Hour},
			finale{Result: "No Answer", Mails: 2, Note: "a message of 180 s was left"}},
		{"1: no message", 1, voicemail, nil, phones{phone: stays}, &tapes{},
			finale{Result: "No Answer", Note: "no message was left"}},
		{"1: the message cannot be kept", 1, voicemail, nil, phones{phone: stays}, &tapes{err: errAway},
			finale{Result: "No Answer", Customer: "en/leave-message beep en/nobody-available", Note: "the message: disk on fire"}},
		{"1: hangs up instead of speaking", 1, voicemail, nil, phones{phone: {HangupAfter: 8 * time.Second}}, &tapes{message: time.Second},
			finale{Result: "No Answer"}},
		{"1: a message, and nothing records", 1, voicemail, nil, phones{phone: stays}, nil,
			finale{Result: "No Answer", Customer: "hold en/nobody-available", Note: "nothing is recorded here"}},
		{"1: called later", 1, later, nil, phones{phone: stays}, nil,
			finale{Result: "No Answer", Customer: "hold en/call-you-back", Later: 45 * time.Minute}},
		{"1: called later already", 1, later, func(c *clickbridge.Call, _ *clickbridge.FindMe) { c.Callback = "cb-1" },
			phones{phone: stays}, nil, finale{Result: "No Answer", Customer: "hold en/nobody-available"}},
		{"1: has opted out", 1, later, func(c *clickbridge.Call, _ *clickbridge.FindMe) { c.Ref = "opted out" },
			phones{phone: stays}, nil, finale{Result: "No Answer", Customer: "hold en/nobody-available", Note: "opted out"}},
		{"1: may never be called", 1, later, func(c *clickbridge.Call, _ *clickbridge.FindMe) { c.Phone = "+80012345678" },
			phones{"+80012345678": stays}, nil, finale{Result: "No Answer", Note: "no hour in which"}},

		{"2: nothing more", 2, clickbridge.EndOfList{}, nil, nil, nil, finale{Result: "No Answer"}},
		{"2: transferred", 2, transfer, nil, phones{desk: answers, phone: {HangupAfter: time.Minute}}, nil,
			finale{Result: "Transferred", Attempts: "no_answer_phone Answered, phone_to_call Answered"}},
		{"2: what the click says comes first", 2, voicemail, func(c *clickbridge.Call, _ *clickbridge.FindMe) { c.NoAnswer.Phone = desk },
			phones{desk: busy}, &tapes{message: time.Second}, finale{Result: "No Answer", Attempts: "no_answer_phone Busy", Note: "not bridged"}},
		{"2: and is not called later too", 2, later, func(c *clickbridge.Call, _ *clickbridge.FindMe) { c.NoAnswer.Phone = desk },
			phones{desk: busy}, nil, finale{Result: "No Answer", Attempts: "no_answer_phone Busy"}},
		{"2: a message", 2, voicemail, nil, phones{phone: stays}, &tapes{message: 9 * time.Second},
			finale{Result: "No Answer", Attempts: "phone_to_call Answered", Customer: "en/nobody-now en/leave-message beep en/goodbye", Mails: 2}},
		{"2: not reached for a message", 2, voicemail, nil, phones{phone: busy}, &tapes{message: 9 * time.Second},
			finale{Result: "No Answer", Attempts: "phone_to_call Busy", Note: "not reached for a message"}},
		{"2: called later", 2, later, nil, nil, nil, finale{Result: "No Answer", Later: 45 * time.Minute}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// 18:00 UTC: the sample numbers may be called all over America.
				legtest.Elapse(18 * time.Hour)
				ps := phones{agent(0): {Ring: 5 * time.Second, Fail: clickbridge.SIPCause(486, "", true)}}
				for n, p := range tc.phones {
					ps[n] = p
				}
				a := &archive{}
				s := newStage(t, ps, voiced, remembering(a))
				if tc.tapes != nil {
					s.rebuild(voiced, remembering(a), taping(tc.tapes))
				}
				c := click(tc.order)
				c.NoAnswer.Email = "sales@example.com"
				f := list(func(f *clickbridge.FindMe) { f.Settings.End = tc.end }, agent(0))
				if tc.change != nil {
					tc.change(&c, f)
				}
				if c.Ref == "opted out" {
					a.out = map[clickbridge.Number]bool{phone: true}
				}
				s.start(c, f)
				s.end()
				if d := cmp.Diff(tc.want, s.finale(tc.want)); d != "" {
					t.Errorf("%s\nnotes %q", d, s.store.call.Notes)
				}
				if tc.tapes != nil && tc.tapes.hasty {
					t.Error("recorded before the beep")
				}
				if notices := len(s.store.notices) - tc.want.Mails; notices != 1 {
					t.Errorf("%d notices besides the mails", notices)
				}
			})
		})
	}
}

// finale returns what came of the call, as far as it is wanted.
func (s *stage) finale(want finale) finale {
	got := finale{Result: s.store.call.Result}
	var after []string
	for i, r := range s.store.results() {
		if !strings.HasPrefix(r, "findme ") && (i > 0 || !strings.HasPrefix(r, "phone_to_call")) {
			after = append(after, r)
		}
	}
	got.Attempts = strings.Join(after, ", ")
	if want.Customer != "" {
		names := heard(s.leg(phone))
		got.Customer = strings.Join(names[max(0, len(names)-1-strings.Count(want.Customer, " ")):], " ")
		if strings.Contains(want.Customer, ": ") { // a clip's name has a space of its own
			got.Customer = strings.Join(names[len(names)-2:], " ")
		}
	}
	for _, n := range s.store.notices {
		if n.Recording != "" {
			got.Mails++
		}
	}
	if l := s.store.call.Later; l != nil {
		got.Later = l.DueAt.Sub(s.store.call.HuntEnded)
	}
	if strings.Contains(strings.Join(s.store.call.Notes, "; "), want.Note) {
		got.Note = want.Note
	}
	return got
}

func TestWhatIsOwedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // midnight UTC of a Saturday: 17:00 on Friday in Denver
		s := newStage(t, map[clickbridge.Number]legtest.Phone{agent(0): busy})
		c := click(clickbridge.FindMeFirst)
		c.KeyName, c.Page, c.Ref, c.NoAnswer.Email = "shop", "Lead.html", "lead-1", "sales@example.com"
		c.Phone = "+17205550101"
		s.start(c, list(func(f *clickbridge.FindMe) {
			f.Settings.End = clickbridge.EndOfList{Action: clickbridge.EndCallLater, After: 6 * time.Hour}
		}, agent(0)))
		s.end()
		got := *s.store.call.Later
		// 23:01 in Denver is too late: 8:00 the next day.
		want := clickbridge.Callback{
			ID: got.ID, CallID: c.ID, AccountID: 7, FindMeID: 98765, Order: clickbridge.FindMeFirst, Phone: c.Phone,
			FirstCallerID: first, SecondCallerID: secnd, KeyName: "shop", Page: "Lead.html", Ref: "lead-1", NoAnswer: c.NoAnswer,
			State: clickbridge.CallbackWaiting, Tries: 1, Text: "nobody accepted", CreatedAt: got.CreatedAt,
			DueAt: time.Date(2000, 1, 1, 15, 0, 0, 0, time.UTC),
		}
		if d := cmp.Diff(want, got, cmp.Transformer("utc", time.Time.UTC)); d != "" {
			t.Error(d)
		}
		if got.ID == "" || len(s.store.notices) != 1 {
			t.Errorf("id %q, %d notices", got.ID, len(s.store.notices))
		}
	})
}

// The end of a list is committed before anybody hears of it.
func TestEndIsCommittedBeforeItIsTold(t *testing.T) {
	voicemail := clickbridge.EndOfList{Action: clickbridge.EndVoicemail, Emails: []string{"a@example.com"}}
	for _, tc := range []struct {
		order clickbridge.Order
		end   clickbridge.EndOfList
	}{{1, clickbridge.EndOfList{}}, {1, voicemail}, {1, clickbridge.EndOfList{Action: clickbridge.EndCallLater}}, {2, voicemail}} {
		synctest.Test(t, func(t *testing.T) {
			legtest.Elapse(18 * time.Hour)
			s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: {HangupAfter: time.Minute}, agent(0): busy}, taping(&tapes{message: time.Second}))
			told := false
			s.store.onSave = func(c clickbridge.Call) {
				if c.Result != clickbridge.ResultNoAnswer || c.State == clickbridge.CallEnded {
					return
				}
				told = true
				for _, l := range s.dialer.Legs() {
					if played := heard(l); played[len(played)-1] != "en/greeting" {
						t.Errorf("heard %q before the commit", played)
					}
				}
				if (c.Later != nil) != (tc.end.Action == clickbridge.EndCallLater) {
					t.Errorf("later: %+v", c.Later)
				}
			}
			s.start(click(tc.order), list(func(f *clickbridge.FindMe) { f.Settings.End = tc.end }, agent(0)))
			s.end()
			if !told {
				t.Errorf("type %d, %q: the end was not committed on its own", tc.order, tc.end.Action)
			}
		})
	}
}
