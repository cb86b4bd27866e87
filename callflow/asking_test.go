package callflow_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/callflow"
	"clickbridge/leg/legtest"
)

func TestWhatAnAgentIsAsked(t *testing.T) {
	screening := func(s clickbridge.Screening) func(*clickbridge.FindMe) {
		return func(f *clickbridge.FindMe) { f.Settings.Screen = s }
	}
	text := clickbridge.ScreenText
	digits := "5 5 5, 1 1 1, 2 2 2 2"
	for _, tc := range []struct {
		name   string
		change func(*clickbridge.FindMe)
		mute   bool     // nothing can speak
		want   []string // the beginning of what is heard, digits and pauses left out
		note   string
	}{
		{"who is calling", func(*clickbridge.FindMe) {}, false, []string{"en/call-from", "en/press", "en/press-again"}, ""},
		{"a hunt group", func(f *clickbridge.FindMe) { f.Settings.Group = true }, false, []string{"en/call-from-group", "en/press"}, ""},
		{"another language", func(f *clickbridge.FindMe) { f.Settings.Voice.Language = "de" }, false, []string{"de/call-from", "de/press"}, ""},
		{"only the keys", screening(clickbridge.Screening{Method: clickbridge.ScreenNone}), false, []string{"en/press", "en/press-again"}, ""},
		{"own keys", screening(clickbridge.Screening{Method: clickbridge.ScreenNone, AcceptKey: '5', OptOutKey: '9'}), false,
			[]string{"en/to-accept", "en/to-decline", "en/to-opt-out", "en/to-accept"}, ""},
		{"a whispered text", screening(clickbridge.Screening{Method: text, Text: "{name}: {number}, {ref}, {page}"}), false,
			[]string{"en: Sales: " + digits + ", lead-1, Lead.html", "en/press", "en/press-again"}, ""},
		{"a whispered clip", screening(clickbridge.Screening{Method: clickbridge.ScreenAudio, Audio: "new-lead"}), false, []string{"7/new-lead", "en/press"}, ""},
		{"a text that fails", screening(clickbridge.Screening{Method: text, Text: "fail"}), false, []string{"en/call-from", "en/press"}, "the whisper text: mute today"},
		{"a text that takes too long", screening(clickbridge.Screening{Method: text, Text: "hang"}), false, []string{"ringback-us", "en/call-from", "en/press"}, "not ready in time"},
		{"a text, and nothing can speak", screening(clickbridge.Screening{Method: text, Text: "hello"}), true, []string{"en/call-from", "en/press"}, "nothing here can speak"},
		{"a clip that is gone", screening(clickbridge.Screening{Method: clickbridge.ScreenAudio, Audio: "fail"}), false, []string{"en/call-from", "en/press"}, "the whisper: not found"},
		{"a name nobody is there to say", screening(clickbridge.Screening{Method: clickbridge.ScreenName}), false, []string{"en/call-from", "en/press"}, "nobody is there to say their name"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, map[clickbridge.Number]legtest.Phone{agent(0): voicemail})
				if !tc.mute {
					s.rebuild(voiced)
				}
				c := click(clickbridge.FindMeFirst)
				c.Ref, c.Page = "lead-1", "Lead.html"
				s.start(c, list(tc.change, agent(0)))
				s.end()
				got := heard(s.leg(agent(0)))
				if d := cmp.Diff(tc.want, got[:min(len(got), len(tc.want))]); d != "" {
					t.Error(d)
				}
				if notes := strings.Join(s.store.call.Notes, "; "); !strings.Contains(notes, tc.note) || (tc.note == "" && notes != "") {
					t.Errorf("notes: %s", notes)
				}
			})
		})
	}
}

func TestCallerSaysTheirName(t *testing.T) {
	for _, tc := range []struct {
		name string
		says []byte
		want []string
		note string
	}{
		{"a name", append(make([]byte, 8000*8), noise(time.Second)...), []string{"en/call-from", "caller-name", "en/press"}, ""},
		{"nothing", nil, []string{"en/call-from", "en/press"}, "the caller said no name"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for i := range min(len(tc.says), 8000*8) {
					tc.says[i] = 0xFF
				}
				s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: {Says: tc.says, HangupAfter: time.Minute}, agent(0): voicemail})
				s.start(click(clickbridge.PhoneFirst), list(func(f *clickbridge.FindMe) {
					f.Settings.Screen.Method = clickbridge.ScreenName
				}, agent(0)))
				legtest.Elapse(6 * time.Second)
				if len(s.dialled()) > 0 {
					t.Error("an agent is rung before there is a name")
				}
				s.end()
				got := heard(s.leg(agent(0)))
				if d := cmp.Diff(tc.want, got[:min(len(got), len(tc.want))]); d != "" {
					t.Error(d)
				}
				if d := cmp.Diff([]string{"en/greeting", "en/say-name", "beep", "hold"}, heard(s.leg(phone))[:4]); d != "" {
					t.Error(d)
				}
				if !strings.Contains(strings.Join(s.store.call.Notes, ";"), tc.note) {
					t.Errorf("notes: %q", s.store.call.Notes)
				}
			})
		})
	}
}

// noise is µ-law as loud as speech.
func noise(d time.Duration) []byte {
	return slices.Repeat([]byte{0x90, 0x90, 0x10, 0x10}, int(d*2000/time.Second))
}

func TestCallerWhoLeavesWhileSayingTheirName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: {HangupAfter: 2 * time.Second}})
		s.start(click(clickbridge.PhoneFirst), list(func(f *clickbridge.FindMe) {
			f.Settings.Screen.Method = clickbridge.ScreenName
		}, agent(0)))
		s.end()
		if len(s.dialled()) > 0 || s.store.call.Result != clickbridge.ResultCanceled {
			t.Errorf("dialled %q, result %q", s.dialled(), s.store.call.Result)
		}
	})
}

func TestWhenAnAnswerIsAnAccept(t *testing.T) {
	type phones = map[clickbridge.Number]legtest.Phone
	machine := func(takes time.Duration, is bool) func(*callflow.Config) {
		return func(c *callflow.Config) { c.Machines = ear{takes, is} }
	}
	detect := func(f *clickbridge.FindMe) { f.Settings.DetectMachine = true }
	for _, tc := range []struct {
		name   string
		change func(*clickbridge.FindMe)
		with   func(*callflow.Config)
		phones phones
		want   []string
		at     time.Duration // of the accept, after the click; 0 = nobody accepted
	}{
		{"own accept key", func(f *clickbridge.FindMe) { f.Settings.Screen.AcceptKey = '5' }, nil,
			phones{agent(0): {Ring: time.Second, Keys: "15", KeyAfter: time.Second}}, []string{"Accepted"}, 2 * time.Second},
		{"passed on, and rung again in the next pass", func(f *clickbridge.FindMe) {
			f.Settings.Screen.PassKey, f.LoopCount = '3', 2
		}, nil, phones{agent(0): {Ring: time.Second, Keys: "3", KeyAfter: time.Second}}, []string{"Not Accepted", "Not Accepted"}, 0},
		{"three tries, five seconds after each question", func(f *clickbridge.FindMe) { f.Settings.Screen.Tries = 3 }, nil,
			phones{agent(0): voicemail}, []string{"Not Accepted"}, 0},
		{"fifteen seconds from the answer", func(*clickbridge.FindMe) {}, nil,
			phones{agent(0): {Ring: time.Second, Keys: "1", KeyAfter: 14900 * time.Millisecond}}, []string{"Accepted"}, 15900 * time.Millisecond},
		{"and no longer", func(*clickbridge.FindMe) {}, nil,
			phones{agent(0): {Ring: time.Second, Keys: "1", KeyAfter: 15100 * time.Millisecond}}, []string{"Not Accepted"}, 0},
		{"but five after a long whisper", func(f *clickbridge.FindMe) {
			f.Settings.Screen = clickbridge.Screening{Method: clickbridge.ScreenAudio, Audio: "long"}
		}, voiced, phones{agent(0): {Ring: time.Second, Keys: "1", KeyAfter: 24 * time.Second}}, []string{"Accepted"}, 25 * time.Second},
		{"who answers first", func(f *clickbridge.FindMe) { f.Settings.AutoAccept = clickbridge.AcceptFirst }, nil,
			phones{agent(0): voicemail}, []string{"Accepted"}, time.Second},
		{"the last, unasked", func(f *clickbridge.FindMe) { f.Settings.AutoAccept = clickbridge.AcceptLastUnasked }, nil,
			phones{agent(0): busy, agent(1): voicemail}, []string{"Busy", "Accepted"}, 2 * time.Second},
		{"the last, who declines", func(f *clickbridge.FindMe) { f.Settings.AutoAccept = clickbridge.AcceptLastAsked }, nil,
			phones{agent(0): declines}, []string{"Declined"}, 0},
		{"a machine", detect, machine(2*time.Second, true), phones{agent(0): voicemail, agent(1): accepts}, []string{"Not Accepted", "Accepted"}, 5 * time.Second},
		{"a person", detect, machine(2*time.Second, false), phones{agent(0): {Ring: time.Second, Keys: "1", KeyAfter: 5 * time.Second}}, []string{"Accepted"}, 6 * time.Second},
		{"nobody can tell", detect, nil, phones{agent(0): {Ring: time.Second, Keys: "1", KeyAfter: 5 * time.Second}}, []string{"Accepted"}, 6 * time.Second},
		{"unasked, but no machine", func(f *clickbridge.FindMe) {
			detect(f)
			f.Settings.AutoAccept = clickbridge.AcceptFirst
		}, machine(3*time.Second, false), phones{agent(0): voicemail}, []string{"Accepted"}, 4 * time.Second},
		{"unasked, and a machine", func(f *clickbridge.FindMe) {
			detect(f)
			f.Settings.AutoAccept = clickbridge.AcceptFirst
		}, machine(3*time.Second, true), phones{agent(0): voicemail}, []string{"Not Accepted"}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tc.phones[phone] = legtest.Phone{HangupAfter: 30 * time.Second}
				var agents []clickbridge.Number
				for i := range len(tc.phones) - 1 {
					agents = append(agents, agent(i))
				}
				s := newStage(t, tc.phones)
				if tc.with != nil {
					s.rebuild(tc.with)
				}
				begin := time.Now()
				s.start(click(clickbridge.FindMeFirst), list(tc.change, agents...))
				s.end()
				var got []string
				for _, r := range s.store.results() {
					if r, ok := strings.CutPrefix(r, "findme "); ok {
						got = append(got, r)
					}
				}
				if d := cmp.Diff(tc.want, got); d != "" {
					t.Error(d)
				}
				if at := s.store.call.AcceptedAt; at.IsZero() != (tc.at == 0) || !at.IsZero() && at.Sub(begin) != tc.at {
					t.Errorf("accepted after %v, want %v", at.Sub(begin), tc.at)
				}
				for _, l := range s.dialer.Legs() {
					if l.Audio.Listeners() != 0 {
						t.Errorf("%s is still listened to", l.Number)
					}
				}
			})
		})
	}
}

func TestExtension(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, map[clickbridge.Number]legtest.Phone{
			phone: {HangupAfter: 30 * time.Second}, agent(0): {Ring: time.Second, Keys: "1", KeyAfter: 35 * time.Second}},
			func(c *callflow.Config) { c.Machines = ear{time.Second, true} })
		s.start(click(clickbridge.FindMeFirst), list(func(f *clickbridge.FindMe) {
			f.Numbers[0].Extension, f.Numbers[0].ExtensionWait = "12#", 2*time.Second
			f.Settings.DetectMachine = true // there is always a machine behind a menu
		}, agent(0)))
		s.end()
		l := s.leg(agent(0))
		if l.Audio.Pressed() != "12#" || s.store.call.Result != clickbridge.ResultConnected {
			t.Errorf("pressed %q, result %q", l.Audio.Pressed(), s.store.call.Result)
		}
		asked := 0
		for _, name := range heard(l) {
			if name == "en/call-from" {
				asked++
			}
		}
		if asked < 3 || slices.Contains(heard(l), "en/press-again") {
			t.Errorf("whoever picks up late must hear all of the question: %q", heard(l))
		}
	})
}

func TestOptOutKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &archive{}
		s := newStage(t, map[clickbridge.Number]legtest.Phone{agent(0): {Ring: time.Second, Keys: "9", KeyAfter: time.Second}, agent(1): busy}, remembering(a))
		f := list(func(f *clickbridge.FindMe) { f.Settings.Screen.OptOutKey, f.LoopCount = '9', 2 }, agent(0), agent(1))
		s.start(click(clickbridge.FindMeFirst), f)
		s.end()
		if d := cmp.Diff([]string{"findme Opted Out", "findme Busy", "findme Busy"}, s.store.results()); d != "" {
			t.Error(d)
		}
		if got := heard(s.leg(agent(0))); got[len(got)-1] != "en/opted-out" {
			t.Errorf("heard %q", got)
		}
		if d := cmp.Diff([]string{"7: " + string(agent(0)) + " an agent opted out with 9"}, a.told); d != "" {
			t.Error(d)
		}
		s.store.ended = 0
		s.start(click(clickbridge.FindMeFirst), f)
		s.end()
		if n := len(s.dialled()); n != 5 {
			t.Errorf("%d dials, want 3 and 2", n)
		}
	})
}

func TestHold(t *testing.T) {
	repeat := func(r clickbridge.HoldRepeat) func(*clickbridge.FindMe) {
		return func(f *clickbridge.FindMe) { f.Settings.Hold = clickbridge.Hold{Music: "jazz", Repeat: &r} }
	}
	for _, tc := range []struct {
		name   string
		change func(*clickbridge.FindMe)
		want   string // what a caller hears until 20 s after the click; agents are rung at 1, 11 s
		note   string
	}{
		{"as shipped", func(*clickbridge.FindMe) {}, "en/greeting hold hold", ""},
		{"own music", repeat(clickbridge.HoldAlways), "en/greeting 7/jazz 7/jazz 7/jazz 7/jazz", ""},
		{"once", repeat(clickbridge.HoldOnce), "en/greeting 7/jazz ringback-us ringback-us", ""},
		{"at each attempt", repeat(clickbridge.HoldBetween), "en/greeting 7/jazz ringback-us 7/jazz ringback-us", ""},
		{"music that is gone", func(f *clickbridge.FindMe) { f.Settings.Hold.Music = "fail" }, "en/greeting hold hold", "the hold music"},
		{"greeted as a group", func(f *clickbridge.FindMe) { f.Settings.Group = true }, "en/greeting-group hold hold", ""},
		{"own greeting and prompt", func(f *clickbridge.FindMe) {
			f.Settings.Voice = clickbridge.Voice{Language: "fr", GreetingAudio: "salut", PromptText: "un instant"}
		}, "7/salut fr: un instant hold hold", ""},
		{"a greeting's text where its clip is gone", func(f *clickbridge.FindMe) {
			f.Settings.Voice = clickbridge.Voice{GreetingAudio: "fail", GreetingText: "hello"}
		}, "en: hello hold hold", "the greeting: not found"},
		{"a greeting that takes too long", func(f *clickbridge.FindMe) { f.Settings.Voice.GreetingText = "hang" }, "ringback-us en/greeting hold hold", "not ready"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, map[clickbridge.Number]legtest.Phone{phone: {Ring: time.Second, HangupAfter: 25 * time.Second}, agent(0): rings, agent(1): rings}, voiced)
				f := list(tc.change, agent(0), agent(1))
				f.Timeout = 10 * time.Second
				s.start(click(clickbridge.PhoneFirst), f)
				legtest.Elapse(19*time.Second + 900*time.Millisecond)
				if got := strings.Join(heard(s.leg(phone)), " "); got != tc.want {
					t.Errorf("heard %s\nwant  %s", got, tc.want)
				}
				s.end()
				if !strings.Contains(strings.Join(s.store.call.Notes, "; "), tc.note) {
					t.Errorf("notes: %q", s.store.call.Notes)
				}
			})
		})
	}
}
