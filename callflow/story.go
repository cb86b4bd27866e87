package callflow

import (
	"log/slog"
	"time"

	"clickbridge"
	"clickbridge/bridge"
	"clickbridge/leg"
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
	f.askName(caller)
	h := f.hunt(caller)
	switch {
	case f.lost:
		return f.giveUp(caller, h.agent)
	case h.agent == nil && !h.exhausted:
		caller.Hangup(h.cause)
		return end{h.cause.CallResult(), h.cause}
	case h.agent == nil:
		return f.nobodyForCaller(caller)
	case !alive(caller): // hung up as the agent accepted
		h.agent.Hangup(errCallerLeft)
		f.call.BridgedAt = time.Time{}
		return end{clickbridge.ResultCanceled, errCallerLeft}
	}
	return f.talk(caller, h.agent, clickbridge.ResultConnected)
}

// findMeFirst: the first agent who accepts waits for phone_to_call.
func (f *flow) findMeFirst() end {
	h := f.hunt(nil)
	if f.lost {
		f.unaccept()
		return f.giveUp(h.agent)
	}
	if h.agent == nil {
		return f.nobodyForLead(h)
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
		f.say(waiting, f.voice.Unreachable(cause.Class))
		waiting.Hangup(released("phone_to_call was not reached"))
	}
	return end{cause.CallResult(), cause}
}

// errNobody is how a call ends that found nobody. It is never changed.
var errNobody = &clickbridge.Cause{Class: clickbridge.CauseNoAnswer, Text: "nobody accepted"}

// decide gives a call that found nobody its result. Committed before anybody is
// told, it stands whatever happens then.
func (f *flow) decide() {
	f.call.State, f.call.Result, f.call.Cause = clickbridge.CallFinishing, clickbridge.ResultNoAnswer, errNobody.Error()
}

// nobodyForCaller is the end of the list for a caller who waits: they are
// connected elsewhere, leave a message, or are told.
func (f *flow) nobodyForCaller(caller leg.Leg) end {
	f.call.HuntEnded = time.Now()
	last := f.ending()
	if last.action == clickbridge.EndTransfer {
		f.call.State = clickbridge.CallTransferring
	} else {
		f.decide()
	}
	if !f.commit(f.Render(f.call, f.attempts, f.account, f.call.HuntEnded)) {
		return f.giveUp(caller)
	}
	f.emit(clickbridge.Event{Kind: clickbridge.EventHuntEnded, Text: "nobody accepted"})
	switch last.action {
	case clickbridge.EndTransfer:
		return f.transferCaller(caller, last.number)
	case clickbridge.EndVoicemail:
		f.takeMessage(caller)
	case clickbridge.EndCallLater:
		f.say(caller, f.voice.CallYouBack())
	default:
		f.say(caller, f.heard(f.ctx, f.brings.apology, f.voice.NobodyAvailable))
	}
	caller.Hangup(released("nobody accepted"))
	return end{clickbridge.ResultNoAnswer, errNobody}
}

// transferCaller connects a caller who waits with a number off the list, which
// need not accept.
func (f *flow) transferCaller(caller leg.Leg, to clickbridge.Number) end {
	target, cause := f.reach(f.dialTransfer(to), caller)
	if cause == nil {
		return f.talk(caller, target, clickbridge.ResultTransferred)
	}
	if !alive(caller) {
		return end{clickbridge.ResultCanceled, errCallerLeft}
	}
	e := f.transferFailed(cause)
	if e.result == clickbridge.ResultNoAnswer {
		f.decide()
		if !f.commit(nil) {
			return f.giveUp(caller)
		}
		f.say(caller, f.heard(f.ctx, f.brings.apology, f.voice.NobodyAvailable))
	}
	caller.Hangup(released("nobody accepted"))
	return e
}

// nobodyForLead is the end of the list when nobody waits: the notices it owes
// are committed, the click is answered, and then the last resort is tried.
func (f *flow) nobodyForLead(h hunted) end {
	now := time.Now()
	f.call.HuntEnded = now
	var last ending
	if h.exhausted {
		last = f.ending()
	} else {
		f.note("the hunt was cut short")
	}
	if last.action == clickbridge.EndVoicemail {
		f.decide()
	}
	var notices []clickbridge.Notice
	if !takenBack(h.cause) {
		notices = f.Render(f.call, f.attempts, f.account, now)
	}
	if !f.commit(notices) {
		f.owed = notices
		return failedToCommit()
	}
	f.emit(clickbridge.Event{Kind: clickbridge.EventHuntEnded, Text: "nobody accepted"})
	if !takenBack(h.cause) {
		f.reply(clickbridge.Outcome{Kind: clickbridge.OutcomeProcessed, Last: lastOnList(f.attempts)})
	}
	if !h.exhausted {
		return end{h.cause.CallResult(), h.cause}
	}
	switch last.action {
	case clickbridge.EndTransfer:
		return f.transfer(last.number)
	case clickbridge.EndVoicemail:
		f.voicemail()
	}
	return end{clickbridge.ResultNoAnswer, errNobody}
}

// lastOnList is how the last attempt at the list ended.
func lastOnList(as []clickbridge.Attempt) (last clickbridge.AttemptResult) {
	for i := range as {
		if as[i].Party == clickbridge.PartyFindMe {
			last = as[i].Result
		}
	}
	return last
}

// transfer is the blind transfer: two fresh dials, no screening. Whatever keeps
// it from a bridge leaves the call a No Answer.
func (f *flow) transfer(to clickbridge.Number) end {
	f.call.State = clickbridge.CallTransferring
	target, cause := f.reach(f.dialTransfer(to), nil)
	if cause != nil {
		return f.transferFailed(cause)
	}
	e := f.connect(target, clickbridge.ResultTransferred)
	if e.result != clickbridge.ResultTransferred {
		return f.transferFailed(e.cause)
	}
	return e
}

func (f *flow) transferFailed(cause *clickbridge.Cause) end {
	if cause.CallResult() == clickbridge.ResultInterrupted {
		return end{clickbridge.ResultInterrupted, cause}
	}
	f.note("the transfer was not bridged: " + cause.Error())
	return end{clickbridge.ResultNoAnswer, errNobody}
}

// voicemail calls phone_to_call to say that nobody is free and to take a
// message.
func (f *flow) voicemail() {
	phone, cause := f.reach(f.dialPhone(), nil)
	if cause != nil {
		f.note("phone_to_call was not reached for a message: " + cause.Error())
		return
	}
	f.takeMessage(phone)
	phone.Hangup(released("nobody accepted"))
}

// talk bridges two legs until one leaves, and releases the other.
func (f *flow) talk(first, second leg.Leg, result clickbridge.Result) end {
	customer, agent := first, second
	if f.call.Order == clickbridge.FindMeFirst {
		customer, agent = second, first
	}
	stop := f.tape(customer, agent)
	if why := f.leftEarly(first, second); why != nil {
		first.Hangup(why)
		second.Hangup(why)
		stop()
		return end{why.CallResult(), why}
	}
	var saved <-chan error
	if f.call.State != clickbridge.CallBridged {
		f.call.State, f.call.BridgedAt = clickbridge.CallBridged, time.Now()
		saved = f.saveMeanwhile()
	} else if len(f.unsaved) > 0 { // those who rang in vain
		saved = f.saveMeanwhile()
	}
	f.info("bridged", slog.String("first", string(first.Info().Number)), slog.String("second", string(second.Info().Number)))
	f.emit(clickbridge.Event{Kind: clickbridge.EventBridged})
	f.remember()

	e := bridge.Join(f.ctx, first, second, f.limits.Bridge)
	f.call.State = clickbridge.CallFinishing
	why := whoLeft(e, first, second)
	first.Hangup(why)
	second.Hangup(why)
	stop()
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

// sayLimit bounds what words may take beyond their length: media that stands
// still must not keep a call.
const sayLimit = 5 * time.Second

// say speaks to a leg until the clips end, it hangs up or the call is cut.
func (f *flow) say(l leg.Leg, clips []*leg.Clip) { f.sayFor(l, clips, lasting(clips)+sayLimit) }

func (f *flow) sayFor(l leg.Leg, clips []*leg.Clip, most time.Duration) {
	limit := time.NewTimer(most)
	defer limit.Stop()
	select {
	case <-l.Media().Play(clips, false):
	case <-l.Context().Done():
	case <-f.ctx.Done():
	case <-limit.C:
	}
}
