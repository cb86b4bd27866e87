package callflow

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"clickbridge"
	"clickbridge/hunt"
	"clickbridge/store"
)

// planFor bounds what a hunt asks the store before it rings anybody. What was
// not answered by then is not known.
const planFor = time.Second

// planning settles who is rung, and in which order.
type planning struct {
	*flow
	now    time.Time
	ctx    context.Context // of all questions; nil until there is one
	cancel context.CancelFunc
}

// plan settles a hunt. A list that asks for nothing special costs nothing here.
func (f *flow) plan() hunt.Plan {
	p := planning{flow: f, now: time.Now()}
	defer p.close()
	list := f.findMe
	plan := hunt.Plan{List: *list, Off: p.off()}
	s := &list.Settings
	if f.Hunting == nil && (s.StickyDays > 0 || s.Strategy == clickbridge.RoundRobin || s.Strategy == clickbridge.LeastRecent) {
		f.note("earlier hunts are not remembered here; the list was rung in order")
	}
	first := p.lastAgent()
	if s.Strategy == clickbridge.InOrder && first == "" {
		return plan
	}
	plan.Order = hunt.Arrange(list, plan.Off, p.turn(), p.lastRung(), first, rand.Uint64())
	return plan
}

// asking returns the context of questions to the store.
func (p *planning) asking() context.Context {
	if p.ctx == nil {
		p.ctx, p.cancel = context.WithTimeout(p.uncut, planFor)
	}
	return p.ctx
}

func (p *planning) close() {
	if p.cancel != nil {
		p.cancel()
	}
}

// unknown notes what the store did not tell.
func (p *planning) unknown(what string, err error) {
	p.note(what + " is not known; the list was rung in order")
	p.log().Warn("the store was asked before a hunt", "about", what, "err", err)
}

// turn is the place of a round robin.
func (p *planning) turn() int64 {
	if p.Hunting == nil || p.findMe.Settings.Strategy != clickbridge.RoundRobin {
		return 0
	}
	n, err := p.Hunting.Turn(p.asking(), p.findMe.ID)
	if err != nil {
		p.unknown("whose turn it is", err)
	}
	return n
}

// lastRung is when each number was last rung.
func (p *planning) lastRung() map[clickbridge.Number]time.Time {
	if p.Hunting == nil || p.findMe.Settings.Strategy != clickbridge.LeastRecent {
		return nil
	}
	numbers := make([]clickbridge.Number, len(p.findMe.Numbers))
	for i := range numbers {
		numbers[i] = p.findMe.Numbers[i].Number
	}
	last, err := p.Hunting.LastRung(p.asking(), p.call.AccountID, numbers)
	if err != nil {
		p.unknown("who was rung last", err)
	}
	return last
}

// lastAgent is who talked to this customer lately; "" = nobody.
func (p *planning) lastAgent() clickbridge.Number {
	days := p.findMe.Settings.StickyDays
	if p.Hunting == nil || days == 0 {
		return ""
	}
	n, err := p.Hunting.LastAgent(p.asking(), p.findMe.ID, p.call.Phone, p.now.AddDate(0, 0, -days))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		p.unknown("who talked to this customer", err)
	}
	return n
}

// off are the lines that must not be dialled now.
func (p *planning) off() map[int]clickbridge.AttemptResult {
	var off map[int]clickbridge.AttemptResult
	set := func(i int, r clickbridge.AttemptResult) {
		if off == nil {
			off = map[int]clickbridge.AttemptResult{}
		}
		off[i] = r
	}
	out := p.optedOut()
	for i := range p.findMe.Numbers {
		n := &p.findMe.Numbers[i]
		switch {
		case out[n.Number]:
			set(i, clickbridge.AttemptOptedOut)
		case !p.onShift(n):
			set(i, clickbridge.AttemptNotOnShift)
		}
	}
	return off
}

// onShift reports whether list and line are on shift. A line without a zone has
// the list's, and that the account's.
func (p *planning) onShift(n *clickbridge.FindMeNumber) bool {
	list, zone := p.findMe.Settings.Schedule, p.account.TimeZone
	if !list.Open(p.now, zone) {
		return false
	}
	if list != nil && list.TimeZone != "" {
		zone = list.TimeZone
	}
	return n.Schedule.Open(p.now, zone)
}
