package callflow

import (
	"context"
	"sync"
	"time"

	"clickbridge"
)

// outsFor is how long a list's opt-outs are believed: a busy list must not ask
// at each click, and who opts out must not wait.
const outsFor = time.Second

// optOuts remembers who of each list has opted out.
type optOuts struct {
	mu    sync.Mutex
	lists map[int64]listOuts // by FindMe
}

type listOuts struct {
	list *clickbridge.FindMe // of which snapshot
	at   time.Time
	out  map[clickbridge.Number]bool
}

// optedOut returns who of the list must not be rung for the account. When the
// store does not tell, what it told last holds.
func (p *planning) optedOut() map[clickbridge.Number]bool {
	if p.Hunting == nil {
		return nil
	}
	p.outs.mu.Lock()
	known := p.outs.lists[p.findMe.ID]
	p.outs.mu.Unlock()
	if known.list == p.findMe && p.now.Sub(known.at) < outsFor {
		return known.out
	}
	fresh := listOuts{list: p.findMe, at: p.now}
	for i := range p.findMe.Numbers {
		n := p.findMe.Numbers[i].Number
		out, err := p.Hunting.OptedOut(p.asking(), p.call.AccountID, n)
		if err != nil {
			p.unknown("who opted out", err)
			return known.out
		}
		if out {
			if fresh.out == nil {
				fresh.out = map[clickbridge.Number]bool{}
			}
			fresh.out[n] = true
		}
	}
	p.outs.keep(p.findMe.ID, fresh)
	return fresh.out
}

func (o *optOuts) keep(findMe int64, l listOuts) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lists == nil {
		o.lists = map[int64]listOuts{}
	}
	o.lists[findMe] = l
}

// optOut puts an agent on the list of those who are not rung any more, and
// reports whether it is there.
func (f *flow) optOut(n clickbridge.Number, why string) bool {
	if f.Hunting == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(f.uncut, saveSoon)
	defer cancel()
	out := clickbridge.OptOut{AccountID: f.call.AccountID, Number: n, At: time.Now(), Why: "an agent " + why}
	for {
		err := f.Hunting.OptOut(ctx, out)
		if err == nil {
			return true
		}
		if !passed(ctx, saveAgain) {
			f.Logger.Error("an opt-out was not written", "call_id", f.call.ID, "number", n, "err", err)
			return false
		}
	}
}
