package intake

import (
	"encoding/json"
	"slices"
	"strings"

	"clickbridge"
)

// unsaved makes the FindMe of a click that brings its own list.
func (s *snapshot) unsaved(who Access, c Click) (*clickbridge.FindMe, []string, error) {
	f, notes, err := c.List(who.Account)
	if err != nil {
		return nil, nil, err
	}
	f.ID, f.AccountID = 1, who.Account.ID
	if err := who.Account.CheckFindMe(f, nil, func(name string) bool { return s.hasClip(who.Account.ID, name) }); err != nil {
		return nil, nil, err
	}
	if err := permitList(who, f); err != nil {
		return nil, nil, err
	}
	// No FindMe has this id; the lists of an account that are not saved share the
	// turns of their round robin.
	f.ID = -who.Account.ID
	return f, notes, nil
}

func (s *snapshot) hasClip(account int64, name string) bool {
	return slices.ContainsFunc(s.whole.Audio, func(a clickbridge.Audio) bool { return a.AccountID == account && a.Name == name })
}

// permitList holds the list of a public key, which anybody can write, to the
// account's own numbers, and its end to the no-answer targets.
func permitList(who Access, f *clickbridge.FindMe) error {
	if !who.Public() {
		return nil
	}
	for i := range f.Numbers {
		if n := f.Numbers[i].Number; !who.Account.Owns(n) {
			return denied("this key may not call " + n.National(who.Account.Country) + ", which is not a number of the account")
		}
	}
	e, targets := &f.Settings.End, &who.Account.NoAnswerTargets
	if e.Number != "" && !who.Account.Owns(e.Number) && !slices.Contains(targets.Phones, e.Number) {
		return denied("this key may not transfer calls to this number")
	}
	for _, to := range e.Emails {
		if !slices.ContainsFunc(targets.Emails, func(t string) bool { return strings.EqualFold(t, to) }) {
			return denied("this key may not send messages to this address")
		}
	}
	return nil
}

// listIdentity is what makes two lists that are not saved the same list; ""
// for saved ones, whose id says it.
func listIdentity(call *clickbridge.Call, f *clickbridge.FindMe) string {
	if call.FindMeID != 0 {
		return ""
	}
	text, _ := json.Marshal(f) // a FindMe holds nothing that JSON has not
	return string(text)
}
