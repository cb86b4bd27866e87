package admin

import (
	"context"
	"fmt"
	"time"

	"clickbridge"
)

// Account returns an account as it is in the store.
func (a *Admin) Account(ctx context.Context, account int64) (clickbridge.Account, error) {
	v, err := a.look(ctx, account)
	if err != nil {
		return clickbridge.Account{}, err
	}
	return *v.account, nil
}

// MaxDaily bounds what an account may set as its daily limit of calls.
const MaxDaily = 1_000_000

// ChangeAccount has write change what an account may say of itself: its zone and
// its default caller id. What bounds its costs (country, destinations, the daily
// limit) is the operator's.
func (a *Admin) ChangeAccount(ctx context.Context, account int64, zone *string, callerID *clickbridge.Number) (next clickbridge.Account, err error) {
	err = a.change(ctx, account, Deed{"account.changed", "account"}, func(v view) ([]clickbridge.Change, error) {
		next = *v.account
		if zone != nil {
			if l, err := time.LoadLocation(*zone); err != nil || *zone == "" || l == time.Local {
				return nil, invalid(fmt.Sprintf("Invalid time_zone %q: must be a name as America/Chicago", *zone))
			}
			next.TimeZone = *zone
		}
		if callerID != nil {
			if *callerID != "" && !next.Owns(*callerID) {
				return nil, invalid(fmt.Sprintf("Invalid default_caller_id %q: must be a number of the account", *callerID))
			}
			next.DefaultCallerID = *callerID
		}
		return []clickbridge.Change{{Op: clickbridge.OpPut, Account: &next}}, nil
	})
	return next, err
}
