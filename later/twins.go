package later

import (
	"context"

	"clickbridge"
)

// page is how many callbacks are read at once.
const page = 500

// pending are the callbacks of accounts that wait or are being made, as they
// were when this look first asked.
type pending map[int64][]clickbridge.Callback

func (r *Runner) pendingOf(ctx context.Context, p pending, account int64) ([]clickbridge.Callback, error) {
	if known, ok := p[account]; ok {
		return known, nil
	}
	var all []clickbridge.Callback
	for _, state := range []clickbridge.CallbackState{clickbridge.CallbackWaiting, clickbridge.CallbackCalling} {
		for before := clickbridge.CallbackID(""); ; {
			some, err := r.cfg.Store.CallbacksOf(ctx, account, state, before, page)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
			if len(some) < page {
				break
			}
			before = some[len(some)-1].ID
		}
	}
	p[account] = all
	return all, nil
}

// twins are the other callbacks owed to the same customer because nobody on the
// same list accepted. Who clicked several times is called for the first click;
// what somebody wants at a time is made in any case.
func (r *Runner) twins(ctx context.Context, p pending, c clickbridge.Callback) (out []clickbridge.Callback, err error) {
	if c.Plan != clickbridge.CallbackOfHunt {
		return nil, nil
	}
	all, err := r.pendingOf(ctx, p, c.AccountID)
	for _, o := range all {
		if o.ID != c.ID && o.Plan == c.Plan && o.FindMeID == c.FindMeID && o.Phone == c.Phone {
			out = append(out, o)
		}
	}
	return out, err
}

// older reports whether a twin came before.
func (r *Runner) older(ctx context.Context, p pending, c clickbridge.Callback) (bool, error) {
	twins, err := r.twins(ctx, p, c)
	for _, o := range twins {
		if o.ID < c.ID { // ids are in the order of time
			return true, err
		}
	}
	return false, err
}

// endAll ends a callback with its twins that wait: whoever was reached, or was
// not in as many calls as may be made, was so for all of them.
func (r *Runner) endAll(ctx context.Context, p pending, c clickbridge.Callback, s clickbridge.CallbackState, why string) error {
	twins, err := r.twins(ctx, p, c)
	if err != nil {
		return err
	}
	for _, o := range twins {
		if o.State == clickbridge.CallbackWaiting {
			if err := r.end(ctx, o, s, why); err != nil {
				return err
			}
		}
	}
	return r.end(ctx, c, s, why)
}
