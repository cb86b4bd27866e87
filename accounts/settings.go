package accounts

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"clickbridge"
)

// named is a text that a setting was given under one of its names; nil was not
// written.
type named struct {
	path string
	text *string
}

// one returns the name that was written; a setting has one value.
func (r *reader) one(names ...named) (found named) {
	for _, n := range names {
		switch {
		case n.text == nil:
		case found.text == nil:
			found = n
		default:
			r.fault(n.path, "is another name of %s, which is written too; write one of them", found.path[strings.LastIndex(found.path, "findmes["):])
		}
	}
	return found
}

// coded reads a word or its old code.
func coded[T any](r *reader, parse func(string) (T, error), names ...named) *T {
	n := r.one(names...)
	if n.text == nil {
		return nil
	}
	v, err := parse(*n.text)
	if err != nil {
		r.fault(n.path, "%q %v", *n.text, err)
		return nil
	}
	return &v
}

func parseBusy(s string) (ring bool, err error) {
	switch s {
	case "ring":
		return true, nil
	case "skip":
		return false, nil
	}
	return false, errors.New("is not one of skip, ring")
}

func parseSwitch(s string) (on bool, err error) {
	switch strings.ToLower(s) {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, errors.New("is not true or false (old codes: 1, 0)")
}

// within reads a whole number; unit follows the range.
func (r *reader) within(at string, n *int, low, high int, unit string) *int {
	if n == nil {
		return nil
	}
	if *n < low || *n > high {
		if unit != "" && unit[0] != ';' {
			unit = " " + unit
		}
		r.fault(at, "%d is not within %d to %d%s", *n, low, high, unit)
		return nil
	}
	return n
}

// seconds reads a length of time in whole seconds.
func (r *reader) seconds(at string, n *int, low, high time.Duration) *time.Duration {
	n = r.within(at, n, int(low/time.Second), int(high/time.Second), "seconds")
	if n == nil {
		return nil
	}
	d := time.Duration(*n) * time.Second
	return &d
}

func (r *reader) ring(at string, n *int) *time.Duration {
	return r.seconds(at, n, clickbridge.MinRingTime, clickbridge.MaxRingTime)
}

// keys reads what is pressed after an answer.
func (r *reader) keys(at, s string) string {
	if strings.Trim(strings.ToUpper(s), "0123456789*#ABCD,") != "" || len(s) > clickbridge.MaxExtension {
		r.fault(at, "%q is not up to %d keys of 0-9 * # A-D, with a comma for half a second", s, clickbridge.MaxExtension)
	}
	return strings.ToUpper(s)
}

// press reads one key; "" is none.
func (r *reader) press(at string, s *string) *rune {
	if s == nil {
		return nil
	}
	var k rune
	switch {
	case *s == "":
	case len(*s) == 1 && strings.Contains("0123456789*#", *s):
		k = rune((*s)[0])
	default:
		r.fault(at, "%q is not one key of 0-9 * #; write for example \"1\"", *s)
	}
	return &k
}

// spoken reads a text that is said. Line breaks are spaces.
func (r *reader) spoken(names ...named) *string {
	n := r.one(names...)
	if n.text == nil {
		return nil
	}
	s := strings.Join(strings.Fields(*n.text), " ")
	switch long := len([]rune(s)); {
	case strings.ContainsFunc(s, unicode.IsControl):
		r.fault(n.path, "%q has characters that cannot be spoken", s)
	case long > clickbridge.MaxText:
		r.fault(n.path, "has %d characters, which is not within 0 to %d", long, clickbridge.MaxText)
	}
	return &s
}

// clip reads the name of an uploaded clip; Plan looks whether there is one.
func (r *reader) clip(names ...named) *string {
	n := r.one(names...)
	if n.text == nil {
		return nil
	}
	r.line(n.path, *n.text)
	return n.text
}

// language reads a BCP 47 tag by its shape (RFC 5646 2.1).
func (r *reader) language(at string, s *string) *string {
	if s == nil || *s == "" {
		return s
	}
	for i, part := range strings.Split(*s, "-") {
		low, high := 1, 8
		if i == 0 {
			low, high = 2, 3
		}
		if len(part) < low || len(part) > high || strings.Trim(strings.ToLower(part), "abcdefghijklmnopqrstuvwxyz0123456789") != "" || i == 0 && strings.ContainsAny(part, "0123456789") {
			r.fault(at, "%q is not a language; write for example en, de or es-MX", *s)
			return nil
		}
	}
	return s
}

// note tells what was read and has no effect, or another one than expected.
func (r *reader) note(at, format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf("%s: %s: %s", r.doc.Place(at), at, fmt.Sprintf(format, args...)))
}
