package ibp

import (
	"fmt"

	"clickbridge"
)

func (a asked) registerNumber() (*answer, error) {
	n, err := a.number("phone")
	if err == nil {
		err = a.admin.RegisterNumber(a.ctx, a.Account.ID, n, a.params["description"])
	}
	if err != nil {
		return nil, err
	}
	return &answer{description: "Number registered"}, nil
}

func (a asked) removeNumber() (*answer, error) {
	n, err := a.number("phone")
	if err == nil {
		err = a.admin.RemoveNumber(a.ctx, a.Account.ID, n)
	}
	if err != nil {
		return nil, err
	}
	return &answer{description: "Number removed"}, nil
}

func (a asked) registeredNumbers() (*answer, error) {
	return a.numbers("phone", func(o clickbridge.OwnedNumber) bool { return o.Kind == clickbridge.Registered })
}

func (a asked) textNumbers() (*answer, error) {
	return a.numbers("number", func(o clickbridge.OwnedNumber) bool { return o.SMS })
}

// numbers lists some of the account's numbers.
func (a asked) numbers(name string, shown func(clickbridge.OwnedNumber) bool) (*answer, error) {
	all, err := a.admin.Numbers(a.ctx, a.Account.ID)
	if err != nil {
		return nil, err
	}
	out := &answer{}
	for _, o := range all {
		if shown(o) {
			out.records = append(out.records, []field{{name, a.shown(o.Number)}, {"description", o.Description}})
		}
	}
	out.description = fmt.Sprintf("%d numbers", len(out.records))
	return out, nil
}

func (a asked) sendMessage() (*answer, error) {
	to, err := a.number("to")
	if err != nil {
		return nil, err
	}
	var from clickbridge.Number
	if a.params["from"] != "" {
		if from, err = a.number("from"); err != nil {
			return nil, err
		}
	}
	message, err := a.needed("message")
	if err != nil {
		return nil, err
	}
	id, err := a.admin.SendText(a.ctx, a.Account.ID, from, to, message)
	if err != nil {
		return nil, err
	}
	return &answer{description: "Message queued", fields: []field{{"msg_id", string(id)}}}, nil
}
