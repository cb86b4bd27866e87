package callflow

import (
	"context"
	"sync"
	"time"

	"clickbridge"
)

// optOuts remembers who of each list has opted out, for as long as the
// directory stays as it is: whoever opts out or in makes it a new one.
type optOuts struct {
	mu    sync.Mutex
	lists map[int64]listOuts // by FindMe
}

type listOuts struct {
	list *clickbridge.FindMe // of which snapshot
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
	if known.list == p.findMe {
		return known.out
	}
	fresh := listOuts{list: p.findMe}
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

func (o *optOuts) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.lists)
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
			f.outs.forget() // this node need not wait for the new directory
			return true
		}
		if !passed(ctx, saveAgain) {
			f.Logger.Error("an opt-out was not written", "call_id", f.call.ID, "number", n, "err", err)
			return false
		}
	}
}
