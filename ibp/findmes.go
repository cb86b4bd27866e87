package ibp

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"clickbridge"
)

func (a asked) createFindMe() (*answer, error) {
	if _, err := a.needed("name"); err != nil {
		return nil, err
	}
	var notes []string
	f, err := a.admin.CreateFindMe(a.ctx, a.Account.ID, func(account *clickbridge.Account, f *clickbridge.FindMe) (err error) {
		if a.params["numbers"] != "" {
			if f.Numbers, err = numbers("numbers", a.params["numbers"], account); err != nil {
				return err
			}
		}
		notes, err = readSettings(a.params, account, f, clickbridge.MinLoops)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &answer{
		description: noted("FindMe created", notes),
		fields:      []field{{"findme_id", strconv.FormatInt(f.ID, 10)}},
	}, nil
}

// noted is a description with what should be known beside it.
func noted(description string, notes []string) string {
	return strings.Join(append([]string{description}, notes...), "; ")
}

// change changes the FindMe that is named.
func (a asked) change(write func(*clickbridge.Account, *clickbridge.FindMe) error) (clickbridge.FindMe, error) {
	id, err := a.findMeID("findme_id")
	if err != nil {
		return clickbridge.FindMe{}, err
	}
	return a.admin.ChangeFindMe(a.ctx, a.Account.ID, id, write)
}

func (a asked) updateFindMe() (*answer, error) {
	var notes []string
	_, err := a.change(func(account *clickbridge.Account, f *clickbridge.FindMe) (err error) {
		notes, err = readSettings(a.params, account, f, clickbridge.MinLoops)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &answer{description: noted("FindMe updated", notes)}, nil
}

// addNumbers adds numbers to the end of a list. One that is on it stays where it
// is, so that a repeated request changes nothing.
func (a asked) addNumbers() (*answer, error) {
	joined, err := a.needed("phone_number")
	if err != nil {
		return nil, err
	}
	var added []clickbridge.FindMeNumber
	f, err := a.change(func(account *clickbridge.Account, f *clickbridge.FindMe) (err error) {
		if added, err = numbers("phone_number", joined, account); err != nil {
			return err
		}
		for _, n := range added {
			if !slices.ContainsFunc(f.Numbers, func(o clickbridge.FindMeNumber) bool { return o.Number == n.Number }) {
				f.Numbers = append(f.Numbers, n)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &answer{description: "Number added"}
	for i, id := range numberIDs(f.Numbers) {
		if slices.ContainsFunc(added, func(n clickbridge.FindMeNumber) bool { return n.Number == f.Numbers[i].Number }) {
			out.records = append(out.records, a.line(id, f.Numbers[i]))
		}
	}
	if len(out.records) == 1 {
		out.fields = []field{out.records[0][0]}
	}
	return out, nil
}

// deleteNumber takes a number off a list, by its id or by itself.
func (a asked) deleteNumber() (*answer, error) {
	name, raw := "findme_number_id", strings.Trim(a.params["findme_number_id"], ` "'`)
	if raw == "" && a.params["phone_number"] != "" {
		name, raw = "phone_number", a.params["phone_number"]
	}
	if raw == "" {
		return nil, missing(name)
	}
	_, err := a.change(func(account *clickbridge.Account, f *clickbridge.FindMe) error {
		i := slices.Index(numberIDs(f.Numbers), raw)
		if name == "phone_number" {
			n, err := clickbridge.ParseNumber(raw, account.Country)
			if err != nil {
				return invalid(name, err.Error())
			}
			i = slices.IndexFunc(f.Numbers, func(o clickbridge.FindMeNumber) bool { return o.Number == n })
		}
		if i < 0 {
			return &clickbridge.Error{Code: clickbridge.ENOTFOUND, Message: "Invalid " + name + ": " + echo(raw) + " is not on the list"}
		}
		f.Numbers = slices.Delete(f.Numbers, i, i+1)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{description: "Number deleted"}, nil
}

func (a asked) emptyFindMe() (*answer, error) {
	_, err := a.change(func(_ *clickbridge.Account, f *clickbridge.FindMe) error {
		f.Numbers = nil
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{description: "FindMe emptied"}, nil
}

func (a asked) deleteFindMe() (*answer, error) {
	id, err := a.findMeID("findme_id")
	if err == nil {
		err = a.admin.DeleteFindMe(a.ctx, a.Account.ID, id)
	}
	if err != nil {
		return nil, err
	}
	return &answer{description: "FindMe deleted"}, nil
}

func (a asked) phoneList() (*answer, error) {
	id, err := a.findMeID("findme_id")
	if err != nil {
		return nil, err
	}
	f, err := a.admin.FindMe(a.ctx, a.Account.ID, id)
	if err != nil {
		return nil, err
	}
	out := &answer{description: fmt.Sprintf("%d numbers", len(f.Numbers))}
	for i, id := range numberIDs(f.Numbers) {
		out.records = append(out.records, a.line(id, f.Numbers[i]))
	}
	return out, nil
}

// line is a record of one number of a list.
func (a asked) line(id string, n clickbridge.FindMeNumber) []field {
	return []field{{"findme_number_id", id}, {"phone_number", a.shown(n.Number)}, {"name", n.Name}}
}

// numberIDs names the lines of a list: nine digits of the number itself, so that
// an id means the same number after others were deleted.
func numberIDs(list []clickbridge.FindMeNumber) []string {
	ids := make([]string, len(list))
	for i, n := range list {
		h := fnv.New32a()
		_, _ = h.Write([]byte(string(n.Number) + "," + n.Extension)) // a hash does not fail
		for id := h.Sum32() % 900_000_000; ; id = (id + 1) % 900_000_000 {
			if ids[i] = strconv.Itoa(int(id) + 100_000_000); !slices.Contains(ids[:i], ids[i]) {
				break
			}
		}
	}
	return ids
}

func (a asked) findMeList() (*answer, error) {
	list, err := a.admin.FindMes(a.ctx, a.Account.ID)
	if err != nil {
		return nil, err
	}
	out := &answer{description: fmt.Sprintf("%d FindMes", len(list))}
	for i := range list {
		out.records = append(out.records, a.record(&list[i]))
	}
	return out, nil
}
