package accounts

import (
	"fmt"
	"slices"
	"strings"

	"clickbridge"
)

// LineKind says what becomes of a thing.
type LineKind string

// The kinds of line, in the order they are listed.
const (
	Remove LineKind = "remove"
	Create LineKind = "create"
	Update LineKind = "update"
	Keep   LineKind = "keep" // in the store, not in the file; no change
)

func (k LineKind) order() int { return slices.Index([]LineKind{Remove, Create, Update, Keep}, k) }

// Line tells a person about one thing. It holds no secret.
type Line struct {
	Kind   LineKind
	What   string   // `FindMe 98765 "Sales" of account Example`
	Fields []string // "timeout: 30s -> 45s"
}

// String is the line, its fields below it.
func (l Line) String() string {
	s := fmt.Sprintf("%-6s  %s", l.Kind, l.What)
	if l.Kind == Keep {
		s += " (not in the file; --prune removes it)"
	}
	for _, f := range l.Fields {
		s += "\n          " + f
	}
	return s
}

// changed lists the fields that differ; of a new thing those that are set.
type changed struct {
	created bool
	fields  []string
}

func (c *changed) add(name, old, next string) {
	switch {
	case c.created && next != "":
		c.fields = append(c.fields, name+": "+next)
	case !c.created && old != next:
		c.fields = append(c.fields, fmt.Sprintf("%s: %s -> %s", name, orText(old, "(none)"), orText(next, "(none)")))
	}
}

// set compares lists whose order means nothing.
func (c *changed) set(name string, old, next []string) {
	c.add(name, strings.Join(sorted(old), ", "), strings.Join(sorted(next), ", "))
}

func sorted(s []string) []string {
	s = slices.Clone(s)
	slices.Sort(s)
	return slices.Compact(s)
}

func accountFields(was *clickbridge.Account, next clickbridge.Account) []string {
	c := &changed{created: was == nil}
	if was == nil {
		was = &clickbridge.Account{}
	}
	c.add("country", was.Country, next.Country)
	c.add("time_zone", was.TimeZone, next.TimeZone)
	c.add("default_caller_id", string(was.DefaultCallerID), string(next.DefaultCallerID))
	c.set("destinations", was.Destinations, next.Destinations)
	c.add("daily_calls", limit(was.DailyCalls), limit(next.DailyCalls))
	c.set("no_answer_targets.emails", was.NoAnswerTargets.Emails, next.NoAnswerTargets.Emails)
	c.set("no_answer_targets.sms", texts(was.NoAnswerTargets.SMS), texts(next.NoAnswerTargets.SMS))
	c.set("no_answer_targets.urls", was.NoAnswerTargets.URLs, next.NoAnswerTargets.URLs)
	c.set("no_answer_targets.phones", texts(was.NoAnswerTargets.Phones), texts(next.NoAnswerTargets.Phones))
	c.add("numbers", owned(was.Numbers), owned(next.Numbers))
	c.add("show_dialled_number", either(was.ShowDialled, "true", ""), either(next.ShowDialled, "true", ""))
	return c.fields
}

func keyFields(was *clickbridge.Key, next clickbridge.Key) []string {
	c := &changed{created: was == nil}
	if was == nil {
		was = &clickbridge.Key{}
	} else if was.Kind != next.Kind || was.Lookup != next.Lookup || was.Secret != next.Secret {
		c.fields = append(c.fields, "credential: changed")
	}
	c.add("kind", string(was.Kind), string(next.Kind))
	c.set("origins", was.Origins, next.Origins)
	c.set("findmes", texts(was.FindMes), texts(next.FindMes))
	return c.fields
}

func limit(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func texts[T any](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = fmt.Sprint(x)
	}
	return out
}

func owned(list []clickbridge.OwnedNumber) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = fmt.Sprintf("%s %s", n.Number, n.Kind)
		if n.SMS {
			out[i] += " sms"
		}
		if n.Description != "" {
			out[i] += fmt.Sprintf(" %q", n.Description)
		}
	}
	return strings.Join(out, ", ")
}
