package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// Again makes the call that is owed later: the click it came of once more, with
// the account, the list and the limits of now. It returns when the call is
// committed. The error is a *clickbridge.Error: EUNAVAILABLE and ELIMIT may be
// over later, any other will not.
func (in *Intake) Again(ctx context.Context, cb clickbridge.Callback, id clickbridge.CallID) error {
	in.gate.RLock()
	defer in.gate.RUnlock()
	if err := in.ready(); err != nil {
		return err
	}
	who, findMe, err := in.cfg.Directory.current.Load().again(cb)
	if err != nil {
		return err
	}
	call := clickbridge.Call{
		ID: id, Callback: cb.ID, Node: in.cfg.Node, CreatedAt: time.Now(),
		AccountID: cb.AccountID, KeyName: cb.KeyName, FindMeID: findMe.ID, FindMeName: findMe.Name,
		Order: cb.Order, Phone: cb.Phone,
		Page: cb.Page, Ref: cb.Ref, NoAnswer: cb.NoAnswer,
		State: clickbridge.CallQueued, Result: clickbridge.ResultInProgress,
	}
	if call.FirstCallerID, err = stillOwned(who.Account, cb.FirstCallerID); err != nil {
		return err
	}
	if call.SecondCallerID, err = stillOwned(who.Account, cb.SecondCallerID); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	if err := in.commit(ctx, who, call); err != nil {
		return err
	}
	in.cfg.Log.Info("calling again", "call_id", id, "account", who.Account.Name, "findme_id", findMe.ID, "try", cb.Tries+1)
	in.cfg.Conductor.Conduct(call, who.Account, findMe)
	return nil
}

// again finds what a callback needs, and holds it to what is allowed now.
func (s *snapshot) again(cb clickbridge.Callback) (Access, *clickbridge.FindMe, error) {
	t, ok := s.tenants[cb.AccountID]
	if !ok {
		return Access{}, nil, denied("the account is gone")
	}
	who := Access{Account: &t.account, Zone: t.zone}
	f := s.findMes[cb.FindMeID]
	if f == nil || f.AccountID != cb.AccountID {
		return who, nil, invalid("findme_id", fmt.Sprint(cb.FindMeID)+" does not exist")
	}
	_, err := dialable(who.Account, "phone_to_call", string(cb.Phone))
	return who, f, err
}

// stillOwned returns a caller id, or the account's default where the account has
// given it up since.
func stillOwned(a *clickbridge.Account, n clickbridge.Number) (clickbridge.Number, error) {
	if a.Owns(n) || n == a.DefaultCallerID && n != "" {
		return n, nil
	}
	return callerID(a, "", "")
}

// commit stores a call, unless it is one too many for the account's day.
func (in *Intake) commit(ctx context.Context, who Access, call clickbridge.Call) error {
	local := call.CreatedAt.In(who.Zone)
	day := store.Daily{Day: local.Format(time.DateOnly), Limit: who.Account.DailyCalls}
	switch err := in.cfg.Calls.CreateCall(ctx, call, day); {
	case errors.Is(err, store.ErrDailyLimit):
		return &clickbridge.Error{Code: clickbridge.ELIMIT, RetryAfter: untilMidnight(local),
			Message: fmt.Sprintf("Too many requests: the account's %d calls of the day are used up", day.Limit)}
	case err != nil:
		return &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, RetryAfter: defaultRetryAfter,
			Message: "Service unavailable: the call could not be stored", Err: err}
	}
	return nil
}
