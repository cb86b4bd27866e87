package callflow

import (
	"context"
	"fmt"
	"slices"
	"time"

	"clickbridge"
	"clickbridge/leg"
)

// ending is what is done for a lead because nobody on the list accepted.
type ending struct {
	action clickbridge.EndAction
	number clickbridge.Number // transfer
}

// ending settles what the end of this list is: what the click itself said, else
// what its FindMe says, as far as that can be done. What is owed later is put on
// the call.
func (f *flow) ending() ending {
	if f.call.NoAnswer.Phone != "" {
		return ending{clickbridge.EndTransfer, f.call.NoAnswer.Phone}
	}
	e := &f.findMe.Settings.End
	switch e.Action {
	case clickbridge.EndTransfer:
		return ending{e.Action, e.Number}
	case clickbridge.EndVoicemail:
		if f.Recorder == nil || f.Message == nil {
			f.note("no message was taken: nothing is recorded here")
			return ending{}
		}
	case clickbridge.EndCallLater:
		if f.call.Callback != "" {
			return ending{} // whoever made this call sees to the next
		}
		if f.call.Later = f.later(); f.call.Later == nil {
			return ending{}
		}
	}
	return ending{action: e.Action}
}

// later is the call that is owed to phone_to_call; nil when it must not be made.
func (f *flow) later() *clickbridge.Callback {
	if f.hasOptedOut() {
		f.note("not called later: the number has opted out")
		return nil
	}
	now := time.Now()
	due, ok := f.findMe.CallAgainAt(f.call.Phone, f.account.TimeZone, now.Add(f.findMe.Settings.End.Pause()))
	if !ok {
		f.note("not called later: there is no hour in which the number may be called")
		return nil
	}
	c := &f.call
	return &clickbridge.Callback{
		ID: clickbridge.NewCallbackID(), CallID: c.ID, AccountID: c.AccountID, FindMeID: c.FindMeID,
		Order: c.Order, Phone: c.Phone, FirstCallerID: c.FirstCallerID, SecondCallerID: c.SecondCallerID,
		KeyName: c.KeyName, Page: c.Page, Ref: c.Ref, NoAnswer: c.NoAnswer,
		State: clickbridge.CallbackWaiting, Tries: 1, DueAt: due, Text: "nobody accepted", CreatedAt: now,
	}
}

// hasOptedOut asks whether phone_to_call must not be called. A store that does
// not answer does not lose a lead: it is asked again before the call is made.
func (f *flow) hasOptedOut() bool {
	if f.Hunting == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(f.uncut, planFor)
	defer cancel()
	out, err := f.Hunting.OptedOut(ctx, f.call.AccountID, f.call.Phone)
	if err != nil {
		f.log().Warn("the store did not say who opted out", "err", err)
	}
	return out
}

// takeMessage lets somebody leave a message. What they leave is owed by mail
// with the record of the call, and a crash owes it too.
func (f *flow) takeMessage(from leg.Leg) {
	e := &f.findMe.Settings.End
	words := f.heard(f.ctx, f.brings.apology, f.voice.NobodyNow)
	f.say(from, slices.Concat(words, f.voice.LeaveMessage(), f.voice.Beep()))
	if !alive(from) || f.ctx.Err() != nil {
		return
	}
	most := e.MaxMessage
	if most == 0 {
		most = clickbridge.DefaultVoicemail
	}
	r := f.newRecording(clickbridge.RecordedVoicemail)
	r.Consent = "asked for a message at " + r.StartedAt.UTC().Format(time.RFC3339)
	r, err := f.Recorder.Message(f.ctx, r, from, most)
	if err != nil {
		f.note("the message: " + err.Error())
		if r.Length == 0 { // they still talk, and would hear the line go dead
			f.say(from, f.voice.NobodyAvailable())
		}
	}
	if r.Length == 0 {
		f.note("no message was left")
		return
	}
	f.note(fmt.Sprintf("a message of %d s was left", int(r.Length.Round(time.Second)/time.Second)))
	f.owed = append(f.owed, f.Message(f.call, f.attempts, f.account, r.ID, e.Emails, time.Now())...)
	f.say(from, f.voice.Goodbye())
}
