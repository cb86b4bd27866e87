package callflow

import (
	"time"

	"clickbridge"
	"clickbridge/bridge"
	"clickbridge/leg"
	"clickbridge/prompt"
)

// phoneFirst: phone_to_call answers, waits, and is bridged to the first agent
// who accepts.
func (f *flow) phoneFirst() end {
	f.call.State = clickbridge.CallReaching
	caller, cause := f.reach(f.dialPhone(), nil)
	if cause != nil {
		return end{cause.CallResult(), cause}
	}
	f.reply(clickbridge.Outcome{Kind: clickbridge.OutcomeConnected})
	h := f.hunt(caller)
	switch {
	case f.lost:
		return f.giveUp(caller, h.agent)
	case h.agent == nil && !h.exhausted:
		caller.Hangup(h.cause)
		return end{h.cause.CallResult(), h.cause}
	case h.agent == nil:
		return f.apologise(caller)
	case !alive(caller): // hung up as the agent pressed 1
		cause := canceled("the caller hung up")
		h.agent.Hangup(cause)
		f.call.BridgedAt = time.Time{}
		return end{clickbridge.ResultCanceled, cause}
	}
	return f.talk(caller, h.agent, clickbridge.ResultConnected)
}

// apologise tells a caller that nobody accepted. The result is committed
// before it is spoken: a crash now changes nothing.
func (f *flow) apologise(caller leg.Leg) end {
	cause := &clickbridge.Cause{Class: clickbridge.CauseNoAnswer, Text: "nobody accepted"}
	f.call.HuntEnded = time.Now()
	f.call.State, f.call.Result, f.call.Cause = clickbridge.CallFinishing, clickbridge.ResultNoAnswer, cause.Error()
	if !f.commit(nil) {
		return f.giveUp(caller)
	}
	f.emit(clickbridge.Event{Kind: clickbridge.EventHuntEnded, Text: "nobody accepted"})
	f.say(caller, prompt.NobodyAvailable())
	caller.Hangup(released("nobody accepted"))
	return end{clickbridge.ResultNoAnswer, cause}
}

// findMeFirst: the first agent who accepts waits for phone_to_call.
func (f *flow) findMeFirst() end {
	h := f.hunt(nil)
	if f.lost {
		f.unaccept()
		return f.giveUp(h.agent)
	}
	if h.agent == nil {
		return f.nobodyAccepted(h)
	}
	f.reply(clickbridge.Outcome{Kind: clickbridge.OutcomeConnected})
	return f.connect(h.agent, clickbridge.ResultConnected)
}

// connect dials phone_to_call for someone who waits with ringback and bridges
// them, or tells them why not.
func (f *flow) connect(waiting leg.Leg, success clickbridge.Result) end {
	phone, cause := f.reach(f.dialPhone(), waiting)
	if cause == nil {
		return f.talk(waiting, phone, success)
	}
	if alive(waiting) {
		f.say(waiting, prompt.Unreachable(cause.Class))
		waiting.Hangup(released("phone_to_call was not reached"))
	}
	return end{cause.CallResult(), cause}
}

// nobodyAccepted commits the end of the hunt with the notices it owes, answers
// the click, and tries the blind transfer.
func (f *flow) nobodyAccepted(h hunted) end {
	now := time.Now()
	f.call.HuntEnded = now
	if !h.exhausted {
		f.note("the hunt was cut short")
	}
	notices := f.Render(f.call, f.attempts, f.account, now)
	if !f.commit(notices) {
		f.owed = notices
		return failedToCommit()
	}
	f.emit(clickbridge.Event{Kind: clickbridge.EventHuntEnded, Text: "nobody accepted"})
	f.reply(clickbridge.Outcome{Kind: clickbridge.OutcomeProcessed})
	cause := &clickbridge.Cause{Class: clickbridge.CauseNoAnswer, Text: "nobody accepted"}
	if !h.exhausted {
		return end{h.cause.CallResult(), h.cause}
	}
	if f.call.NoAnswer.Phone == "" {
		return end{clickbridge.ResultNoAnswer, cause}
	}
	return f.transfer(cause)
}

// transfer is the blind transfer: two fresh dials, no screening. Whatever keeps
// it from a bridge leaves the call a No Answer.
func (f *flow) transfer(nobody *clickbridge.Cause) end {
	f.call.State = clickbridge.CallTransferring
	f.emit(clickbridge.Event{Kind: clickbridge.EventTransferring, Number: f.call.NoAnswer.Phone})
	target, cause := f.reach(dial{
		party: clickbridge.PartyTransfer, number: f.call.NoAnswer.Phone, callerID: f.call.FirstCallerID,
	}, nil)
	if cause != nil {
		return f.transferFailed(cause, nobody)
	}
	e := f.connect(target, clickbridge.ResultTransferred)
	if e.result != clickbridge.ResultTransferred {
		return f.transferFailed(e.cause, nobody)
	}
	return e
}

func (f *flow) transferFailed(cause, nobody *clickbridge.Cause) end {
	if cause.CallResult() == clickbridge.ResultInterrupted {
		return end{clickbridge.ResultInterrupted, cause}
	}
	f.note("the transfer was not bridged: " + cause.Error())
	return end{clickbridge.ResultNoAnswer, nobody}
}

// talk bridges two legs until one leaves, and releases the other.
func (f *flow) talk(first, second leg.Leg, result clickbridge.Result) end {
	var saved <-chan error
	if f.call.State != clickbridge.CallBridged {
		f.call.State, f.call.BridgedAt = clickbridge.CallBridged, time.Now()
		saved = f.saveMeanwhile()
	}
	f.info("bridged", "first", first.Info().Number, "second", second.Info().Number)
	f.emit(clickbridge.Event{Kind: clickbridge.EventBridged})

	e := bridge.Join(f.ctx, first, second, f.limits.Bridge)
	f.call.State = clickbridge.CallFinishing
	why := whoLeft(e, first, second)
	first.Hangup(why)
	second.Hangup(why)
	f.emit(clickbridge.Event{Kind: clickbridge.EventLegEnded, Text: why.Error()})
	for _, n := range e.Notes {
		f.note(n)
	}
	if saved != nil && <-saved == nil {
		f.unsaved = f.unsaved[:0]
	}
	if e.Cause.CallResult() == clickbridge.ResultInterrupted {
		result = clickbridge.ResultInterrupted
	}
	return end{result, why}
}

// whoLeft words a bridge's end for the record and the other leg's BYE.
func whoLeft(e bridge.End, first, second leg.Leg) *clickbridge.Cause {
	switch e.Left {
	case first:
		return &clickbridge.Cause{Class: e.Cause.Class, Q850: e.Cause.Q850, Text: string(first.Info().Number) + " hung up"}
	case second:
		return &clickbridge.Cause{Class: e.Cause.Class, Q850: e.Cause.Q850, Text: string(second.Info().Number) + " hung up"}
	}
	return e.Cause
}

// giveUp ends a call whose facts the store will not take.
func (f *flow) giveUp(legs ...leg.Leg) end {
	e := failedToCommit()
	for _, l := range legs {
		if l != nil {
			l.Hangup(e.cause)
		}
	}
	return e
}

// sayLimit bounds the last words to someone who may have left the handset.
const sayLimit = 20 * time.Second

// say speaks to a leg until the clips end, it hangs up or the call is cut.
func (f *flow) say(l leg.Leg, clips []*leg.Clip) {
	limit := time.NewTimer(sayLimit)
	defer limit.Stop()
	select {
	case <-l.Media().Play(clips, false):
	case <-l.Context().Done():
	case <-f.ctx.Done():
	case <-limit.C:
	}
}
