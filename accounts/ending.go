package accounts

import (
	"strconv"
	"strings"
	"time"

	"clickbridge"
)

// ending reads what happens when nobody accepts. It is taken whole: what it
// leaves out returns to its default.
func (r *reader) ending(at string, raw rawFindMe, e *findMeEntry) {
	end, in := raw.End, rawEnd{}
	if end != nil {
		in = *end
	}
	action := named{at + ".end.action", in.Action}
	if !r.doc.Has(action.path) {
		action.path = at + ".end" // written as a plain value
	}
	doing := coded(r, clickbridge.ParseEndAction, action,
		named{at + ".findme_action", raw.FindMeAction}, named{at + ".nextaction", raw.NextAction})
	parameter := r.one(named{at + ".findme_action_parameter", raw.FindMeActionParameter}, named{at + ".nextactionitem", raw.NextActionItem})
	if doing == nil {
		if parameter.text != nil {
			r.fault(parameter.path, "needs findme_action")
		} else if end != nil && (in != rawEnd{}) && in.Action == nil {
			r.fault(at+".end", "action is needed; write hangup, transfer, voicemail or call_later")
		} else if end != nil {
			put(e, &clickbridge.EndOfList{}, func(f *findMe) *clickbridge.EndOfList { return &f.Settings.End })
		}
		return
	}
	out := r.endOfList(at+".end", in)
	out.Action = *doing
	if parameter.text != nil {
		r.parameter(parameter, &out)
	}
	put(e, &out, func(f *findMe) *clickbridge.EndOfList { return &f.Settings.End })
}

func (r *reader) endOfList(at string, raw rawEnd) (out clickbridge.EndOfList) {
	if raw.Number != nil {
		out.Number = r.number(at+".number", *raw.Number)
	}
	out.Emails = or(r.emails(at+".emails", raw.Emails), nil)
	out.MaxMessage = or(r.seconds(at+".max_seconds", raw.MaxSeconds, clickbridge.MinVoicemail, clickbridge.MaxVoicemail), 0)
	out.After = r.minutes(at+".after_minutes", raw.AfterMinutes)
	out.NextOpen = or(raw.NextOpen, false)
	out.MaxCalls = or(r.within(at+".max_calls", raw.MaxCalls, 1, clickbridge.MaxCallTries, "calls"), 0)
	if raw.Hours != nil {
		var err error
		if out.From, out.To, err = parseSpan(*raw.Hours); err == nil && out.From >= out.To {
			err = errSpanOrder
		}
		if err != nil {
			r.fault(at+".hours", "%q %v", *raw.Hours, err)
		}
	}
	return out
}

func (r *reader) minutes(at string, n *int) time.Duration {
	low, high := int(clickbridge.MinCallLater/time.Minute), int(clickbridge.MaxCallLater/time.Minute)
	return time.Duration(or(r.within(at, n, low, high, "minutes"), 0)) * time.Minute
}

// parameter reads the one parameter that the old API has for every action.
func (r *reader) parameter(n named, out *clickbridge.EndOfList) {
	s := strings.TrimSpace(*n.text)
	switch out.Action {
	case clickbridge.EndTransfer:
		out.Number = r.number(n.path, s)
	case clickbridge.EndVoicemail:
		list := strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ';' || c == ' ' })
		for _, one := range list {
			r.email(n.path, one)
		}
		out.Emails = list
	case clickbridge.EndCallLater:
		minutes, err := strconv.Atoi(s)
		if err != nil {
			r.fault(n.path, "%q is not a number of minutes; write for example 30", s)
			return
		}
		out.After = r.minutes(n.path, &minutes)
	default:
		if s != "" {
			r.fault(n.path, "%q means nothing to %s", s, out.Action.Word())
		}
	}
}
