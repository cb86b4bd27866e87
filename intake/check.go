package intake

import (
	"slices"
	"strconv"
	"time"

	"clickbridge"
)

// check makes a call of a click, or says what is wrong with it. Nothing is
// dialled and nothing is written here.
func (s *snapshot) check(who Access, c Click, now time.Time) (clickbridge.Call, *clickbridge.FindMe, error) {
	call := clickbridge.Call{
		ID:        clickbridge.NewCallID(),
		AccountID: who.Account.ID,
		KeyName:   who.Key.Name,
		State:     clickbridge.CallQueued,
		Result:    clickbridge.ResultInProgress,
		CreatedAt: now,
	}
	switch {
	case c.List == nil && unquote(c.FindMeID) == "":
		return call, nil, missing("findme_id")
	case c.PhoneToCall == "":
		return call, nil, missing("phone_to_call")
	}
	if err := who.From(c.Origin, c.Referer); err != nil {
		return call, nil, err
	}
	findMe, err := s.list(who, c, &call)
	if err != nil {
		return call, nil, err
	}
	for _, step := range []func(Access, Click, *clickbridge.Call) error{checkType, checkPhone} {
		if err := step(who, c, &call); err != nil {
			return call, nil, err
		}
	}
	if err := checkCallerIDs(who, c, findMe, &call); err != nil {
		return call, nil, err
	}
	for _, step := range []func(Access, Click, *clickbridge.Call) error{checkNoAnswer, keepTexts} {
		if err := step(who, c, &call); err != nil {
			return call, nil, err
		}
	}
	return call, findMe, nil
}

// list returns whom the click is for, and names it on the call.
func (s *snapshot) list(who Access, c Click, call *clickbridge.Call) (f *clickbridge.FindMe, err error) {
	if c.List != nil {
		f, call.Notes, err = s.unsaved(who, c)
	} else if f, err = s.checkFindMe(who, unquote(c.FindMeID)); err == nil {
		call.FindMeID = f.ID
	}
	if err == nil {
		call.FindMeName = f.Name
	}
	return f, err
}

func (s *snapshot) checkFindMe(who Access, raw string) (*clickbridge.FindMe, error) {
	id, err := strconv.ParseInt(raw, 10, 64)
	if err != nil {
		return nil, invalid("findme_id", echo(raw)+" is not a FindMe id")
	}
	// Another account's FindMe does not exist for this one.
	f := s.findMes[id]
	if f == nil || f.AccountID != who.Account.ID {
		return nil, invalid("findme_id", echo(raw)+" does not exist")
	}
	if !who.Key.MayClick(id) {
		return nil, denied("this key may not use findme_id " + echo(raw))
	}
	return f, nil
}

func checkType(_ Access, c Click, call *clickbridge.Call) error {
	switch unquote(c.Type) {
	case "", "1":
		call.Order = clickbridge.PhoneFirst
	case "2":
		call.Order = clickbridge.FindMeFirst
	default:
		return invalid("type", "must be 1 or 2")
	}
	return nil
}

func checkPhone(who Access, c Click, call *clickbridge.Call) (err error) {
	call.Phone, err = dialable(who.Account, "phone_to_call", c.PhoneToCall)
	return err
}

// dialable reads a number that the click makes us call or write to, and holds
// it to the account's destinations: the guard against toll fraud.
func dialable(a *clickbridge.Account, name, raw string) (clickbridge.Number, error) {
	n, err := clickbridge.ParseNumber(raw, a.Country)
	if err != nil {
		return "", invalid(name, err.Error())
	}
	if why := a.Refuses(n); why != "" {
		return "", denied(why)
	}
	return n, nil
}

func checkCallerIDs(who Access, c Click, findMe *clickbridge.FindMe, call *clickbridge.Call) (err error) {
	var dialled []clickbridge.Number
	if c.ShowDialled && who.Account.ShowDialled && !who.Public() {
		dialled = append(dialled, call.Phone)
		for i := range findMe.Numbers {
			dialled = append(dialled, findMe.Numbers[i].Number)
		}
	}
	if call.FirstCallerID, err = callerID(who.Account, "first_callerid", c.FirstCallerID, dialled...); err != nil {
		return err
	}
	call.SecondCallerID, err = callerID(who.Account, "second_callerid", c.SecondCallerID, dialled...)
	return err
}

// callerID returns the number to show: the one named, which must be the
// account's own or one of the others, else the account's default.
func callerID(a *clickbridge.Account, name, raw string, others ...clickbridge.Number) (clickbridge.Number, error) {
	if raw == "" {
		n, ok := a.CallerID()
		if !ok {
			return "", denied("the account has no caller id to show")
		}
		return n, nil
	}
	n, err := clickbridge.ParseNumber(raw, a.Country)
	if err != nil {
		return "", invalid(name, err.Error())
	}
	if !a.Owns(n) && n != a.DefaultCallerID && !slices.Contains(others, n) {
		return "", invalid(name, n.National(a.Country)+" is not a registered or tracking number of the account")
	}
	return n, nil
}

// keepTexts stores page and ref. A lead must never be lost to a long address,
// so they are cut, and the cut is noted.
func keepTexts(_ Access, c Click, call *clickbridge.Call) error {
	var long bool
	if call.Page, long = cut(clean(c.Page), maxPage); long {
		call.Notes = append(call.Notes, "page was cut to 255 characters")
	}
	if call.Ref, long = cut(clean(c.Ref), maxRef); long {
		call.Notes = append(call.Notes, "ref was cut to 32 characters")
	}
	return nil
}
