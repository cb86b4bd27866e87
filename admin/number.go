package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"clickbridge"
)

// Limits of an account's numbers.
const (
	MaxOwned       = 1000
	MaxDescription = 255 // characters
)

// Numbers returns the numbers an account owns.
func (a *Admin) Numbers(ctx context.Context, account int64) ([]clickbridge.OwnedNumber, error) {
	v, err := a.look(ctx, account)
	if err != nil {
		return nil, err
	}
	return v.account.Numbers, nil
}

// RegisterNumber makes a number the account's own, so that it may be shown as
// caller id. One that is registered already gets the description.
func (a *Admin) RegisterNumber(ctx context.Context, account int64, n clickbridge.Number, description string) error {
	description = strings.TrimSpace(description)
	if len([]rune(description)) > MaxDescription {
		return invalid(fmt.Sprintf("Invalid description: must have up to %d characters", MaxDescription))
	}
	return a.change(ctx, account, Deed{"number.registered", "number " + string(n)}, func(v view) ([]clickbridge.Change, error) {
		next := *v.account
		next.Numbers = slices.Clone(next.Numbers)
		i := slices.IndexFunc(next.Numbers, func(o clickbridge.OwnedNumber) bool { return o.Number == n })
		switch {
		case i >= 0 && next.Numbers[i].Kind != clickbridge.Registered:
			return nil, invalid("Invalid phone: " + n.National(next.Country) + " is a tracking number of the account already")
		case i >= 0:
			next.Numbers[i].Description = description
		case len(next.Numbers) >= MaxOwned:
			return nil, denied(fmt.Sprintf("the account has its %d numbers", MaxOwned))
		default:
			if why := next.Refuses(n); why != "" {
				return nil, denied(why)
			}
			next.Numbers = append(next.Numbers, clickbridge.OwnedNumber{
				Number: n, Kind: clickbridge.Registered, Description: description,
			})
		}
		return []clickbridge.Change{{Op: clickbridge.OpPut, Account: &next}}, nil
	})
}

// RemoveNumber takes a registered number off the account. Tracking numbers are
// the operator's.
func (a *Admin) RemoveNumber(ctx context.Context, account int64, n clickbridge.Number) error {
	return a.change(ctx, account, Deed{"number.removed", "number " + string(n)}, func(v view) ([]clickbridge.Change, error) {
		next := *v.account
		shown := n.National(next.Country)
		i := slices.IndexFunc(next.Numbers, func(o clickbridge.OwnedNumber) bool { return o.Number == n })
		switch {
		case i < 0:
			return nil, notFound("Invalid phone: " + shown + " is not a number of the account")
		case next.Numbers[i].Kind != clickbridge.Registered:
			return nil, denied(shown + " is a tracking number, which only the operator removes")
		case next.DefaultCallerID == n:
			return nil, invalid("Invalid phone: " + shown + " is the account's default caller id")
		}
		next.Numbers = slices.Delete(slices.Clone(next.Numbers), i, i+1)
		return []clickbridge.Change{{Op: clickbridge.OpPut, Account: &next}}, nil
	})
}
