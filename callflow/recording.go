package callflow

import (
	"context"
	"time"

	"clickbridge"
	"clickbridge/bridge"
	"clickbridge/leg"
)

// announces reports whether somebody is to be told of a recording before the
// bridge.
func (f *flow) announces() bool {
	r := &f.findMe.Settings.Record
	return r.On && f.Recorder != nil && r.Announce != clickbridge.AnnounceNobody
}

// announce tells those who are to be told that the call is recorded, both at
// once, and words it for the record.
func (f *flow) announce(customer, agent leg.Leg) (consent string) {
	var told []leg.Leg
	who := ""
	switch f.findMe.Settings.Record.Announce {
	case clickbridge.AnnounceNobody:
		return "nobody told"
	case clickbridge.AnnounceCustomer:
		told, who = []leg.Leg{customer}, "the customer"
	case clickbridge.AnnounceAgent:
		told, who = []leg.Leg{agent}, "the agent"
	default:
		told, who = []leg.Leg{customer, agent}, "both legs"
	}
	said, words := make([]<-chan struct{}, len(told)), f.voice.Recorded()
	for i, l := range told {
		said[i] = l.Media().Play(words, false)
	}
	limit := time.NewTimer(lasting(words) + sayLimit)
	defer limit.Stop()
	for _, done := range said {
		select {
		case <-done:
		case <-customer.Context().Done():
		case <-agent.Context().Done():
		case <-f.ctx.Done():
		case <-limit.C:
		}
	}
	return who + " told at " + time.Now().UTC().Format(time.RFC3339)
}

// tape begins the recording of a bridge that is about to be, once those have
// been told who are to be told; stop ends it. Nothing that happens to a
// recording happens to the call.
func (f *flow) tape(customer, agent leg.Leg) (stop func()) {
	if !f.findMe.Settings.Record.On {
		return func() {}
	}
	if f.Recorder == nil {
		f.note("not recorded: nothing is recorded here")
		return func() {}
	}
	consent := f.announce(customer, agent)
	if !alive(customer) || !alive(agent) || f.ctx.Err() != nil {
		return func() {}
	}
	r := f.newRecording(clickbridge.RecordedCall)
	r.Consent = consent
	return f.Recorder.Start(f.uncut, r, customer.Media(), agent.Media())
}

// leftEarly says why there is nobody to bridge after an announcement: somebody
// left meanwhile, or the call was cut. nil = there is.
func (f *flow) leftEarly(first, second leg.Leg) *clickbridge.Cause {
	if !f.announces() {
		return nil
	}
	if f.ctx.Err() != nil {
		return clickbridge.CauseOf(context.Cause(f.ctx))
	}
	for _, l := range []leg.Leg{first, second} {
		if !alive(l) {
			return whoLeft(bridge.End{Left: l, Cause: clickbridge.CauseOf(context.Cause(l.Context()))}, first, second)
		}
	}
	return nil
}

// remember keeps who talks to whom, for the customer's next call.
func (f *flow) remember() {
	if f.Hunting != nil && f.findMe.Settings.StickyDays > 0 && f.call.Agent != "" {
		f.Hunting.Talked(f.findMe.ID, f.call.Phone, f.call.Agent, time.Now())
	}
}

func (f *flow) newRecording(k clickbridge.RecordingKind) clickbridge.Recording {
	r := clickbridge.Recording{
		ID: clickbridge.NewRecordingID(), CallID: f.call.ID, AccountID: f.call.AccountID, FindMeID: f.call.FindMeID,
		Node: f.call.Node, Kind: k, State: clickbridge.RecordingRunning, StartedAt: time.Now(),
	}
	if keep := f.findMe.Settings.Record.Keep; keep > 0 {
		r.KeepUntil = r.StartedAt.Add(keep)
	}
	return r
}
