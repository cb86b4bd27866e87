package v1

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"clickbridge"
)

// FindMe is a saved list, in the words of the accounts file. What is left out is
// the default.
type FindMe struct {
	ID              int64     `json:"id" readOnly:"true"`
	Name            string    `json:"name" maxLength:"100"`
	Timeout         int       `json:"timeout,omitempty" default:"30" doc:"Seconds a number rings that says nothing else"`
	LoopCount       *int      `json:"loop_count,omitempty" default:"1" doc:"Passes over the list"`
	Numbers         []Target  `json:"numbers" nullable:"false"`
	Strategy        string    `json:"strategy,omitempty" default:"in_order" enum:"in_order,all_at_once,random,round_robin,least_recent,weighted"`
	Simul           int       `json:"simul,omitempty" doc:"How many ring at once; 0 = 1"`
	ListType        string    `json:"list_type,omitempty" default:"individual" enum:"individual,group"`
	Schedule        *Schedule `json:"schedule,omitempty"`
	OnAnotherCall   string    `json:"on_another_call,omitempty" default:"skip" enum:"skip,ring"`
	DeclineEndsHunt bool      `json:"decline_ends_hunt,omitempty"`
	StickyDays      int       `json:"sticky_days,omitempty"`
	AutoAccept      string    `json:"auto_accept,omitempty" default:"off" enum:"off,first,last_asked,last_unasked"`
	DetectMachine   bool      `json:"detect_machine,omitempty"`
	Screen          Screen    `json:"screen,omitempty"`
	Hold            Hold      `json:"hold,omitempty"`
	Voice           Voice     `json:"voice,omitempty"`
	Record          Record    `json:"record,omitempty"`
	End             End       `json:"end,omitempty"`
}

// Target is one line of a list.
type Target struct {
	Number        string    `json:"number" minLength:"1"`
	Name          string    `json:"name,omitempty" maxLength:"100"`
	Timeout       int       `json:"timeout,omitempty" doc:"Seconds; 0 = the list's"`
	Delay         int       `json:"delay,omitempty" doc:"Seconds between its turn and its ringing"`
	Weight        int       `json:"weight,omitempty"`
	Paused        bool      `json:"paused,omitempty"`
	Extension     string    `json:"extension,omitempty"`
	ExtensionWait int       `json:"extension_wait,omitempty" doc:"Seconds"`
	Schedule      *Schedule `json:"schedule,omitempty"`
}

// Schedule says when somebody is on shift.
type Schedule struct {
	TimeZone string   `json:"time_zone,omitempty" doc:"The account's where left out"`
	Hours    []Hours  `json:"hours,omitempty" nullable:"false" doc:"None = all week"`
	Closed   []string `json:"closed,omitempty" nullable:"false" doc:"Dates, as 2026-12-25"`
}

// Hours is one span of a week; one that ends before it begins goes on into the
// next day.
type Hours struct {
	Day  string `json:"day" enum:"sun,mon,tue,wed,thu,fri,sat"`
	From string `json:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$"`
	To   string `json:"to" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"`
}

// Screen is how an agent is asked.
type Screen struct {
	Method  string `json:"method,omitempty" default:"announce" enum:"announce,none,record_name,whisper_text,whisper_audio"`
	Text    string `json:"text,omitempty"`
	Audio   string `json:"audio,omitempty" doc:"Name of an uploaded clip"`
	Accept  string `json:"accept,omitempty" maxLength:"1" doc:"Key; default 1"`
	Decline string `json:"decline,omitempty" maxLength:"1" doc:"Key; default 2"`
	Pass    string `json:"pass,omitempty" maxLength:"1"`
	OptOut  string `json:"opt_out,omitempty" maxLength:"1"`
	Tries   int    `json:"tries,omitempty"`
	Seconds int    `json:"seconds,omitempty" doc:"After each"`
}

// Hold is what who waits hears.
type Hold struct {
	Music  string `json:"music,omitempty"`
	Repeat string `json:"repeat,omitempty" default:"always" enum:"once,between,always"`
}

// Voice is what is said besides.
type Voice struct {
	Language      string `json:"language,omitempty"`
	Greeting      string `json:"greeting,omitempty"`
	GreetingAudio string `json:"greeting_audio,omitempty"`
	Prompt        string `json:"prompt,omitempty"`
	Apology       string `json:"apology,omitempty"`
	ApologyAudio  string `json:"apology_audio,omitempty"`
}

// Record says whether calls are recorded.
type Record struct {
	On       bool   `json:"on,omitempty"`
	Announce string `json:"announce,omitempty" default:"both" enum:"both,customer,agent,nobody"`
	KeepDays int    `json:"keep_days,omitempty"`
}

// End is what is done when nobody accepted.
type End struct {
	Action       string   `json:"action,omitempty" default:"hangup" enum:"hangup,transfer,voicemail,call_later"`
	Number       string   `json:"number,omitempty"`
	Emails       []string `json:"emails,omitempty" nullable:"false"`
	MaxSeconds   int      `json:"max_seconds,omitempty"`
	AfterMinutes int      `json:"after_minutes,omitempty"`
	NextOpen     bool     `json:"next_open,omitempty"`
	MaxCalls     int      `json:"max_calls,omitempty"`
	From         string   `json:"from,omitempty" doc:"As 08:00, in the zone of who is called"`
	To           string   `json:"to,omitempty"`
}

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// readClock reads HH:MM; "" is midnight.
func readClock(field, s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	if s == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, invalid(field, s, "must be a time as 09:00")
	}
	return t.Hour()*60 + t.Minute(), nil
}

func scheduleOf(s *clickbridge.Schedule) *Schedule {
	if s == nil {
		return nil
	}
	out := &Schedule{TimeZone: s.TimeZone, Closed: s.Closed}
	for _, h := range s.Hours {
		out.Hours = append(out.Hours, Hours{dayNames[h.Day], clock(h.From), clock(h.To)})
	}
	return out
}

func (s *Schedule) read(field string) (*clickbridge.Schedule, error) {
	if s == nil || s.TimeZone == "" && len(s.Hours)+len(s.Closed) == 0 {
		return nil, nil
	}
	out := &clickbridge.Schedule{TimeZone: s.TimeZone, Closed: s.Closed}
	for i, h := range s.Hours {
		f := fmt.Sprintf("%s.hours[%d]", field, i)
		from, err1 := readClock(f+".from", h.From)
		to, err2 := readClock(f+".to", h.To)
		if err := cmp.Or(err1, err2); err != nil {
			return nil, err
		}
		out.Hours = append(out.Hours, clickbridge.Hours{Day: time.Weekday(slices.Index(dayNames, h.Day)), From: from, To: to})
	}
	return out, nil
}

func key(r rune) string {
	if r == 0 {
		return ""
	}
	return string(r)
}

func readKey(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

func findMeOf(f *clickbridge.FindMe) FindMe {
	s := &f.Settings
	loops := f.LoopCount
	out := FindMe{
		ID: f.ID, Name: f.Name, Timeout: int(f.Timeout / time.Second), LoopCount: &loops, Numbers: []Target{},
		Strategy: s.Strategy.Word(), Simul: s.Simul, ListType: clickbridge.ListTypeWord(s.Group), Schedule: scheduleOf(s.Schedule),
		OnAnotherCall: "skip", DeclineEndsHunt: s.DeclineEndsHunt, StickyDays: s.StickyDays, AutoAccept: s.AutoAccept.Word(), DetectMachine: s.DetectMachine,
		Screen: Screen{
			Method: s.Screen.Method.Word(), Text: s.Screen.Text, Audio: s.Screen.Audio, Accept: key(s.Screen.AcceptKey), Decline: key(s.Screen.DeclineKey),
			Pass: key(s.Screen.PassKey), OptOut: key(s.Screen.OptOutKey), Tries: s.Screen.Tries, Seconds: int(s.Screen.TryTime / time.Second),
		},
		Hold:   Hold{Music: s.Hold.Music},
		Voice:  Voice{s.Voice.Language, s.Voice.GreetingText, s.Voice.GreetingAudio, s.Voice.PromptText, s.Voice.ApologyText, s.Voice.ApologyAudio},
		Record: Record{s.Record.On, s.Record.Announce.Word(), int(s.Record.Keep / (24 * time.Hour))},
		End: End{
			Action: s.End.Action.Word(), Number: string(s.End.Number), Emails: s.End.Emails, MaxSeconds: int(s.End.MaxMessage / time.Second),
			AfterMinutes: int(s.End.After / time.Minute), NextOpen: s.End.NextOpen, MaxCalls: s.End.MaxCalls,
		},
	}
	if s.AllowBusy {
		out.OnAnotherCall = "ring"
	}
	if s.Hold.Repeat != nil {
		out.Hold.Repeat = s.Hold.Repeat.Word()
	}
	if s.End.To != 0 {
		out.End.From, out.End.To = clock(s.End.From), clock(s.End.To)
	}
	for i := range f.Numbers {
		n := &f.Numbers[i]
		out.Numbers = append(out.Numbers, Target{
			string(n.Number), n.Name, int(n.Timeout / time.Second), int(n.Delay / time.Second), n.Weight, n.Paused,
			n.Extension, int(n.ExtensionWait / time.Second), scheduleOf(n.Schedule),
		})
	}
	return out
}
