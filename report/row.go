package report

import (
	"math"
	"strconv"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// column is one column: its name and what it shows of a click. The lists
// (notices, attempts) are columns too; XML nests them, CSV has them in a cell.
type column struct {
	name string
	text func(*view) string
	list func(*view) list
}

// list is a column with several entries, each with the same fields.
type list struct {
	entry   string
	fields  []string
	entries [][]string
}

// cell writes the list in one cell: fields divided by a bar, entries by a
// semicolon.
func (l list) cell() string {
	lines := make([]string, len(l.entries))
	for i, e := range l.entries {
		lines[i] = strings.Join(e, "|")
	}
	return strings.Join(lines, "; ")
}

// columns are the report, in order. Clients read CSV by position: new ones go
// to the end.
var columns = []column{
	{name: "id", text: func(v *view) string { return string(v.Call.ID) }},
	{name: "time", text: func(v *view) string { return v.time(v.Call.CreatedAt) }},
	{name: "findme_id", text: func(v *view) string { return strconv.FormatInt(v.Call.FindMeID, 10) }},
	{name: "findme_name", text: func(v *view) string { return v.Call.FindMeName }},
	{name: "phone_to_call", text: func(v *view) string { return v.number(v.Call.Phone) }},
	{name: "type", text: func(v *view) string { return strconv.Itoa(int(v.Call.Order)) }},
	{name: "first_callerid", text: func(v *view) string { return v.number(v.Call.FirstCallerID) }},
	{name: "second_callerid", text: func(v *view) string { return v.number(v.Call.SecondCallerID) }},
	{name: "page", text: func(v *view) string { return v.Call.Page }},
	{name: "ref", text: func(v *view) string { return v.Call.Ref }},
	{name: "key", text: func(v *view) string { return v.Call.KeyName }},
	{name: "result", text: func(v *view) string { return string(v.Call.Result) }},
	{name: "agent_number", text: func(v *view) string { return v.number(v.Call.Agent) }},
	{name: "seconds_to_accept", text: func(v *view) string { return seconds(v.Call.SecondsToAccept()) }},
	{name: "seconds_to_bridge", text: func(v *view) string { return seconds(v.Call.SecondsToBridge()) }},
	{name: "talk_seconds", text: func(v *view) string { return seconds(v.Call.TalkSeconds()) }},
	{name: "cause", text: func(v *view) string { return v.Call.Cause }},
	{name: "notes", text: func(v *view) string { return strings.Join(v.Call.Notes, "; ") }},
	{name: "notices", list: (*view).notices},
	{name: "attempts", list: (*view).attempts},
	{name: "sid", text: (*view).sid},
}

// view is one click as the account's people see it.
type view struct {
	store.Record
	account *clickbridge.Account
	home    string
	zone    *time.Location
	numbers map[clickbridge.Number]string // national forms already found

	recordings func() ([]clickbridge.Recording, error) // of this click
	soundOf    clickbridge.CallID                      // the click whose recordings' length is in sound
	sound      time.Duration
	err        error // of the first column that could not be filled
}

func (v *view) sid() string { return v.Call.ID.SID() }

func (v *view) time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(v.zone).Format(time.DateTime)
}

// number is kept for the next row: most rows show the same few agents and
// caller ids, and the form costs a look at every country's ranges.
func (v *view) number(n clickbridge.Number) string {
	if n == "" {
		return ""
	}
	s, ok := v.numbers[n]
	if !ok {
		s = n.National(v.home)
		if len(v.numbers) >= 4096 {
			clear(v.numbers)
		}
		v.numbers[n] = s
	}
	return s
}

func seconds(s float64, ok bool) string {
	if !ok {
		return ""
	}
	return strconv.Itoa(int(math.Round(s)))
}

func (v *view) notices() list {
	l := list{entry: "notice", fields: []string{"kind", "to", "state"}}
	for _, n := range v.Notices {
		to := n.To
		if n.Kind == clickbridge.NoticeSMS {
			to = v.number(clickbridge.Number(n.To))
		}
		l.entries = append(l.entries, []string{string(n.Kind), to, string(n.State)})
	}
	return l
}

func (v *view) attempts() list {
	l := list{entry: "attempt", fields: []string{"leg", "number", "start", "ring_seconds", "result", "sip_code"}}
	for i := range v.Attempts {
		a := &v.Attempts[i]
		ring, code, result := "", "", string(a.Result)
		if !a.AnsweredAt.IsZero() || !a.EndedAt.IsZero() {
			ring = seconds(a.RingSeconds(), true)
		}
		if a.SIPCode != 0 {
			code = strconv.Itoa(a.SIPCode)
		}
		if a.Result == clickbridge.AttemptDialing {
			result = string(clickbridge.ResultInProgress)
		}
		l.entries = append(l.entries, []string{string(a.Party), v.number(a.Number), v.time(a.StartedAt), ring, result, code})
	}
	return l
}
