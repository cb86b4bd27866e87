package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"clickbridge"
)

// details are the columns of call details, in order. Clients read CSV by
// position: new ones go to the end.
var details = []column{
	{name: "date_added", text: func(v *view) string { return v.time(v.Call.CreatedAt) }},
	{name: "call_type", text: func(*view) string { return "Click-To" }},
	{name: "phone_label", text: (*view).label},
	{name: "dnis", text: func(v *view) string { return v.number(v.Call.Phone) }},
	{name: "ani", text: func(v *view) string { return v.number(v.Call.PhoneCallerID()) }},
	{name: "first_activity", text: (*view).firstActivity},
	{name: "last_activity", text: (*view).lastActivity},
	{name: "activity_info", text: (*view).activities},
	{name: "click_description", text: func(v *view) string { return v.Call.FindMeName }},
	{name: "switch_minutes", text: func(v *view) string { return tenths(v.waited()) }},
	{name: "network_minutes", text: func(v *view) string { return tenths(v.talked()) }},
	{name: "enhanced_minutes", text: func(v *view) string { return tenths(v.recorded()) }},
	{name: "adj_switch", text: func(v *view) string { return minutes(v.waited()) }},
	{name: "adj_network", text: func(v *view) string { return minutes(v.talked()) }},
	{name: "adj_enhanced", text: func(v *view) string { return minutes(v.recorded()) }},
	{name: "call_duration", text: func(v *view) string { return minutes(v.waited() + v.talked()) }},
	{name: "transfer_type", text: func(v *view) string { kind, _ := v.transfer(); return kind }},
	{name: "transfer_to_number", text: func(v *view) string { _, n := v.transfer(); return v.number(n) }},
	{name: "page", text: func(v *view) string { return v.Call.Page }},
	{name: "ref", text: func(v *view) string { return v.Call.Ref }},
	{name: "sid", text: (*view).sid},
}

// lookups are the columns of the vendor's reverse lookup, which nobody fills
// here: shown, empty, to those who ask for them.
var lookups = []string{"last_name", "first_name", "street_address", "city", "state", "zipcode"}

// DetailColumns lists the names a client may ask for.
func DetailColumns() []string {
	var names []string
	for _, c := range details {
		names = append(names, c.name)
	}
	return append(names, lookups...)
}

// chosen returns the columns that were asked for.
func chosen(asked func(name string) string) []column {
	all := slices.Clone(details)
	for _, name := range lookups {
		all = append(all, column{name: name, text: func(*view) string { return "" }})
	}
	if asked == nil {
		return details
	}
	some := slices.DeleteFunc(all, func(c column) bool { return asked(c.name) != "1" })
	if len(some) == 0 {
		return details
	}
	return some
}

// label is the description of the account's number that phone_to_call saw.
func (v *view) label() string {
	for _, o := range v.account.Numbers {
		if o.Number == v.Call.PhoneCallerID() {
			return o.Description
		}
	}
	return ""
}

func (v *view) firstActivity() string { return activity("Findme", v.Call.FindMeName) }

// lastActivity is what became of the call; clients read the number in it.
func (v *view) lastActivity() string {
	switch kind, n := v.transfer(); {
	case n == "":
		return activity("Findme", string(v.Call.Result))
	case kind == transferFindMe:
		return activity("Findme Transfer To", v.number(n))
	default:
		return activity(kind, v.number(n))
	}
}

func (v *view) activities() string {
	all := []string{v.firstActivity()}
	for i := range v.Attempts {
		a := &v.Attempts[i]
		result := cmp.Or(string(a.Result), string(clickbridge.ResultInProgress))
		all = append(all, activity("Dial", v.number(a.Number)+" "+result))
	}
	return strings.Join(append(all, v.lastActivity()), "; ")
}

func activity(what, detail string) string { return what + " | " + detail }

// What a caller was transferred by.
const (
	transferFindMe = "Findme"
	transferOther  = "Transfer"
)

// transfer returns with whom phone_to_call was connected, and by what; "" when
// with nobody.
func (v *view) transfer() (kind string, to clickbridge.Number) {
	switch v.Call.Result {
	case clickbridge.ResultConnected:
		return transferFindMe, v.Call.Agent
	case clickbridge.ResultTransferred:
		for i := range v.Attempts {
			if a := &v.Attempts[i]; a.Party == clickbridge.PartyTransfer {
				to = a.Number
			}
		}
		return transferOther, to
	}
	return "", ""
}

// waited is the time with one party, or none, on the line.
func (v *view) waited() time.Duration {
	end := v.Call.EndedAt
	if !v.Call.BridgedAt.IsZero() {
		end = v.Call.BridgedAt
	}
	if end.IsZero() {
		return 0
	}
	return end.Sub(v.Call.CreatedAt)
}

func (v *view) talked() time.Duration {
	s, _ := v.Call.TalkSeconds()
	return time.Duration(s * float64(time.Second))
}

// recorded is the length of the call's recordings.
func (v *view) recorded() time.Duration {
	if v.soundOf == v.Call.ID {
		return v.sound
	}
	rs, err := v.recordings()
	v.err = cmp.Or(v.err, err)
	v.soundOf, v.sound = v.Call.ID, 0
	for _, r := range rs {
		v.sound += r.Length
	}
	return v.sound
}

// tenths shows a time in minutes, with the tenth that was begun.
func tenths(d time.Duration) string {
	return strconv.FormatFloat(math.Ceil(d.Minutes()*10)/10, 'f', 1, 64)
}

// minutes shows a time in minutes, with the one that was begun.
func minutes(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Minutes()))) }
