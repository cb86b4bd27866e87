package clickbridge

import (
	"fmt"
	"slices"
)

// Refuses says why the account may not dial or write to a number, fit to follow
// "Access denied: "; "" when it may. It is the guard against toll fraud.
func (a *Account) Refuses(n Number) string {
	country := n.Country(a.Country)
	switch {
	case !a.MayDial(country) && len(country) == 2:
		return "calls to " + country + " are not allowed"
	case !a.MayDial(country):
		return "calls to " + string(n) + " are not allowed"
	case n.Premium():
		return "calls to premium-rate numbers are not allowed"
	}
	return ""
}

// CheckFindMe holds a FindMe that a customer wrote to what its account may: its
// settings to their ranges, its numbers to the account's destinations, its
// clips to those that were uploaded. What was there before (was, may be nil) is
// the operator's, and not held to destinations and clips again. The error is an
// *Error.
func (a *Account) CheckFindMe(f, was *FindMe, hasClip func(name string) bool) error {
	if err := f.Validate(); err != nil {
		return &Error{Code: EINVALID, Message: "Invalid " + err.Error()}
	}
	known, clips := map[Number]bool{"": true}, []string{""}
	if was != nil {
		for _, n := range was.dialled() {
			known[n] = true
		}
		clips = append(clips, was.clips()...)
	}
	for _, n := range f.dialled() {
		if why := a.Refuses(n); !known[n] && why != "" {
			return &Error{Code: EFORBIDDEN, Message: fmt.Sprintf("Access denied: %s: %s", n.National(a.Country), why)}
		}
	}
	for _, name := range f.clips() {
		if !slices.Contains(clips, name) && !hasClip(name) {
			return &Error{Code: EINVALID, Message: fmt.Sprintf("Invalid audio: %q is not an uploaded clip of the account", name)}
		}
	}
	return nil
}

// dialled lists whom a FindMe makes us call.
func (f *FindMe) dialled() []Number {
	var out []Number
	for i := range f.Numbers {
		out = append(out, f.Numbers[i].Number)
	}
	return append(out, f.Settings.End.Number)
}

// clips lists the uploaded clips a FindMe plays.
func (f *FindMe) clips() []string {
	s := &f.Settings
	return []string{s.Screen.Audio, s.Hold.Music, s.Voice.GreetingAudio, s.Voice.ApologyAudio}
}
