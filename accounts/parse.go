package accounts

import (
	"fmt"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/config/strictyaml"
)

// File is one accounts file that was read without a fault. It holds
// credentials in clear until Plan hashes them, and shows none.
type File struct {
	name     string
	doc      *strictyaml.Document
	accounts []entry
}

// String names the file.
func (f *File) String() string { return f.name }

// GoString names the file, so that no credential is printed by %#v.
func (f *File) GoString() string { return f.name }

// entry is one account of a file, its numbers in E.164.
type entry struct {
	path         string
	name         string
	country      string
	timeZone     *string
	callerID     *clickbridge.Number
	destinations *[]string
	dailyCalls   *int
	emails, urls *[]string
	sms, phones  *[]clickbridge.Number
	numbers      []clickbridge.OwnedNumber
	keys         []keyEntry
	findMes      []findMeEntry
}

type keyEntry struct {
	path    string
	name    string
	kind    clickbridge.KeyKind
	lookup  string // access_key, api_key or key, in clear
	secret  string // secret_access_key, in clear
	origins *[]string
	findMes []int64
}

type findMeEntry struct {
	path    string
	id      int64
	name    *string
	timeout *time.Duration
	loops   *int
	numbers *[]clickbridge.FindMeNumber
}

// Parse reads one accounts file; name stands in its messages. The error names
// every fault found, one on a line, with line and column. Values file:/path
// are read from that file.
func Parse(name string, data []byte) (*File, error) {
	return parse(name, data, strictyaml.ReadFile)
}

func parse(name string, data []byte, readFile func(string) ([]byte, error)) (*File, error) {
	doc, err := strictyaml.Parse(name, data)
	if err != nil {
		return nil, err
	}
	var raw rawFile
	doc.Decode(&raw, rules(readFile))
	if doc.Err() != nil {
		return nil, doc.Err()
	}
	if len(raw.Accounts) == 0 {
		doc.Fault("accounts", "at least one is needed; write for example accounts: [{name: Example}]")
	}
	f := &File{name: name, doc: doc}
	r := &reader{doc: doc}
	for i, a := range raw.Accounts {
		f.accounts = append(f.accounts, r.account(fmt.Sprintf("accounts[%d]", i), a))
	}
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return f, nil
}

// reader turns what was written into what is meant, and gathers faults.
type reader struct {
	doc     *strictyaml.Document
	country string // of the account being read
}

func (r *reader) fault(path, format string, args ...any) { r.doc.Fault(path, format, args...) }

func (r *reader) account(at string, a rawAccount) entry {
	e := entry{path: at, name: r.label(at, "name", a.Name, true), country: r.home(at, a.Country), dailyCalls: a.DailyCalls}
	r.country = e.country
	e.timeZone = r.zone(at+".time_zone", a.TimeZone)
	e.destinations = r.countries(at+".destinations", a.Destinations)
	if a.DailyCalls != nil && *a.DailyCalls < 0 {
		r.fault(at+".daily_calls", "%d is below 0; 0 means no limit", *a.DailyCalls)
	}
	if a.DefaultCallerID != nil {
		n := r.number(at+".default_caller_id", *a.DefaultCallerID)
		e.callerID = &n
	}
	if t := a.NoAnswerTargets; t != nil {
		at := at + ".no_answer_targets"
		e.emails = r.emails(at+".emails", t.Emails)
		e.urls = r.urls(at+".urls", t.URLs)
		e.sms = r.numberList(at+".sms", t.SMS)
		e.phones = r.numberList(at+".phones", t.Phones)
	}
	e.numbers = r.numbers(at+".numbers", a.Numbers)
	for i, k := range a.Keys {
		e.keys = append(e.keys, r.key(fmt.Sprintf("%s.keys[%d]", at, i), k))
	}
	for i, f := range a.FindMes {
		e.findMes = append(e.findMes, r.findMe(fmt.Sprintf("%s.findmes[%d]", at, i), f))
	}
	return e
}

// label checks a name: one line of up to 100 characters.
func (r *reader) label(at, field, s string, needed bool) string {
	switch {
	case s == "" && needed:
		r.fault(at, "%s is needed", field)
	case len(s) > 100 || strings.TrimSpace(s) != s || strings.ContainsFunc(s, control):
		r.fault(at+"."+field, "%q is not one line of up to 100 characters without spaces around it", s)
	}
	return s
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

func (r *reader) numbers(at string, raw []rawNumber) []clickbridge.OwnedNumber {
	var out []clickbridge.OwnedNumber
	seen := map[clickbridge.Number]bool{}
	for i, n := range raw {
		at := fmt.Sprintf("%s[%d]", at, i)
		o := clickbridge.OwnedNumber{Number: r.number(at+".number", n.Number), Kind: clickbridge.NumberKind(n.Kind), SMS: n.SMS}
		if n.Description != nil {
			o.Description = r.label(at, "description", *n.Description, false)
		}
		if o.Kind != clickbridge.Tracking && o.Kind != clickbridge.Registered {
			r.fault(at+".kind", "%q is not tracking or registered", n.Kind)
		}
		if o.Number != "" && seen[o.Number] {
			r.fault(at+".number", "%s is listed twice", o.Number)
		}
		seen[o.Number] = true
		out = append(out, o)
	}
	return out
}

func (r *reader) findMe(at string, raw rawFindMe) findMeEntry {
	e := findMeEntry{path: at, name: raw.Name, loops: raw.LoopCount}
	if raw.ID == nil {
		r.fault(at, "id is needed: the number that pages send as findme_id")
	} else if e.id = *raw.ID; e.id <= 0 {
		r.fault(at+".id", "%d is not a whole number above 0", e.id)
	}
	if raw.Name != nil {
		r.label(at, "name", *raw.Name, false)
	}
	e.timeout = r.ring(at+".timeout", raw.Timeout)
	if l := raw.LoopCount; l != nil && (*l < clickbridge.MinLoops || *l > clickbridge.MaxLoops) {
		r.fault(at+".loop_count", "%d is not within %d to %d", *l, clickbridge.MinLoops, clickbridge.MaxLoops)
	}
	if raw.Numbers == nil {
		return e
	}
	list := make([]clickbridge.FindMeNumber, len(*raw.Numbers))
	for i, n := range *raw.Numbers {
		at := fmt.Sprintf("%s.numbers[%d]", at, i)
		list[i] = clickbridge.FindMeNumber{Number: r.number(at+".number", n.Number), Name: r.label(at, "name", n.Name, false)}
		if t := r.ring(at+".timeout", n.Timeout); t != nil {
			list[i].Timeout = *t
		}
	}
	e.numbers = &list
	return e
}

// ring reads a ring time in whole seconds.
func (r *reader) ring(at string, seconds *int) *time.Duration {
	if seconds == nil {
		return nil
	}
	low, high := int(clickbridge.MinRingTime/time.Second), int(clickbridge.MaxRingTime/time.Second)
	if *seconds < low || *seconds > high {
		r.fault(at, "%d is not within %d to %d seconds", *seconds, low, high)
		return nil
	}
	d := time.Duration(*seconds) * time.Second
	return &d
}
