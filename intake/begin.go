package intake

import (
	"context"
	"time"

	"clickbridge"
)

// Check returns the call that a click would make, or what is wrong with it;
// nothing is kept and nothing rings. who is believed: the click's credentials
// do not count.
func (in *Intake) Check(who Access, c Click) (clickbridge.Call, error) {
	call, _, err := in.cfg.Directory.current.Load().check(who, c, time.Now())
	return call, err
}

// Begin accepts a click and returns its call when that is committed, before
// anything rings. It joins no twin: who wants that has keys for it. who is
// believed. id names the call; one that exists already is refused.
func (in *Intake) Begin(ctx context.Context, who Access, c Click, id clickbridge.CallID) (clickbridge.Call, error) {
	call, findMe, err := in.cfg.Directory.current.Load().check(who, c, time.Now())
	if err != nil {
		return call, in.refuse(ctx, who, c, err)
	}
	call.ID, call.Node = id, in.cfg.Node
	in.gate.RLock()
	defer in.gate.RUnlock()
	if err := in.ready(); err != nil {
		return call, in.refuse(ctx, who, c, err)
	}
	if err := in.visitors.welcome(who, c.RemoteAddr, call.Phone); err != nil {
		return call, in.refuse(ctx, who, c, err)
	}
	if err := in.begin(ctx, who, call, findMe); err != nil {
		return call, in.refuse(ctx, who, c, err)
	}
	return call, nil
}

// begin commits a call and hands it over. From the commit on the request's own
// life does not matter.
func (in *Intake) begin(ctx context.Context, who Access, call clickbridge.Call, findMe *clickbridge.FindMe) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	if err := in.commit(ctx, who, call); err != nil {
		return err
	}
	in.cfg.Log.Info("click accepted", "call_id", call.ID, "account", who.Account.Name, "key", who.Key.Name,
		"findme_id", call.FindMeID, "type", int(call.Order), "phone_to_call", call.Phone)
	in.cfg.Conductor.Conduct(call, who.Account, findMe)
	return nil
}
