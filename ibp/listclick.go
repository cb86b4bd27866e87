package ibp

import (
	"strings"

	"clickbridge"
	"clickbridge/intake"
)

// unsaved makes c a click that brings its own list: clickto.findme with list,
// or clickto.call, whose list is one number.
func unsaved(v verb, p params, c intake.Click) intake.Click {
	c.FindMeID = ""
	if v == verbList {
		c.Listed = p["list"]
		c.List = func(a *clickbridge.Account) (*clickbridge.FindMe, []string, error) { return listOf(p, a) }
		return c
	}
	c.Listed, c.ShowDialled = p["id"], true
	c.List = func(a *clickbridge.Account) (*clickbridge.FindMe, []string, error) { return oneOf(p, a) }
	c.NoAnswerEmail, c.NoAnswerSMS, c.NoAnswerURL, c.NoAnswerPhone = "", "", "", ""
	return c
}

// listOf makes the FindMe of list and the settings beside it.
func listOf(p params, a *clickbridge.Account) (*clickbridge.FindMe, []string, error) {
	if p["list"] == "" {
		return nil, nil, missing("list")
	}
	f := newFindMe("List")
	var err error
	if f.Numbers, err = numbers("list", p["list"], a); err != nil {
		return nil, nil, err
	}
	notes, err := readSettings(p, a, f, 1)
	if err == nil && f.Settings.End.Action == clickbridge.EndCallLater {
		err = invalid("nextaction", "calling later needs a saved FindMe")
	}
	return f, notes, err
}

// oneOf makes the FindMe of clickto.call: the other number, which need not
// press a key, since whoever named it wants to talk to it.
func oneOf(p params, a *clickbridge.Account) (*clickbridge.FindMe, []string, error) {
	switch {
	case p["type"] == "":
		return nil, nil, missing("type")
	case p["id"] == "":
		return nil, nil, missing("id")
	}
	n, err := clickbridge.ParseNumber(p["id"], a.Country)
	if err != nil {
		return nil, nil, invalid("id", err.Error())
	}
	f := newFindMe("Click-to-Call")
	f.Numbers = []clickbridge.FindMeNumber{{Number: n}}
	f.Settings.AutoAccept, f.Settings.AllowBusy = clickbridge.AcceptFirst, true
	var notes []string
	for _, name := range []string{"no_answer_email", "no_answer_sms", "no_answer_url", "no_answer_phone"} {
		if p[name] != "" {
			notes = append(notes, name+" was ignored: clickto.call has none")
		}
	}
	return f, notes, nil
}

func newFindMe(name string) *clickbridge.FindMe {
	return &clickbridge.FindMe{Name: name, Timeout: clickbridge.DefaultRingTime, LoopCount: clickbridge.DefaultLoops}
}

// maxListed bounds a list of numbers.
const maxListed = 200

// numbers reads numbers that are joined by a pipe or a comma.
func numbers(name, joined string, a *clickbridge.Account) ([]clickbridge.FindMeNumber, error) {
	var out []clickbridge.FindMeNumber
	for _, raw := range strings.FieldsFunc(joined, func(c rune) bool { return c == '|' || c == ',' || c == ';' }) {
		if strings.TrimSpace(raw) == "" {
			continue
		}
		n, err := clickbridge.ParseNumber(raw, a.Country)
		if err != nil {
			return nil, invalid(name, err.Error())
		}
		out = append(out, clickbridge.FindMeNumber{Number: n})
	}
	if len(out) == 0 || len(out) > maxListed {
		return nil, invalid(name, "must have 1 to 200 numbers")
	}
	return out, nil
}
