package accounts

import (
	"fmt"
	"strings"
	"unicode"

	"clickbridge"
	"clickbridge/config/strictyaml"
)

// File is one accounts file that was read without a fault. It holds
// credentials in clear until Plan hashes them, and shows none.
type File struct {
	name     string
	doc      *strictyaml.Document
	accounts []entry
	notes    []string
}

// String names the file.
func (f *File) String() string { return f.name }

// GoString names the file, so that no credential is printed by %#v.
func (f *File) GoString() string { return f.name }

// Notes tells, one a line with its place, what was read and has no effect or
// another one than the old API gave it.
func (f *File) Notes() []string { return f.notes }

// entry is one account of a file, its numbers in E.164.
type entry struct {
	path         string
	name         string
	country      string
	timeZone     *string
	callerID     *clickbridge.Number
	destinations *[]string
	dailyCalls   *int
	showDialled  *bool
	emails, urls *[]string
	sms, phones  *[]clickbridge.Number
	numbers      []clickbridge.OwnedNumber
	keys         []keyEntry
	audio        []audioEntry
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
	r := &reader{doc: doc}
	if len(raw.Accounts) == 0 {
		r.fault("accounts", "at least one is needed; write for example accounts: [{name: Example}]")
	}
	f := &File{name: name, doc: doc}
	for i, a := range raw.Accounts {
		f.accounts = append(f.accounts, r.account(fmt.Sprintf("accounts[%d]", i), a))
	}
	f.notes = r.notes
	if err := doc.Err(); err != nil {
		return nil, err
	}
	return f, nil
}

// reader turns what was written into what is meant, and gathers faults.
type reader struct {
	doc     *strictyaml.Document
	country string // of the account being read
	notes   []string
}

// fault records a fault, unless one was found there already.
func (r *reader) fault(path, format string, args ...any) {
	if !r.doc.Misread(path) {
		r.doc.Fault(path, format, args...)
	}
}

func (r *reader) account(at string, a rawAccount) entry {
	e := entry{path: at, name: r.label(at, "name", a.Name, true), country: r.home(at, a.Country), dailyCalls: a.DailyCalls, showDialled: a.ShowDialled}
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
	e.audio = r.audio(at+".audio", a.Audio)
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
	if s == "" && needed {
		r.fault(at, "%s is needed", field)
	}
	r.line(at+"."+field, s)
	return s
}

func (r *reader) line(at, s string) {
	if len(s) > clickbridge.MaxName || strings.TrimSpace(s) != s || strings.ContainsFunc(s, unicode.IsControl) {
		r.fault(at, "%q is not one line of up to %d characters without spaces around it", s, clickbridge.MaxName)
	}
}

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
